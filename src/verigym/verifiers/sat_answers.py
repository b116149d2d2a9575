"""What a model or a refutation looks like in an answer: two small grammars, each read whole.

A *model* of ``n`` variables is either ``n`` characters ``0`` and ``1`` (the first is variable 1), or
literals as SAT solvers print them: every variable exactly once, positive when true, on any number of
lines that may each begin with ``v``, with or without a ``0`` at the very end. The two never disagree:
only with one variable can a text be both, and ``1`` then means true either way.

A *refutation* is DRAT text or LRAT text, all of it. In DRAT each line is a clause, ended by ``0``; a
line that begins with ``d`` (a deletion) is read and has no effect. In LRAT each line is ``id literals
0 hints 0``, or ``id d ids 0`` (a deletion); ids count up from above the number of the formula's
clauses. Which of the two a text is shows in its first line that is not blank: LRAT has a ``0`` before
the last word, or ``d`` as its second one, and DRAT never has, so no line is of both. Literals may be
of some more variables than the formula has, which definitions need. The empty clause ends the text.

A *decision* is one or the other, told apart by its beginning alone. ``s SATISFIABLE`` announces a model
and ``s UNSATISFIABLE`` a refutation; without such a line a text that begins with ``v`` is a model and
any other is a refutation. So nothing can be both, and a label by itself is neither.

A *set of clauses* out of ``m`` is either ``m`` characters ``0`` and ``1`` (the first is clause 1, and
``1`` says that it is in the set), or the numbers of its clauses, each once, in any order, with or
without a ``0`` at the very end, on any number of lines. A string of bits is never such a number, but
for ``1`` where there is one clause, which means the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from verigym.verifiers.answer import Malformed
from verigym.verifiers.lrat import Addition, Deletion, Step
from verigym.verifiers.proof import MAX_NEW_VARIABLES

MAX_LEMMAS = 100_000

Clause = tuple[int, ...]

_BLANK = " \t\r\n"
_HEADER = re.compile(r"[ \t\r\n]*s[ \t]+(SATISFIABLE|UNSATISFIABLE)[ \t\r]*(?:\n|\Z)")
_MODEL = re.compile(r"[0-9v \t\r\n-]*")
_REFUTATION = re.compile(r"[0-9d \t\r\n-]*")
_LITERAL = re.compile(r"-?[1-9][0-9]{0,8}")
_ID = re.compile(r"[1-9][0-9]{0,8}")
_NUMBERS = re.compile(r"[0-9 \t\r\n]*")
_MODEL_LINES = re.compile(r"(?:[ \t\r]*\n)*(?:[ \t]*v(?:[ \t][^\n]*)?(?:\n|\Z))+")


@dataclass(frozen=True)
class Model:
    """An assignment of all variables: one literal for each, in any order."""

    literals: Clause


@dataclass(frozen=True)
class Refutation:
    """The additions of DRAT text in the order given, at least one; only the last may be empty."""

    lemmas: tuple[Clause, ...]
    lines: tuple[int, ...]
    """The line of the refutation that each lemma stands on, from 1."""


@dataclass(frozen=True)
class Hinted:
    """LRAT steps in the order given, at least one of them an addition."""

    steps: tuple[Step, ...]
    lines: tuple[int, ...]
    """The line of the refutation that each step stands on, from 1."""


def read_model(text: str, variables: int) -> Model:
    """The model that a text states, after an optional line ``s SATISFIABLE``.

    Raises:
        Malformed: when the text is anything else.

    """
    label, text = _split_header(text)
    if label == "UNSATISFIABLE":
        raise Malformed("The formula is satisfiable: give a model.")
    return _model(text, variables)


def read_decision(text: str, variables: int, clauses: int = 0) -> Model | Refutation | Hinted:
    """The model or the refutation that a text states, of a formula with so many variables and clauses.

    Raises:
        Malformed: when the text is neither.

    """
    label, text = _split_header(text)
    if label == "SATISFIABLE" or (label is None and text.lstrip(_BLANK).startswith("v")):
        return _model(text, variables)
    if not _REFUTATION.fullmatch(text):
        raise Malformed(
            "A refutation holds only clauses, each on its own line and ended by 0; a model begins with "
            "'v' or 's SATISFIABLE'."
        )
    first: list[str] = next((words for _, words in _lines(text)), [])
    if first[1:2] == ["d"] or "0" in first[:-1]:
        return _lrat(_lines(text), variables, clauses)
    return _drat(_lines(text), variables)


def _split_header(text: str) -> tuple[str | None, str]:
    match = _HEADER.match(text)
    if match is None:
        return None, text
    if not text[match.end() :].strip(_BLANK):
        raise Malformed("A label alone proves nothing: after it give a model or a refutation.")
    return match.group(1), text[match.end() :]


def _model(text: str, variables: int) -> Model:
    bits = text.strip(_BLANK)
    if bits and len(bits) == variables and not bits.strip("01"):
        return Model(tuple([v if bit == "1" else -v for v, bit in enumerate(bits, 1)]))
    if not _MODEL.fullmatch(text):
        raise Malformed(
            "A model holds only literals (with 'v' and a final 0 if you like) or only bits."
        )
    words: list[str] = []
    for line in text.split("\n"):
        found = line.split()
        words += found[1:] if found[:1] == ["v"] else found
    if len(words) == 1 and variables > 1 and not words[0].strip("01"):
        raise Malformed(f"The number of bits is {len(words[0])}, but there are {variables} variables.")
    if words and words[-1] == "0":
        words.pop()
    literals = _literals(words, variables)
    if len(set(map(abs, literals))) != variables or len(literals) != variables:
        raise Malformed(_coverage(literals, variables))
    return Model(literals)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The number and the words of each line that is not blank."""
    for number, line in enumerate(text.split("\n"), 1):
        if words := line.split():
            yield number, words


