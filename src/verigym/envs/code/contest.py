"""What readers of contests' problems share: a language to answer in, and the problems' own limits."""

from __future__ import annotations

from typing import Any

from verigym.envs.code.limits import MOST
from verigym.envs.code.published import KNOBS, Published
from verigym.envs.records import Source
from verigym.errors import FamilyError
from verigym.sandbox.languages import language as language_of
from verigym.sandbox.program import MiB

LEAST_MEMORY = 256 * MiB
"""A problem's limit is for C++ and does not hold an interpreter."""

CONTEST_KNOBS = {
    "timeout": "seconds of processor time for each test of a problem that says none (default 6)",
    "time_factor": "the problem's own time limit is multiplied by this (default 1)",
    "language": "what the program is written in (default python)",
    **KNOBS,
}
_SHOWN = {"python": "Python 3", "cpp": "C++"}


class Contest(Published):
    """Programs in a language of choice, within each problem's own time and memory."""

    def __init__(
        self,
        data: Source | None = None,
        timeout: float = 6.0,
        time_factor: float = 1.0,
        language: str = "python",
        skip_invalid: bool = False,
        skip_failing: bool = False,
    ) -> None:
        if type(time_factor) not in (int, float) or not 0.01 <= time_factor <= 100:
            raise FamilyError(f"time_factor is {time_factor!r}; it must be a number from 0.01 to 100")
        self.time_factor = time_factor
        self.language = language_of(language).name
        super().__init__(data, timeout, skip_invalid, skip_failing)

    def within(self, seconds: float) -> float:
        """The time for a problem whose own limit is so many seconds; 0 where it says none."""
        return min(seconds * self.time_factor, MOST) if seconds else self.timeout

    def ask(self) -> str:
        """The sentence that says what to write."""
        kind = _SHOWN.get(self.language, self.language.capitalize())
        streams = "reads standard input and writes the answer to standard output"
        return f"Write a {kind} program that {streams}."


def memory(limit: float) -> dict[str, Any]:
    """The limits of a program whose problem allows so many bytes."""
    return {"memory_bytes": max(int(limit), LEAST_MEMORY)}
