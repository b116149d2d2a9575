"""Tasks in other languages: how they are built and loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from language_programs import PROGRAMS

import verigym
from verigym.envs.code import Stdio, stdio_task
from verigym.errors import FamilyError, TaskError
from verigym.sandbox.languages import Language

Need = Callable[[str], Language]
CASES = [["1\n", "2"], ["4\n", "8"]]


def test_tasks_in_python_are_the_tasks_that_they_were() -> None:
    task = stdio_task("Print the double.", [("1", "2")])
    assert task.id == "94620337a4fb977210571b5e1db516af5a111a0be8388b5be10116c939b205fe"
    assert task == stdio_task("Print the double.", [("1", "2")], language="Python3", compile_timeout=5)
    assert "language" not in task.spec


def test_a_language_goes_by_its_first_name() -> None:
    task = stdio_task("p", CASES, language="C++")
    assert task.spec["language"] == "cpp"
    assert task == stdio_task("p", CASES, language="cpp")
    assert task != stdio_task("p", CASES, language="c")
    assert "compile_timeout" not in task.spec
    assert stdio_task("p", CASES, language="c", compile_timeout=7).spec["compile_timeout"] == 7


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"language": "cobol"}, "no language is called 'cobol'; there are: python, c,"), ({"language": None}, "no language"), ({"language": 5}, "no language"),
        ({"language": "c", "compile_timeout": 0}, "compile_timeout"), ({"language": "c", "compile_timeout": "5"}, "compile_timeout"),
        ({"language": "c", "compile_timeout": {}}, "compile_timeout"), ({"language": "c", "compile_timeout": 1e9}, "compile_timeout"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(TaskError, match=why):
        stdio_task("p", CASES, **options)
    with pytest.raises(FamilyError, match=f"record 0: .*{why}"):
        Stdio([{"prompt": "p", "cases": CASES, **options}])


def test_records_name_their_language(tmp_path: Path, need_language: Need) -> None:
    path = tmp_path / "own.jsonl"
    records = [
        {
            "prompt": f"In {name}.",
            "cases": CASES,
            "language": name,
            "reference": PROGRAMS[name],
        }
        for name in ("rust", "bash")
    ]
    path.write_text("\n".join(map(json.dumps, records)))
    family = verigym.family("code/stdio", data=path)
    for task in family.tasks():
        need_language(task.spec["language"])
        assert family.verify(task, family.reference(task)).correct
