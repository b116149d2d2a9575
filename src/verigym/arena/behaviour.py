"""What programs do, as data that can be compared: the ground of every judgement in the arena.

Two programs are alike when they do the same on the same inputs, and two tests when they kill the same
programs. How they are written says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verigym.mutation.kills import Kill, killed
from verigym.sandbox import Limits, Sandbox
from verigym.sandbox.inside import plain
from verigym.verifiers.compare import Rule, same_value
from verigym.verifiers.observe import Kind, Outcome, Variant, call, observe

SLOW = 20_000
"""Steps that the right program may take on an input (2 ms or so); a slower one only tests patience."""
PATIENCE = 10
"""Mutants may take so many times its steps, and a thousand more."""
LENIENCE = 20
"""A player's program may take so many times its steps, and ``ROOM`` more: being slower is no fault."""
ROOM = 20_000
LONG = 20_000
"""Bytes of an input, and of what is expected of it."""
ALONE = Limits(cpu_seconds=2, wall_seconds=40, result_bytes=16 << 20, file_bytes=16 << 20)
"""Of the run of one program that a player wrote. The clock is for those that sleep; a loaded machine
must not end others.
"""
SECONDS = 0.5
"""Processor time of one call; steps end nearly all calls before, so that results do not depend on
it.
"""


@dataclass(frozen=True)
class Tried:
    """An input that the right program takes: its arguments and what is expected, as trees."""

    args: tuple[Any, ...]
    expected: Any
    ticks: int
    """The steps that the right program takes."""

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is."""
        return {"args": list(self.args), "expected": self.expected, "ticks": self.ticks}

    @property
    def key(self) -> bytes:
        """What names the input: equal for equal arguments of equal types."""
        return key_of(self.args)


@dataclass(frozen=True)
class Bench:
    """Where the programs of one task run, and how what they give back is compared."""

    entry_point: str
    rule: Rule
    packages: tuple[str, ...] = ()
    sandbox: Sandbox | None = None

    def right(
        self, reference: str, inputs: Sequence[Sequence[Any]], most: int = SLOW
    ) -> list[Tried | None]:
        """For each input what the right program gives back, asked twice in processes of their own; None
        where it gives back nothing, takes too long, or does not do the same twice.

        Raises:
            SandboxError: when the sandbox fails.
        """
        if not inputs:
            return []
        ticks = [most] * len(inputs)
        one, two = (self.seen([reference], inputs, ticks)[0] for _ in range(2))
        return [
            self._tried(args, *pair)
            for args, pair in zip(inputs, zip(one, two, strict=True), strict=True)
        ]

    def _tried(self, args: Sequence[Any], one: Outcome, two: Outcome) -> Tried | None:
        if one.kind is not Kind.VALUE or two.kind is not Kind.VALUE:
            return None
        if not same_value(two.value, one.value, self.rule) or len(plain.dumps(one.value)) > LONG:
            return None
        return Tried(tuple(args), one.value, one.ticks)

    def alone(self, source: str, tests: Sequence[Tried]) -> list[Outcome]:
        """What one program, of an author whom nobody knows, does on some tests.

        Raises:
            SandboxError: when the sandbox fails.
        """
        if not tests:
            return []
        ticks = [ROOM + LENIENCE * test.ticks for test in tests]
        return self.seen([source], [test.args for test in tests], ticks, ALONE)[0]

    def apart(self, source: str, tests: Sequence[Tried]) -> list[Outcome]:
        """As :meth:`alone`; but a program that one of the tests makes end its process is called on each
        of them in a process of its own, so that only that test is told to have done so.
        """
        got = self.alone(source, tests)
        if len(tests) > 1 and all(one.kind is Kind.DEAD for one in got):
            return [self.alone(source, [test])[0] for test in tests]
        return got

    def together(self, sources: Sequence[str | Variant], tests: Sequence[Tried]) -> list[list[Outcome]]:
        """What programs of one author do on some tests.

        Raises:
            SandboxError: when the sandbox fails.
        """
        if not sources or not tests:
            return [[] for _ in sources]
        ticks = [1000 + PATIENCE * test.ticks for test in tests]
        return self.seen(sources, [test.args for test in tests], ticks)

    def seen(
        self,
        sources: Sequence[str | Variant],
        inputs: Sequence[Sequence[Any]],
        ticks: Sequence[int],
        limits: Limits | None = None,
        name: str = "",
    ) -> list[list[Outcome]]:
        """What programs do on some inputs, each within so many steps.

        What was ended by the clock, or with its process, is asked once more: a machine that is busy
        with something else can do that to anybody, and results are to follow from the seed.
        """
        found = self._seen(sources, inputs, ticks, limits, name)
        again = [i for i, row in enumerate(found) if any(map(_by_clock, row, ticks))]
        if again:
            fresh = self._seen([sources[i] for i in again], inputs, ticks, limits, name)
            for i, row in zip(again, fresh, strict=True):
                pairs = zip(found[i], row, ticks, strict=True)
                found[i] = [new if _by_clock(old, limit) else old for old, new, limit in pairs]
        return found

    def _seen(
        self,
        sources: Sequence[str | Variant],
        inputs: Sequence[Sequence[Any]],
        ticks: Sequence[int],
        limits: Limits | None,
        name: str,
    ) -> list[list[Outcome]]:
        calls = [call(args) for args in inputs]
        more: dict[str, Any] = {} if limits is None else {"limits": limits}
        return observe(
            list(sources), name or self.entry_point, calls, ticks=ticks, seconds=SECONDS,
            sandbox=self.sandbox, packages=self.packages, **more,
        )  # fmt: skip

    def kill(self, test: Tried, got: Outcome) -> Kill | None:
        """How a test tells a program from the right one; None when it does not."""
        try:
            return killed(Outcome(Kind.VALUE, test.expected), got, self.rule)
        except (plain.NotPlain, RecursionError):
            return Kill.VALUE  # a forged tree is no right value

    def passes(self, tests: Sequence[Tried], got: Sequence[Outcome]) -> list[bool]:
        """For each test whether the program gave back what is expected, in time."""
        return [self.kill(test, one) is None for test, one in zip(tests, got, strict=True)]


def _by_clock(one: Outcome, ticks: int) -> bool:
    """Whether something else than its steps may have ended a call."""
    return one.kind is Kind.DEAD or (one.kind is Kind.OVERDUE and one.ticks <= ticks)


def functional(kill: Kill | None) -> bool:
    """Whether it is a kill by what the program does; one that only takes longer shows no fault."""
    return kill is not None and kill is not Kill.OVERDUE


def key_of(args: Sequence[Any]) -> bytes:
    """What names an input: equal for equal arguments of equal types, in whichever order sets are."""
    return plain.dumps(_ordered(list(args)))


def digest(outcomes: Sequence[Outcome]) -> str:
    """A hash of what a program does on some inputs: equal for programs that do the same."""
    said = [[one.kind.value, _ordered(one.value)] for one in outcomes]
    return hashlib.sha256(plain.dumps(said)).hexdigest()[:32]


def _ordered(tree: Any) -> Any:
    """The tree with the members of sets in one order."""
    if isinstance(tree, list | tuple):
        return [_ordered(member) for member in tree]
    if isinstance(tree, dict):
        found = {tag: _ordered(body) for tag, body in tree.items()}
        for tag in ("set", "frozenset"):
            if isinstance(found.get(tag), list):
                found[tag] = sorted(found[tag], key=plain.dumps)
        return found
    return tree
