"""Programs to repair, in up to a few turns: a wrong program, what public cases say of it, and hidden
cases that decide.

A record is one of :func:`function_task` or :func:`stdio_task` (the one with an ``entry_point`` is a
function), with ``buggy``, the source of a program that is wrong. When the family is built each one is
judged, in the sandbox: it must fail, what it fails of the public cases is told in the prompt, and with
partial rewards what it reaches is the floor, so that handing it back earns nothing.

In the Gymnasium environment an episode has ``turns`` answers; the reward of a turn is what it adds to
the one before, so that an episode's rewards sum up to the verdict on its last answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from verigym.envs.code.functions import function_record, null_functions
from verigym.envs.code.published import fenced
from verigym.envs.code.stdio import null_programs, stdio_record
from verigym.envs.records import Source, field, read_records
from verigym.errors import FamilyError
from verigym.family import LoadedFamily
from verigym.task import Task
from verigym.verdict import Status, Verdict
from verigym.verifiers.code import CodeVerifier
from verigym.verifiers.scoring import is_partial, share

MOST_TURNS = 100


class Repair(LoadedFamily):
    """Your own wrong programs.

    Raises:
        FamilyError: for a record that is not as it should be, or whose program is right or cannot be
            judged.
    """

    name = "code/repair"
    summary = "repair a wrong program in a few turns; public cases are shown, hidden ones decide"
    verifier = CodeVerifier()
    knobs = {
        "data": "JSONL(.gz) path or list of records of code/functions or code/stdio, each with buggy",
        "turns": "answers that an episode may take (default 3)",
    }
    needs_data = True

    def __init__(self, data: Source | None = None, turns: int = 3) -> None:
        if data is None:
            raise FamilyError("code/repair needs data=: a JSONL path or a list of records")
        if type(turns) is not int or not 1 <= turns <= MOST_TURNS:
            raise FamilyError(f"turns is {turns!r}; it must be an int from 1 to {MOST_TURNS}")
        self.turns = turns
        posed = [(where, *_posed(record, where)) for where, record in read_records(data)]
        if not posed:
            raise FamilyError("code/repair: the data holds no record")
        verdicts = self.verifier.verify_many((task, fenced(buggy)) for _, task, buggy in posed)
        self._tasks = [
            _task(where, task, buggy, verdict)
            for (where, task, buggy), verdict in zip(posed, verdicts, strict=True)
        ]

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"task {task.id[:12]} has no reference answer")
        return fenced(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        name = task.spec.get("entry_point")
        nulls = null_functions(name, task.text) if name else null_programs(task)
        return [*nulls, fenced(task.spec["buggy"])]


def _posed(record: Mapping[str, Any], where: str) -> tuple[Task, str]:
    buggy = field(record, "buggy", str, where)
    rest = {name: value for name, value in record.items() if name != "buggy"}
    task = (function_record if "entry_point" in rest else stdio_record)(rest, where)
    return replace(task, family=Repair.name, version=Repair.version, id=""), buggy


def _task(where: str, task: Task, buggy: str, verdict: Verdict) -> Task:
    if verdict.abstained:
        why = verdict.evidence.get("error", verdict.status.value)
        raise FamilyError(f"{where}: its program to repair cannot be judged: {why}")
    if verdict.correct:
        raise FamilyError(f"{where}: its program to repair is right, so there is nothing to repair")
    spec = {**task.spec, "buggy": buggy}
    if is_partial(spec):
        passed = [case.status is Status.CORRECT for case in verdict.cases]
        if len(passed) == len(spec["cases"]):  # else it was not even run
            spec["floor"] = max(spec["floor"], share(spec, passed))
    prompt = (
        f"{task.text}\n\nThis program is wrong:\n\n{fenced(buggy)}\n\nWhat came of it: "
        f"{verdict.feedback}\n\nGive the whole program, corrected."
    )
    return replace(task, prompt=prompt, spec=spec, id="")
