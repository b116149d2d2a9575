"""What a run is: its settings, and the header that says what its records mean."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from verigym.arena.problem import Problem
from verigym.errors import UserError
from verigym.task import canonical

FORMAT = 1
"""Version of the records."""
MOST = {"rounds": 1000, "answers": 16, "tests": 20}


@dataclass(frozen=True)
class Config:
    """The settings of a run.

    Raises:
        UserError: when a number is out of its range.
    """

    rounds: int = 8
    answers: int = 2
    """Answers that the solver gives to each task in each round."""
    tests: int = 4
    """The most tests that the tester gives for each task in each round."""
    seed: int = 0
    white_box: bool = False
    """Whether the tester sees the wrong answers that are still alive."""
    open_pool: bool = False
    """Whether the solver sees the tests of the pool."""
    solver: str = ""
    """Who plays; only told."""
    tester: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of requests to models; only told."""

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= most:
                raise UserError(f"{name} is {value!r}; it must be an int from 1 to {most}")
        if type(self.seed) is not int:
            raise UserError(f"seed is {self.seed!r}; it must be an int")


def _digest(problem: Problem) -> str:
    """A hash of what a task is played with, beside the task itself."""
    told = [
        problem.reference, problem.held, problem.held_recorded, problem.stock, problem.practice,
        problem.right, problem.contract, [one.to_json() for one in problem.hidden],
    ]  # fmt: skip
    return hashlib.sha256(canonical(told).encode()).hexdigest()[:16]


def header(config: Config, problems: Sequence[Problem]) -> dict[str, Any]:
    """The first record of a run: all that its other records follow from."""
    return {
        "kind": "run",
        "format": FORMAT,
        "verigym": importlib.metadata.version("verigym"),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "config": asdict(config),
        "tasks": [
            {
                "id": problem.task.id,
                "entry_point": problem.bench.entry_point,
                "held": problem.faults,
                "hidden": len(problem.hidden),
                "material": _digest(problem),
            }
            for problem in problems
        ],
    }
