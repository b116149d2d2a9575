"""Functions judged by calls: your own tasks, with test code or with cases that are data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from keyword import iskeyword
from typing import Any

from verigym.envs.code.floor import floor_of_values
from verigym.envs.code.limits import shown_packages, timed
from verigym.envs.code.literal import literal_cases
from verigym.envs.code.score import scored, weight_of
from verigym.envs.code.testcode import check_tests, parse
from verigym.envs.records import Source, arguments, read_records
from verigym.errors import FamilyError, TaskError
from verigym.family import LoadedFamily
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.calls import FunctionVerifier
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.outcome import clip
from verigym.verifiers.scoring import EXACT, PUBLIC

TIMEOUT = 3.0
"""Seconds of processor time for all cases of one answer."""
MAX_NAME = 400


def function_task(
    prompt: str,
    entry_point: str,
    tests: str | None = None,
    cases: Iterable[Any] | None = None,
    *,
    prefix: str = "",
    preamble: str = "",
    objects: Iterable[str] = (),
    compare: str | Mapping[str, Any] = "strict",
    reference: str | None = None,
    timeout: float = TIMEOUT,
    limits: Mapping[str, Any] | None = None,
    public: int = 0,
    feedback: str = PUBLIC,
    reward: str = EXACT,
    packages: Iterable[str] = (),
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
        entry_point: the function's name; or ``Class.method``, to be called on a ``Class()``.
        tests: Python source: a ``check(candidate)``, or plain asserts that call the function by name.
            Where it only asserts that calls of literals equal literals, it is read as cases.
        cases: instead of tests, ``(args, expected)`` pairs, or mappings with ``args``, ``expected``
            and perhaps ``kwargs`` and a ``weight``; all of it plain data.
        prefix: source before the answer, as a completion continues it. The tests do not see it.
        preamble: source with helpers for the tests, which the candidate does not see.
        objects: names of functions, methods and attributes that give the tests objects with methods of
            their own to be called (classes, which have a capital letter, need not be listed).
        compare: a rule of :mod:`verigym.verifiers.compare`, for cases.
        reference: an answer that must be accepted.
        timeout: seconds of processor time for the whole run.
        limits: further fields of :class:`verigym.sandbox.Limits`.
        public: how many of the first cases the policy may be shown.
        feedback: which failed cases it is shown: ``public`` ones, none (``status``) or ``all``.
        reward: ``exact``, or ``partial`` (:mod:`verigym.verifiers.scoring`), for cases.
        packages: installed Python packages that the function and the tests may import, ``numpy`` say;
            needs a sandbox that can show them (:attr:`verigym.sandbox.Program.packages`).
        family: the family that poses it, for families built on this one.
        version: that family's version.
        metadata: where it comes from; may be shown.

    Raises:
        TaskError: when there is nothing to test, the tests do not parse or never call the function, a
            function that does nothing would be right, or an argument is not what it should be.
    """
    if not _is_callable_name(entry_point):
        shown = clip(repr(entry_point), 80)
        raise TaskError(f"entry_point is {shown}; it must be a function's name, or Class.method")
    if (tests is None) == (cases is None):
        raise TaskError("a function task has either tests or cases")
    for name, value in (("prefix", prefix), ("reference", reference or "")):
        if not isinstance(value, str):
            raise TaskError(f"{name} must be text, not {type(value).__name__}")
    spec: dict[str, Any] = {
        "entry_point": entry_point,
        "prefix": prefix,
        "limits": timed(timeout, limits),
    }
    if tests is not None:
        tree = check_tests(tests, entry_point)
        parse(preamble, "the preamble")
        if literal := literal_cases(tree, entry_point):
            spec.update(cases=_cases(literal), compare=Rule("equal").to_json())
        else:
            spec.update(tests=tests, preamble=preamble)
            if names := _names(objects):
                spec["objects"] = names
    else:
        spec.update(cases=_cases(cases), compare=Rule.build(compare, VALUE_MODES).to_json())
    if "cases" in spec:
        spec |= scored(spec, public, feedback, reward, floor_of_values)
    elif public or (feedback, reward) != (PUBLIC, EXACT):
        raise TaskError("public, feedback and reward are for cases; tests that are code have none")
    spec |= shown_packages(packages)
    if reference is not None:
        spec["reference"] = reference
    return Task(family=family, version=version, prompt=prompt, spec=spec, metadata=metadata or {})


