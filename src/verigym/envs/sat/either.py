"""Families that pose generated tasks and, with the knob ``data``, published ones, by one class."""

from __future__ import annotations

import logging
import os
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym.errors import FamilyError
from verigym.family import GeneratedFamily, LoadedFamily, check_knobs
from verigym.task import Task

_log = logging.getLogger(__name__)


class EitherFamily(GeneratedFamily, LoadedFamily):
    """Generated without the knob ``data``, loaded with it.

    Raises:
        FamilyError: for knobs that do not fit together, and for data that holds nothing to pose.

    """

    beside_data: ClassVar[frozenset[str]] = frozenset()
    """Knobs that go with ``data`` too, besides those that only change how a task is shown."""

    skipped: Mapping[str, str]
    """What of the data was left out, and why."""

    def __init__(self, **knobs: Any) -> None:
        check_knobs(type(self), knobs)
        self.skipped = {}
        data = knobs.pop("data", None)
        self._loaded = data is not None
        if not self._loaded:
            super().__init__(**knobs)
            return
        if others := sorted(set(knobs) - self.shown - self.beside_data):
            raise FamilyError(f"{self.name} takes data or {others[0]}, not both")
        self.set_beside_data(**knobs)
        named = isinstance(data, str | os.PathLike)
        self.config = {"data": str(data) if named else "records", **knobs}
        self._tasks = self.tasks_from(data)
        if not self._tasks:
            source, reason = next(iter(self.skipped.items()))
            raise FamilyError(
                f"{self.name} can pose nothing from {self.config['data']}: {source}: {reason}"
            )
        if self.skipped:
            _log.warning(
                "%s skipped %d of %d %s (data: %s); see .skipped for the reasons",
                self.name, len(self.skipped), len(self.skipped) + len(self._tasks),
                self.what(data), self.config["data"],
            )  # fmt: skip

    @abstractmethod
    def set_beside_data(self, **knobs: Any) -> None:
        """Read the knobs that go with ``data``."""

    @abstractmethod
    def tasks_from(self, data: Any) -> list[Task]:
        """The tasks that data holds; what cannot be posed is noted in :attr:`skipped`."""

    def what(self, data: Any) -> str:
        """What data consists of, in the plural."""
        return "files"

    def sample(self, split: str = "train", index: int = 0) -> Task:
        return (LoadedFamily if self._loaded else GeneratedFamily).sample(self, split, index)

    def tasks(self, split: str = "test", count: int | None = None) -> list[Task]:
        return (LoadedFamily if self._loaded else GeneratedFamily).tasks(self, split, count)

    def size(self) -> int | None:
        return (LoadedFamily if self._loaded else GeneratedFamily).size(self)
