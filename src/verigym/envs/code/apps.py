"""APPS: 10,000 programming problems, some asking for a function, most for a program.

Hendrycks et al., "Measuring Coding Challenge Competence With APPS", arXiv 2105.09938. A record is that
of ``codeparrot/apps``: ``input_output`` and ``solutions`` are JSON texts. All tests are hidden.
"""

from __future__ import annotations

from typing import Any

from verigym.envs.code.io_tests import io_task, read_tests
from verigym.envs.code.published import KNOBS, Published, Record, first_python
from verigym.task import Task


class Apps(Published):
    """Problems with ``question``, ``starter_code``, ``input_output`` and ``solutions``."""

    name = "code/apps"
    summary = "write a program or a function; judged by the data set's inputs and outputs"
    published_as = "a path of JSONL records of codeparrot/apps, or a list of them"
    knobs = {
        "data": published_as,
        "timeout": "seconds of processor time for each test (default 6)",
        **KNOBS,
    }
    named_by = ("problem_id", "name", "url")

    def pose(self, record: Record) -> Task:
        tests = read_tests(record.json("input_output"), record, "input_output")
        starter = record.text("starter_code", "")
        task = io_task(
            tests,
            _prompt(record.text("question"), starter, tests.fn_name is not None),
            starter=starter,
            reference=first_python(solutions(record)),
            timeout=self.seconds(record),
        )
        return self.own(task, self.about(record))

    def seconds(self, record: Record) -> float:
        """Processor time for each test of a record."""
        return self.timeout

    def about(self, record: Record) -> dict[str, Any]:
        """Where a record is from."""
        source = record.name(*self.named_by)
        return {"source": source, "difficulty": record.text("difficulty", "")}


def solutions(record: Record) -> list[str]:
    """The solutions of a record, a JSON list of texts; none where there is no such field."""
    if not record.has("solutions"):
        return []
    found = record.json("solutions")
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise record.error("solutions", "is not a list of texts")
    return list(found)


def _prompt(question: str, starter: str, calls: bool) -> str:
    """The form in which the data set's authors ask."""
    begun = f"\n{starter}" if starter.strip() else ""
    form = "Use Call-Based format" if calls else "Use Standard Input format"
    return f"\nQUESTION:\n{question}{begun}\n{form}\n\nANSWER:\n"
