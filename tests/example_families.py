"""What each family of this package needs to pose a task or two, for tests that try them all."""

from __future__ import annotations

import json
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

DOUBLE = "Read a number, print its double."
IO = json.dumps({"inputs": ["1\n", "-4\n"], "outputs": ["2\n", "-8\n"]})
APPS = {"question": DOUBLE, "input_output": IO, "solutions": json.dumps(["print(2 * int(input()))"])}
MBPP = {
    "task_id": 1,
    "text": "Write a function to double a number.",
    "code": "def double(n): return 2 * n",
    "test_list": ["assert double(1) == 2", "assert double(-4) == -8"],
}
PLUS = {
    "task_id": "Mbpp/1",
    "prompt": 'def double(n):\n    """Double n."""\n',
    "entry_point": "double",
    "canonical_solution": "    return 2 * n\n",
    "base_input": [[1]],
    "plus_input": [[-4]],
    "atol": 0,
}
CODECONTESTS = {
    "name": "doubles",
    "description": DOUBLE,
    "public_tests": {"input": ["1\n"], "output": ["2\n"]},
    "private_tests": {"input": ["-4\n"], "output": ["-8\n"]},
    "solutions": {"language": [3], "solution": ["print(2 * int(input()))"]},
}
LIVECODEBENCH = {
    "question_id": "1",
    "question_content": "Double a number.",
    "starter_code": "class Solution:\n    def double(self, n: int) -> int:\n        ",
    "metadata": '{"func_name": "double"}',
    "public_test_cases": '[{"input": "1", "output": "2", "testtype": "functional"}]',
    "private_test_cases": '[{"input": "-4", "output": "-8", "testtype": "functional"}]',
    "solution": "class Solution:\n    def double(self, n): return 2 * n",
}
FAULTY = {
    "prompt": "Write clamp(x, low, high): x, but not below low nor above high.",
    "entry_point": "clamp",
    "cases": [[[2, 1, 3], 2], [[0, 1, 3], 1], [[7, 1, 3], 3]],
    "reference": "def clamp(x, low, high):\n    return max(low, min(x, high))\n",
}

BRANCHY = {
    **FAULTY,
    "reference": "def clamp(x, low, high):\n    if x < low:\n        return low\n"
    "    return high if x > high else x\n",
}

SPEC = {
    "statement": "Write double(n), which doubles an int.",
    "tests": "from hypothesis import given, strategies as st\nfrom solution import double\n"
    "@given(st.integers())\ndef test_double(n): assert double(n) == n + n\n",
    "reference": "def double(n): return 2 * n",
    "entry_points": ["double"],
    "lazy": ["def double(n): return n"],
}
CONTRACT = {
    **SPEC,
    "tests": "from hypothesis import strategies as st\nSTRATEGIES = (st.integers(),)\n"
    "def ensures(result, n): return result == n + n\n",
}
METAMORPHIC = {
    **SPEC,
    "tests": "from hypothesis import strategies as st\nSTRATEGIES = (st.integers(),)\n"
    "def change(n): return (n + 1,)\n"
    "def relation(first, second, n): return second == first + 2 and first - n == n\n",
}
DIFFERENTIAL = {
    **SPEC,
    "tests": "from hypothesis import strategies as st\nSTRATEGIES = (st.integers(),)\n",
}
STATEFUL = {
    "statement": "Write a class Counter with up() and value(): how often up was called.",
    "tests": "from hypothesis.stateful import RuleBasedStateMachine, rule\nfrom solution import Counter\n"
    "class Ups(RuleBasedStateMachine):\n"
    "    def __init__(self):\n        super().__init__()\n        self.counter, self.ups = Counter(), 0\n"
    "    @rule()\n    def up(self):\n        self.counter.up()\n        self.ups += 1\n"
    "    @rule()\n    def value(self): assert self.counter.value() == self.ups\n",
    "reference": "class Counter:\n    def __init__(self): self.n = 0\n"
    "    def up(self): self.n += 1\n    def value(self): return self.n\n",
    "entry_points": ["Counter"],
    "lazy": ["class Counter:\n    def up(self): pass\n    def value(self): return 1\n"],
}

KNOBS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "sat/encode": lambda data: {"k": 6, "slack": 2},
    "sat/equivalent": lambda data: {"n": 6},
    "sat/interpolant": lambda data: {"shared": 5, "local": 3},
    "sat/solve": lambda data: {"n": 8},
    "sat/maxsat": lambda data: {"n": 8, "weights": 3, "hard": 0.2},
    "sat/mcs": lambda data: {"n": 6},
    "sat/mus": lambda data: {"n": 6},
    "sat/decide": lambda data: {"data": data / "dimacs" / "add4.cnf"},
    "sat/interactive": lambda data: {"n": 8, "turns": 6},
    "sat/backbone": lambda data: {"n": 8, "hidden": 2},
    "sat/implicant": lambda data: {"n": 12},
    "sat/count": lambda data: {"n": 8},
    "code/humaneval": lambda data: {"data": data / "humaneval" / "HumanEval.jsonl.gz"},
    "code/functions": lambda data: {"data": [FUNCTION]},
    "code/stdio": lambda data: {"data": [PROGRAM]},
    "code/repository": lambda data: {"data": [REPOSITORY]},
    "code/codeforces": lambda data: {"data": [CONTEST]},
    "code/efficiency": lambda data: {"data": [EFFICIENT]},
    "code/mbpp": lambda data: {"data": [MBPP]},
    "code/mbpp-plus": lambda data: {
        "data": [{**PLUS, "canonical_solution": "def double(n): return 2 * n"}]
    },
    "code/humaneval-plus": lambda data: {"data": [{**PLUS, "task_id": "HumanEval/1"}]},
    "code/apps": lambda data: {"data": [APPS]},
    "code/taco": lambda data: {"data": [{**APPS, "time_limit": "1.0 seconds"}]},
    "code/codecontests": lambda data: {"data": [CODECONTESTS]},
    "code/livecodebench": lambda data: {"data": [LIVECODEBENCH]},
    "code/inputs-outputs": lambda data: {"data": [{"prompt": DOUBLE, **APPS}]},
    "spec/properties": lambda data: {"data": [SPEC], "examples": 20},
    "spec/contracts": lambda data: {"data": [CONTRACT], "examples": 20},
    "spec/metamorphic": lambda data: {"data": [METAMORPHIC], "examples": 20},
    "spec/differential": lambda data: {"data": [DIFFERENTIAL], "examples": 20},
    "spec/stateful": lambda data: {"data": [STATEFUL], "examples": 20, "steps": 8},
    "testgen/distinguish": lambda data: {"data": [FAULTY]},
    "testgen/break": lambda data: {"data": [FAULTY]},
    "testgen/tests": lambda data: {"data": [FAULTY]},
    "testgen/cover": lambda data: {"data": [BRANCHY]},
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
