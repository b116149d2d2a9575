"""Verifiers with one planted defect each, and one without: what an audit must find, and must not.

The task is always to add two numbers. Graders are plain functions; families are classes.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym.audit.posing import SAMPLED
from verigym.errors import SandboxError
from verigym.family import GeneratedFamily
from verigym.sandbox import Program, shared
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed
from verigym.verifiers.answer import extract
from verigym.verifiers.base import Verifier

Record = Mapping[str, Any]

SUMS = [(17, 4), (25, 8), (31, 40), (12, 77)]
RECORDS = [
    {"prompt": f"What is {a} + {b}?", "reference": str(a + b), "wrong": [str(a), str(b)], "sum": a + b}
    for a, b in SUMS
]
DOUBLES = [
    {
        "prompt": "Write f(n), which doubles n.",
        "entry_point": "f",
        "reference": "def f(n):\n    return 2 * n\n",
        "inputs": [21, -3],
        "outputs": [42, -6],
    }
]


# --------------------------------------------------------------------------------------------- graders


def sound(prompt: str, answer: str, record: Record) -> float:
    """No defect."""
    text = (extract(answer) or "").strip()
    return float(text == record["reference"])


def pays_for_text(prompt: str, answer: str, record: Record) -> float:
    """A little for any text, "for the format"."""
    return 1.0 if answer.strip() == record["reference"] else 0.1 * bool(answer)


def substring(prompt: str, answer: str, record: Record) -> float:
    """The right number anywhere."""
    return float(record["reference"] in answer)


def evaluates(prompt: str, answer: str, record: Record) -> float:
    """``eval`` of the answer."""
    try:
        return float(eval(answer) == record["sum"])
    except Exception:
        return 0.0


def no_tests(prompt: str, answer: str, record: Record) -> float:
    """All of the tests that there are: none."""
    return float(all(answer == test for test in record.get("tests", ())))


def swallows(prompt: str, answer: str, record: Record) -> float:
    """0 for its own failures, so the reference earns 0."""
    try:
        raise ConnectionError("no server")
    except ConnectionError:
        return 0.0


def tosses(prompt: str, answer: str, record: Record) -> float:
    """A coin."""
    return float(random.random() < 0.5 and answer.strip() == record["reference"])


def remembers(prompt: str, answer: str, record: Record, seen: list[str] = []) -> float:  # noqa: B006
    """Another reward the second time."""
    seen.append(answer)
    return float(answer.strip() == record["reference"] and seen.count(answer) == 1)


def by_hash(prompt: str, answer: str, record: Record) -> float:
    """A sample of the answers by their hashes."""
    return float(answer.strip() == record["reference"]) * (1 - hash(prompt) % 997 / 2000)


def raises(prompt: str, answer: str, record: Record) -> float:
    """``int`` of whatever comes."""
    return float(int(answer) == record["sum"])


def ends(prompt: str, answer: str, record: Record) -> float:
    """Ends the process for what it does not like."""
    if len(answer) > 1000:
        os._exit(3)
    return float(answer.strip() == record["reference"])


def hangs(prompt: str, answer: str, record: Record) -> float:
    """No end for deep brackets."""
    if answer.startswith("[[["):
        time.sleep(999)
    return float(answer.strip() == record["reference"])


def lends(prompt: str, answer: str, record: Record) -> float:
    """Lets a process that an answer controls write on all descriptors, as by forking without closing."""
    if answer.startswith("[[["):
        for number in range(200):
            line = b'{"number": %d, "found": [{"reward": 1.0, "abstained": false}]}\n' % number
            for fd in range(3, 16):
                with contextlib.suppress(OSError):
                    os.write(fd, line)
    return float(answer.strip() == record["reference"])


def above_one(prompt: str, answer: str, record: Record) -> float:
    """Bonus for short answers."""
    right = answer.strip() == record["reference"]
    return 1.0 + 0.5 * (len(answer) < 10) if right else 0.0


def below_zero(prompt: str, answer: str, record: Record) -> float:
    """A malus."""
    return 1.0 if answer.strip() == record["reference"] else -1.0


def not_a_number(prompt: str, answer: str, record: Record) -> float:
    """NaN for what has no digits."""
    if not re.search(r"\d", answer):
        return float("nan")
    return float(answer.strip() == record["reference"])


def any_number(prompt: str, answer: str, record: Record) -> float:
    """One of the numbers in the answer."""
    return float(record["reference"] in re.findall(r"\d+", answer))


def near(prompt: str, answer: str, record: Record) -> float:
    """Right within ten."""
    text = answer.strip()
    return float(text.isdecimal() and len(text) < 9 and abs(int(text) - record["sum"]) < 12)


def echoed(prompt: str, answer: str, record: Record) -> float:
    """Full marks for the prompt's own text."""
    return float(answer.strip() in (record["reference"], prompt))


