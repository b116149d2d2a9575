"""Families whose cheap policies do too well in one way each, and some where they do not."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym.difficulty import Dial
from verigym.errors import FamilyError
from verigym.family import GeneratedFamily
from verigym.seeding import derive
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers.base import Verifier


class SideVerifier(Verifier):
    """The right side earns 1, what the spec lists earns something."""

    name = "planted/side"

    def judge(self, task: Task, answer: str) -> Verdict:
        if answer == task.spec.get("fatal"):
            raise RuntimeError("a defect")
        if answer == task.spec["side"]:
            return correct()
        if answer in task.spec.get("pays", ()):
            return graded(0.5, "Nearly.")
        return failed(Status.WRONG, "No.")


class Fair(GeneratedFamily):
    """One of ``sides``: no policy is better than a guess."""

    name = "planted/fair"
    summary = "Guess."
    verifier = SideVerifier()
    knobs = {"sides": "how many there are"}
    dials: ClassVar[Mapping[str, Dial]] = {"sides": Dial(2, 64, (2, 8, 64))}
    searching = frozenset({"oracle"})

    def configure(self, *, sides: int = 2) -> Mapping[str, Any]:
        return {"sides": sides}

    def side(self, rng: random.Random) -> int:
        return rng.randrange(self.config["sides"])

    def more(self) -> dict[str, Any]:
        return {}

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        return Task(
            family=self.name,
            prompt=f"Which of {self.config['sides']} sides? ({split} {index})",
            spec={"side": str(self.side(rng)), **self.more()},
        )

    def reference(self, task: Task) -> str:
        return str(task.spec["side"])

    def null_answers(self, task: Task) -> list[str]:
        return ["", task.text, "none"]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        return {"empty": "", "always 0": "0", "always 1": "1", "oracle": self.reference(task)}

    def random_answer(self, task: Task, seed: int) -> str:
        rng = random.Random(derive("random answer", task.id, seed))
        return str(rng.randrange(self.config["sides"]))


class Biased(Fair):
    """Nine of ten times the first."""

    name = "planted/biased"

    def side(self, rng: random.Random) -> int:
        return 0 if rng.randrange(10) else 1


class PaysAConstant(Fair):
    """A partial reward for always saying 1."""

    name = "planted/pays-a-constant"

    def more(self) -> dict[str, Any]:
        return {"side": "0", "pays": ["1"]}


class PaysLuck(Fair):
    """A partial reward for most answers, though not for those that it names."""

    name = "planted/pays-luck"

    def more(self) -> dict[str, Any]:
        return {"pays": [str(side) for side in range(2, self.config["sides"])]}


class Fails(Fair):
    """A policy that brings the verifier to fail."""

    name = "planted/fails"

    def more(self) -> dict[str, Any]:
        return {"side": "0", "fatal": "1"}


class TooHard(Fair):
    """A level that poses nothing."""

    name = "planted/too-hard"

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        if self.config["sides"] > 8:
            raise FamilyError("too many sides")
        return super().generate(rng, split, index)


class NoGuess(Fair):
    """Null answers for everything, one of them right."""

    name = "planted/no-guess"

    def more(self) -> dict[str, Any]:
        return {"side": "none"}

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        return GeneratedFamily.cheap_answers(self, task)

    random_answer = GeneratedFamily.random_answer
