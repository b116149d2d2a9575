"""What the families over faulty programs share: they are read, chosen and judged alike, and shown
differently.
"""

from __future__ import annotations

import json
import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.code.published import fenced
from verigym.envs.records import Source
from verigym.envs.testgen.faults import Fault, Trial, faults, tried
from verigym.envs.testgen.records import RecordFamily
from verigym.errors import FamilyError
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.distinguish import DistinguishVerifier

MOST_EACH = 100
KEPT = 20
"""Inputs that a task keeps, for baselines."""
_log = logging.getLogger(__name__)

ANSWER = """\
Answer with the arguments of one call, as a JSON array, inside <answer> tags and with nothing else in \
them; for `f([1, 2], "a")` that is <answer>[[1, 2], "a"]</answer>. What JSON does not have is written \
as an object with its type: {"tuple": [1, 2]}, {"set": [1]}, {"dict": [["key", 1]]}. The input must be \
one that the function is meant to take; one that only makes the program slow does not count."""


class FaultFamily(RecordFamily):
    """Tasks over one faulty program each, found for the references of function records.

    Raises:
        FamilyError: for a malformed record, and when no record gives a task.
    """

    verifier = DistinguishVerifier()
    knobs: ClassVar[Mapping[str, str]] = {
        "data": "JSONL(.gz) path or list of records of code/functions with cases and a reference, and "
        "perhaps wrong: a list of wrong answers",
        "each": "how many faulty programs for each record (default 3)",
        "rarity": "the largest share of ordinary inputs that may show the fault (default 0.5)",
        "seed": "which of the faulty programs are taken (default 0)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {
        "rarity": Dial(0.02, 1.0, (1.0, 0.5, 0.3, 0.15, 0.08), harder="down")
    }

    def __init__(
        self, data: Source | None = None, each: int = 3, rarity: float = 0.5, seed: int = 0
    ) -> None:
        if data is None:
            raise FamilyError(f"{self.name} needs data=: a JSONL path or a list of records")
        if type(each) is not int or not 1 <= each <= MOST_EACH:
            raise FamilyError(f"each is {each!r}; it must be an int from 1 to {MOST_EACH}")
        if type(rarity) not in (int, float) or not 0 < rarity <= 1:
            raise FamilyError(f"rarity is {rarity!r}; it must be a number above 0, at most 1")
        if type(seed) is not int:
            raise FamilyError(f"seed is {seed!r}; it must be an int")

        def posed(task: Task, wrong: Sequence[str], contract: str | None) -> list[Task]:
            trial = tried(task, wrong, seed, contract)
            found = faults(trial, each, float(rarity))
            if not found:
                raise FamilyError(
                    f"none of its faulty programs is shown by so few inputs as {rarity:g}"
                )
            return [self._task(trial, fault, contract, number) for number, fault in enumerate(found)]

        self._pose(data, posed)
        if self.skipped:
            _log.warning("%s: %d records give no task; see .skipped", self.name, len(self.skipped))

    def _task(self, trial: Trial, fault: Fault, contract: str | None, number: int) -> Task:
        spec: dict[str, Any] = {
            "entry_point": trial.entry_point,
            "reference": trial.reference,
            "program": fault.program,
            "shapes": list(trial.shapes),
            "compare": dict(trial.compare),
            "packages": list(trial.packages),
            "known": list(fault.known),
            "inputs": [list(call["args"]) for call in trial.calls[:KEPT]],
        }
        if contract is not None:
            spec["contract"] = contract
        return Task(
            family=self.name,
            version=self.version,
            prompt=self.prompt(trial, fault),
            spec=spec,
            difficulty={"share": fault.share},
            metadata={**trial.task.metadata, "fault": number},
        )

    @abstractmethod
    def prompt(self, trial: Trial, fault: Fault) -> str:
        """What the policy sees of a fault."""

    def reference(self, task: Task) -> str:
        return plain.dumps(list(task.spec["known"])).decode()

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing; those that happen to show the fault are left out."""
        known = list(task.spec["known"])
        inputs = [[], [None], [0], [""], [[]], [None] * len(known), [0] * len(known), [*known, 0]]
        texts = ["", "I do not know.", "true", "{}", task.text, *map(json.dumps, inputs)]
        found = dict.fromkeys(texts)
        return [text for text in found if not self.verify(task, text).correct]

    def random_answer(self, task: Task, seed: int) -> str:
        """One of the inputs that were tried when the task was made."""
        inputs = task.spec["inputs"]
        pick = seeding.derive("random answer", task.id, seed) % len(inputs)
        return plain.dumps(list(inputs[pick])).decode()


def shown(source: str) -> str:
    """A program as a prompt shows it."""
    return fenced(source)
