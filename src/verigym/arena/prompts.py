"""What a model is asked in each role. Everything here follows from a view."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.arena.players import SolverView, TesterView
from verigym.verifiers.answer import fence_for

SHOWN = 20
"""Tests and programs of the pool that a prompt shows, the latest."""

_SOLVE = """\
Write the Python function `{name}` that is described below. Answer with one fenced block that holds \
the whole program and nothing else.

{problem}"""
_ATTACK = """\
Below is the description of a Python function, `{name}`. Give inputs on which wrong programs for it \
fail: at most {most} of them. Each must be one that the function is meant to take; inputs that only \
make programs slow find nothing, and repeated ones do not count.

Answer with a JSON array inside <answer> tags and with nothing else in them; each member is an array, \
of the arguments of one call. For example, for a function that adds two numbers: \
<answer>[[1, 2], [0, -3]]</answer>. What JSON does not have is written as an object with its type: \
{{"tuple": [1, 2]}}, {{"set": [1]}}, {{"dict": [["key", 1]]}}.

{problem}"""


def solving(view: SolverView) -> list[dict[str, str]]:
    """The chat messages for a solver."""
    text = _SOLVE.format(name=view.entry_point, problem=view.prompt)
    if view.tests:
        text += f"\n\nTests that your function must pass, as JSON:\n{_tests(view.tests)}"
    return [{"role": "user", "content": text}]


def attacking(view: TesterView) -> list[dict[str, str]]:
    """The chat messages for a tester."""
    text = _ATTACK.format(name=view.entry_point, most=view.most, problem=view.prompt)
    if view.tests:
        text += f"\n\nInputs that are known already, with what must come back:\n{_tests(view.tests)}"
    if view.programs:
        shown = "\n\n".join(map(_fenced, view.programs[-SHOWN:]))
        text += f"\n\nWrong programs that pass all of those:\n\n{shown}"
    return [{"role": "user", "content": text}]


def _tests(tests: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(json.dumps(dict(test)) for test in tests[-SHOWN:])


def _fenced(program: str) -> str:
    mark = fence_for(program)
    return f"{mark}python\n{program}\n{mark}"
