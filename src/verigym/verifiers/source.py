"""From an answer to the source of a program: what people and models write around code, undone.

Only layout is forgiven: prose around a fenced block, a byte order mark, one indentation too many, and
(where the task gives the beginning of a program) whether the answer repeats that beginning or goes on
from it. What the code says is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from verigym.verifiers.answer import extract

_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # alias the byte order mark


def program_in(answer: str) -> str | None:
    """The code in an answer; None when there is none."""
    code = extract(answer.removeprefix(_MARK))
    return None if code is None else (code.removeprefix(_MARK) or None)


def assemble(spec: Mapping[str, Any], code: str) -> list[str]:
    """The sources of a candidate's program, to be run one after the other in one module.

    An answer whose first line is indented continues the function that the task's ``prefix`` leaves
    open. One that defines the function ``entry_point`` itself stands alone, after the prefix's imports
    and helpers (and after its open function, which the answer's then replaces). Where the task asks
    for a ``Class.method``, a function of the method's name will do: it is put into such a class.
    """
    prefix, name = spec.get("prefix", ""), spec["entry_point"]
    owner, _, method = name.rpartition(".")
    plain = outdent(code)
    alone = _defines(plain, owner or name)
    if owner and not alone and _defines(plain, method):
        alone, plain = True, f"{plain}\n\nclass {owner}:\n    {method} = staticmethod({method})\n"
    if alone:
        code = plain
    if not prefix.strip() or code.startswith(prefix.strip()):
        return [code]
    if alone and not _indented(code):
        closed = prefix.rstrip()
        return [closed + " pass" if closed.endswith(":") else closed, code]
    return [prefix + code if prefix.endswith("\n") or not _indented(code) else f"{prefix}\n{code}"]


def outdent(code: str) -> str:
    """The code without the indentation of its first line, when all lines share it."""
    start = code.lstrip("\r\n")
    margin = start[: len(start) - len(start.lstrip(" \t"))]
    lines = code.split("\n")
    if not margin or not all(line.startswith(margin) or not line.strip() for line in lines):
        return code
    return "\n".join(line.removeprefix(margin) for line in lines)


def _indented(code: str) -> bool:
    return code.lstrip("\r\n")[:1] in (" ", "\t")


def _defines(code: str, name: str) -> bool:
    name = re.escape(name)
    pattern = rf"^((async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*[:=][^=]"
    return re.search(pattern, code, re.MULTILINE) is not None
