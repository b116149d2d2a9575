"""Families made of records of functions: what each record gives, and why others give nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from verigym.envs.records import Source, read_records
from verigym.envs.testgen.pool import asked
from verigym.errors import FamilyError
from verigym.family import LoadedFamily
from verigym.task import Task


class RecordFamily(LoadedFamily):
    """A family over records of ``code/functions`` with cases and a reference."""

    needs_data = True

    def _pose(
        self, data: Source, posed: Callable[[Task, Sequence[str], str | None], list[Task]]
    ) -> None:
        """Take what ``posed`` gives for the task, wrong answers and contract of each record.

        Raises:
            FamilyError: for a malformed record, and when no record gives a task; a record for
                which ``posed`` raises it is left out.
        """
        self.skipped: dict[str, str] = {}
        """Records that give no task, and why."""
        self._tasks = []
        for where, record in read_records(data):
            told = asked(record, where)
            try:
                self._tasks += posed(*told)
            except FamilyError as error:
                self.skipped[where] = str(error)
        if not self._tasks:
            why = next(iter(self.skipped.items()), ("the data", "it holds no record"))
            raise FamilyError(f"{self.name} can pose nothing: {why[0]}: {why[1]}")
