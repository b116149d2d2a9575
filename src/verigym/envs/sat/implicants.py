"""Implicants of a formula: cheap ones, and the length of the shortest, proved by two searches that must
agree.

An implicant of a CNF formula is a set of literals without contradiction that hits every clause (see
:mod:`verigym.verifiers.implicant`), so a shortest one is a smallest such hitting set. One search comes
from above: a totalizer counts the literals, and the bound goes down until there is no set any more
(CaDiCaL). The other halves the range, each time with a sequential counter (Glucose).

Sources: minimum-size implicants by such formulas, V. Manquinho, P. Flores, J. Marques-Silva, A.
Oliveira, "Prime Implicant Computation Using Satisfiability Algorithms", ICTAI 1997; the totalizer, O.
Bailleux, Y. Boufkhad, CP 2003; the sequential counter, C. Sinz, CP 2005.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache
from heapq import heapify, heappop, heappush

from verigym import seeding
from verigym.envs.sat.bank import guess
from verigym.envs.sat.solver import Undecided, find_model, solve_within
from verigym.errors import VerigymError
from verigym.verifiers import truth
from verigym.verifiers.cnf import Formula
from verigym.verifiers.implicant import uncovered

Literals = tuple[int, ...]

WALKS = 4
"""Models that cheap implicants are made of."""
FLIPS = 2_000
"""Flips of each walk that looks for one; below ratio 4 random 3-SAT of 50 variables takes some 100."""
MAX_STEPS = 200_000
"""Flips times variables of each walk, some tenths of a second."""
MAX_VARIABLES = 200
"""Most variables for which a shortest implicant is looked for."""
CONFLICTS = 20_000
"""Most conflicts that each call of a search for the shortest may cost, some seconds."""


def occurring(formula: Formula) -> int:
    """How many variables occur."""
    return len({abs(literal) for clause in formula.clauses for literal in clause})


def greedy(formula: Formula) -> Literals | None:
    """An implicant by always taking what hits most clauses, made prime; None when that fails.

    It fails when the literals that hit a clause have all been ruled out by their negations.
    """
    occurs, left = formula.occurrences, uncovered(formula, ())
    # What a literal hits only ever gets less, so most need not be counted again at each step.
    waiting = [(-occurs[x].bit_count(), abs(x), -x) for x in occurs]
    heapify(waiting)
    taken: set[int] = set()
    while left and waiting:
        hits, v, negated = heappop(waiting)
        now = (occurs[-negated] & left).bit_count()
        if negated in taken or not now:
            continue
        if now < -hits:
            heappush(waiting, (-now, v, negated))
            continue
        taken.add(-negated)
        left &= ~occurs[-negated]
    return None if left else pruned(formula, taken)


def pruned(formula: Formula, literals: Iterable[int]) -> Literals:
    """A prime implicant within an implicant: what can be spared goes, the rarest literals first.

    Of other lists it leaves out what can be spared too.
    """
    kept = set(literals)
    holding: dict[int, list[int]] = {literal: [] for literal in kept}
    hits = [0] * len(formula.clauses)
    for i, clause in enumerate(formula.clauses):
        if any(-literal in clause for literal in clause):
            continue
        found = kept.intersection(clause)
        hits[i] = len(found)
        for literal in found:
            holding[literal].append(i)
    for literal in sorted(kept, key=lambda x: (len(holding[x]), abs(x))):
        if all(hits[i] > 1 for i in holding[literal]):  # else it is needed, however much else goes
            kept.remove(literal)
            for i in holding[literal]:
                hits[i] -= 1
    return tuple(sorted(kept, key=abs))


def walk(formula: Formula, number: int) -> Literals | None:
    """A model by a random walk, the same for the same number; None when it finds none in time.

    WalkSAT (B. Selman, H. Kautz, B. Cohen, "Noise Strategies for Improving Local Search", AAAI 1994),
    so that nothing here depends on the release of a solver.
    """
    rng = random.Random(seeding.derive("sat walk", number, formula.variables, formula.clauses))
    model = list(guess(rng, formula))
    clauses, occurs = formula.clauses, formula.occurrences
    everything = (1 << len(clauses)) - 1
    for _ in range(min(FLIPS, MAX_STEPS // max(len(model), 1))):
        once = twice = 0
        for literal in model:
            twice |= once & occurs[literal]
            once |= occurs[literal]
        if once == everything:
            return tuple(model)
        false = _bits(everything & ~once)
        clause = clauses[false[rng.randrange(len(false))]]
        if not clause:
            return None
        alone = once & ~twice
        breaks = [(occurs[-literal] & alone).bit_count() for literal in clause]
        least = min(breaks)
        if least and rng.randrange(2):
            literal = clause[rng.randrange(len(clause))]
        else:
            literal = clause[breaks.index(least)]
        model[abs(literal) - 1] = literal
    return None


def _bits(number: int) -> list[int]:
    found = []
    while number:
        lowest = number & -number
        found.append(lowest.bit_length() - 1)
        number ^= lowest
    return found


def has_isolated_model(formula: Formula) -> bool:
    """Whether some model, all its literals together, is a prime implicant; False where nobody knows.

    A model is prime when no literal can be left out, which is when no model differs from it in just one
    variable. That is looked up for 20 variables at most; random formulas of more, below the threshold,
    hardly have such models.
    """
    if formula.variables > truth.MAX_VARIABLES:
        return False
    rows = truth.table(formula.variables)
    isolated = models = rows.models(formula.clauses)
    for v in range(1, formula.variables + 1):
        step = 1 << (v - 1)
        isolated &= ~((models & rows.where(v)) >> step | (models & rows.where(-v)) << step)
    return bool(isolated)


@lru_cache(maxsize=64)
def cheap(formula: Formula) -> tuple[Literals, ...]:
    """Prime implicants that heuristics find: greedily, and from the models of a few walks."""
    models = (walk(formula, number) for number in range(WALKS))
    found = [pruned(formula, model) for model in models if model is not None]
    taken = greedy(formula)
    return (*found, *([] if taken is None else [taken]))


def _known(formula: Formula) -> Literals | None:
    """The shortest implicant that cheap heuristics find, else a model; None when there is no model."""
    model = find_model(formula)
    return None if model is None else min([model, *cheap(formula)], key=len)


@lru_cache(maxsize=64)
def shorter(formula: Formula) -> Literals | None:
    """What a search from above finds below all of :func:`cheap`: a shortest implicant; None for
    nothing.

    Raises:
        Undecided: when it is too hard for the limit on conflicts.

    """
    known = _known(formula)
    if known is None:
        return None
    if formula.variables > MAX_VARIABLES:
        raise Undecided(
            f"it has more than {MAX_VARIABLES} variables: too many to find a shortest implicant"
        )
    found = from_above(formula, known)
    return found if len(found) < len(known) else None


@lru_cache(maxsize=64)
def shortest(formula: Formula) -> Literals | None:
    """A shortest implicant; None when there is none, since there is no model.

    Raises:
        Undecided: when it is too hard for the limit on conflicts.
        VerigymError: when the two searches disagree on its length.

    """
    below = shorter(formula)
    found = _known(formula) if below is None else below
    if found is None:
        return None
    least = by_halving(formula)
    if len(found) != least or uncovered(formula, found):
        raise VerigymError(
            f"two searches for a shortest implicant disagree: {found} and length {least}"
        )
    return found


def from_above(formula: Formula, known: Literals) -> Literals:
    """A shortest implicant, by looking for ever shorter ones than the one that is known."""
    known = pruned(formula, known)
    from pysat.card import ITotalizer  # here and below, since judging must not pay for loading it
    from pysat.solvers import Cadical195

    clauses, hits = _hitting(formula)
    if not hits:
        return known
    with (
        ITotalizer(list(hits), ubound=len(known), top_id=len(hits)) as totalizer,
        Cadical195(bootstrap_with=[*clauses, *totalizer.cnf.clauses]) as solver,
    ):
        while known and solve_within(solver, CONFLICTS, [-totalizer.rhs[len(known) - 1]]):
            true = set(solver.get_model() or ())
            known = pruned(formula, [literal for hit, literal in hits.items() if hit in true])
    return known


def by_halving(formula: Formula) -> int:
    """The length of a shortest implicant, by halving the range that it lies in; there must be one."""
    from pysat.card import CardEnc, EncType
    from pysat.solvers import Glucose4

    clauses, hits = _hitting(formula)
    low, high = apart(formula), occurring(formula)
    while low < high:
        middle = (low + high) // 2
        counter = CardEnc.atmost(list(hits), middle, top_id=len(hits), encoding=EncType.seqcounter)
        with Glucose4(bootstrap_with=[*clauses, *counter.clauses]) as solver:
            if solve_within(solver, CONFLICTS):
                high = middle
            else:
                low = middle + 1
    return low


def apart(formula: Formula) -> int:
    """How many clauses without common literals a greedy choice finds: no implicant is shorter."""
    seen: set[int] = set()
    found = 0
    for clause in sorted(formula.clauses, key=len):
        if seen.isdisjoint(clause) and not any(-x in clause for x in clause):
            seen.update(clause)
            found += 1
    return found


def _hitting(formula: Formula) -> tuple[list[list[int]], dict[int, int]]:
    """(clauses over "this literal is taken", which variable there means which literal)."""
    binding = [clause for clause in formula.clauses if not any(-x in clause for x in clause)]
    literals = sorted({literal for clause in binding for literal in clause})
    number = {literal: i for i, literal in enumerate(literals, 1)}
    clauses = [[number[literal] for literal in clause] for clause in binding]
    clauses += [[-number[x], -number[-x]] for x in literals if x > 0 and -x in number]
    return clauses, {i: literal for literal, i in number.items()}
