"""MBPP+: 378 of MBPP's functions with some hundred inputs each, by EvalPlus.

Both published shapes are read, as :mod:`verigym.envs.code.evalplus` says: ``MbppPlus.jsonl`` as
released, and the data set ``evalplus/mbppplus``. The prompt is EvalPlus's: the question and the first
assert, in a docstring. Where that is the first of the cases, this one is public.
"""

from __future__ import annotations

import re
from dataclasses import replace

from verigym.envs.code.asserts import entry_point_of, joined
from verigym.envs.code.evalplus import (
    MBPP_ORACLES,
    PLUS_KNOBS,
    Plus,
    PublishedPlus,
    inputs_of,
    plus_task,
    read_test_code,
    tolerance_of,
)
from verigym.envs.code.functions import function_task
from verigym.envs.code.literal import literal_cases
from verigym.envs.code.mbpp_plus_inputs import turned
from verigym.envs.code.published import Record
from verigym.envs.code.testcode import parse
from verigym.errors import TaskError
from verigym.sandbox.inside import plain
from verigym.task import Task, freeze


class MbppPlus(PublishedPlus):
    """Problems of either shape."""

    name = "code/mbpp-plus"
    summary = "write a Python function; judged by EvalPlus's inputs and rules"
    published_as = "the path of MbppPlus.jsonl(.gz), or a list of its or evalplus/mbppplus's records"
    knobs = {"data": published_as, **PLUS_KNOBS}

    def pose(self, record: Record) -> Task:
        number = _number(record)
        task = self._of_code(record) if record.has("test") else self._released(record, number)
        public = {"public": 1} if _shows_the_first(task) else {}
        return self.own(task, {"source": f"Mbpp/{number}", **task.metadata}, **public)

    def _released(self, record: Record, number: int) -> Task:
        name, solution = record.text("entry_point"), record.text("canonical_solution")
        inputs = [turned(number, args) for args in inputs_of(record)]
        plus = Plus(name, solution, inputs, None, tolerance_of(record))
        return self._task(record.text("prompt"), plus)

    def _of_code(self, record: Record) -> Task:
        code, asserts = record.text("code"), record.texts("test_list")
        name = entry_point_of(joined(asserts), code)
        question = f'"""\n{record.text("prompt").strip()}\n{"".join(asserts[:1])}\n"""\n'
        said = read_test_code(record, "test")
        if said.inputs is None:
            return function_task(
                question, name, tests=record.text("test"), reference=code, timeout=self.timeout
            )
        return self._task(question, Plus(name, code, said.inputs, said.results, said.tolerance))

    def _task(self, prompt: str, plus: Plus) -> Task:
        oracle = MBPP_ORACLES.get(plus.entry_point)
        if oracle is not None and oracle.result:  # what the record says may not be what is compared
            plus = replace(plus, results=None)
        return plus_task(prompt, plus, oracle, reference=plus.reference, timeout=self.timeout)


def _shows_the_first(task: Task) -> bool:
    """Whether the assert that the prompt shows is the task's first case."""
    lines = (line.strip() for line in task.text.splitlines())
    shown = next((line for line in lines if line.startswith("assert ")), None)
    if shown is None or "cases" not in task.spec:
        return False
    try:
        cases = literal_cases(parse(shown, "the assert"), task.spec["entry_point"])
        args = [plain.encode(value) for value in cases[0]["args"]] if cases else None
    except (TaskError, plain.NotPlain):
        return False
    return args is not None and freeze(args) == task.spec["cases"][0]["args"]


def _number(record: Record) -> int:
    """The number in a ``task_id``, which is an int or ``Mbpp/2``."""
    value = record.get("task_id", (str, int))
    found = re.fullmatch(r"(?:Mbpp/)?(\d{1,6})", str(value)[:40])
    if found is None:
        raise record.error(
            "task_id", f"is {str(value)[:40]!r}; it must be a number, or Mbpp/ and a number"
        )
    return int(found[1])
