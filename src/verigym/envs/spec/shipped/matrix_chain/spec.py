"""Sizes that repeat, so that there are ties, and sizes that do not."""

from hypothesis import strategies as st

FEW = st.lists(st.integers(1, 3), min_size=2, max_size=9)
MANY = st.lists(st.integers(1, 60), min_size=3, max_size=12)
STRATEGIES = (FEW | MANY,)
