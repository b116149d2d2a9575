"""Short refutations: a solver's proof, cut down to the lemmas that the conflict rests on.

Every lemma is checked again, forward, noting which clauses its conflict used; marking backward from the
last conflict leaves the core. As a smaller proof propagates along other clauses this is repeated until
it stops helping, and at the end each lemma of a short proof is left out if the rest still stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from verigym.envs.sat.solver import find_proof
from verigym.errors import VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.proof import Outcome, Propagator, check

Lemmas = list[tuple[int, ...]]

ROUNDS = 4
DROP_STEPS = 2_000_000
"""Propagation steps to spend on leaving out single lemmas, some 0.3 seconds."""
_UNBOUNDED = 10**18


def refutation(formula: Formula) -> Lemmas | None:
    """A short refutation that ends with the empty clause; None when the formula has a model.

    The same for the same formula (and release of the solver).

    Raises:
        Undecided: when the formula is too hard for the solver's limit.

    """
    proof = find_proof(formula)
    if proof is None:
        return None
    for _ in range(ROUNDS):
        core = trim(formula, proof)
        shrunk = len(core) < len(proof)
        proof = core
        if not shrunk:
            break
    return [*drop(formula, proof), ()]


def trim(formula: Formula, lemmas: Sequence[tuple[int, ...]]) -> Lemmas:
    """The lemmas that the refutation needs, in order, without the empty clause.

    Raises:
        VerigymError: when ``lemmas`` are no refutation.

    """
    clauses = Propagator(formula.variables, _UNBOUNDED)
    # By the id of the list that holds a lemma's clause, which the propagator keeps alive: the lemma.
    number: dict[int, int] = {}
    used: list[set[int]] = []
    for clause in formula.clauses:
        clauses.add(clause)
    for i, lemma in enumerate(lemmas):
        if clauses.refuted:
            break
        if not clauses.implies(lemma):
            raise VerigymError(f"the SAT solver's proof is wrong: its lemma {i} does not follow")
        used.append(_lemmas_behind(clauses, number))
        kept = clauses.add(lemma)
        if kept is not None:
            number[id(kept)] = i
    if not clauses.refuted:
        raise VerigymError("the SAT solver's proof is wrong: it does not end in a conflict")
    needed = _lemmas_behind(clauses, number)
    for i in range(len(used) - 1, -1, -1):
        if i in needed:
            needed |= used[i]
    return [lemmas[i] for i in sorted(needed)]


def drop(formula: Formula, lemmas: Lemmas, steps: int = DROP_STEPS) -> Lemmas:
    """The lemmas without those that the others can spare, tried from the last to the first."""
    for i in range(len(lemmas) - 1, -1, -1):
        rest = lemmas[:i] + lemmas[i + 1 :]
        result = check(formula, rest, max(steps, 0))
        steps -= result.steps
        if result.outcome is Outcome.REFUTED:
            lemmas = rest
        elif result.outcome is Outcome.BUDGET:
            break
    return lemmas


def _lemmas_behind(clauses: Propagator, number: dict[int, int]) -> set[int]:
    """The lemmas among the clauses that the last conflict was derived from."""
    seen: set[int] = set()
    lemmas: set[int] = set()
    pending = [clauses.conflict]
    while pending:
        clause = pending.pop()
        lemma = number.get(id(clause))
        if lemma is not None:
            lemmas.add(lemma)
        for literal in clause:
            if abs(literal) not in seen:
                seen.add(abs(literal))
                pending.append(clauses.reason[abs(literal)])
    return lemmas
