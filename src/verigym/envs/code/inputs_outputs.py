"""Records as trainers pass them around: ``inputs``, ``outputs``, ``fn_name``, ``assert_case``.

That is the shape of the ground truth of verl's rewards for code (Eurus-2-RL, DeepCoder, ...). Open-r1's
``verification_info``, a list of test cases, says the same in other words and is read too. Where there
are ``assert_case`` texts these alone are the tests, as in verl.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.code.apps import solutions
from verigym.envs.code.asserts import entry_point_of, joined
from verigym.envs.code.functions import function_task
from verigym.envs.code.io_tests import IMPORTS, io_task, read_tests
from verigym.envs.code.published import KNOBS, Published, Record, check_text, first_python
from verigym.task import Task
from verigym.verifiers.source import program_in

_TESTS = ("input_output", "ground_truth", "reward_model", "verification_info")
_PROMPTS = ("prompt", "question", "problem")
_SOLUTIONS = ("gold_standard_solution", "reference", "solution")


class InputsOutputs(Published):
    """Problems with a prompt and tests under one of the names that trainers use."""

    name = "code/inputs-outputs"
    summary = "records as verl and open-r1 train on: inputs, outputs, fn_name, assert_case"
    published_as = "a path of JSONL records, or a list of them"
    knobs = {
        "data": published_as,
        "timeout": "seconds of processor time for each test (default 6)",
        **KNOBS,
    }
    named_by = ("id", "problem_id", "task_id", "index")

    def pose(self, record: Record) -> Task:
        prompt = _first(record, _PROMPTS)
        reference = _reference(record)
        value, field = _tests(record)
        asserts = value.get("assert_case") if isinstance(value, Mapping) else None
        if asserts:
            tests = _asserts(asserts, record, field)
            name = value.get("fn_name") or entry_point_of(tests, None, IMPORTS)
            task = function_task(
                prompt,
                name,
                tests=tests,
                prefix=IMPORTS,
                preamble=IMPORTS,
                reference=reference,
                timeout=self.timeout,
            )
        else:
            task = io_task(
                read_tests(value, record, field), prompt, reference=reference, timeout=self.timeout
            )
        about = {"source": record.name(*self.named_by), "set": record.fields.get("data_source")}
        return self.own(task, {k: v for k, v in about.items() if isinstance(v, str)})


def _asserts(value: Any, record: Record, field: str) -> str:
    if not isinstance(value, list | tuple):
        raise record.error(field, f"has a {type(value).__name__} for 'assert_case', not a list")
    return joined(check_text(text, record, field) for text in value)


def _reference(record: Record) -> str | None:
    """A solution, out of the fenced block that it may stand in."""
    name = next((name for name in _SOLUTIONS if record.has(name)), None)
    if name is None:
        return first_python(solutions(record))
    return first_python([program_in(record.text(name)) or ""])


def _first(record: Record, names: tuple[str, ...]) -> Any:
    name = next((name for name in names if record.has(name)), names[0])
    return record.get(name, (str, list, tuple))


def _tests(record: Record) -> tuple[Any, str]:
    """(the object with the tests, the field that it stands in)."""
    if "inputs" in record.fields:
        return record.fields, "inputs"
    name = next((name for name in _TESTS if record.has(name)), _TESTS[0])
    value = record.json(name)
    if name == "reward_model" and isinstance(value, Mapping):
        inner = Record(value, record.where)
        return inner.json("ground_truth"), "ground_truth"
    if isinstance(value, Mapping) and "test_cases" in value:
        return _from_cases(value["test_cases"], record, name), name
    return value, name


def _from_cases(cases: Any, record: Record, name: str) -> dict[str, Any]:
    """Open-r1's test cases, each ``{"input", "output", "type", "fn_name"}``, as one set of lists."""
    if not isinstance(cases, list | tuple) or not all(isinstance(case, Mapping) for case in cases):
        raise record.error(name, "has 'test_cases' that are no list of objects")
    functions = {case.get("fn_name") for case in cases if case.get("type") == "function_call"} or {None}
    mixed = len({case.get("type") for case in cases}) > 1 or len(functions) > 1
    if mixed or not all(isinstance(one, str | None) for one in functions):
        raise record.error(name, "has test cases of more than one type or function")
    return {
        "inputs": [case.get("input") for case in cases],
        "outputs": [case.get("output") for case in cases],
        "fn_name": functions.pop(),
    }
