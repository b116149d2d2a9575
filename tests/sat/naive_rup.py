"""RUP and RAT checks that are too simple to be wrong: quadratic, no state, no indices."""

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


def is_rup(clauses: Sequence[Clause], lemma: Clause) -> bool:
    """Whether the negated lemma propagates to a conflict."""
    return conflicts(clauses, [-literal for literal in lemma])


def is_rat(clauses: Sequence[Clause], lemma: Clause) -> bool:
    """Whether all resolvents upon the first literal are RUP."""
    if not lemma:
        return False
    pivot = lemma[0]
    partners = [clause for clause in clauses if -pivot in clause]
    return all(is_rup(clauses, [*lemma, *(x for x in c if x != -pivot)]) for c in partners)


def verdict(clauses: Iterable[Clause], lemmas: Iterable[Clause]) -> tuple[str, int, int]:
    """(outcome, lemmas proved, how many of them by RAT), as ``proof.check`` gives them."""
    known = list(clauses)
    proved = rat = 0
    for lemma in lemmas:
        if conflicts(known, ()):
            return "refuted", proved, rat
        if not is_rup(known, lemma):
            if not is_rat(known, lemma):
                return "refused", proved, rat
            rat += 1
        known.append(lemma)
        proved += 1
    return ("refuted" if conflicts(known, ()) else "incomplete"), proved, rat


def honouring(clauses: Iterable[Clause], steps: Iterable[tuple[str, Clause]]) -> tuple[str, int]:
    """(outcome, steps taken) when deletions count: steps are ("a", clause) or ("d", clause)."""
    known = list(clauses)
    done = 0
    for kind, clause in steps:
        if kind == "d":
            known.remove(next(c for c in known if set(c) == set(clause)))
        elif not is_rup(known, clause) and not is_rat(known, clause):
            return "refused", done
        else:
            known.append(clause)
        if not clause:
            return "refuted", done
        done += 1
    return "incomplete", done
