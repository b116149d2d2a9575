"""Your own programming task, and what answers to it earn.

The tests are code. They run in one process, the answer in another, and this script in a third: an
answer that looks for the tests, calls itself equal to everything or exits early earns what a wrong
one earns.
"""

from __future__ import annotations

import verigym
from verigym.envs.code import function_task

TESTS = """
def check(candidate):
    assert candidate("level") is True
    assert candidate("verify") is False
    assert candidate("") is True
"""

ANSWERS = {
    "right": "def palindrome(text):\n    return text == text[::-1]\n",
    "wrong": "def palindrome(text):\n    return True\n",
    "prose": "I would compare the text with its reverse.",
    "equals everything": """\
class Yes:
    def __eq__(self, other):
        return True

def palindrome(text):
    return Yes()
""",
    "exits with code 0": "import os\nos._exit(0)\n",
    "patches assert away": """\
import builtins
builtins.AssertionError = Warning

def palindrome(text):
    return True
""",
}


def main() -> None:
    task = function_task(
        "Write palindrome(text): does text read the same backwards?", "palindrome", TESTS
    )
    for name, answer in ANSWERS.items():
        verdict = verigym.verify(task, f"Here it is:\n```python\n{answer}```")
        print(f"{name:20} {verdict.status.value:14} reward {verdict.reward}  {verdict.feedback}")


if __name__ == "__main__":
    main()
