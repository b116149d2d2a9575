"""The faulty programs of a task, and who gets which.

From the reference come its mutants. Kept are those that some inputs of the hidden suite kill, at most
half of them, and no two by the same ones. They are dealt by lot into three heaps: faults that are *held
out*, which measure how strong the pool of tests is and which no player ever sees; those that a scripted
solver answers with; and those that a scripted tester practises on.

A solver that tries its answer on the prompt's examples gives none that fails them, so where there are
faults that the examples let pass, the solver's are such. It also gets mutants of its own faults, with
two things wrong; none that does the same as a fault that is held out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from verigym.arena.behaviour import Bench, Tried, functional
from verigym.arena.draws import shuffled
from verigym.mutation.mutants import Mutant, mutants
from verigym.verifiers.observe import Kind

RARITY = 0.5
"""The largest share of the hidden inputs that shows a fault: what most inputs show any test finds."""
MOST = 150
"""Mutants of a reference that are looked at."""
FIRST = 8
"""Inputs that show which mutants do not end; those are no faults to be found."""
PARENTS, CHILDREN, SECOND = 4, 30, 8
"""So many programs with one fault are mutated again, so many mutants of each are looked at, and so many
join the solver's."""

Hits = tuple[bool, ...]


@dataclass(frozen=True)
class Heaps:
    """Sources of faulty programs."""

    held: tuple[str, ...]
    stock: tuple[str, ...]
    practice: tuple[str, ...]


def dealt(
    bench: Bench,
    reference: str,
    seeds: Sequence[Tried],
    hidden: Sequence[Tried],
    rng: random.Random,
) -> Heaps:
    """The heaps of a reference; its examples as tests are ``seeds``.

    Raises:
        SandboxError: when the sandbox fails.
    """
    found = rare(bench, shuffled(mutants(reference), rng)[:MOST], hidden)
    every = list(found.values())
    subtle = passing(bench, every, seeds)
    plain = [source for source in every if source not in set(subtle)]
    held = [*subtle[::3], *plain[::3]]
    stock = subtle[1::3] or plain[1::3]
    practice = [*subtle[2::3], *plain[2::3]]
    second: dict[Hits, str] = {}
    for parent in [*stock, *subtle[2::3]][:PARENTS]:
        children = shuffled(mutants(parent), rng)[:CHILDREN]
        for hits, source in rare(bench, children, hidden).items():
            if hits not in found:
                second.setdefault(hits, source)
    more = passing(bench, list(second.values()), seeds)[:SECOND]
    return Heaps(tuple(held), (*stock, *more), tuple(practice))


def rare(bench: Bench, some: Sequence[Mutant], hidden: Sequence[Tried]) -> dict[Hits, str]:
    """Programs by the inputs that kill them: some, and at most half; the first of those alike."""
    first = bench.together([one.program for one in some], hidden[:FIRST])
    ends = [all(got.kind is not Kind.OVERDUE for got in row) for row in first]
    some = [one for one, kept in zip(some, ends, strict=True) if kept]
    rows = bench.together([one.program for one in some], hidden)
    found: dict[Hits, str] = {}
    for one, row in zip(some, rows, strict=True):
        hits = tuple(functional(bench.kill(test, got)) for test, got in zip(hidden, row, strict=True))
        if 0 < sum(hits) <= RARITY * len(hits):
            found.setdefault(hits, one.source)
    return found


def passing(bench: Bench, sources: Sequence[str], tests: Sequence[Tried]) -> list[str]:
    """Those programs that pass all of some tests."""
    if not tests:
        return list(sources)
    rows = bench.together(sources, tests)
    return [source for source, row in zip(sources, rows, strict=True) if all(bench.passes(tests, row))]