def _drat(lines: Iterable[tuple[int, list[str]]], variables: int) -> Refutation:
    lemmas: list[Clause] = []
    places: list[int] = []
    for number, words in lines:
        if lemmas and not lemmas[-1]:
            raise Malformed(f"Line {number} of the refutation follows the empty clause, which ends it.")
        if words.pop() != "0":
            raise Malformed(f"Line {number} of the refutation does not end with 0.")
        if words[:1] == ["d"]:
            _literals(words[1:], variables, f" in line {number}", MAX_NEW_VARIABLES)
            continue
        if len(lemmas) == MAX_LEMMAS:
            raise Malformed(f"The refutation has more than {MAX_LEMMAS:,} clauses.")
        lemmas.append(_literals(words, variables, f" in line {number}", MAX_NEW_VARIABLES))
        places.append(number)
    if not lemmas:
        raise Malformed("The refutation holds no clause.")
    return Refutation(tuple(lemmas), tuple(places))


def _lrat(lines: Iterable[tuple[int, list[str]]], variables: int, clauses: int) -> Hinted:
    steps: list[Step] = []
    places: list[int] = []
    last = clauses
    ended = False
    for number, words in lines:
        if ended:
            raise Malformed(f"Line {number} of the refutation follows the empty clause, which ends it.")
        if len(steps) == MAX_LEMMAS:
            raise Malformed(f"The refutation has more than {MAX_LEMMAS:,} lines.")
        if words.pop() != "0":
            raise Malformed(f"Line {number} of the refutation does not end with 0.")
        where = f" in line {number}"
        places.append(number)
        if words[1:2] == ["d"]:
            _ids(words[:1], _ID, where)
            steps.append(Deletion(_ids(words[2:], _ID, where)))
            continue
        if "0" not in words:
            raise Malformed(f"Line {number} of the refutation has no 0 before its hints, as LRAT must.")
        middle = words.index("0")
        if middle == 0 or _ids(words[:1], _ID, where)[0] <= last:
            raise Malformed(
                f"{_shown(words[0])} is no new id{where}: with a 0 before its end, a line is read as "
                f"LRAT, and the ids of clauses there count up from above {last}."
            )
        last = int(words[0])
        literals = _literals(words[1:middle], variables, where, MAX_NEW_VARIABLES)
        steps.append(Addition(last, literals, _ids(words[middle + 1 :], _LITERAL, where)))
        ended = not literals
    if not any(isinstance(step, Addition) for step in steps):
        raise Malformed("The refutation holds no clause.")
    return Hinted(tuple(steps), tuple(places))


def _ids(words: list[str], form: re.Pattern[str], where: str) -> tuple[int, ...]:
    for word in words:
        if not form.fullmatch(word):
            raise Malformed(f"{_shown(word)} is not the id of a clause{where}.")
    return tuple(map(int, words))


