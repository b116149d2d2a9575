"""CodeContests: problems from five contest sites, with public, private and generated tests.

Li et al., "Competition-Level Code Generation with AlphaCode", Science 378 (2022); records are those of
``deepmind/code_contests`` or of the published protocol buffers written as JSON. Limits are those of the
problem. The public tests, which the description shows, come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verigym.envs.code.contest import CONTEST_KNOBS, Contest, memory
from verigym.envs.code.published import Record, check_text, first_python
from verigym.envs.code.stdio import stdio_task
from verigym.task import Task

COMPARE = {"mode": "caseless", "relative": 0.0, "absolute": 1e-5}
"""As AlphaCode's harness: words in any case, floats within 1e-5."""
LANGUAGES: Mapping[str, tuple[Any, ...]] = {
    "python": (3, "PYTHON3"),
    "cpp": (2, "CPP"),
    "java": (4, "JAVA"),
}
"""What a solution's language is called in the records, by our names."""


class CodeContests(Contest):
    """Problems with ``description``, three kinds of tests, and ``solutions`` by language."""

    name = "code/codecontests"
    summary = "write a program for a contest's problem; judged by public, private and generated tests"
    published_as = "a path of JSONL records of deepmind/code_contests, or a list of them"
    knobs = {"data": published_as, **CONTEST_KNOBS}
    named_by = ("name",)

    def pose(self, record: Record) -> Task:
        for name in ("input_file", "output_file"):
            if record.has(name):
                raise record.error(name, "names a file: only standard input and output are judged")
        public, private, generated = (
            list(_tests(record, f"{kind}_tests")) for kind in ("public", "private", "generated")
        )
        task = stdio_task(
            f"{record.text('description').rstrip()}\n\n{self.ask()}\n",
            [*public, *private, *generated],
            language=self.language,
            compare=COMPARE,
            reference=self._solution(record),
            timeout=self._seconds(record),
            limits=_memory(record),
        )
        about = {"source": record.name("name"), "rating": record.fields.get("cf_rating") or None}
        return self.own(task, about, public=len(public))

    def _seconds(self, record: Record) -> float:
        if not record.has("time_limit"):
            return self.timeout
        limit = record.get("time_limit", (Mapping, int, float))
        whole = limit if isinstance(limit, Mapping) else {"seconds": limit}
        parts = (whole.get("seconds", 0), whole.get("nanos", 0))
        if not all(type(part) in (int, float) and 0 <= part < 1e10 for part in parts):
            raise record.error("time_limit", "is no number of seconds and nanos")
        return self.within(parts[0] + parts[1] / 1e9)

    def _solution(self, record: Record) -> str | None:
        codes = LANGUAGES.get(self.language, ())
        pairs = _pairs(record, "solutions", ("language", "solution"))
        found = (check_text(text, record, "solutions") for kind, text in pairs if kind in codes)
        return first_python(found) if self.language == "python" else next(found, None)


def _pairs(record: Record, name: str, keys: tuple[str, str]) -> Iterator[tuple[Any, Any]]:
    """The pairs of a repeated message: a list of objects, or (as ``datasets`` has it) an object of
    lists of the same length; none where the field is missing.
    """
    if not record.has(name):
        return
    value = record.get(name, (list, tuple, Mapping))
    if isinstance(value, Mapping):
        lists: list[Any] = [value.get(key) for key in keys]
        if not all(isinstance(one, list | tuple) for one in lists):
            raise record.error(name, f"must have lists for {keys[0]!r} and {keys[1]!r}")
        if len(lists[0]) != len(lists[1]):
            raise record.error(name, f"has {len(lists[0])} {keys[0]}s and {len(lists[1])} {keys[1]}s")
        yield from zip(*lists, strict=True)
        return
    for index, item in enumerate(value):
        if not isinstance(item, Mapping) or not set(keys) <= set(item):
            raise record.error(name, f"has an item {index} without {keys[0]!r} and {keys[1]!r}")
        yield item[keys[0]], item[keys[1]]


def _tests(record: Record, name: str) -> Iterator[tuple[str, str]]:
    for given, output in _pairs(record, name, ("input", "output")):
        yield check_text(given, record, name), check_text(output, record, name)


def _memory(record: Record) -> dict[str, int]:
    if not record.has("memory_limit_bytes"):
        return {}
    limit = record.get("memory_limit_bytes", int)
    return memory(limit) if limit > 0 else {}