def _is_callable_name(name: Any) -> bool:
    """A name, or a method's name after its class's, of at most ``MAX_NAME`` characters."""
    if not isinstance(name, str) or len(name) > MAX_NAME:
        return False
    parts = name.split(".")
    return len(parts) < 3 and all(part.isidentifier() and not iskeyword(part) for part in parts)


def _names(objects: Any) -> list[str]:
    if isinstance(objects, str) or not isinstance(objects, Iterable):
        raise TaskError(f"objects must be a list of names, not {type(objects).__name__}")
    names = list(objects)
    if not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise TaskError(f"objects must be a list of names, not {clip(repr(names), 80)}")
    return names


def _cases(cases: Any) -> list[dict[str, Any]]:
    if not isinstance(cases, Iterable):
        raise TaskError(f"cases must be a list, not {type(cases).__name__}")
    found = [_case(case, index) for index, case in enumerate(cases)]
    if not found:
        raise TaskError("cases is empty: there is nothing to test")
    if all(case["expected"] is None for case in found):
        raise TaskError("every case expects None: a function that does nothing would be right")
    return found


def _case(case: Any, index: int) -> dict[str, Any]:
    if isinstance(case, Mapping):
        if not {"args", "expected"} <= set(case) <= {"args", "kwargs", "expected", "weight"}:
            found = ", ".join(map(str, case))
            raise TaskError(
                f"case {index} must have args and expected, perhaps kwargs and weight; it has {found}"
            )
        args, kwargs, expected = case["args"], case.get("kwargs", {}), case["expected"]
    elif isinstance(case, list | tuple) and len(case) == 2:
        (args, expected), kwargs = case, {}
    else:
        raise TaskError(f"case {index} must be (args, expected), not {clip(repr(case), 80)}")
    if not isinstance(args, list | tuple):
        raise TaskError(f"case {index}: args must be a list or tuple, not {type(args).__name__}")
    if not isinstance(kwargs, Mapping) or not all(type(name) is str for name in kwargs):
        raise TaskError(f"case {index}: kwargs must be a mapping with names as its keys")
    try:
        tree = plain.encode(expected)
        plain.loads(plain.dumps(tree))  # as a right result will be read
        return {
            "args": [plain.encode(value) for value in args],
            "kwargs": plain.encode(dict(kwargs)),
            "expected": tree,
            **(weight_of(case, f"case {index}") if isinstance(case, Mapping) else {}),
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
        self._tasks = [function_record(record, where) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/functions: the data holds no record")

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"task {task.id[:12]} has no reference answer")
        return str(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        return null_functions(task.spec["entry_point"], task.text)


_OPTIONS = (
    *("tests", "cases", "prefix", "preamble", "objects", "compare"),
    *("reference", "timeout", "limits", "metadata", "public", "feedback", "reward", "packages"),
)


def function_record(record: Mapping[str, Any], where: str) -> Task:
    """The task of a record with the arguments of :func:`function_task`.

    Raises:
        FamilyError: when the record is not as it should be; ``where`` names it.
    """
    needed = {"prompt": str, "entry_point": str}
    try:
        return function_task(**arguments(record, where, needed, _OPTIONS))
    except TaskError as error:
        raise FamilyError(f"{where}: {error}") from None


def null_functions(entry_point: str, prompt: str) -> list[str]:
    """Answers that know nothing about the function."""
    bodies = ("pass", "return None", "raise SystemExit(0)", "import os; os._exit(0)")
    owner, _, name = entry_point.rpartition(".")
    head = f"class {owner}:\n    " if owner else ""
    functions = [f"{head}def {name}(*args, **kwargs): {body}\n" for body in bodies]
    return ["", "I do not know.", prompt, *functions]
