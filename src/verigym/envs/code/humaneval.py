"""HumanEval: 164 functions to complete, judged by the tests that were published with them.

Chen et al., "Evaluating Large Language Models Trained on Code", arXiv 2107.03374; the data set is
``HumanEval.jsonl.gz`` of openai/human-eval. An answer may be a completion of the prompt, as published,
or a whole function. The prompt's own imports and helpers stand before either, and the tests get a copy
of them that the candidate cannot touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.code.functions import function_task, null_functions
from verigym.envs.records import Source, field, read_records
from verigym.errors import FamilyError, TaskError
from verigym.family import LoadedFamily
from verigym.task import Task
from verigym.verifiers.calls import FunctionVerifier


class HumanEval(LoadedFamily):
    """The published problems, from ``data=`` a path (JSONL, plain or gzipped) or a list of records.

    Raises:
        FamilyError: when the data cannot be read, or a record is not as published.
    """

    name = "code/humaneval"
    summary = "complete a Python function; judged by the published tests, apart from the candidate"
    verifier = FunctionVerifier()
    knobs = {
        "data": "path of HumanEval.jsonl(.gz), or a list of its records",
        "timeout": "seconds of processor time for one answer (default 3)",
    }
    needs_data = True

    def __init__(self, data: Source | None = None, timeout: float = 3.0) -> None:
        if data is None:
            raise FamilyError("code/humaneval needs data=: the path of HumanEval.jsonl.gz")
        self._tasks = [_task(record, where, timeout) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/humaneval: the data holds no record")

    def reference(self, task: Task) -> str:
        return f"```python\n{task.spec['prefix']}{task.spec['reference']}\n```"

    def null_answers(self, task: Task) -> list[str]:
        return ["    pass\n", "    return None\n", *null_functions(task.spec["entry_point"], task.text)]


def _task(record: Mapping[str, Any], where: str, timeout: float) -> Task:
    names = ("task_id", "prompt", "entry_point", "canonical_solution", "test")
    task_id, prompt, entry_point, solution, test = (field(record, name, str, where) for name in names)
    try:
        return function_task(
            prompt,
            entry_point,
            tests=test,
            prefix=prompt,
            preamble=prompt,
            reference=solution,
            timeout=timeout,
            family=HumanEval.name,
            version=HumanEval.version,
            metadata={"source": task_id},
        )
    except TaskError as error:
        raise FamilyError(f"{where} ({task_id}): {error}") from None
