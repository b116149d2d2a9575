"""What the families over one CNF formula share: knobs, generated or loaded formulas, tasks.

The same class poses random formulas (``n``, ``ratio``, ``k``) and published ones (``data``); once there
is a formula, both go the same way.
"""

from __future__ import annotations

import logging
import math
import random
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym.envs.sat.load import load_formulas
from verigym.errors import FamilyError
from verigym.family import GeneratedFamily, LoadedFamily, check_knobs
from verigym.task import Task
from verigym.verifiers.cnf import Formula

MAX_N = 1_000

_log = logging.getLogger(__name__)


class SatFamily(GeneratedFamily, LoadedFamily):
    """Tasks over one CNF formula each, generated or loaded.

    Raises:
        FamilyError: for knobs that do not fit together, and for data that holds nothing to pose.

    """

    knobs: ClassVar[Mapping[str, str]] = {
        "n": "variables (default 20)",
        "ratio": "clauses for each variable (default: where random formulas become hard)",
        "k": "literals in each clause, 2 to 5 (default 3)",
        "seed": "another stream of tasks (default 0)",
        "data": "instead of all these: a DIMACS file (.cnf, .dimacs, also .gz) or a folder of them",
    }
    ratios: ClassVar[Mapping[int, float]]
    """The default ratio for each possible ``k``."""

    skipped: Mapping[str, str]
    """Files of a folder that were left out, and why."""

    def __init__(self, **knobs: Any) -> None:
        check_knobs(type(self), knobs)
        self.skipped = {}
        data = knobs.pop("data", None)
        self._loaded = data is not None
        if not self._loaded:
            super().__init__(**knobs)
            return
        if knobs:
            raise FamilyError(f"{self.name} takes data or {sorted(knobs)[0]}, not both")
        self.config = {"data": str(data)}
        self._load(data)

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        n, ratio, k = knobs.get("n", 20), knobs.get("ratio"), knobs.get("k", 3)
        if type(k) is not int or k not in self.ratios:
            raise FamilyError(
                f"k is {k!r}; it must be an int from {min(self.ratios)} to {max(self.ratios)}"
            )
        if type(n) is not int or not k <= n <= MAX_N:
            raise FamilyError(f"n is {n!r}; it must be an int from k = {k} to {MAX_N}")
        ratio = self.ratios[k] if ratio is None else ratio
        if type(ratio) not in (int, float) or not 0 < ratio <= 100:
            raise FamilyError(f"ratio is {ratio!r}; it must be a number above 0, at most 100")
        clauses, possible = round(ratio * n), math.comb(n, k) * 2**k
        if not 1 <= clauses <= possible // 2:
            raise FamilyError(
                f"n = {n} with ratio = {ratio} asks for {clauses} clauses of {k} literals; there must "
                f"be 1 to {possible // 2}, half of all that exist: change n or ratio"
            )
        return {"n": n, "ratio": float(ratio), "k": k}

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        n, k = self.config["n"], self.config["k"]
        formula = self.draw(rng, n, round(self.config["ratio"] * n), k)
        return self._pose(formula, {"k": k}, {"split": split, "index": index})

    def sample(self, split: str = "train", index: int = 0) -> Task:
        return (LoadedFamily if self._loaded else GeneratedFamily).sample(self, split, index)

    def tasks(self, split: str = "test", count: int | None = None) -> list[Task]:
        return (LoadedFamily if self._loaded else GeneratedFamily).tasks(self, split, count)

    def size(self) -> int | None:
        return (LoadedFamily if self._loaded else GeneratedFamily).size(self)

    @abstractmethod
    def draw(self, rng: random.Random, n: int, m: int, k: int) -> Formula:
        """A random formula that this family can pose."""

    @abstractmethod
    def prompt(self, formula: Formula) -> str:
        """What the policy sees."""

    @abstractmethod
    def unfit(self, formula: Formula) -> str | None:
        """Why this loaded formula cannot be posed, or None."""

    def spec(self, formula: Formula) -> dict[str, Any]:
        """What the verifier needs."""
        return {"variables": formula.variables, "clauses": formula.clauses}

    def _pose(self, formula: Formula, difficulty: dict[str, Any], metadata: dict[str, Any]) -> Task:
        return Task(
            family=self.name,
            version=self.version,
            prompt=self.prompt(formula),
            spec=self.spec(formula),
            difficulty={"n": formula.variables, "clauses": len(formula.clauses), **difficulty},
            metadata=metadata,
        )

    def _load(self, data: Any) -> None:
        formulas = load_formulas(data)
        fit = {}
        for file, formula in formulas:
            reason = formula.oversized() or self.unfit(formula)
            if reason is None:
                fit[file] = formula
            else:
                self.skipped = {**self.skipped, file: reason}
        if not fit:
            file, reason = next(iter(self.skipped.items()))
            raise FamilyError(f"{self.name} can pose nothing from {data}: {file}: {reason}")
        if self.skipped:
            _log.warning(
                "%s skipped %d of %d files in %s; see .skipped for the reasons",
                self.name, len(self.skipped), len(formulas), data,
            )  # fmt: skip
        self._tasks = [
            self._pose(formula, {}, {"split": "test", "index": index, "source": file})
            for index, (file, formula) in enumerate(fit.items())
        ]
