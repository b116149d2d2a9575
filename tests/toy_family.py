"""Small families for testing what is around families: a good one, and one that misbehaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from verigym.errors import FamilyError, SandboxError, TaskError
from verigym.family import GeneratedFamily, LoadedFamily, register
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers.answer import extract
from verigym.verifiers.base import Verifier


class SumVerifier(Verifier):
    """Right, nearly right (one off: half of the way) or wrong."""

    name = "toy/sum"

    def judge(self, task: Task, answer: str) -> Verdict:
        text = extract(answer)
        if text is None:
            return failed(Status.NO_ANSWER, "There is no answer.")
        if not text.strip().isdecimal() or len(text) > 20:
            return failed(Status.MALFORMED, "Answer with a number.")
        off = abs(int(text) - task.spec["sum"])
        return correct() if off == 0 else graded(0.5 if off == 1 else 0.0, "Not quite.")


@register
class Toy(GeneratedFamily):
    """Sums of ``n`` numbers."""

    name = "toy/sum"
    summary = "Add some numbers; checked against the sum."
    verifier = SumVerifier()
    knobs = {"n": "how many numbers (int, 1 to 100)"}
    default_count = 5

    def configure(self, *, n: Any = 2, **unknown: Any) -> Mapping[str, Any]:
        if unknown:
            raise FamilyError(f"toy/sum has no knob {next(iter(unknown))!r}; it has: n")
        if type(n) is not int or not 1 <= n <= 100:
            raise FamilyError(f"n is {n!r}; it must be an int from 1 to 100")
        return {"n": n}

    def generate(self, rng: Any, split: str, index: int) -> Task:
        numbers = [rng.randrange(10, 100) for _ in range(self.config["n"])]
        return Task(
            family=self.name,
            version=self.version,
            prompt=f"What is {' + '.join(map(str, numbers))}?\nAnswer with a number — «only».",
            spec={"sum": sum(numbers)},
            difficulty=self.config,
            metadata={"split": split, "index": index},
        )

    def reference(self, task: Task) -> str:
        return f"<answer>{task.spec['sum']}</answer>"

    def null_answers(self, task: Task) -> list[str]:
        return ["", "0", task.text]


class RogueVerifier(Verifier):
    """Does what the answer says, so that tests can make it misbehave."""

    name = "toy/rogue"
    waits = True

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = self.most = self.calls = 0

    def judge(self, task: Task, answer: str) -> Verdict:
        with self.lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            return self._obey(answer)
        finally:
            with self.lock:
                self.running -= 1

    def _obey(self, answer: str) -> Verdict:
        command, _, argument = answer.partition(" ")
        if command == "raise":
            raise RuntimeError(argument or "a defect")
        if command == "sandbox":
            raise SandboxError("no sandbox today")
        if command == "task":
            raise TaskError("this spec is unreadable")
        if command == "sleep":
            time.sleep(float(argument))
        return correct(evidence={"answer": answer})


@register
class Rogue(LoadedFamily):
    """Three tasks with chat prompts, judged by the rogue verifier."""

    name = "toy/rogue"
    summary = "Whatever you say."
    verifier = RogueVerifier()
    knobs = {"size": "how many tasks", "data": "is not used"}

    def __init__(self, size: int = 3) -> None:
        self._tasks = [
            Task(
                family=self.name,
                prompt=[
                    {"role": "system", "content": "Be good."},
                    {"role": "user", "content": f"Say something, {index}."},
                ],
                spec={"index": index},
                difficulty={"kind": {"deep": [index]}},
            )
            for index in range(size)
        ]

    def reference(self, task: Task) -> str:
        return "fine"

    def null_answers(self, task: Task) -> list[str]:
        return [""]
