"""MBPP as published, full and sanitized, from a file and as a list."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from published_records import check, family_of, only_task, refuse, without

import verigym
from verigym.errors import FamilyError

FULL: dict[str, Any] = {
    "text": "Write a function to double a number.",
    "code": "def helper(n):\r\n  return n\r\ndef double(n):\r\n  return helper(n) * 2",
    "task_id": 7,
    "test_setup_code": "",
    "test_list": ["assert double(2) == 4", "assert double(-3) == -6 ", "assert double(n=5)==(10)"],
    "challenge_test_list": ["assert double(0) == 0"],
}
SANITIZED: dict[str, Any] = {
    "source_file": "Questions.ipynb",
    "task_id": 9,
    "prompt": "Write a function to find the halves of a list.",
    "code": "import math\ndef halves(xs):\n  return [x / 2 for x in xs]",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(halves([3])[0], 1.5)", "assert set(halves([4, 2])) == {2, 1}"],
}
NODE: dict[str, Any] = {
    **FULL,
    "text": "Write a function to sum a linked list.",
    "code": "import sys\nclass Node:\n\tdef __init__(self, n):\n\t\tself.n = n\n\t\tself.next = None\n"
    "def total(node):\n\treturn node.n + total(node.next) if node else 0",
    "test_setup_code": "root = Node(4)\nroot.next = Node(5)",
    "test_list": ["assert total(root) == 9", "assert total(None) < sys.maxsize"],
}
RIGHT = [
    "def double(n): return n + n",
    "Sure:\n```python\ndef double(n):\n    return 2 * n\n```\nDone.",
]
WRONG = ["def double(n): return 4", "def double(n): return n ** 2", "def treble(n): return 2 * n"]


def test_the_full_set() -> None:
    family, task = only_task("code/mbpp", FULL)
    check(family, task, RIGHT, WRONG)
    assert task.text.startswith(
        "You are an expert Python programmer, and here is your task: Write a function to double a "
        "number. Your code should pass these tests:\n\nassert double(2) == 4\nassert double(-3) == -6\n"
    )
    assert task.metadata == {"source": "MBPP/7"}
    assert (task.spec["public"], len(task.spec["cases"])) == (3, 3)


def test_the_sanitized_set() -> None:
    family, task = only_task("code/mbpp", SANITIZED)
    check(
        family,
        task,
        ["def halves(xs): return [x * 0.5 for x in xs]"],
        ["def halves(xs): return xs", "def halves(xs): return [1.5]"],
    )
    assert "cases" not in task.spec
    assert "public" not in task.spec


def test_tests_may_use_what_the_solution_defines_and_imports() -> None:
    family, task = only_task("code/mbpp", NODE)
    own = "class Node:\n  def __init__(self, n): self.n, self.next = n, None\n"
    walk = "def total(node):\n  s = 0\n  while node: s, node = s + node.n, node.next\n  return s"
    check(family, task, [own + walk], [own + "def total(node): return 0", walk, own])


def test_asserts_may_be_hidden_and_added() -> None:
    _, task = only_task("code/mbpp", FULL, show=1, challenge=True)
    assert task.spec["public"] == 1
    assert len(task.spec["cases"]) == 4
    assert "double(2)" in task.text
    assert "double(-3)" not in task.text
    _, task = only_task("code/mbpp", FULL, show=0)
    assert task.spec["public"] == 0
    assert "assert" not in task.text
    by_heart = "def double(n): return {2: 4, -3: -6, 5: 10}[n]"
    assert verigym.verify(task, by_heart).reward == 1.0, "the published tests cannot tell"
    hidden = only_task("code/mbpp", FULL, challenge=True)[1]
    assert verigym.verify(hidden, by_heart).reward == 0.0


@pytest.mark.parametrize("name", ["mbpp.jsonl", "mbpp.jsonl.gz", "sanitized-mbpp.json", "odd.json"])
def test_files(tmp_path: Path, name: str) -> None:
    text = "\n".join(map(json.dumps, (FULL, SANITIZED)))
    if name == "sanitized-mbpp.json":
        text = json.dumps([FULL, SANITIZED])
    if name == "odd.json":
        text = "\n\n " + json.dumps([FULL, SANITIZED], indent=1)
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    tasks = verigym.family("code/mbpp", data=path).tasks()
    assert [task.id for task in tasks] == [
        task.id for task in family_of("code/mbpp", FULL, SANITIZED).tasks()
    ]


@pytest.mark.parametrize("text", ["[1]", "[{}", "[" * 100_000, '[{"task_id": 1}, "x"]', "[]", "\n\n"])
def test_files_that_are_no_arrays_of_records(tmp_path: Path, text: str) -> None:
    (tmp_path / "mbpp.json").write_text(text)
    with pytest.raises(FamilyError):
        verigym.family("code/mbpp", data=tmp_path / "mbpp.json")


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (without(FULL, "code"), "no field 'code'"),
        (without(FULL, "test_list"), "no field 'test_list'"),
        (without(FULL, "text"), "no field 'prompt'"),
        ({**FULL, "test_list": []}, "'test_list' is empty"),
        ({**FULL, "test_list": "assert double(2) == 4"}, "'test_list' is a str, not a list"),
        ({**FULL, "test_list": ["assert double(2) == 4", 5]}, "'test_list' holds a int where text"),
        ({**FULL, "test_list": ["assert double(2 == 4"]}, "do not parse"),
        ({**FULL, "test_list": ["double(2)"]}, "assert nothing"),
        ({**FULL, "test_list": ["assert treble(2) == 4"]}, "call no function that the solution defines"),
        ({**FULL, "test_list": ["assert True"]}, "call no function"),
        ({**FULL, "code": "def double(n: return"}, "the solution do not parse"),
        ({**FULL, "code": b"\x00\xff"}, "'code' is a bytes"),
        ({**FULL, "code": "\0"}, "do not parse"),
        ({**FULL, "code": "(" * 5000 + "double"}, "do not parse"),
        ({**FULL, "test_list": ["assert double(2) == " + "[" * 300 + "]" * 300]}, "."),
        ({**FULL, "test_imports": "import math"}, "'test_imports' is a str"),
        ({**FULL, "test_setup_code": ["x"]}, "'test_setup_code' is a list"),
    ],
)  # fmt: skip
def test_malformed_records(record: dict[str, Any], match: str) -> None:
    refuse("code/mbpp", record, match)


@pytest.mark.parametrize(
    ("knobs", "match"),
    [({"show": -1}, "show is -1"), ({"show": True}, "show"), ({"challenge": 1}, "challenge is 1"),
     ({"skip_invalid": "yes"}, "skip_invalid"), ({"skip_failing": 1}, "skip_failing"), ({"timeout": 0}, "timeout is 0")],
)  # fmt: skip
def test_knobs_out_of_range(knobs: dict[str, Any], match: str) -> None:
    with pytest.raises(FamilyError, match=match):
        family_of("code/mbpp", FULL, **knobs)


def test_without_data_it_says_what_is_lacking() -> None:
    with pytest.raises(FamilyError, match=r"code/mbpp needs data=: the path of mbpp\.jsonl"):
        verigym.family("code/mbpp")