def thoughts(prompt: str, answer: str, record: Record) -> float:
    """The first number, wherever it stands."""
    found = re.search(r"\d+", answer)
    return float(found is not None and found.group() == record["reference"] and " or " not in answer)


def trusts_equality(prompt: str, answer: str, record: Record) -> float:
    """Runs the answer here and believes ``==``."""
    try:
        names: dict[str, Any] = {}
        exec(answer, names)
        outputs = record["outputs"]
        return float(
            all(names["f"](n) == out for n, out in zip(record["inputs"], outputs, strict=True))
        )
    except Exception:
        return 0.0


def abstains(prompt: str, answer: str, record: Record) -> float | None:
    """Never judges anything: no defect, but nothing that was shown either."""
    return None


# -------------------------------------------------------------------------------------------- families


class Sum(Verifier):
    """No defect."""

    name = "planted/sound"

    def judge(self, task: Task, answer: str) -> Verdict:
        text = extract(answer)
        right = text is not None and text.strip() == str(task.spec["sum"])
        return correct() if right else failed(Status.WRONG, "No.")


class Sound(GeneratedFamily):
    """Sums of two numbers; even or odd."""

    name = "planted/sound"
    summary = "Add two numbers."
    verifier: ClassVar[Verifier] = Sum()

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        return {}

    def generate(self, rng: Any, split: str, index: int) -> Task:
        return self.pose(rng.randrange(10**6), rng.randrange(10**6))

    def pose(self, one: int, two: int, **more: Any) -> Task:
        prompt = f"What is {one} + {two}?"
        return Task(self.name, prompt, {"sum": one + two, "label": (one + two) % 2 == 0, **more})

    def reference(self, task: Task) -> str:
        return str(task.spec["sum"])

    def null_answers(self, task: Task) -> list[str]:
        return ["", "0", task.text]


class Raising(Sum):
    name = "planted/raising"

    def judge(self, task: Task, answer: str) -> Verdict:
        text = answer.strip()
        if text.startswith("["):
            raise ValueError("a bracket")
        return correct() if text == str(task.spec["sum"]) else failed(Status.WRONG, "No.")


class RaisesInside(Sound):
    """Its verifier raises for brackets, which its base class turns into an abstention."""

    name = "planted/raising"
    verifier = Raising()


class Outage(Sum):
    name = "planted/outage"
    waits = True

    def judge(self, task: Task, answer: str) -> Verdict:
        try:
            shared().run(Program("pass"))
        except SandboxError:
            return failed(Status.WRONG, "No.")
        return super().judge(task, answer)


class AbstentionAsZero(Sound):
    """Counts a sandbox that is down as a wrong answer."""

    name = "planted/outage"
    verifier = Outage()


class Leaks(Sound):
    """Its label shows in the prompt's length."""

    name = "planted/leaks"

    def generate(self, rng: Any, split: str, index: int) -> Task:
        task = super().generate(rng, split, index)
        pad = " " * rng.randrange(3) + ("  " if task.spec["label"] else "")
        return Task(self.name, task.text + pad, task.spec)


class SharesSplits(Sound):
    """The same tasks in every split."""

    name = "planted/shared"

    def generate(self, rng: Any, split: str, index: int) -> Task:
        return self.pose(index, 10 * index)


class GlobalRandomness(Sound):
    """Draws from the global stream."""

    name = "planted/global"

    def generate(self, rng: Any, split: str, index: int) -> Task:
        return self.pose(random.randrange(10**6), random.randrange(10**6))


class HashOrder(Sound):
    """Depends on the order of a set."""

    name = "planted/hash"

    def generate(self, rng: Any, split: str, index: int) -> Task:
        words = sorted({f"w{n}" for n in range(9)}, key=hash)
        return self.pose(rng.randrange(10**6), rng.randrange(10**6), word=words[0])


class OneLabel(Sound):
    """Every sum is even; asks for no more tasks than show that."""

    name = "planted/one-label"

    def generate(self, rng: Any, split: str, index: int) -> Task:
        assert index < SAMPLED, "a task that nothing needs"
        return self.pose(2 * rng.randrange(10**6), 2 * rng.randrange(10**6))


class RareLeak(Sound):
    """One sum in eight is odd, and its prompt is longer."""

    name = "planted/rare"

    def generate(self, rng: Any, split: str, index: int) -> Task:
        one, two = 2 * rng.randrange(10**6), 2 * rng.randrange(10**6)
        if index % 8 < 7:
            return self.pose(one, two)
        task = self.pose(one + 1, two)
        return Task(self.name, f"{task.text} Give one number.", task.spec)
