"""Which inputs make tests stronger: each that is kept kills a mutant or a wrong answer that none did.

What is posed, a function or a whole program, is a function here; how its inputs are drawn is not known
here. At the end the fewest inputs that kill as much are chosen (greedily; Chvatal 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from verigym.mutation.kills import Unusable
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.verifiers.observe import Kind, Outcome, allowed, call, observe

ROUNDS = 12
PATIENCE = 3
"""Rounds without a new kill after which no more are tried."""
SLOW = 200_000
"""Steps that the reference may take on an input that is kept."""
LONG = 20_000
"""Bytes of an input or an expected value that is kept."""


@dataclass(frozen=True)
class Tested:
    """An input, as trees, and what the reference gives back."""

    args: tuple[Any, ...]
    expected: Any
    ticks: int = 0
    """The steps that the reference takes."""


@dataclass(frozen=True)
class Hardened:
    """What came of hardening one function or program."""

    cases: tuple[Tested, ...]
    """The new cases, fewest first what kills most; without the examples."""
    examples: tuple[Tested, ...]
    """The examples that the reference can be called on."""
    needed: tuple[Tested, ...]
    """The fewest of all of them that kill as much."""
    mutants: int
    killed_before: int
    """Mutants that the examples kill."""
    killed_after: int
    """Mutants that the examples and the new cases kill."""
    wrong: int
    """Recorded wrong answers."""
    refused_before: int
    refused_after: int
    tried: int
    """Inputs that were tried beside the examples."""
    survivors: tuple[str, ...] = field(repr=False, default=())
    """The mutants that nothing killed: equivalent to the reference, or beyond these inputs."""


@dataclass(frozen=True)
class Posed:
    """A reference, its mutants, and how what they give back is compared."""

    reference: str
    entry_point: str
    mutants: Sequence[str]
    same: Callable[[Any, Any], bool]
    """Whether a tree that came back meets the expected one."""
    vague: Callable[[Any], bool]
    """Whether another right program may give back something else than this: floats without a tolerance,
    since it may round otherwise."""


class Search:
    """What was tried and what it killed. Programs are numbered: mutants first, then wrong answers."""

    def __init__(
        self,
        posed: Posed,
        wrong: Sequence[str] = (),
        right: Sequence[str] = (),
        sandbox: Sandbox | None = None,
        packages: Sequence[str] = (),
    ) -> None:
        self.tried = 0
        self.count = len(posed.mutants)
        """How many mutants there are."""
        self.programs = self.count + len(wrong)
        self.dead: set[int] = set()
        self._posed = posed
        self._found: list[tuple[Tested, set[int]]] = []
        self._wrong = list(wrong)
        self._right = list(right)
        self._told: dict[str, Any] = {
            "entry_point": posed.entry_point, "sandbox": sandbox, "packages": tuple(packages)
        }  # fmt: skip
        self._seen: set[bytes] = set()

    def hardened(
        self,
        examples: Sequence[Sequence[Any]],
        more: Sequence[Sequence[Any]],
        drawn: Callable[[], Iterable[Sequence[Any]]],
        rounds: int,
    ) -> Hardened:
        """What the examples kill, and then ``more`` and ``rounds`` of what ``drawn`` gives each time.

        Raises:
            Unusable: when the reference fails on every example, or does not do the same twice.
            SandboxError: when the sandbox fails.
        """
        given = self.kept(examples, given=True)
        if not given:
            raise Unusable("the reference fails on every example")
        self.judge(given)
        before = self.dead.copy()
        self.judge(self.kept(more))
        idle = 0
        for _ in range(rounds):
            if idle == PATIENCE or len(self.dead) == self.programs:
                break
            idle = 0 if self.judge(self.kept(list(drawn()))) else idle + 1
        return Hardened(
            cases=tuple(self.fewest(before)),
            examples=tuple(given),
            needed=tuple(self.fewest(set())),
            mutants=self.count,
            killed_before=sum(i < self.count for i in before),
            killed_after=sum(i < self.count for i in self.dead),
            wrong=len(self._wrong),
            refused_before=sum(i >= self.count for i in before),
            refused_after=sum(i >= self.count for i in self.dead),
            tried=self.tried,
            survivors=tuple(self._posed.mutants[i] for i in self.alive if i < self.count),
        )

    @property
    def alive(self) -> list[int]:
        """The programs that nothing killed."""
        return [i for i in range(self.programs) if i not in self.dead]

    def kept(self, inputs: Sequence[Sequence[Any]], given: bool = False) -> list[Tested]:
        """The new ones among the inputs that the reference takes: with a value, soon, twice the same.

        Of those that are not ``given`` also only those on which all right programs agree, and whose
        results are not vague.

        Raises:
            Unusable: when it does not do the same twice.
        """
        self.tried += 0 if given else len(inputs)
        calls = []
        for args in inputs:
            try:
                trees = [plain.encode(value) for value in args]
            except plain.NotPlain:
                continue
            text = plain.dumps(trees)
            if len(text) <= LONG and text not in self._seen:
                self._seen.add(text)
                calls.append(call(trees))
        if not calls:
            return []
        limit = [SLOW] * len(calls)
        (one,) = observe([self._posed.reference], calls=calls, ticks=limit, **self._told)
        (two,) = observe([self._posed.reference], calls=calls, ticks=limit, **self._told)
        found = []
        for posed, first, second in zip(calls, one, two, strict=True):
            if first.kind is not Kind.VALUE or len(plain.dumps(first.value)) > LONG:
                continue
            if second.kind is not Kind.VALUE or not self._posed.same(second.value, first.value):
                shown = plain.dumps(posed["args"])[:200].decode()
                raise Unusable(f"the reference does not do the same twice on {shown}")
            if not given and self._posed.vague(first.value):
                continue
            found.append(Tested(tuple(posed["args"]), first.value, first.ticks))
        return found if given else self._agreed(found)

    def _agreed(self, tested: list[Tested]) -> list[Tested]:
        for source in self._right:
            calls = [call(one.args) for one in tested]
            (row,) = self._observed([source], calls, [SLOW] * len(calls))
            pairs = zip(tested, row, strict=True)
            tested = [one for one, got in pairs if not self._kills(one, got)]
        return tested

    def judge(self, tested: Sequence[Tested]) -> int:
        """How many programs these inputs kill that nothing killed before."""
        alive = self.alive
        if not tested or not alive:
            return 0
        calls = [call(one.args) for one in tested]
        ticks = [allowed(one.ticks) for one in tested]
        some = [i for i in alive if i < self.count]
        known = self._observed([self._posed.mutants[i] for i in some], calls, ticks)
        rows = dict(zip(some, known, strict=True))
        for i in alive[len(some) :]:  # each alone, since it is nobody we know
            (rows[i],) = self._observed([self._wrong[i - self.count]], calls, ticks)
        for place, one in enumerate(tested):
            dies = {i for i, row in rows.items() if self._kills(one, row[place])}
            if dies:
                self._found.append((one, dies))
        fresh = set().union(*(dies for _, dies in self._found)) - self.dead
        self.dead |= fresh
        return len(fresh)

    def _observed(
        self, sources: list[str], calls: list[dict[str, Any]], ticks: list[int]
    ) -> list[list[Outcome]]:
        return observe(sources, calls=calls, ticks=ticks, **self._told)

    def _kills(self, one: Tested, got: Outcome) -> bool:
        if got.kind is Kind.VALUE:
            return not self._posed.same(got.value, one.expected)
        return got.kind is not Kind.OVERDUE

    def fewest(self, before: set[int]) -> list[Tested]:
        """Greedily the fewest inputs that kill what the examples do not."""
        wanted = self.dead - before
        chosen = []
        while wanted:
            best, dies = max(self._found, key=lambda found: len(found[1] & wanted))
            chosen.append(best)
            wanted -= dies
        return chosen
