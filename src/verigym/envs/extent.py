"""How many tasks a family has: those with a generator have no end, those over data have one."""

from __future__ import annotations

from verigym.family import Family, GeneratedFamily, LoadedFamily


def endless(family: Family) -> bool:
    """True when tasks are generated, so that every index from 0 up names one.

    A family may be of both kinds, with a generator that its ``data`` replaces; then it is of the kind
    that it was built as.
    """
    loaded = isinstance(family, LoadedFamily) and hasattr(family, "_tasks")
    return isinstance(family, GeneratedFamily) and not loaded
