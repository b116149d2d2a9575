"""The kinds of constraints that are to be encoded, one file for each sort, all of them listed here."""

from __future__ import annotations

from collections.abc import Mapping

from verigym.envs.sat.constraints.circuits import Circuit
from verigym.envs.sat.constraints.constraint import Constraint
from verigym.envs.sat.constraints.counting import AtLeast, AtMost, Exactly, Majority, Threshold
from verigym.envs.sat.constraints.graphs import Dominating, Path
from verigym.envs.sat.constraints.numbers import AdderDigit, Comparator, Lexicographic, Multiplexer
from verigym.envs.sat.constraints.parity import Parity

_ALL: tuple[Constraint, ...] = (
    Exactly(),
    AtMost(),
    AtLeast(),
    Majority(),
    Threshold(),
    Parity(),
    Lexicographic(),
    Comparator(),
    AdderDigit(),
    Multiplexer(),
    Circuit(),
    Path(),
    Dominating(),
)

CONSTRAINTS: Mapping[str, Constraint] = {constraint.name: constraint for constraint in _ALL}
"""Name -> kind."""
