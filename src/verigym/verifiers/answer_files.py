"""From an answer to the files that it gives: fenced blocks, each with the path of its file.

The path stands in the block's info string (```` ```python src/a.py ````, ``path=src/a.py``) or, where
that says none, in a comment on the block's first line (``# src/a.py``), which stays part of the file.
Each file is given once and whole. Blocks without a path are prose. Where an ``<answer>`` tag is the
answer by the rule of every other answer (:func:`verigym.verifiers.answer.final_tag`), only the blocks
inside it count; else all that come after the reasoning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from verigym.errors import UserError
from verigym.sandbox.files import check_files
from verigym.verifiers.answer import after_reasoning, blocks, fence_for, final_tag

MOST_FILES = 100
"""How many files an answer may give."""

_KEY = re.compile(r"(?:path|file|filename|title|name)=", re.IGNORECASE)
_COMMENT = re.compile(
    r"[ \t]*(?:#|//|--|;)[ \t]*(?:(?:file|path|filename):[ \t]*)?(\S{1,1024})[ \t]*\r?"
)
_PATH = re.compile(r"[^\s`\"']*[^\s`\"'/:.,][.][A-Za-z0-9_]{1,12}")


class Refused(UserError):
    """An answer whose files cannot be taken as they are; the message may be shown to the policy."""


def files_in(answer: str) -> dict[str, str]:
    r"""Path -> content of the files in an answer; empty when there is none.

    >>> files_in("Here it is:\n```python src/a.py\nx = 1\n```")
    {'src/a.py': 'x = 1\n'}

    Raises:
        Refused: when a path is no plain relative one, or a file is given twice.
    """
    rest = after_reasoning(answer)
    if rest is None:
        return {}
    tagged = final_tag(rest)
    found: dict[str, str] = {}
    for block in blocks(rest if tagged is None else tagged):
        path = _told(block.info) or _commented(block.content)
        if path is None:
            continue
        if path in found:
            raise Refused(f"The file {_shown(path)} is given twice.")
        if len(found) == MOST_FILES:
            raise Refused(f"There are more than {MOST_FILES} files.")
        found[path] = block.content
    try:
        check_files(found)
    except UserError as error:
        raise Refused(f"Its files cannot be taken: {error}.") from None
    return found


def fenced_files(files: Mapping[str, str]) -> str:
    """The answer that gives these files: what :func:`files_in` reads back (a last newline added)."""
    return "\n".join(_fenced(path, content) for path, content in files.items())


def _fenced(path: str, content: str) -> str:
    fence = fence_for(content)
    end = "" if content.endswith("\n") or not content else "\n"
    return f"{fence}{_language(path)} {path}\n{content}{end}{fence}\n"


def _language(path: str) -> str:
    return "python" if path.endswith(".py") else "text"


def _told(info: str) -> str | None:
    """The path in an info string: its last word, perhaps after the language and a colon."""
    word = info.split()[-1] if info else ""
    word, named = _KEY.subn("", word, count=1)
    word = word.strip("\"'")
    if not named and ":" in word:
        word = word.rpartition(":")[2]
    return word if word and (named or "/" in word or _PATH.fullmatch(word)) else None


def _commented(content: str) -> str | None:
    first = content[:2048].partition("\n")[0]
    comment = _COMMENT.fullmatch(first)
    return comment.group(1) if comment and _PATH.fullmatch(comment.group(1)) else None


def _shown(path: str) -> str:
    return repr(path) if len(path) <= 80 else f"{path[:80]!r}..."
