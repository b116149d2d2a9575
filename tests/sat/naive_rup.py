"""A reverse unit propagation check that is too simple to be wrong: quadratic, no state, no indices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Clause = Sequence[int]


def conflicts(clauses: Iterable[Clause], assumed: Iterable[int]) -> bool:
    """Whether unit propagation from these assumptions finds a conflict."""
    true = set(assumed)
    if any(-literal in true for literal in true):
        return True
    clauses = [set(clause) for clause in clauses]
    changed = True
    while changed:
        changed = False
        for clause in clauses:
            if clause & true:
                continue
            rest = {literal for literal in clause if -literal not in true}
            if not rest:
                return True
            if len(rest) == 1:
                true |= rest
                changed = True
    return False


def verdict(clauses: Iterable[Clause], lemmas: Iterable[Clause]) -> tuple[str, int]:
    """(outcome, lemmas proved), as ``proof.check`` gives them."""
    known = list(clauses)
    proved = 0
    for lemma in lemmas:
        if conflicts(known, ()):
            return "refuted", proved
        if not conflicts(known, [-literal for literal in lemma]):
            return "not_rup", proved
        known.append(lemma)
        proved += 1
    return ("refuted" if conflicts(known, ()) else "incomplete"), proved
