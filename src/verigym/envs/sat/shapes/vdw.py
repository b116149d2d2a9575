"""Van der Waerden's theorem: colour 1, 2, ..., W with two colours without long arithmetic progressions.

No k numbers of the first colour may be equally spaced, nor n of the second; from W(k, n) numbers on
there is no way. The numbers are Chvatal's (1970) and Beeler and O'Neil's (1979); tests find them again.
A variable is a number's colour; clauses are progressions.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.shape import Size
from verigym.errors import FamilyError

NUMBERS = {
    (3, 3): 9, (3, 4): 18, (3, 5): 22, (3, 6): 32, (3, 7): 46, (3, 8): 58, (4, 4): 35,
}  # fmt: skip
"""(k, n) -> the least W for which every colouring has a progression."""


class VanDerWaerden(Crafted):
    """Two colours for the numbers up to W(k, n) or beyond."""

    name = "vdw"
    summary = "two-colour the numbers up to van der Waerden's without progressions"
    sizes = {
        "n": Size("length of a progression in the second colour", 4, 3, 8),
        "k": Size("length of a progression in the first colour", 3, 3, 4),
        "extra": Size("numbers beyond van der Waerden's", 0, 0, 20),
    }

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        if (sizes["k"], sizes["n"]) not in NUMBERS:
            known = ", ".join(f"k = {k} with n = {n}" for k, n in NUMBERS)
            raise FamilyError(
                f"k = {sizes['k']} with n = {sizes['n']} is not at hand; there are {known}"
            )
        return sizes

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        last = NUMBERS[sizes["k"], sizes["n"]] + sizes["extra"]
        first = [[-x for x in numbers] for numbers in progressions(last, sizes["k"])]
        return last, first + progressions(last, sizes["n"])


def progressions(last: int, length: int) -> Clauses:
    """All sequences of so many equally spaced numbers from 1 to ``last``."""
    return [
        list(range(start, start + length * step, step))
        for step in range(1, (last - 1) // (length - 1) + 1)
        for start in range(1, last - (length - 1) * step + 1)
    ]
