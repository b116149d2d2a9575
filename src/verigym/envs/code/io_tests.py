"""Tests as APPS wrote them first and many sets do since: ``inputs``, ``outputs`` and ``fn_name``.

With an ``fn_name`` the tests are calls: each input is a list of arguments (APPS, TACO), or a text with
one JSON value for each argument in a line of its own (LiveCodeBench, verl); the function may be a
method of a class ``Solution``. Without one they are standard input and standard output, each a text or
a list of lines. JSON has no tuples and no int keys, so results are compared by the rule ``json``, and
where the keys of a dict are all decimal ints they are made ints, as the sets' own harnesses do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.envs.code.functions import function_task
from verigym.envs.code.published import Record, check_text, read_json
from verigym.envs.code.stdio import stdio_task
from verigym.task import Task

NEAR = {"mode": "floats", "relative": 1e-5, "absolute": 1e-8}
"""The tolerances of ``numpy.allclose``, with which the harnesses of APPS and TACO compare numbers."""

_MODULES = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random"),
    *("statistics", "itertools", "functools", "operator", "io", "sys", "json"),
)
IMPORTS = "".join(
    (
        *(f"from {name} import *\n" for name in (*_MODULES, "builtins", "typing")),
        *(f"import {name}\n" for name in _MODULES),
        "sys.setrecursionlimit(50000)\n",
    )
)
"""What LiveCodeBench's harness and those after it run before a solution, in their order."""


@dataclass(frozen=True)
class IoTests:
    """The tests of one record."""

    inputs: Sequence[Any]
    outputs: Sequence[Any]
    fn_name: str | None
    record: Record
    field: str
    """Where they stand in the record, for errors."""

    def __len__(self) -> int:
        return len(self.inputs)


def read_tests(value: Any, record: Record, field: str) -> IoTests:
    """The tests in a field's parsed JSON.

    Raises:
        FamilyError: when it is no object with as many inputs as outputs, or holds none.
    """
    if not isinstance(value, Mapping):
        raise record.error(field, f"is a {type(value).__name__}, not an object with inputs and outputs")
    for name in ("inputs", "outputs"):
        if not isinstance(value.get(name), list | tuple):
            kind = type(value[name]).__name__ if name in value else "nothing"
            raise record.error(field, f"has {kind} for {name!r}, not a list")
    tests = IoTests(value["inputs"], value["outputs"], value.get("fn_name") or None, record, field)
    if len(tests.inputs) != len(tests.outputs):
        counts = f"{len(tests.inputs)} inputs and {len(tests.outputs)} outputs"
        raise record.error(field, f"has {counts}; there must be as many")
    if not tests.inputs:
        raise record.error(field, "holds no tests")
    if not isinstance(tests.fn_name, str | None):
        raise record.error(field, f"has a {type(tests.fn_name).__name__} for 'fn_name', not a name")
    return tests


def io_task(
    tests: IoTests,
    prompt: Any,
    *,
    starter: str = "",
    boxed: bool = True,
    compare: Mapping[str, Any] = NEAR,
    reference: str | None = None,
    timeout: float,
    limits: Mapping[str, Any] | None = None,
) -> Task:
    """The task that the tests judge.

    Args:
        tests: of one record.
        prompt: what the policy sees.
        starter: the beginning of the solution that a call-based prompt shows.
        boxed: whether results may be put into lists of one; so it is read only where all of them are.
        compare: the rule for programs.
        reference: a right solution, where there is one.
        timeout: seconds of processor time for each test.
        limits: further fields of :class:`verigym.sandbox.Limits`.

    Raises:
        FamilyError, TaskError: for tests of another shape, or that nothing could fail.
    """
    if tests.fn_name is None:
        pairs = [
            (_program_text(given, tests, index, "input"), _program_text(output, tests, index, "output"))
            for index, (given, output) in enumerate(zip(tests.inputs, tests.outputs, strict=True))
        ]
        return stdio_task(
            prompt, pairs, compare=compare, reference=reference, timeout=timeout, limits=limits
        )
    cases = [
        {"args": _arguments(given, tests, index), "expected": _result(given, output, tests)}
        for index, (given, output) in enumerate(zip(tests.inputs, tests.outputs, strict=True))
    ]
    one = boxed and all(isinstance(c["expected"], list) and len(c["expected"]) == 1 for c in cases)
    name = tests.fn_name
    plain = "." in name or starter.lstrip().startswith(f"def {name}")
    return function_task(
        prompt,
        name if plain else f"Solution.{name}",
        cases=cases,
        prefix=IMPORTS + (f"\n{starter.lstrip()}" if _opens(starter, name) else ""),
        compare="boxed" if one else "json",
        reference=reference,
        timeout=timeout * min(len(cases), MOST_SHARES),
        limits=limits,
    )


MOST_SHARES = 4
"""All calls of a function share one run. It has the time of so many tests, if there are as many: more
would only be spent on answers that never end."""


def _opens(starter: str, name: str) -> bool:
    """Whether a starter is the beginning of the class or function, which an answer may go on from."""
    start = starter.lstrip()
    return start.startswith(("class Solution", f"def {name}")) and f"def {name}" in start


def _program_text(value: Any, tests: IoTests, index: int, what: str) -> str:
    """A program's input or output, where a list stands for lines."""
    lines = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(line, str) for line in lines):
        raise tests.record.error(
            tests.field, f"has a test {index} whose {what} is no text and no list of lines"
        )
    return check_text("\n".join(lines), tests.record, tests.field)


def _arguments(value: Any, tests: IoTests, index: int) -> list[Any]:
    if isinstance(value, str):
        lines = value.split("\n") if value.strip() else []
        value = [read_json(line, tests.record, tests.field) for line in lines]
    if not isinstance(value, list | tuple):
        kind = type(value).__name__
        raise tests.record.error(
            tests.field, f"has a test {index} whose input is a {kind}, not a list of arguments"
        )
    return [_int_keys(value[0]), *value[1:]] if value else []


def _result(given: Any, output: Any, tests: IoTests) -> Any:
    if isinstance(given, str) and isinstance(output, str):
        output = read_json(output, tests.record, tests.field)
    if isinstance(output, list | tuple) and output:
        return [_int_keys(output[0]), *output[1:]]
    return _int_keys(output)


def _int_keys(value: Any) -> Any:
    """A dict whose keys are all decimal ints, with ints for keys; anything else as it is."""
    if not isinstance(value, Mapping) or not all(_is_int(key) for key in value):
        return value
    return {int(key): item for key, item in value.items()}


def _is_int(key: Any) -> bool:
    digits = key.removeprefix("-") if isinstance(key, str) else ""
    return digits.isdecimal() and digits.isascii() and len(digits) < 80
