"""The pools of one task: tests that survived, and wrong answers that did.

A pool is a fold over the records of the rounds, so that a run that was stopped goes on from its
file. Nothing ever leaves: a wrong answer that a test killed stays on the roster, where tests are
told apart by which of it they kill, and is no longer alive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from verigym.arena.behaviour import Tried

MOST_TESTS = 60
MOST_WRONG = 24
"""How many tests and wrong answers a pool takes; what comes later is judged and does not join."""


@dataclass
class Wrong:
    """A wrong answer that passed all tests that there were."""

    program: str
    digest: str
    """Of what it does on the hidden suite."""
    alive: bool = True
    """False once a test of the pool kills it."""


@dataclass
class Pools:
    """What has survived so far of one task."""

    tests: list[Tried] = field(default_factory=list)
    kills: list[frozenset[int]] = field(default_factory=list)
    """For each test which of the roster it kills."""
    roster: list[Wrong] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    """Which held-out faults the tests kill; never shown to a player."""

    @property
    def alive(self) -> list[int]:
        """The wrong answers that no test kills."""
        return [i for i, one in enumerate(self.roster) if one.alive]

    @property
    def keys(self) -> set[bytes]:
        """What names the inputs of the tests."""
        return {test.key for test in self.tests}

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take in what a record says has joined."""
        for answer in record.get("answers", ()):
            if answer["joined"]:
                self.roster.append(Wrong(answer["program"], answer["digest"]))
        for test in record["suite"]["tests"]:
            if test["joined"]:
                self.tests.append(Tried(tuple(test["args"]), test["expected"], test["ticks"]))
                self.kills.append(frozenset(test["kills"]))
                for number in test["kills"]:
                    self.roster[number].alive = False
        self.held |= set(record["held"])

    def after(self, record: Mapping[str, Any]) -> Pools:
        """What the pools will be when a record is taken in; these stay as they are."""
        roster = [replace(one) for one in self.roster]
        then = Pools(list(self.tests), list(self.kills), roster, set(self.held))
        then.apply(record)
        return then
