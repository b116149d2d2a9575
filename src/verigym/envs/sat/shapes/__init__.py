"""The shapes of formulas that can be generated: one file for each kind, all of them listed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.atmost import AtMost
from verigym.envs.sat.shapes.chessboard import Chessboard
from verigym.envs.sat.shapes.clique import Clique
from verigym.envs.sat.shapes.colouring import Colouring
from verigym.envs.sat.shapes.community import Community
from verigym.envs.sat.shapes.mixed import Mixed
from verigym.envs.sat.shapes.ordering import Ordering
from verigym.envs.sat.shapes.parity import Parity
from verigym.envs.sat.shapes.pebbling import Pebbling
from verigym.envs.sat.shapes.pigeonhole import Pigeonhole
from verigym.envs.sat.shapes.powerlaw import Powerlaw
from verigym.envs.sat.shapes.shape import Shape
from verigym.envs.sat.shapes.tseitin import Tseitin
from verigym.envs.sat.shapes.uniform import Uniform
from verigym.envs.sat.shapes.vdw import VanDerWaerden
from verigym.errors import FamilyError

_RANDOM: tuple[Shape, ...] = (Uniform(), Mixed(), Powerlaw(), Community())
_CRAFTED: tuple[Shape, ...] = (
    Pigeonhole(), Tseitin(), Parity(), Ordering(), Pebbling(), Chessboard(), Colouring(), Clique(),
    VanDerWaerden(), AtMost(),
)  # fmt: skip

_BY_FAMILY = {"ratio", "padding"}
"""Sizes whose defaults differ from family to family."""

SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in (*_RANDOM, *_CRAFTED)}
"""Name -> shape."""


def shape_named(name: Any) -> Shape:
    """The shape of this name.

    Raises:
        FamilyError: when there is none.

    """
    if type(name) is not str or name not in SHAPES:
        raise FamilyError(f"shape is {name!r}; there are: {', '.join(SHAPES)}")
    return SHAPES[name]


def knobs() -> dict[str, str]:
    """What each size means, for all shapes together, in one line each."""
    lines: dict[str, dict[str, list[str]]] = {}
    for shape in SHAPES.values():
        for name, size in shape.sizes.items():
            said = size.meaning if name in _BY_FAMILY else f"{size.meaning} ({size.default})"
            lines.setdefault(name, {}).setdefault(said, []).append(shape.name)
    return {
        name: "; ".join(f"{', '.join(names)}: {said}" for said, names in meanings.items())
        for name, meanings in lines.items()
    }
