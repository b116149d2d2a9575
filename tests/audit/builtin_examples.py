"""What each family of this package is audited with: its knobs, with two small tasks where it needs data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from paths import CASES, STDIO, TESTS

from example_families import knobs_for

ADD = {"inputs": ["1 2\n", "-3 5\n"], "outputs": ["3\n", "2\n"]}
TAKE = {"inputs": ["1 2\n", "-3 5\n"], "outputs": ["-1\n", "-8\n"]}
READ = "a, b = map(int, input().split())\n"


def _io(tests: dict[str, Any], source: str, number: int) -> dict[str, Any]:
    return {
        "problem_id": number,
        "question": f"Read two numbers, print what comes of them. ({number})",
        "input_output": json.dumps(tests),
        "solutions": json.dumps([source]),
        "starter_code": "",
    }


def _plus(name: str) -> list[dict[str, Any]]:
    """EvalPlus's records; those of MBPP have whole functions."""
    found = [{**record, "task_id": record["task_id"].format(name)} for record in PLUS]
    if name == "Mbpp":
        found = [
            {**record, "canonical_solution": record["prompt"] + record["canonical_solution"]}
            for record in found
        ]
    return found


CONTEST = [_io(ADD, READ + "print(a + b)", 1), _io(TAKE, READ + "print(a - b)", 2)]
MBPP = [
    {
        "task_id": 1,
        "text": "Write a function to add two numbers.",
        "code": "def add(a, b):\n    return a + b\n",
        "test_list": ["assert add(1, 2) == 3", "assert add(-3, 5) == 2"],
    },
    {
        "task_id": 2,
        "text": "Write a function to find the larger of two numbers.",
        "code": "def larger(a, b):\n    return a if a > b else b\n",
        "test_list": ["assert larger(1, 2) == 2", "assert larger(5, -3) == 5"],
    },
]
CODECONTESTS = [
    {
        "name": f"problem {number}",
        "description": f"Read two numbers, print what comes of them. ({number})",
        "public_tests": {"input": tests["inputs"][:1], "output": tests["outputs"][:1]},
        "private_tests": {"input": tests["inputs"][1:], "output": tests["outputs"][1:]},
        "solutions": {"language": [3], "solution": [source]},
    }
    for number, tests, source in ((1, ADD, READ + "print(a + b)"), (2, TAKE, READ + "print(a - b)"))
]
LIVECODEBENCH = [
    {
        "question_id": "1",
        "question_content": "Read two numbers, print their sum.",
        "starter_code": "",
        "metadata": "{}",
        "public_test_cases": json.dumps([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]),
        "private_test_cases": json.dumps([{"input": "-3 5\n", "output": "2\n", "testtype": "stdin"}]),
    },
    {
        "question_id": "2",
        "question_content": "Double a number.",
        "starter_code": "class Solution:\n    def double(self, n: int) -> int:\n        ",
        "metadata": json.dumps({"func_name": "double"}),
        "public_test_cases": json.dumps([{"input": "2", "output": "4", "testtype": "functional"}]),
        "private_test_cases": json.dumps([{"input": "-3", "output": "-6", "testtype": "functional"}]),
    },
]
INPUTS_OUTPUTS = [
    {"prompt": "Read two numbers, print their sum.", **ADD, "solution": READ + "print(a + b)"},
    {"prompt": "Read two numbers, print their difference.", **TAKE, "solution": READ + "print(a - b)"},
]

PLUS = [
    {
        "task_id": f"{{}}/{number}",
        "prompt": f'def {name}(n):\n    """{text} n."""\n',
        "entry_point": name,
        "canonical_solution": f"    return {source}\n",
        "base_input": [[2], [-3]],
        "plus_input": [[5], [0], [7]],
        "atol": 0,
    }
    for number, name, text, source in (
        (1001, "double", "Double", "2 * n"),
        (3, "square", "Square", "n * n"),  # Mbpp/2 takes tuples
    )
]
REPOSITORY = [
    {
        "prompt": f"{name}(n) in src/{name}.py is wrong.",
        "files": {
            f"src/{name}.py": f"def {name}(n):\n    return n + n * n\n",
            f"tests/test_{name}.py": (
                f"from {name} import {name}\n\n\ndef test_{name}():\n    assert {name}(3) == {expected}\n"
            ),
        },
        "tests": [f"tests/test_{name}.py"],
        "fail_to_pass": [f"tests/test_{name}.py::test_{name}"],
        "python_path": ["src"],
        "reference": {f"src/{name}.py": f"def {name}(n):\n    return {source}\n"},
    }
    for name, source, expected in (("double", "2 * n", 6), ("square", "n * n", 9))
]
QUICK = {"timeout": 0.5}

EXAMPLES: dict[str, dict[str, Any]] = {
    "sat/solve": {"n": 8},
    "sat/decide": {"n": 8},
    "code/functions": {"data": [CASES, TESTS]},
    "code/stdio": {"data": STDIO},
    "code/repair": {
        "data": [
            {**CASES, "buggy": "def f(n):\n    return n * n\n"},
            {**STDIO[0], "buggy": "print(int(input()) ** 2)\n"},
        ]
    },
    "code/efficiency": {
        "data": [
            {**CASES, "timeout": 2, "generate": "def generate(size): return [size]", "sizes": [9, 99]}
        ]
    },
    "code/apps": {"data": CONTEST, **QUICK},
    "code/taco": {"data": CONTEST, **QUICK},
    "code/mbpp": {"data": MBPP, **QUICK},
    "code/mbpp-plus": {"data": _plus("Mbpp"), **QUICK},
    "code/humaneval-plus": {"data": _plus("HumanEval"), **QUICK},
    "code/codecontests": {"data": CODECONTESTS, **QUICK},
    "code/livecodebench": {"data": LIVECODEBENCH, **QUICK},
    "code/inputs-outputs": {"data": INPUTS_OUTPUTS, **QUICK},
    "code/repository": {"data": REPOSITORY},
}
"""Name -> knobs; families that are not here are audited with what ``example_families`` has."""


def knobs(name: str, data: Path) -> dict[str, Any]:
    """The knobs of a family of this package; ``data`` is the folder of published data."""
    return EXAMPLES[name] if name in EXAMPLES else knobs_for(name, data)
