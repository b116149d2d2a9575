"""LiveCodeBench: problems of recent contests, some asking for a method, some for a program.

Jain et al., "LiveCodeBench: Holistic and Contamination Free Evaluation of Large Language Models for
Code", arXiv 2403.07974. A record is that of ``livecodebench/code_generation(_lite)``; its private tests
are JSON, or packed (:mod:`verigym.envs.code.packed`). The public tests, which the question shows, come
first. The set has no solutions; where somebody added a field ``solution``, that is the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.code.io_tests import io_task, read_tests
from verigym.envs.code.packed import unpack
from verigym.envs.code.published import KNOBS, Published, Record, first_python, read_json
from verigym.task import Task

EXACT_NUMBERS = {"mode": "floats", "relative": 0.0, "absolute": 0.0}
"""As the harness does: the same words, and numbers written as decimals by their value."""


class LiveCodeBench(Published):
    """Problems with ``question_content``, ``starter_code``, public and private tests."""

    name = "code/livecodebench"
    summary = "solve a contest's problem by a method or a program; judged by public and hidden tests"
    published_as = "a path of JSONL records of livecodebench/code_generation_lite, or a list of them"
    knobs = {
        "data": published_as,
        "timeout": "seconds of processor time for each test (default 6)",
        **KNOBS,
    }
    named_by = ("question_id", "question_title")

    def pose(self, record: Record) -> Task:
        public = _tests(record.json("public_test_cases"), record, "public_test_cases")
        private = _tests(_private(record), record, "private_test_cases")
        kinds = {test["testtype"] for test in (*public, *private)}
        if len(kinds) > 1:
            raise record.error("private_test_cases", f"has tests of {len(kinds)} kinds")
        value = {
            "inputs": [test["input"] for test in (*public, *private)],
            "outputs": [test["output"] for test in (*public, *private)],
            "fn_name": _function(record) if kinds == {"functional"} else None,
        }
        starter = record.text("starter_code", "")
        task = io_task(
            read_tests(value, record, "private_test_cases"),
            _prompt(record.text("question_content"), starter),
            starter=starter,
            boxed=False,
            compare=EXACT_NUMBERS,
            reference=first_python([record.text("solution", "")]),
            timeout=self.timeout,
        )
        names = ("platform", "difficulty", "contest_date")
        about = {name: str(record.fields.get(name) or "")[:80] for name in names}
        return self.own(task, {"source": record.name(*self.named_by), **about}, public=len(public))


def _private(record: Record) -> Any:
    value = record.get("private_test_cases", (str, list, tuple))
    if not isinstance(value, str) or value.lstrip()[:1] in ("[", "{"):
        return record.json("private_test_cases")
    if not value.strip():
        return []
    try:
        text = unpack(record.text("private_test_cases"))
    except ValueError as error:
        raise record.error("private_test_cases", f"cannot be unpacked: {error}") from None
    return read_json(text, record, "private_test_cases")


def _tests(value: Any, record: Record, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple):
        raise record.error(name, f"holds a {type(value).__name__}, not a list of tests")
    for index, test in enumerate(value):
        fields = ("input", "output", "testtype")
        if not isinstance(test, Mapping) or not all(isinstance(test.get(one), str) for one in fields):
            raise record.error(name, f"has a test {index} without a text for each of {fields}")
        if test["testtype"] not in ("stdin", "functional"):
            raise record.error(
                name, f"has a test {index} of the unknown type {test['testtype'][:40]!r}"
            )
    return list(value)


def _function(record: Record) -> str:
    about = record.json("metadata")
    name = about.get("func_name") if isinstance(about, Mapping) else None
    if not isinstance(name, str) or not name:
        raise record.error("metadata", "has no 'func_name', though the tests call a function")
    return name


def _prompt(question: str, starter: str) -> str:
    """The headings under which the data set's authors ask; what stands below the second is ours."""
    if starter.strip():
        form = "Go on from this code, and put the whole of your solution into one code block."
        block = starter
    else:
        form = (
            "Write a program that reads standard input and writes the answer to standard output, and "
            "put it into one code block."
        )
        block = "# YOUR CODE HERE"
    return f"### Question:\n{question}\n\n### Format: {form}\n```python\n{block}\n```\n\n### Answer:\n"
