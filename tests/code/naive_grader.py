"""How a candidate is commonly graded: its code and the tests in one process, success by the exit code.

Run as ``python naive_grader.py``, with the candidate's source and the tests as JSON on standard input.
It is here to be fooled.
"""

from __future__ import annotations

import json
import sys

if __name__ == "__main__":
    solution, tests = json.load(sys.stdin)
    names: dict[str, object] = {}
    exec(solution, names)
    exec(tests, names)
    names["check"](names["f"])  # type: ignore[operator]
