"""Functions that must be right and whose cost must not grow faster than a reference's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from verigym.envs.code.functions import function_task, null_functions
from verigym.envs.code.published import fenced
from verigym.envs.code.testcode import parse
from verigym.envs.records import Source, arguments, read_records
from verigym.errors import FamilyError, TaskError
from verigym.family import LoadedFamily
from verigym.task import Task
from verigym.verifiers.efficiency import EfficiencyVerifier
from verigym.verifiers.scoring import EXACT, PARTIAL

TIMEOUT = 10.0
"""Seconds of processor time for one call, and for all cases."""
MOST_SIZES = 12


def efficiency_task(
    prompt: str,
    entry_point: str,
    cases: Iterable[Any],
    *,
    reference: str,
    generate: str,
    sizes: Sequence[int],
    factor: float = 8.0,
    growth: float = 0.5,
    reward: str = EXACT,
    timeout: float = TIMEOUT,
    **options: Any,
) -> Task:
    r"""A task that asks for a function that is right and grows as a reference does.

    >>> task = efficiency_task(
    ...     "pairs(xs): how many pairs of equal numbers are in xs?",
    ...     "pairs",
    ...     cases=[(([1, 1, 2, 1],), 3), (([],), 0), (([5, 6],), 0)],
    ...     reference="from collections import Counter\n"
    ...     "def pairs(xs): return sum(n * (n - 1) // 2 for n in Counter(xs).values())",
    ...     generate="def generate(size): return [[i * i % 97 for i in range(size)]]",
    ...     sizes=[2000, 8000, 32000],
    ... )
    >>> import verigym
    >>> verigym.verify(task, task.spec["reference"]).reward
    1.0
    >>> slow = "def pairs(xs): return sum(a == b for i, a in enumerate(xs) for b in xs[:i])"
    >>> verigym.verify(task, slow).status.name
    'TIMEOUT'

    Args:
        prompt: what the policy sees.
        entry_point: the function's name, or ``Class.method``.
        cases: as for :func:`function_task`; all must be right before any cost is looked at.
        reference: source of a function that is right and as cheap as is asked for.
        generate: source of ``generate(size)``, which gives the list of arguments of one call; without
            randomness of its own, or with a seed.
        sizes: two or more, ascending; large enough that a function that is too slow takes far longer
            than it takes to read the input.
        factor: how many times the reference's cost a right answer may cost at any size.
        growth: the power of the size by which the ratio of the costs may grow: 0.5 tells n log n from
            n^2, and leaves n and n log n alike.
        reward: ``exact``; or ``partial``: a function that is right but too slow earns 0.5 x the share
            of the sizes that it got through.
        timeout: seconds of processor time for one call, and for all cases.
        options: further ones of :func:`function_task`.

    Raises:
        TaskError: for an argument that is not what it should be.
    """
    if reward not in (EXACT, PARTIAL):
        raise TaskError(f"reward is {reward!r}; it must be {EXACT} or {PARTIAL}")
    _check_sizes(sizes)
    for name, value, least in (("factor", factor, 1.0), ("growth", growth, 0.0)):
        if type(value) not in (int, float) or not least <= value < math.inf:
            raise TaskError(f"{name} is {value!r}; it must be a finite number from {least:g} up")
    if not isinstance(generate, str) or "generate" not in generate:
        raise TaskError("generate must be the source of a function generate(size)")
    parse(generate, "generate")
    task = function_task(
        prompt,
        entry_point,
        cases=cases,
        reference=reference,
        timeout=timeout,
        family=Efficiency.name,
        version=Efficiency.version,
        **options,
    )
    spec = {
        **task.spec,
        "generate": generate,
        "sizes": list(sizes),
        "factor": factor,
        "growth": growth,
    }
    if reward == PARTIAL:
        spec["partly"] = True
    return replace(task, spec=spec, id="")


def _check_sizes(sizes: Any) -> None:
    if not isinstance(sizes, Sequence) or isinstance(sizes, str) or not 2 <= len(sizes) <= MOST_SIZES:
        raise TaskError(f"sizes must be a list of 2 to {MOST_SIZES} ints, not {str(sizes)[:80]}")
    if not all(type(size) is int and 0 < size < 1 << 40 for size in sizes):
        raise TaskError(f"sizes are {list(sizes)}; each must be an int from 1 up")
    if not all(one < other for one, other in itertools.pairwise(sizes)):
        raise TaskError(f"sizes are {list(sizes)}; they must ascend")


class Efficiency(LoadedFamily):
    """Your own efficiency tasks, from records with the arguments of :func:`efficiency_task`."""

    name = "code/efficiency"
    summary = "write a function that is right, and whose cost grows no faster than a reference's"
    verifier = EfficiencyVerifier()
    knobs = {"data": "JSONL(.gz) path or list of records with the arguments of efficiency_task"}
    needs_data = True

    def __init__(self, data: Source | None = None) -> None:
        if data is None:
            raise FamilyError("code/efficiency needs data=: a JSONL path or a list of records")
        self._tasks = [_task(record, where) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/efficiency: the data holds no record")

    def reference(self, task: Task) -> str:
        return fenced(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        return null_functions(task.spec["entry_point"], task.text)


_NEEDED = {
    "prompt": str,
    "entry_point": str,
    "cases": list,
    "reference": str,
    "generate": str,
    "sizes": list,
}
_OPTIONS = (
    *("factor", "growth", "reward", "timeout"),
    *("prefix", "compare", "limits", "metadata", "public", "feedback"),
)


def _task(record: Mapping[str, Any], where: str) -> Task:
    try:
        return efficiency_task(**arguments(record, where, _NEEDED, _OPTIONS))
    except TaskError as error:
        raise FamilyError(f"{where}: {error}") from None