def _literals(words: list[str], variables: int, where: str = "", more: int = 0) -> Clause:
    """The literals that words spell, of the formula's variables and so many more."""
    table = _literal_table(variables)
    try:
        return tuple([table[word] for word in words])
    except KeyError:
        return tuple([table.get(word) or _new_literal(word, variables + more, where) for word in words])


def _new_literal(word: str, limit: int, where: str) -> int:
    if word == "0":
        raise Malformed(f"0 stands before the end{where}.")
    if not _LITERAL.fullmatch(word) or abs(int(word)) > limit:
        raise Malformed(f"{_shown(word)} is not a literal of a variable from 1 to {limit}{where}.")
    return int(word)


def _shown(word: str) -> str:
    return ascii(word[:20]) + ("..." if len(word) > 20 else "")


@lru_cache(maxsize=16)
def _literal_table(variables: int) -> dict[str, int]:
    """Every literal by its one spelling: looking words up checks syntax and range at once."""
    return {str(sign * v): sign * v for v in range(1, variables + 1) for sign in (1, -1)}


def _coverage(literals: Clause, variables: int) -> str:
    """What is wrong with literals that do not give each variable one value."""
    counts = Counter(map(abs, literals))
    for v, count in counts.items():
        if count > 1:
            both = v in literals and -v in literals
            return f"Variable {v} is both true and false." if both else f"Variable {v} is given twice."
    missing = next(v for v in range(1, variables + 1) if v not in counts)
    return f"Variables without a value: {variables - len(counts)}, for example {missing}."


def read_assignment(text: str, variables: int) -> Model:
    """The assignment that a text states; a model, without any label.

    Raises:
        Malformed: when the text is anything else.

    """
    return _model(text, variables)


def read_model_and_refutation(
    text: str, variables: int, room: Callable[[Clause], int]
) -> tuple[Model, Refutation | None]:
    """A model on lines that begin with ``v``, and behind it a refutation.

    ``room`` tells from the model's literals over how many variables the refutation is; 0 when the model
    is no good: then the refutation is not read, and None.

    Raises:
        Malformed: when the text is anything else.

    """
    lines = _MODEL_LINES.match(text)
    if lines is None:
        raise Malformed("The answer begins with a model, on a line that begins with 'v'.")
    model = _model(lines.group(), variables)
    rest = text[lines.end() :]
    if not rest.strip(_BLANK):
        raise Malformed("After the model there is no refutation of less.")
    if not (over := room(model.literals)):
        return model, None
    if not _REFUTATION.fullmatch(rest):
        raise Malformed("After the model stand only clauses, each on its own line and ended by 0.")
    before = lines.group().count("\n")
    return model, _drat([(number + before, words) for number, words in _lines(rest) if words], over)


def read_clause_set(text: str, clauses: int) -> frozenset[int]:
    """The set of clauses that a text states, by their numbers from 1.

    Raises:
        Malformed: when the text states none.

    """
    if not _NUMBERS.fullmatch(text):
        raise Malformed(
            "A set of clauses holds only their numbers (with a final 0 if you like) or only bits."
        )
    bits = text.strip(_BLANK)
    if bits and len(bits) == clauses and not bits.strip("01"):
        return frozenset([i for i, bit in enumerate(bits, 1) if bit == "1"])
    words = text.split()
    if len(words) == 1 and len(bits) > len(str(clauses)) and not bits.strip("01"):
        raise Malformed(f"The number of bits is {len(bits)}, but there are {clauses} clauses.")
    if words and words[-1] == "0":
        words.pop()
    table = _number_table(clauses)
    found: set[int] = set()
    for word in words:
        number = table.get(word)
        if number is None and word == "0":
            raise Malformed("0 stands before the end.")
        if number is None:
            raise Malformed(f"{_shown(word)} is not the number of a clause from 1 to {clauses}.")
        if number in found:
            raise Malformed(f"Clause {number} is given twice.")
        found.add(number)
    return frozenset(found)


@lru_cache(maxsize=16)
def _number_table(count: int) -> dict[str, int]:
    """The numbers from 1 to ``count`` by their one spelling."""
    return {str(number): number for number in range(1, count + 1)}
