"""The same small questions on every path by which code is judged, with tight limits."""

from __future__ import annotations

from typing import Any

_LIMITS = {"timeout": 0.25, "limits": {"wall_seconds": 0.4, "memory_bytes": 128 << 20}}
CASES: dict[str, Any] = {
    "prompt": "Write f(n), which doubles n.",
    "entry_point": "f",
    "cases": [[[21], 42], [[-3], -6], [[100], 200]],
    "reference": "def f(n):\n    return 2 * n\n",
    **_LIMITS,
}
TESTS: dict[str, Any] = {
    "prompt": "Write g(n), which squares n.",
    "entry_point": "g",
    "tests": "def check(candidate):\n    for n in (2, -3, 5):\n        assert candidate(n) == n * n\n",
    "reference": "def g(n):\n    return n * n\n",
    **_LIMITS,
}
STDIO: list[dict[str, Any]] = [
    {
        "prompt": "Read a number, print its double.",
        "cases": [["1\n", "2\n"], ["-4\n", "-8\n"]],
        "reference": "n = int(input())\nprint(2 * n)\n",
        **_LIMITS,
    },
    {
        "prompt": "Read a number, print its square.",
        "cases": [["3\n", "9\n"], ["-4\n", "16\n"]],
        "reference": "n = int(input())\nprint(n * n)\n",
        **_LIMITS,
    },
]
PATHS = {
    "function cases": ("code/functions", [CASES]),
    "function tests": ("code/functions", [TESTS]),
    "stdio": ("code/stdio", STDIO[:1]),
}
