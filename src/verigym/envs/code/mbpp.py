"""MBPP: 974 short functions to write, judged by three asserts each; or the 427 that were looked over.

Austin et al., "Program Synthesis with Large Language Models", arXiv 2108.07732. Records are those of
``mbpp.jsonl`` and ``sanitized-mbpp.json`` of google-research, or of the data set ``mbpp`` in both its
configurations. The prompt shows the asserts, as published, so an answer may hold their values by heart:
``show=1`` hides all but one, ``challenge=true`` adds the hidden asserts that some records have.
"""

from __future__ import annotations

from verigym.envs.code.asserts import entry_point_of, helpers_of, imports_of, joined
from verigym.envs.code.functions import function_task
from verigym.envs.code.literal import literal_cases
from verigym.envs.code.published import KNOBS, Published, Record
from verigym.envs.code.testcode import parse
from verigym.envs.records import Source
from verigym.errors import FamilyError
from verigym.task import Task


class Mbpp(Published):
    """Problems with ``text`` or ``prompt``, ``code`` and ``test_list``."""

    name = "code/mbpp"
    summary = "write a Python function; judged by the published asserts, apart from the candidate"
    published_as = "the path of mbpp.jsonl or sanitized-mbpp.json, or a list of records"
    knobs = {
        "data": published_as,
        "timeout": "seconds of processor time for one answer (default 6)",
        "show": "how many of the asserts the prompt shows (default all, as published)",
        "challenge": "judge by the hidden challenge asserts too (default false)",
        **KNOBS,
    }
    named_by = ("task_id",)

    def __init__(
        self,
        data: Source | None = None,
        timeout: float = 6.0,
        show: int | None = None,
        challenge: bool = False,
        skip_invalid: bool = False,
        skip_failing: bool = False,
    ) -> None:
        if show is not None and (type(show) is not int or show < 0):
            raise FamilyError(f"show is {show!r}; it must be an int from 0 up, or null for all")
        if type(challenge) is not bool:
            raise FamilyError(f"challenge is {challenge!r}; it must be true or false")
        self.show, self.challenge = show, challenge
        super().__init__(data, timeout, skip_invalid, skip_failing)

    def pose(self, record: Record) -> Task:
        listed = record.texts("test_list")
        if not listed:
            raise record.error("test_list", "is empty: there is nothing to test")
        shown = listed if self.show is None else listed[: self.show]
        hidden = record.texts("challenge_test_list", []) if self.challenge else []
        code = record.text("code")
        name = entry_point_of(joined(listed), code)
        tests = joined([record.text("test_setup_code", ""), *listed, *hidden])
        if helpers := helpers_of(tests, code, name):
            tests = f"from solution import {', '.join(helpers)}\n{tests}"
        task = function_task(
            _prompt(record.text("text" if record.has("text") else "prompt"), shown),
            name,
            tests=tests,
            preamble=imports_of(code) + joined(record.texts("test_imports", [])),
            reference=code,
            timeout=self.timeout,
        )
        public = {"public": _count(shown, name)} if "cases" in task.spec else {}
        return self.own(task, {"source": f"MBPP/{record.name('task_id')}"}, **public)


def _count(shown: list[str], name: str) -> int:
    """How many of a task's cases the shown asserts are."""
    return len(literal_cases(parse(joined(shown), "the tests"), name) or []) if shown else 0


def _prompt(text: str, shown: list[str]) -> str:
    """The prompt of the paper, without the examples that it put before."""
    ask = f"You are an expert Python programmer, and here is your task: {text.strip()}"
    tests = f" Your code should pass these tests:\n\n{joined(shown)}" if shown else "\n"
    return ask + tests
