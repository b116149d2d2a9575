"""From judged cases to a verdict: exact or partial, and what the policy may see of them.

A spec may say ``reward`` (``exact``, or ``partial``), ``public`` (how many of its first cases the
policy may be shown) and ``feedback`` (``public``: those of them that failed; ``status``: none; ``all``:
any case that failed, hidden ones too).

Partial rewards count *behaviour groups*: cases that expect the same are one group, which passes when
all of them do, so a constant answer passes one group however many cases expect it. Where there are
hidden cases only they count, so repeating the public ones earns nothing. The share of the groups is
paid only beyond ``floor``, the share that the best cheap answer reaches (a constant, an echo, ...),
which was stored when the task was built; and never above half of a full success.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox.inside import plain
from verigym.verdict import Case, Status, Verdict, correct, failed, graded

EXACT, PARTIAL = "exact", "partial"
PUBLIC, STATUS, ALL = "public", "status", "all"
MOST_SHOWN = 3
"""Failed cases that feedback shows."""


def is_partial(spec: Mapping[str, Any]) -> bool:
    """Whether a task pays partial rewards, so that every case must be judged.

    Raises:
        TaskError: for a reward that does not exist.
    """
    reward = spec.get("reward", EXACT)
    if reward not in (EXACT, PARTIAL):
        raise TaskError(f"reward is {reward!r}; it must be {EXACT} or {PARTIAL}")
    return bool(reward == PARTIAL)


def public_count(spec: Mapping[str, Any]) -> int:
    """How many of the first cases are public.

    Raises:
        TaskError: when it is no number of cases.
    """
    count = spec.get("public", 0)
    if type(count) is not int or not 0 <= count <= len(spec["cases"]):
        raise TaskError(f"public is {count!r}; it must be an int from 0 to the number of cases")
    return count


def verdict_of(
    spec: Mapping[str, Any], cases: Sequence[Case], words: str, evidence: Mapping[str, Any]
) -> Verdict:
    """The verdict on judged cases, the first ones of the task's or all of them.

    Args:
        spec: the task's.
        cases: in the task's order; with a partial reward, one for each of the task's.
        words: fit for the policy, on what failed first.
        evidence: what else was seen.
    """
    stop = next((case.status for case in cases if case.status is not Status.CORRECT), None)
    if stop is None and len(cases) == len(spec["cases"]):
        return correct(cases=tuple(cases), evidence=evidence)
    words = "\n".join([words, *_shown(spec, cases)])
    if is_partial(spec):
        progress = progress_of(spec, [case.status is Status.CORRECT for case in cases])
        evidence = {**evidence, "progress": progress, "first_failure": stop.value if stop else ""}
        if progress > 0:
            return graded(progress, words, cases=tuple(cases), evidence=evidence)
    return failed(stop or Status.WRONG, words, cases=tuple(cases), evidence=evidence)


def _shown(spec: Mapping[str, Any], cases: Sequence[Case]) -> Iterable[str]:
    mode = spec.get("feedback", PUBLIC)
    if mode not in (PUBLIC, STATUS, ALL):
        raise TaskError(f"feedback is {mode!r}; it must be {PUBLIC}, {STATUS} or {ALL}")
    seen = [case for case in cases if mode == ALL or (mode == PUBLIC and case.public)]
    for case in [case for case in seen if case.status is not Status.CORRECT][:MOST_SHOWN]:
        got = f"got {case.got}" if case.got else case.status.value.replace("_", " ")
        yield f"{case.name}: input {case.input}: {got}, expected {case.expected}"


# ---------------------------------------------------------------------------- behaviour groups


def counted(spec: Mapping[str, Any]) -> list[int]:
    """The positions of the cases that partial rewards count: the hidden ones, if there are any."""
    public, total = public_count(spec), len(spec["cases"])
    return list(range(public, total)) if public < total else list(range(total))


def behaviour(case: Mapping[str, Any]) -> str:
    """What a case expects, as a key: cases with the same key are one group."""
    if "output" in case:
        return " ".join(case["output"].split())
    return plain.dumps(case["expected"]).decode()


class Groups:
    """The behaviour groups of a task's counted cases. A group weighs what the heaviest of its cases
    does. Made once, it says the share of many answers.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        cases = spec["cases"]
        self.counted = counted(spec)
        """Positions of the cases that count."""
        self._keys = [behaviour(cases[index]) for index in self.counted]
        self._weights: dict[str, float] = {}
        for key, index in zip(self._keys, self.counted, strict=True):
            weight = float(cases[index].get("weight", 1))
            self._weights[key] = max(self._weights.get(key, 0.0), weight)

    def share(self, passed: Callable[[int], bool]) -> float:
        """The weight of the groups that passed whole, of that of all.

        Args:
            passed: whether the case at a position did; asked for no more of a group that failed.
        """
        lost: set[str] = set()
        for key, index in zip(self._keys, self.counted, strict=True):
            if key not in lost and not passed(index):
                lost.add(key)
        kept = sum(weight for key, weight in self._weights.items() if key not in lost)
        return kept / sum(self._weights.values())


def share(spec: Mapping[str, Any], passed: Sequence[bool]) -> float:
    """The share of one answer; ``passed`` says of each case whether it did."""
    return Groups(spec).share(passed.__getitem__)


def progress_of(spec: Mapping[str, Any], passed: Sequence[bool]) -> float:
    """The share beyond the floor, in [0, 1].

    Raises:
        TaskError: for a spec without a floor in [0, 1].
    """
    floor: Any = spec.get("floor")
    if type(floor) not in (int, float) or not 0 <= floor <= 1:
        raise TaskError(f"floor is {floor!r}; a task with partial rewards stores one from 0 to 1")
    reached = share(spec, passed)
    return float((reached - floor) / (1 - floor)) if reached > floor + 1e-12 else 0.0
