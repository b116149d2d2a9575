"""Problems in the shape of the Codeforces data set of open-r1: statements in parts, and checkers.

A record has ``description``, ``examples`` (public) and ``official_tests``, lists of ``{"input",
"output"}``; where several outputs are right, ``generated_checker``: a Python program that is called as
``checker input answer output`` and prints a score. A record of your own may have ``checker`` or
``interactor`` instead, as :mod:`verigym.verifiers.special` has them. What reads and writes files, or is
interactive without an interactor, cannot be judged, and is an error; ``skip_invalid=True`` leaves it
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verigym.envs.code.contest import CONTEST_KNOBS, Contest, memory
from verigym.envs.code.published import Record, check_text
from verigym.envs.code.stdio import stdio_task
from verigym.sandbox.program import MiB
from verigym.task import Task
from verigym.verifiers.special import SCORE

_PARTS = (
    ("input_format", "Input"),
    ("output_format", "Output"),
    ("interaction_format", "Interaction"),
    ("note", "Note"),
)


class Codeforces(Contest):
    """Problems with ``description``, ``examples``, ``official_tests`` and perhaps a checker."""

    name = "code/codeforces"
    summary = (
        "write a program for a contest's problem; judged by its tests, by a checker where it has one"
    )
    published_as = "a path of JSONL records of open-r1/codeforces, or a list of them"
    knobs = {"data": published_as, **CONTEST_KNOBS}
    named_by = ("id", "title")

    def pose(self, record: Record) -> Task:
        if record.has("input_mode") and record.text("input_mode") != "stdio":
            raise record.error("input_mode", "must be 'stdio': only standard streams are judged")
        judges = _judges(record)
        if record.has("interaction_format") and "interactor" not in judges:
            raise record.error("interaction_format", "is there, and no field 'interactor'")
        public = list(_tests(record, "examples"))
        hidden = [test for test in _tests(record, "official_tests") if test not in public]
        task = stdio_task(
            _prompt(record, public, self.ask()),
            [*public, *hidden],
            language=self.language,
            reference=record.text("reference") if record.has("reference") else None,
            timeout=self._seconds(record),
            limits=_memory(record),
            **judges,
        )
        about = {"source": record.name("id"), "rating": record.fields.get("rating") or None}
        return self.own(task, about, public=len(public))

    def _seconds(self, record: Record) -> float:
        if not record.has("time_limit"):
            return self.timeout
        seconds = record.get("time_limit", (int, float))
        if not 0 < seconds < 1e9:
            raise record.error("time_limit", f"is {seconds!r}, not a number of seconds")
        return self.within(float(seconds))


def _judges(record: Record) -> dict[str, Any]:
    """The special judge of a record, by what :func:`stdio_task` calls it."""
    found: dict[str, Any] = {
        kind: record.get(kind, Mapping) for kind in ("checker", "interactor") if record.has(kind)
    }
    if record.has("generated_checker"):
        found["checker"] = {"source": record.text("generated_checker"), "protocol": SCORE}
    return found


def _tests(record: Record, name: str) -> Iterator[tuple[str, str]]:
    for index, test in enumerate(record.get(name, (list, tuple)) if record.has(name) else ()):
        if not isinstance(test, Mapping) or not {"input", "output"} <= set(test):
            raise record.error(name, f"has a test {index} without 'input' and 'output'")
        yield check_text(test["input"], record, name), check_text(test["output"], record, name)


def _memory(record: Record) -> dict[str, int]:
    if not record.has("memory_limit"):
        return {}
    limit = record.get("memory_limit", (int, float))
    if not 0 < limit < 1 << 20:
        raise record.error("memory_limit", f"is {limit!r}, not a number of MiB")
    return memory(limit * MiB)


def _prompt(record: Record, public: list[tuple[str, str]], ask: str) -> str:
    title = [f"# {record.text('title')}"] if record.has("title") else []
    parts = [f"## {head}\n\n{record.text(name)}" for name, head in _PARTS if record.has(name)]
    examples = [
        f"## Example\n\nInput:\n```\n{given.rstrip()}\n```\nOutput:\n```\n{output.rstrip()}\n```"
        for given, output in public
    ]
    return "\n\n".join([*title, record.text("description").strip(), *parts, *examples, ask]) + "\n"
