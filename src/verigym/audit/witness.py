"""A second opinion, independent of the verifier: is this answer right?

It exists so that an accepted mutant of a right answer can be told from a defect: a flipped literal
often leaves a model a model. The check of formulas is written anew and naively, from the definition
alone, and shares no code with the verifiers: a model satisfies each clause; each clause of a refutation
follows from those before by unit propagation (Goldberg and Novikov 2003) or is RAT on its first literal
(Järvisalo, Heule and Biere 2012), and the last is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from verigym.audit import witness_faults, witness_models, witness_optima

MAX_STEPS = 2_000_000
"""Literals looked at before the witness has no opinion."""

Clause = Sequence[int]


_NUMBER = re.compile(r"[-+]?\d{1,300}(?:\.\d{1,300})?")


def opinion(spec: Mapping[str, Any], reference: str, content: str) -> bool | None:
    """Whether an answer's content is right; None when there is no telling.

    Args:
        spec: the task's; where it holds a formula, that decides.
        reference: the content of a right answer. Else one that differs from it in its only number
            decides: wrong when both are whole and differ, or differ by more than a hundredth.
        content: the content of the answer.
    """
    if "program" in spec and "reference" in spec:
        return witness_faults.opinion(spec, content)
    if isinstance(spec.get("start"), list | tuple):
        return of_walk(spec, content)
    if isinstance(spec.get("clauses"), list | tuple):
        if witness_models.KEYS & set(spec):
            return witness_models.opinion(spec, content)
        if "weights" in spec or "subset" in spec:
            return witness_optima.opinion(spec, content)
        return of_formula(spec, content)
    right, given = _only_number(reference), _only_number(content)
    if right is None or given is None or right[1] != given[1]:
        return None
    if right[0].is_integer() and given[0].is_integer():
        return right[0] == given[0]
    return abs(right[0] - given[0]) <= 0.01 * abs(right[0])


def _only_number(text: str) -> tuple[float, str] | None:
    """The one number in a text, and the text around it."""
    found = list(islice(_NUMBER.finditer(text), 2))
    if len(found) != 1:
        return None
    start, end = found[0].span()
    return float(found[0].group()), (text[:start] + " " + text[end:]).strip()


def of_formula(spec: Mapping[str, Any], content: str) -> bool | None:
    """Whether an answer's content is right for the formula in a spec; None when there is no telling."""
    count, clauses = spec.get("variables"), spec.get("clauses")
    if type(count) is not int or not isinstance(clauses, list | tuple):
        return None
    lines = [line.split() for line in content.strip().splitlines()]
    label = lines.pop(0)[1:2] if lines and lines[0][:1] == ["s"] else []
    words = [word for line in lines for word in (line[1:] if line[:1] == ["v"] else line)]
    if not words or not all(word.removeprefix("-").isdecimal() for word in words):
        return None
    bits = "".join(words)
    if len(words) == 1 and count > 1 and len(bits) == count and set(bits) <= {"0", "1"}:
        return _satisfies([v if bit == "1" else -v for v, bit in enumerate(bits, 1)], clauses)
    numbers = [int(word) for word in words if len(word) < 12]
    if len(numbers) < len(words):
        return None
    is_model = "baseline" in spec or label == ["SATISFIABLE"] or (lines and lines[0][:1] == ["v"])
    if is_model:
        model = numbers[:-1] if numbers[-1] == 0 else numbers
        whole = sorted(map(abs, model)) == list(range(1, count + 1))
        return whole and _satisfies(model, clauses)
    if any(line[:1] == ["d"] for line in lines):
        return None
    return _refutes([[int(word) for word in line] for line in lines if line], clauses)


def of_walk(spec: Mapping[str, Any], content: str) -> bool | None:
    """Whether a list of actions ends with a model; None when there is no telling."""
    values = {abs(literal): literal > 0 for literal in spec["start"]}
    for line in content.strip().splitlines():
        verb, *words = line.split()
        if verb not in ("flip", "set") or not all(word.removeprefix("-").isdecimal() for word in words):
            return None
        numbers = [int(word) for word in words if len(word) < 12]
        if not set(map(abs, numbers)) <= set(values) or len(set(map(abs, numbers))) < len(words):
            return None
        if _satisfies([v if true else -v for v, true in values.items()], spec["clauses"]):
            return None  # the walk had ended
        values |= {abs(x): x > 0 if verb == "set" else not values[abs(x)] for x in numbers}
    return _satisfies([v if true else -v for v, true in values.items()], spec["clauses"])


def _satisfies(model: Clause, clauses: Sequence[Clause]) -> bool:
    true = set(model)
    return all(true & set(clause) for clause in clauses)


def _refutes(lemmas: Sequence[Clause], clauses: Sequence[Clause]) -> bool | None:
    if not lemmas or not all(lemma[-1] == 0 and 0 not in lemma[:-1] for lemma in lemmas):
        return False
    known = _Known([list(clause) for clause in clauses])
    try:
        for lemma in lemmas:
            body = list(lemma[:-1])
            if not (known.imply(body) or known.allow(body)):
                return False
            known.clauses.append(body)
    except _NoTelling:
        return None
    return not lemmas[-1][:-1] or _conflicts(known.clauses)


class _NoTelling(Exception):
    """More than :data:`MAX_STEPS` literals were looked at."""


class _Known:
    """Clauses that hold, and what may be added to them without losing the last model."""

    def __init__(self, clauses: list[list[int]]) -> None:
        self.clauses = clauses
        self._steps = 0

    def imply(self, body: Clause) -> bool:
        """Whether unit propagation runs into a conflict when all literals of a clause are false."""
        true = {-literal for literal in body}
        conflict, moved = any(-literal in true for literal in true), True
        while moved and not conflict:
            moved = False
            for clause in self.clauses:
                self._steps += len(clause)
                open_ = [literal for literal in clause if -literal not in true]
                if not open_:
                    conflict = True
                    break
                if len(set(open_)) == 1 and open_[0] not in true:
                    true.add(open_[0])
                    moved = True
            if self._steps > MAX_STEPS:
                raise _NoTelling
        return conflict

    def allow(self, body: Clause) -> bool:
        """Whether a clause has the property RAT on its first literal: all resolvents on it follow."""
        against = [clause for clause in self.clauses if body and -body[0] in clause]
        rests = ([literal for literal in clause if literal != -body[0]] for clause in against)
        return bool(body) and all(self.imply([*body, *rest]) for rest in rests)


def _conflicts(clauses: Sequence[Clause]) -> bool:
    """Whether unit propagation alone refutes the clauses."""
    true: set[int] = set()
    while True:
        units = set()
        for clause in clauses:
            open_ = {literal for literal in clause if -literal not in true}
            if not open_:
                return True
            if len(open_) == 1:
                units |= open_ - true
        if not units:
            return False
        true |= units
