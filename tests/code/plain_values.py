"""Hypothesis strategies for plain data, shared by the tests of the codec and of the comparison."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(1 << 600), 1 << 600)
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers()
)
RANGES = st.builds(
    range, st.integers(-9, 9), st.integers(-9, 9), st.integers(-3, 3).filter(lambda step: step != 0)
)
HASHABLE: st.SearchStrategy[Any] = st.recursive(
    SCALARS | RANGES,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=8,
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=4)
    )


VALUES: st.SearchStrategy[Any] = st.recursive(
    HASHABLE | st.sets(HASHABLE, max_size=4) | st.binary().map(bytearray), _containers, max_leaves=12
)


def exact(value: Any) -> Any:
    """The value with its types spelt out, so that ``==`` on the result is identity of content."""
    if isinstance(value, list | tuple):
        return type(value).__name__, [exact(item) for item in value]
    if isinstance(value, set | frozenset):
        return type(value).__name__, sorted(repr(exact(item)) for item in value)
    if isinstance(value, dict):
        return "dict", [(exact(key), exact(item)) for key, item in value.items()]
    return type(value).__name__, repr(value)
