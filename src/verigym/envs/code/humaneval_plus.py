"""HumanEval+: HumanEval's 164 functions with some hundred inputs each, by EvalPlus.

Both published shapes are read, as :mod:`verigym.envs.code.evalplus` says: ``HumanEvalPlus.jsonl`` as
released, and the data set ``evalplus/humanevalplus``. Prompts and answers are those of
:mod:`verigym.envs.code.humaneval`. No case is public.
"""

from __future__ import annotations

from verigym.envs.code.evalplus import (
    HUMANEVAL_ORACLES,
    PLUS_KNOBS,
    Plus,
    PublishedPlus,
    inputs_of,
    plus_task,
    read_test_code,
    tolerance_of,
)
from verigym.envs.code.functions import function_task
from verigym.envs.code.published import Record, fenced
from verigym.task import Task


class HumanEvalPlus(PublishedPlus):
    """Problems of either shape."""

    name = "code/humaneval-plus"
    summary = "complete a Python function; judged by EvalPlus's inputs and rules"
    published_as = (
        "the path of HumanEvalPlus.jsonl(.gz), or a list of its or evalplus/humanevalplus's records"
    )
    knobs = {"data": published_as, **PLUS_KNOBS}

    def pose(self, record: Record) -> Task:
        fields = ("task_id", "prompt", "entry_point", "canonical_solution")
        task_id, prompt, name, solution = (record.text(field) for field in fields)
        if record.has("test"):
            said = read_test_code(record, "test")
            inputs, results, tolerance = said.inputs, said.results, said.tolerance
        else:
            inputs, results, tolerance = inputs_of(record), None, tolerance_of(record)
        if inputs is None:
            task = function_task(
                prompt,
                name,
                tests=record.text("test"),
                prefix=prompt,
                preamble=prompt,
                reference=solution,
                timeout=self.timeout,
            )
        else:
            task = plus_task(
                prompt,
                Plus(name, prompt + solution, inputs, results, tolerance),
                HUMANEVAL_ORACLES.get(name),
                prefix=prompt,
                reference=solution,
                timeout=self.timeout,
            )
        return self.own(task, {"source": task_id, **task.metadata})

    def reference(self, task: Task) -> str:
        return fenced(task.spec["prefix"] + task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        return ["    pass\n", "    return None\n", *super().null_answers(task)]
