"""What each family of this package needs to pose a task or two, for tests that try them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

FUNCTION = {
    "prompt": "Write f(n), which doubles n.",
    "entry_point": "f",
    "cases": [[[2], 4], [[-3], -6], [[0], 0]],
    "reference": "def f(n): return 2 * n",
}
PROGRAM = {
    "prompt": "Read a number, print its double.",
    "cases": [["1\n", "2\n"], ["-4\n", "-8\n"]],
    "reference": "print(2 * int(input()))",
}
REPOSITORY = {
    "prompt": "double(n) in a.py does not double. Give the file anew.",
    "files": {
        "a.py": "def double(n): return n",
        "test_a.py": "import a\ndef test_two(): assert a.double(2) == 4",
    },
    "tests": ["test_a.py"],
    "fail_to_pass": ["test_a.py::test_two"],
    "reference": {"a.py": "def double(n): return 2 * n"},
}
EFFICIENT = {
    **FUNCTION,
    "generate": "def generate(size): return [size]",
    "sizes": [10, 1000],
}
CONTEST = {
    "id": "1/A",
    "description": "Read a number, print its double.",
    "examples": [{"input": "1\n", "output": "2\n"}],
    "official_tests": [{"input": "-4\n", "output": "-8\n"}],
    "reference": "print(2 * int(input()))",
}

KNOBS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "sat/solve": lambda data: {"n": 8},
    "sat/decide": lambda data: {"data": data / "dimacs" / "add4.cnf"},
    "code/humaneval": lambda data: {"data": data / "humaneval" / "HumanEval.jsonl.gz"},
    "code/functions": lambda data: {"data": [FUNCTION]},
    "code/stdio": lambda data: {"data": [PROGRAM]},
    "code/repository": lambda data: {"data": [REPOSITORY]},
    "code/codeforces": lambda data: {"data": [CONTEST]},
    "code/efficiency": lambda data: {"data": [EFFICIENT]},
    "code/repair": lambda data: {
        "data": [
            {**FUNCTION, "buggy": "def f(n): return n * n", "public": 1, "reward": "partial"},
            {**PROGRAM, "buggy": "print(int(input()) ** 2)"},
        ]
    },
}


def knobs_for(name: str, data: Path) -> dict[str, Any]:
    """The keyword arguments of a family, given the folder of published data."""
    assert name in KNOBS, f"{name} is new: add what it needs to {__name__}.KNOBS"
    return {key: str(it) if isinstance(it, Path) else it for key, it in KNOBS[name](data).items()}
