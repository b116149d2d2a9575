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
from verigym.verifiers.observe import Kind, Outcome, allowed, observe

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

    The reference runs first, twice, in processes of their own: what it gives back is what is expected,
    and the steps that it takes bound those of its mutants.

    Raises:
        Unparsable: when the reference does not parse.
        Unusable: when it raises on one of the calls, takes too long, or is not deterministic.
        SandboxError: when the sandbox fails.
    """
    found = mutants(reference) if found is None else found
    told = {"entry_point": entry_point, "calls": calls, "sandbox": sandbox, "packages": packages}
    (own,), (again,) = observe([reference], **told), observe([reference], **told)  # type: ignore[arg-type]
    for i, (one, two) in enumerate(zip(own, again, strict=True)):
        if one.kind is not Kind.VALUE:
            raise Unusable(
                f"the reference fails on input {i}: {one.kind.value} {one.value or ''}".rstrip()
            )
        if two.kind is not Kind.VALUE or not same_value(two.value, one.value, rule):
            raise Unusable(f"the reference does not do the same twice on input {i}")
    ticks = [allowed(one.ticks) for one in own]
    observed = observe(
        [mutant.source for mutant in found],
        ticks=ticks,
        **told,  # type: ignore[arg-type]
    )
    kills = tuple(
        tuple(killed(one, other, rule) for one, other in zip(own, others, strict=True))
        for others in observed
    )
    return Matrix(tuple(one.value for one in own), tuple(found), kills)


def killed(expected: Outcome, got: Outcome, rule: Rule = STRICT) -> Kill | None:
    """How a program is told from the reference, whose outcome is a value; None when it is not."""
    if got.kind is Kind.OVERDUE:
        return Kill.OVERDUE
    if got.kind is not Kind.VALUE:
        return Kill.RAISED
    return None if same_value(got.value, expected.value, rule) else Kill.VALUE


def _functional(kill: Kill | None) -> bool:
    return kill is not None and kill is not Kill.OVERDUE
