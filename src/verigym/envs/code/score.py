"""What code tasks say of their rewards and of what the policy may see, checked when a task is built."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from verigym.errors import TaskError
from verigym.verifiers.scoring import ALL, EXACT, PARTIAL, PUBLIC, STATUS, public_count


def scored(
    spec: Mapping[str, Any],
    public: int,
    feedback: str,
    reward: str,
    floor: Callable[[Mapping[str, Any]], float] | None,
) -> dict[str, Any]:
    """What to add to a spec with cases; nothing for what is left at its default.

    Args:
        spec: with its cases and its rule.
        public: how many of the first cases the policy may be shown.
        feedback: ``public`` (failed public cases are shown), ``status`` (none is) or ``all``.
        reward: ``exact`` (0 or 1) or ``partial`` (up to 0.5 for a part of the behaviour).
        floor: computes what cheap answers reach; None where that cannot be known.

    Raises:
        TaskError: for a value out of range, or a partial reward where there is no floor.
    """
    found: dict[str, Any] = {}
    if public or type(public) is not int:
        found["public"] = public
        public_count({**spec, **found})
    if feedback not in (PUBLIC, STATUS, ALL):
        raise TaskError(f"feedback is {feedback!r}; it must be {PUBLIC}, {STATUS} or {ALL}")
    if feedback != PUBLIC:
        found["feedback"] = feedback
    if reward not in (EXACT, PARTIAL):
        raise TaskError(f"reward is {reward!r}; it must be {EXACT} or {PARTIAL}")
    if reward == PARTIAL:
        if floor is None:
            raise TaskError(
                "a partial reward needs expected values to compare with: what a constant or an echo "
                "would earn cannot be known of test code, a checker or an interactor"
            )
        found |= {"reward": reward, "floor": floor({**spec, **found})}
    return found


def weight_of(case: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A case's weight, where it has one.

    Raises:
        TaskError: when it is no finite number above 0.
    """
    if "weight" not in case:
        return {}
    weight = case["weight"]
    if type(weight) not in (int, float) or not 0 < weight < math.inf:
        raise TaskError(f"{where}: weight is {weight!r}; it must be a finite number above 0")
    return {"weight": weight}
