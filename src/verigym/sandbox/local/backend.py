"""The local sandbox: agents on this machine, one pinned to each core, no daemon and no privilege."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from verigym.errors import SandboxUnavailable, UserError
from verigym.sandbox.agents import cell, packages
from verigym.sandbox.agents.pool import PooledSandbox, Slot, Start, core_for
from verigym.sandbox.local.tiers import best_tier, start
from verigym.sandbox.program import Limits, Program


class LocalSandbox(PooledSandbox):
    """Runs programs on this machine, as contained as its kernel allows.

    An agent that can make scratch directories holds more rights until each run, so others are used
    where none is asked for.

    Args:
        tier: the least containment that you accept; ``None`` takes the best that there is.
        workers: how many runs at a time; ``None`` is one for each core that we may use.
        unsafe: use tier 0, which contains nothing but time and memory.
        highest: use no tier above this one: to try here what a weaker machine would hold.

    Raises:
        SandboxUnavailable: when this machine lacks the tier; the message names the ways out.
        UserError: for a tier that does not exist, or a number of workers that is none.
    """

    name = "local"

    def __init__(
        self,
        tier: int | None = None,
        workers: int | None = None,
        unsafe: bool = False,
        highest: int = 3,
    ) -> None:
        self.tier = best_tier(tier, unsafe, highest)
        cores = sorted(os.sched_getaffinity(0))
        count = workers if workers is not None else len(cores)
        if type(count) is not int or count < 1:
            raise UserError(f"workers is {workers!r}; it must be an int of at least 1")
        super().__init__([Slot(self._starter(number, cores)) for number in range(count)])

    def _starter(self, number: int, cores: list[int]) -> Start:
        # Chosen when an agent starts: after a fork, that is in another process.
        return lambda role, scratch, shown: start(self.tier, core_for(number, cores), scratch, shown)

    def capabilities(self) -> Mapping[str, Any]:
        return cell.capabilities(self.tier)

    def check(self, program: Program, limits: Limits) -> None:
        if self.tier < 2 and program.scratch:
            raise SandboxUnavailable(
                f"a scratch directory needs tier 2, this sandbox has tier {self.tier}; "
                "run `verigym doctor` to see why, or run the program without scratch"
            )
        if self.tier < 2 and program.packages:
            raise SandboxUnavailable(
                f"to show a program Python packages needs tier 2, this sandbox has tier {self.tier}; "
                "run `verigym doctor` to see why"
            )
        packages.found(program.packages)  # or what is missing
