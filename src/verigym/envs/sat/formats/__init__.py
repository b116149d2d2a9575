"""How a formula is shown: the same formula and the same answers, in other words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.formats.format import Format
from verigym.envs.sat.formats.latex import MATH
from verigym.envs.sat.formats.lines import DIMACS
from verigym.envs.sat.formats.stories import DUALSTORY, STORY
from verigym.errors import FamilyError

FORMATS: Mapping[str, Format] = {
    "dimacs": DIMACS,
    "math": MATH,
    "story": STORY,
    "dualstory": DUALSTORY,
}
"""Name -> format."""


def format_named(name: Any) -> Format:
    """The format of this name.

    Raises:
        FamilyError: when there is none.

    """
    if type(name) is not str or name not in FORMATS:
        raise FamilyError(f"format is {name!r}; there are: {', '.join(FORMATS)}")
    return FORMATS[name]
