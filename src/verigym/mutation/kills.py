"""Which inputs kill which mutants, and which mutants are worth keeping.

A mutant is killed by an input on which it does something else than the reference. Kills by taking too
long are told apart from the others: an input that only slows a program down shows no fault. Mutants
that no input kills may be equivalent to the reference, and mutants that every input kills tell no
inputs apart; of mutants that the same inputs kill, one is enough (a subsuming set, Ammann, Delamaro and
Offutt 2014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from verigym.errors import UserError
from verigym.mutation.mutants import Mutant, mutants
from verigym.sandbox import Sandbox
from verigym.verifiers.compare import Rule, same_value
from verigym.verifiers.observe import Kind, Outcome, observe_mutants

STRICT = Rule("strict")


class Kill(str, Enum):
    """How an input tells a program from the reference."""

    VALUE = "value"
    """It gives back another value."""
    RAISED = "raised"
    """It raises where the reference does not, something else than it, or not where it does."""
    OVERDUE = "overdue"
    """It takes far more steps, or does not end."""


class Unusable(UserError):
    """The reference itself cannot be relied upon: it fails, or does not do the same twice."""


@dataclass(frozen=True)
class Matrix:
    """The mutants of a reference, and what each input does to each of them."""

    expected: tuple[Any, ...]
    """For each input the tree of what the reference gives back."""
    mutants: tuple[Mutant, ...]
    kills: tuple[tuple[Kill | None, ...], ...]
    """For each mutant, for each input: how it is killed, or None."""

    @property
    def killed(self) -> list[int]:
        """The mutants that some input kills by what it does, not by how long it takes."""
        return [i for i, row in enumerate(self.kills) if any(_functional(kill) for kill in row)]

    @property
    def trivial(self) -> list[int]:
        """The mutants that every input kills."""
        return [i for i, row in enumerate(self.kills) if row and all(row)]

    @property
    def overdue(self) -> list[int]:
        """The mutants that inputs kill only by how long it takes."""
        return [
            i for i, row in enumerate(self.kills) if any(row) and not any(_functional(k) for k in row)
        ]

    def telling(self) -> list[int]:
        """The mutants to keep: killed, not by every input, and no two by the same ones."""
        vectors: dict[tuple[bool, ...], int] = {}
        trivial = set(self.trivial)
        for i in self.killed:
            if i not in trivial:
                vectors.setdefault(tuple(_functional(kill) for kill in self.kills[i]), i)
        return sorted(vectors.values())


def matrix(
    reference: str,
    entry_point: str,
    calls: Sequence[Mapping[str, Any]],
    *,
    found: Sequence[Mutant] | None = None,
    rule: Rule = STRICT,
    sandbox: Sandbox | None = None,
    packages: Sequence[str] = (),
) -> Matrix:
    """The kill matrix of a reference's mutants over some calls.

    The reference runs first, twice, in two processes: what it gives back is what is expected, and the
    steps that it takes bound those of its mutants.

    Raises:
        Unparsable: when the reference does not parse.
        Unusable: when it raises on one of the calls, takes too long, or is not deterministic.
        SandboxError: when the sandbox fails.
    """
    found = mutants(reference) if found is None else found
    told: dict[str, Any] = {
        "entry_point": entry_point, "calls": calls, "sandbox": sandbox, "packages": packages
    }  # fmt: skip
    own, observed = _observed(reference, found, rule, told, stop=False)
    kills = tuple(
        tuple(killed(one, other, rule) for one, other in zip(own, others, strict=True))
        for others in observed
    )
    return Matrix(tuple(one.value for one in own), tuple(found), kills)


def first_kills(
    reference: str,
    entry_point: str,
    calls: Sequence[Mapping[str, Any]],
    *,
    found: Sequence[Mutant] | None = None,
    rule: Rule = STRICT,
    sandbox: Sandbox | None = None,
    packages: Sequence[str] = (),
) -> list[tuple[int, Kill] | None]:
    """For each mutant the first call that kills it, and how; None when it survives all of them.

    As :func:`matrix`, and cheaper: a mutant is called no more once it is killed, as tests stop at the
    first one that fails; and where all mutants fit in one run the reference is tried once, so that one
    that does not do the same twice is not always told.
    """
    found = mutants(reference) if found is None else found
    told: dict[str, Any] = {
        "entry_point": entry_point, "calls": calls, "sandbox": sandbox, "packages": packages
    }  # fmt: skip
    own, observed = _observed(reference, found, rule, told, stop=True)
    first = [_first(own, row, rule) for row in observed]
    # Where another value is a right one by the rule, it stopped too early.
    early = [i for i, row in enumerate(observed) if first[i] is None and len(row) < len(calls)]
    if early:
        rest = [found[i] for i in early]
        own, observed = _observed(reference, rest, rule, told, stop=False)
        for i, row in zip(early, observed, strict=True):
            first[i] = _first(own, row, rule)
    return first


def _first(own: Sequence[Outcome], row: Sequence[Outcome], rule: Rule) -> tuple[int, Kill] | None:
    """The first call that kills, and how."""
    for place, (one, other) in enumerate(zip(own, row, strict=False)):
        if (kill := killed(one, other, rule)) is not None:
            return place, kill
    return None


def _observed(
    reference: str, found: Sequence[Mutant], rule: Rule, told: dict[str, Any], stop: bool
) -> tuple[list[Outcome], list[list[Outcome]]]:
    """What the reference does, and its mutants."""
    programs = [one.program for one in found]
    leads, observed = observe_mutants(reference, programs, stop=stop, least=1 if stop else 2, **told)
    own = leads[0]
    for others in leads:
        for i, (one, two) in enumerate(zip(own, others, strict=True)):
            failed = one if one.kind is not Kind.VALUE else two
            if failed.kind is not Kind.VALUE:
                words = f"the reference fails on input {i}: {failed.kind.value} {failed.value or ''}"
                raise Unusable(words.rstrip())
            if not same_value(two.value, one.value, rule):
                raise Unusable(f"the reference does not do the same twice on input {i}")
    return own, observed


def killed(expected: Outcome, got: Outcome, rule: Rule = STRICT) -> Kill | None:
    """How a program is told from the reference, whose outcome is a value; None when it is not."""
    if got.kind is Kind.OVERDUE:
        return Kill.OVERDUE
    if got.kind is not Kind.VALUE:
        return Kill.RAISED
    if got.value is expected.value:  # the sandbox said that it is the same
        return None
    return None if same_value(got.value, expected.value, rule) else Kill.VALUE


def _functional(kill: Kill | None) -> bool:
    return kill is not None and kill is not Kill.OVERDUE
