"""Taking the answer out of what a model wrote: one rule, the same for every family.

Reasoning comes first and ends with a closing tag; text after an *unclosed* reasoning section is still
reasoning, so it holds no answer. The answer is the last ``<answer>...</answer>`` or the last fenced
block, whichever ends later; without either, the whole text is the answer. A tag that holds exactly one
fenced block means the block's content. What is inside is then parsed whole by the family's own
grammar: nothing is searched for, nothing is skipped.

Every step is linear in the length of the text, whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MARKS = re.compile(r"<|```|~~~")
"""Without any of these a text is all answer."""
_OPEN = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
_CLOSE = re.compile(r"</(think|thinking|reasoning)>", re.IGNORECASE)
# These match a mark and no more; what follows it is looked at in Python, because the patterns "lazily
# up to the closing tag" and "a run, then the rest of the line" backtrack quadratically.
_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)", re.MULTILINE)


class NoAnswer(Exception):
    """A text holds no answer; the message is fit for the policy."""


class Malformed(Exception):
    """An answer is not of its family's grammar; the message is fit for the policy."""


class Span(NamedTuple):
    """A tagged or fenced section: where it begins and ends, marks included, and what is inside."""

    start: int
    end: int
    content: str
    info: str = ""
    """What stands behind a fence that opens, a language say."""


def after_reasoning(text: str) -> str | None:
    """The text behind the last closed reasoning section; None when one is left open."""
    end = 0
    for close in _CLOSE.finditer(text):
        end = close.end()
    return None if _OPEN.search(text, end) else text[end:]


def extract(text: str) -> str | None:
    """The answer in a model's output, without blank lines around it; None when there is none.

    >>> extract("<think>1 or 2?</think> It is <answer>2</answer>.")
    '2'
    """
    if not _MARKS.search(text):
        return text.strip("\r\n") if text.strip() else None
    rest = after_reasoning(text)
    if rest is None:
        return None
    if (tagged := final_tag(rest)) is not None:
        answer = _unfenced(tagged)
    else:
        block = _last(blocks(rest))
        answer = block.content if block else rest
    return answer.strip("\r\n") if answer.strip() else None


def answer_in(text: str) -> str:
    """What :func:`extract` finds.

    Raises:
        NoAnswer: when it finds nothing.
    """
    answer = extract(text)
    if answer is None:
        raise NoAnswer("There is no answer after the reasoning.")
    return answer


def final_tag(text: str) -> str | None:
    """What is inside the last closed ``<answer>`` of a text behind the reasoning; None where there is
    none, or a fenced block ends later: then a tag is what a block quotes, or was not the last word.
    """
    tag = _last(_tagged(text))
    if tag is None:
        return None
    block = _last(blocks(text))
    return None if block and block.end > tag.end else tag.content


def _last(spans: Iterator[Span]) -> Span | None:
    last = None
    for span in spans:
        last = span
    return last


def _tagged(text: str) -> Iterator[Span]:
    """Each ``<answer>`` up to the next ``</answer>``."""
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(text):
        if not tag.group(1):
            opened = opened or tag
        elif opened is not None:
            yield Span(opened.start(), tag.end(), text[opened.end() : tag.start()])
            opened = None


def blocks(text: str) -> Iterator[Span]:
    """Each closed fenced block; an unclosed last fence is not a block."""
    mark, told, start, inside = "", "", 0, 0
    for fence in _FENCE.finditer(text):
        newline = text.find("\n", fence.end())
        line_end = len(text) if newline < 0 else newline
        info = text[fence.end() : line_end].strip()
        if not mark:
            if "`" not in info:  # else it is inline code that happens to begin a line
                mark, told, start, inside = fence.group(1), info, fence.start(), line_end + 1
        elif fence.group(1).startswith(mark) and not info:
            yield Span(start, line_end, text[inside : fence.start()], told)
            mark = ""


def _unfenced(content: str) -> str:
    """The content of the one fenced block that ``content`` consists of, or ``content`` itself."""
    found = list(blocks(content))
    if len(found) == 1 and not (content[: found[0].start] + content[found[0].end :]).strip():
        return found[0].content
    return content


def fence_for(text: str) -> str:
    """The shortest mark of a fenced block that nothing in a text can close."""
    longest = max((len(run.group()) for run in re.finditer(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
