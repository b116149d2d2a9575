"""Answers that Hypothesis makes up: texts of all kinds, and references that were damaged."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from verigym.audit.target import Item

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class NoHypothesis(Exception):
    """Hypothesis is not installed."""


_WORDS = (
    *("<answer>", "</answer>", "<think>", "</think>", "```", "```python\n", "\\boxed{", "}", "####"),
    *("s SATISFIABLE", "s UNSATISFIABLE", "v ", "0\n", "true", "None", "[", "]", '"', "\\", "\n\n"),
    *("def f(x):\n", "return ", "lambda: ", "import os\n", "class ", "    ", "\t", "#", "%", "$", "|"),
)


def odd_answers(item: Item, rng: random.Random, count: int) -> list[tuple[str, bool]]:
    """``count`` (answer, whether it was made of the reference) pairs, the same for the same ``rng``.

    Raises:
        NoHypothesis: when the package is not installed.
    """
    try:
        import hypothesis
    except ImportError:
        raise NoHypothesis("Hypothesis is not installed: pip install 'verigym[audit]'") from None

    found: list[tuple[str, bool]] = []

    @hypothesis.seed(rng.getrandbits(64))
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(_answers(item))
    def collect(answer: tuple[str, bool]) -> None:
        found.append(answer)

    collect()
    return found[:count]


def _answers(item: Item) -> SearchStrategy[tuple[str, bool]]:
    from hypothesis import strategies as st

    numbers = st.one_of(st.integers(), st.floats(), st.fractions(), st.complex_numbers()).map(str)
    words = st.one_of(st.text(), numbers, st.sampled_from(_WORDS))
    json_like: Any = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
    made_up = st.one_of(st.lists(words, max_size=12).map("".join), json_like.map(repr), st.text())
    unknowing = made_up.map(lambda text: (text, False))
    if not item.reference:
        return unknowing

    def damaged(parts: tuple[int, int, str]) -> tuple[str, bool]:
        start, length, piece = parts
        text = item.reference or ""
        return text[:start] + piece + text[start + length :], True

    places = st.integers(0, min(len(item.reference), 4000))
    return st.one_of(unknowing, st.tuples(places, st.integers(0, 20), words).map(damaged))
