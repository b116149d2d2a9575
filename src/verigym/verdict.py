"""A verdict: what a verifier found, with its evidence, and a reward that cannot contradict it.

The reward follows from the status by construction. Only ``CORRECT`` is 1, only ``PARTIAL`` lies
between (and never above 0.5), everything else that the candidate caused is 0. When *we* failed there
is no reward at all (``None``): a trainer must leave the sample out, because "our server was down"
is not "your answer was wrong".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from enum import Enum
from typing import Any

from verigym.errors import VerigymError

_STAMP = frozenset({"task_id", "verifier", "version", "timings"})

PARTIAL_CAP = 0.5
"""No partial reward is above this, so no pile of partial successes equals a success."""
ROUNDING = 1e-9
"""Far above what rounding adds to a share, far below what one case or clause of a task is worth."""


class Status(str, Enum):
    """How the judging of one answer ended. Closed: every verifier uses these and no others."""

    CORRECT = "correct"
    PARTIAL = "partial"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    MALFORMED = "malformed"
    COMPILE_ERROR = "compile_error"
    RUNTIME_ERROR = "runtime_error"
    TIMEOUT = "timeout"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    FORBIDDEN = "forbidden"
    BUDGET = "budget"
    SANDBOX_ERROR = "sandbox_error"
    VERIFIER_ERROR = "verifier_error"

    @property
    def abstains(self) -> bool:
        """True for the failures that are ours, which carry no reward."""
        return self in (Status.SANDBOX_ERROR, Status.VERIFIER_ERROR)


@dataclass(frozen=True)
class Case:
    """The evidence of one test case. Texts are bounded by whoever makes them."""

    name: str
    status: Status
    seconds: float | None = None
    detail: str = ""
    """What happened, for the people who read verdicts; may quote hidden tests, so never feedback."""
    input: str = ""
    """What the candidate was given, what came back, and what should have: quoted, for people."""
    got: str = ""
    expected: str = ""
    public: bool = False
    """Whether the policy may be shown this case."""

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "status": self.status.value}


@dataclass(frozen=True)
class Verdict:
    """What a verifier found about one answer.

    Build one with :func:`correct`, :func:`failed`, :func:`graded` or :func:`abstention`; a
    contradiction between ``status`` and ``reward`` raises ``VerigymError``.
    """

    status: Status
    reward: float | None
    """In [0, 1]; ``None`` exactly when the verifier abstains."""
    feedback: str = ""
    """One or a few lines that are fit to show the policy: no hidden case, no expected value."""
    cases: tuple[Case, ...] = ()
    """Evidence for each case, in the task's order."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What else the verifier saw (sandbox tier, satisfied clauses, ...): JSON, not for the policy."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by phase; ``total`` is always there after :meth:`Verifier.verify`."""
    task_id: str = ""
    verifier: str = ""
    version: int = 0

    def __post_init__(self) -> None:
        rule = _reward_rule(self.status, self.reward)
        if rule:
            raise VerigymError(f"reward {self.reward!r} with status {self.status.name}: {rule}")

    @property
    def correct(self) -> bool:
        """The exact 0/1: True only for a full success. False says nothing when abstaining."""
        return self.status is Status.CORRECT

    @property
    def abstained(self) -> bool:
        """True when there is no reward because the failure was ours."""
        return self.reward is None

    def stamped(self, **changes: Any) -> Verdict:
        """A copy with some fields replaced; used to add ids, versions and timings."""
        if not changes.keys() <= _STAMP:
            return replace(self, **changes)
        copy = object.__new__(Verdict)  # no rule is about these fields, and each verdict is stamped
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is."""
        return {
            "task_id": self.task_id,
            "status": self.status.value,
            "reward": self.reward,
            "correct": self.correct,
            "abstained": self.abstained,
            "feedback": self.feedback,
            "cases": [case.to_json() for case in self.cases],
            "evidence": dict(self.evidence),
            "timings": dict(self.timings),
            "verifier": self.verifier,
            "version": self.version,
        }


def _reward_rule(status: Status, reward: float | None) -> str | None:
    """The rule that this reward breaks, or None."""
    if status.abstains:
        return None if reward is None else "an abstention has no reward"
    if type(reward) is not float:
        return "a reward is a float, and only an abstention has none"
    if status is Status.CORRECT:
        return None if reward == 1.0 else "a full success is 1.0"
    if status is Status.PARTIAL:
        return None if 0.0 < reward <= PARTIAL_CAP else f"a partial one is in (0, {PARTIAL_CAP}]"
    return None if reward == 0.0 else "a failure is 0.0"


def correct(feedback: str = "Correct.", **fields: Any) -> Verdict:
    """A full success: reward 1."""
    return _made(Status.CORRECT, 1.0, feedback, fields)


def failed(status: Status, feedback: str, **fields: Any) -> Verdict:
    """A failure of the candidate's: reward 0."""
    return _made(status, 0.0, feedback, fields)


def graded(progress: float, feedback: str, **fields: Any) -> Verdict:
    """A wrong answer with honest progress in [0, 1) beyond cheap heuristics: at most 0.5.

    Progress of no more than :data:`ROUNDING` is none: what only reaches the floor, by another order of
    the same operations, earns exactly 0.
    """
    reward = PARTIAL_CAP * min(max(float(progress), 0.0), 1.0)
    if reward > PARTIAL_CAP * ROUNDING:
        return _made(Status.PARTIAL, reward, feedback, fields)
    return failed(Status.WRONG, feedback, **fields)


def abstention(status: Status, feedback: str, **fields: Any) -> Verdict:
    """A failure of ours: no reward."""
    return _made(status, None, feedback, fields)


def _made(status: Status, reward: float | None, feedback: str, fields: dict[str, Any]) -> Verdict:
    """``Verdict(status, reward, feedback, **fields)``, at a third of its cost: a frozen dataclass sets
    its fields one by one, and small answers are judged in a few microseconds.
    """
    if not fields.keys() <= _OTHERS or _reward_rule(status, reward):
        return Verdict(status, reward, feedback, **fields)  # which says what is wrong
    verdict = object.__new__(Verdict)
    verdict.__dict__.update(
        status=status, reward=reward, feedback=feedback, cases=(), evidence={}, timings={}, task_id="",
        verifier="", version=0,
    )  # fmt: skip
    verdict.__dict__.update(fields)
    return verdict


_OTHERS = frozenset(field.name for field in dataclass_fields(Verdict)[3:])
