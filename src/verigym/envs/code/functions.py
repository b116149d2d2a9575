"""Functions judged by calls: your own tasks, with test code or with cases that are data."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from verigym.envs.code.limits import timed
from verigym.envs.records import Source, field, read_records
from verigym.errors import FamilyError, TaskError, UserError
from verigym.family import LoadedFamily
from verigym.sandbox import plain
from verigym.task import Task
from verigym.verifiers.calls import FunctionVerifier
from verigym.verifiers.compare import VALUE_MODES, Rule

TIMEOUT = 3.0
"""Seconds of processor time for all cases of one answer."""


def function_task(
    prompt: str,
    entry_point: str,
    tests: str | None = None,
    cases: Iterable[Any] | None = None,
    *,
    prefix: str = "",
    preamble: str = "",
    compare: str | Mapping[str, Any] = "strict",
    reference: str | None = None,
    timeout: float = TIMEOUT,
    limits: Mapping[str, Any] | None = None,
    family: str = "code/functions",
    version: int = 1,
    metadata: Mapping[str, Any] | None = None,
) -> Task:
    """A task that asks for one function.

    >>> task = function_task("Write f(n), which doubles n.", "f", cases=[((2,), 4), ((-1,), -2)])
    >>> import verigym
    >>> verigym.verify(task, "def f(n): return 2 * n").reward
    1.0

    Args:
        prompt: what the policy sees.
        entry_point: the function's name.
        tests: Python source: a ``check(candidate)``, or plain asserts that call the function by name.
        cases: instead of tests, ``(args, expected)`` pairs, or mappings with ``args``, ``expected``
            and perhaps ``kwargs``; all of it plain data.
        prefix: source before the answer, as a completion continues it; also given to the tests.
        preamble: source with helpers for the tests alone.
        compare: a rule of :mod:`verigym.verifiers.compare`, for cases.
        reference: an answer that must be accepted.
        timeout: seconds of processor time for the whole run.
        limits: further fields of :class:`verigym.sandbox.Limits`.
        family: the family that poses it, for families built on this one.
        version: that family's version.
        metadata: where it comes from; may be shown.

    Raises:
        TaskError: when there is nothing to test, or the tests do not parse or never call the function.
    """
    if not isinstance(entry_point, str) or not entry_point.isidentifier():
        raise TaskError(f"entry_point is {entry_point!r}; it must be a function's name")
    if (tests is None) == (cases is None):
        raise TaskError("a function task has either tests or cases")
    spec: dict[str, Any] = {
        "entry_point": entry_point,
        "prefix": prefix,
        "limits": timed(timeout, limits),
    }
    if tests is not None:
        check_tests(tests, entry_point)
        _parse(preamble, "the preamble")
        spec.update(tests=tests, preamble=preamble)
    else:
        spec.update(cases=[_case(case, index) for index, case in enumerate(cases or ())])
        spec["compare"] = Rule.build(compare, VALUE_MODES).to_json()
        if not spec["cases"]:
            raise TaskError("cases is empty: there is nothing to test")
    if reference is not None:
        spec["reference"] = reference
    return Task(family=family, version=version, prompt=prompt, spec=spec, metadata=metadata or {})


def check_tests(tests: str, entry_point: str) -> None:
    """Refuse test code that could not fail or could not be run.

    Raises:
        TaskError: when it does not parse, asserts nothing, or never names the function.
    """
    tree = _parse(tests, "the tests")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if not names & {entry_point, "candidate"}:
        raise TaskError(f"the tests never call {entry_point} (or candidate)")
    if not any(_may_fail(node) for node in ast.walk(tree)):
        raise TaskError("the tests assert nothing, so they would accept anything")


def _may_fail(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(node, ast.Assert | ast.Raise) or (
        isinstance(called, ast.Attribute) and called.attr.startswith("assert")
    )


def _parse(source: str, what: str) -> ast.Module:
    if not isinstance(source, str):
        raise TaskError(f"{what} must be Python source, not {type(source).__name__}")
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise TaskError(f"{what} do not parse: {error}") from None


def _case(case: Any, index: int) -> dict[str, Any]:
    if isinstance(case, Mapping):
        unknown = sorted(set(case) - {"args", "kwargs", "expected"})
        if unknown or not {"args", "expected"} <= set(case):
            raise TaskError(f"case {index} must have args and expected, perhaps kwargs: {sorted(case)}")
        args, kwargs, expected = case["args"], case.get("kwargs", {}), case["expected"]
    else:
        try:
            args, expected = case
        except (TypeError, ValueError):
            raise TaskError(f"case {index} must be (args, expected), not {case!r}") from None
        kwargs = {}
    if not isinstance(args, list | tuple) or not isinstance(kwargs, Mapping):
        raise TaskError(f"case {index}: args must be a list or tuple, kwargs a mapping")
    try:
        return {
            "args": [plain.encode(value) for value in args],
            "kwargs": plain.encode(dict(kwargs)),
            "expected": plain.encode(expected),
        }
    except plain.NotPlain as error:
        raise TaskError(f"case {index}: {error}") from None


class Functions(LoadedFamily):
    """Your own function tasks, from records with the arguments of :func:`function_task`."""

    name = "code/functions"
    summary = "write a function; judged by calls from test code or data, apart from the candidate"
    verifier = FunctionVerifier()
    knobs = {"data": "JSONL(.gz) path or list of records with the arguments of function_task"}
    needs_data = True

    def __init__(self, data: Source | None = None) -> None:
        if data is None:
            raise FamilyError("code/functions needs data=: a JSONL path or a list of records")
        self._tasks = [_task(record, where) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/functions: the data holds no record")

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"task {task.id[:12]} has no reference answer")
        return str(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        return null_functions(task.spec["entry_point"], task.text)


_OPTIONS = {
    "tests",
    "cases",
    "prefix",
    "preamble",
    "compare",
    "reference",
    "timeout",
    "limits",
    "metadata",
}


def _task(record: Mapping[str, Any], where: str) -> Task:
    unknown = sorted(set(record) - _OPTIONS - {"prompt", "entry_point"})
    if unknown:
        raise FamilyError(f"{where}: unknown field {unknown[0]!r}")
    try:
        return function_task(
            field(record, "prompt", str, where),
            field(record, "entry_point", str, where),
            **{name: record[name] for name in _OPTIONS & set(record)},
        )
    except UserError as error:
        raise FamilyError(str(error) if where in str(error) else f"{where}: {error}") from None


def null_functions(entry_point: str, prompt: str) -> list[str]:
    """Answers that know nothing about the function."""
    bodies = ("pass", "return None", "raise SystemExit(0)", "import os; os._exit(0)")
    functions = [f"def {entry_point}(*args, **kwargs): {body}\n" for body in bodies]
    return ["", "I do not know.", prompt, *functions]
