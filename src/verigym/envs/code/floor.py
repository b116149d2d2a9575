"""What cheap answers reach: the floor below which a partial reward pays nothing.

A bank of answers that know nothing of a problem is tried on its cases: each constant that a case
expects, and the first things that come to mind with the input (it, its first or last part, its length,
it sorted, ...). The floor is the largest share of the behaviour groups that one of them passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from verigym.sandbox.inside import plain
from verigym.verifiers.compare import TEXT_MODES, VALUE_MODES, Rule, same_text, same_value
from verigym.verifiers.scoring import Groups, behaviour

MOST_CONSTANTS = 64
"""Constants that are tried, those that most cases expect first."""


def floor_of_texts(spec: Mapping[str, Any]) -> float:
    """The floor of a program's cases, from 0 to 1."""
    cases, rule = spec["cases"], Rule.build(spec["compare"], TEXT_MODES)
    expected = [_bytes(case["output"]) for case in cases]

    groups = Groups(spec)

    def reached(outputs: Sequence[bytes]) -> float:
        return groups.share(lambda index: same_text(outputs[index], expected[index], rule))

    constants = [[_bytes(text)] * len(cases) for text in _constants(cases, lambda case: case["output"])]
    echoes = [[_bytes(shorten(case["input"])) for case in cases] for shorten in _ECHOES]
    return max(map(reached, [*constants, *echoes, [b""] * len(cases)]))


def floor_of_values(spec: Mapping[str, Any]) -> float:
    """The floor of a function's cases, from 0 to 1."""
    cases, rule = spec["cases"], Rule.build(spec["compare"], VALUE_MODES)

    groups = Groups(spec)

    def reached(trees: Sequence[Any]) -> float:
        def met(index: int) -> bool:
            tree = trees[index]
            return tree is not _NOTHING and same_value(tree, cases[index]["expected"], rule)

        return groups.share(met)

    constants = [[tree] * len(cases) for tree in _constants(cases, lambda case: case["expected"])]
    trials = [*constants, *([plain.encode(value)] * len(cases) for value in _VALUES)]
    given = [[plain.decode(tree) for tree in case["args"]] for case in cases]
    for place in range(max(map(len, given))):
        trials += [[_applied(guess, args, place) for args in given] for guess in _GUESSES]
    return max(map(reached, trials))


def _constants(cases: Sequence[Any], expected: Callable[[Any], Any]) -> Iterator[Any]:
    keys = [behaviour(case) for case in cases]
    first = {key: expected(case) for key, case in zip(reversed(keys), reversed(cases), strict=True)}
    return (first[key] for key, _ in Counter(keys).most_common(MOST_CONSTANTS))


_NOTHING = object()
_VALUES: tuple[Any, ...] = (None, True, False, 0, 1, -1, 0.0, "", [], (), {})
_GUESSES: tuple[Callable[[Any], Any], ...] = (
    lambda value: value,
    lambda value: [value],
    lambda value: str(value),
    lambda value: bool(value),
    lambda value: not value,
    lambda value: -value,
    lambda value: abs(value),
    lambda value: value + 1,
    lambda value: value - 1,
    lambda value: len(value),
    lambda value: value[0],
    lambda value: value[-1],
    lambda value: value[::-1],
    lambda value: sorted(value),
    lambda value: list(value),
    lambda value: max(value),
    lambda value: min(value),
    lambda value: sum(value),
)
_ECHOES: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: text.split("\n", 1)[0],
    lambda text: text.rstrip().rpartition("\n")[2],
    lambda text: (text.split() or [""])[0],
    lambda text: (text.split() or [""])[-1],
    lambda text: text.partition("\n")[2],
    lambda text: "\n".join(text.split()),
)


def _applied(guess: Callable[[Any], Any], args: Sequence[Any], place: int) -> Any:
    """What a guess makes of an argument, as a tree; nothing where it cannot be made."""
    if place >= len(args):
        return _NOTHING
    try:
        return plain.encode(guess(args[place]))
    except (plain.NotPlain, TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
        return _NOTHING


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
