"""Short refutations: a solver's proof, cut down to the lemmas that the conflict rests on.

Every lemma is checked again, forward, noting which clauses its conflict used; marking backward from the
last conflict leaves the core. As a smaller proof propagates along other clauses this is repeated until
it stops helping, and at the end each lemma of a short proof is left out if the rest still stands.

The same notes give the hints of an LRAT proof.
"""

from __future__ import annotations

from collections.abc import Sequence

from verigym.envs.sat.solver import find_proof
from verigym.envs.sat.tracing import TracingPropagator
from verigym.errors import VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.lrat import Addition
from verigym.verifiers.proof import Outcome, check
from verigym.verifiers.propagation import Layout

Lemmas = list[tuple[int, ...]]

ROUNDS = 4
DROP_STEPS = 200_000
"""Steps of the checker to spend on leaving out single lemmas, some 0.3 seconds."""


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
    used = [
        {i - len(formula.clauses) - 1 for i in step.hints if i > len(formula.clauses)}
        for step in hinted(formula, lemmas)
    ]
    needed = used.pop()
    for i in range(len(used) - 1, -1, -1):
        if i in needed:
            needed |= used[i]
    return [lemmas[i] for i in sorted(needed)]


def hinted(formula: Formula, lemmas: Sequence[tuple[int, ...]]) -> list[Addition]:
    """The lemmas up to a conflict, and the empty clause, as LRAT steps; lemma ``i`` has the id ``m + 1
    + i``.

    Raises:
        VerigymError: when ``lemmas`` are no refutation by unit propagation alone.

    """
    clauses = TracingPropagator(formula.variables)
    # By the id of the list that holds a clause, which the propagator keeps alive.
    number: dict[int, int] = {}
    steps: list[Addition] = []

    def add(i: int, clause: tuple[int, ...]) -> None:
        kept = clauses.add(clause)
        if kept is not None:
            number[id(kept)] = i

    def step(i: int, clause: tuple[int, ...]) -> Addition:
        return Addition(
            i, clause, tuple([number[id(x)] for x in clauses.behind(clause) if id(x) in number])
        )

    first = len(formula.clauses) + 1
    for i, clause in enumerate(formula.clauses, 1):
        add(i, clause)
    for i, lemma in enumerate(lemmas, first):
        if clauses.refuted:
            break
        if not clauses.implies(lemma):
            raise VerigymError(
                f"the SAT solver's proof is wrong: its lemma {i - first} does not follow"
            )
        steps.append(step(i, lemma))
        add(i, lemma)
    if not clauses.refuted:
        raise VerigymError("the SAT solver's proof is wrong: it does not end in a conflict")
    return [*steps, step(first + len(steps), ())]


def drop(formula: Formula, lemmas: Lemmas, steps: int = DROP_STEPS) -> Lemmas:
    """The lemmas without those that the others can spare, all still RUP; tried from the last on."""
    layout = Layout(formula)
    for i in range(len(lemmas) - 1, -1, -1):
        rest = lemmas[:i] + lemmas[i + 1 :]
        result = check(layout, rest, max(steps, 0))
        steps -= result.steps
        if result.outcome is Outcome.REFUTED and not result.rat:
            lemmas = rest
        elif result.outcome is Outcome.BUDGET:
            break
    return lemmas
