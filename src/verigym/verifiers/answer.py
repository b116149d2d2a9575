"""Taking the answer out of what a model wrote: one rule, the same for every family.

Reasoning comes first and ends with a closing tag; text after an *unclosed* reasoning section is still
reasoning, so it holds no answer. The answer is the last ``<answer>...</answer>`` or the last fenced
block, whichever comes later; without either, the whole text is the answer. What is inside is then
parsed whole by the family's own grammar: nothing is searched for, nothing is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
_OPEN = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
_CLOSE = re.compile(r"</(think|thinking|reasoning)>", re.IGNORECASE)
_TAG = re.compile(r"<answer>(.*?)</answer>", re.IGNORECASE | re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n`]*$", re.MULTILINE)


def after_reasoning(text: str) -> str | None:
    """The text behind the last closed reasoning section; None when one is left open."""
    closes = list(_CLOSE.finditer(text))
    rest = text[closes[-1].end() :] if closes else text
    return None if _OPEN.search(rest) else rest


def extract(text: str) -> str | None:
    """The answer in a model's output, stripped; None when there is none.

    >>> extract("<think>1 or 2?</think> It is <answer>2</answer>.")
    '2'
    """
    rest = after_reasoning(text)
    if rest is None:
        return None
    found = _last([(match.end(), match.group(1)) for match in _TAG.finditer(rest)])
    found += _last(_fenced_blocks(rest))
    answer = max(found)[1] if found else rest
    return answer.strip("\r\n") if answer.strip() else None


def _last(items: Iterable[T]) -> list[T]:
    return list(items)[-1:]


def _fenced_blocks(text: str) -> list[tuple[int, str]]:
    """(end, content) of each closed fenced block; an unclosed last fence is not a block."""
    blocks: list[tuple[int, str]] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence.group(1).startswith(opened.group(1)) and not fence.group().strip("`~ \t"):
            blocks.append((fence.end(), text[opened.end() + 1 : fence.start()]))
            opened = None
    return blocks
