"""Special judges against answers that go wrong in every way, and special judges that are broken."""

from __future__ import annotations

from typing import Any

import pytest
from judge_programs import CHECKERS, SEARCH, checked, talked

from verigym.envs.code import stdio_task
from verigym.errors import TaskError
from verigym.sandbox import Sandbox
from verigym.verdict import Status
from verigym.verifiers.stdio import StdioVerifier


@pytest.fixture
def judge(box: Sandbox) -> Any:
    return StdioVerifier(box).verify


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("print(1)", Status.WRONG, "an output that ends too soon"),
        ("print(1, 4, 'and more')", Status.WRONG, "something after the end"),
        ("print('one', 'four')", Status.WRONG, "an output of the wrong form"),
        ("pass", Status.WRONG, "an output that ends too soon"),
        ("print(1, 4)\nraise SystemExit(9)", Status.RUNTIME_ERROR, "exit code 9"),
        ("print(1, 4)\n1 / 0", Status.RUNTIME_ERROR, "ZeroDivisionError"),
        ("print(1, 4, flush=True)\nwhile True: pass", Status.TIMEOUT, "out of time"),
        ("print('9' * 3_000_000)", Status.OUTPUT_LIMIT, "more than it may"),
        ("import os\nfor name in ('judge.py', 'answer.txt', 'output.txt'):\n    open(name, 'w')", Status.RUNTIME_ERROR, "OSError"),
        ("import sys\nsys.stdout.buffer.write(b'\\xff\\x00' * 9)", None, "could not be judged"),
    ],
)  # fmt: skip
def test_what_is_not_right_says_how(judge: Any, answer: str, status: Status | None, words: str) -> None:
    verdict = judge(checked(CHECKERS["python"], timeout=1), answer)
    assert verdict.status is (status or Status.VERIFIER_ERROR)
    assert words in verdict.feedback
    assert verdict.reward == (None if status is None else 0.0)


BROKEN = {
    "raises": {"source": "1 / 0"},
    "fails": {"source": "import sys; sys.exit(3)"},
    "exits with words": {"source": "import sys; sys.exit('no input')"},
    "unknown code": {"source": "import sys; sys.exit(77)"},
    "killed": {"source": "import os; os.kill(os.getpid(), 9)"},
    "no number": {"source": "print('fine')", "protocol": "score"},
    "not a number": {"source": "print('nan')", "protocol": "score"},
    "no output": {"source": "pass", "protocol": "score"},
    "number and failure": {"source": "print(1)\nimport sys; sys.exit(1)", "protocol": "score"},
    "crash in C": {"source": "#include <stdlib.h>\nint main(void) { abort(); }", "language": "c"},
    "no C": {"source": "int main(void) { return x; }", "language": "c"},
    "memory": {"source": "x = bytearray(1 << 40)"},
}


@pytest.mark.parametrize("checker", BROKEN.values(), ids=BROKEN)
def test_a_broken_checker_is_an_abstention(judge: Any, checker: dict[str, Any]) -> None:
    verdict = judge(checked(checker), "print(1, 4)")
    assert verdict.abstained
    assert "checker of this task" in verdict.evidence["error"]


def test_a_checker_has_no_input_and_no_network_of_the_candidates(judge: Any) -> None:
    source = "import os, sys\nsys.exit(0 if sorted(os.listdir('.')) == ['answer.txt', 'input.txt', 'output.txt'] else 3)"
    assert judge(checked({"source": source}), "print(1)").correct


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("for guess in range(100):\n    print(guess, flush=True)\n    input()", Status.WRONG),
        ("for guess in range(100): print(guess, flush=True)", Status.WRONG),
        ("print('what?', flush=True)\ninput()", Status.WRONG),
        ("pass", Status.WRONG),
        ("import os; os.close(1)\nimport time; time.sleep(9)", Status.TIMEOUT),
        ("print(37)\nimport time; time.sleep(9)", Status.TIMEOUT),
        ("while True: pass", Status.TIMEOUT),
        ("while True: input()", Status.TIMEOUT),
        (SEARCH + "\nraise SystemExit(4)", Status.RUNTIME_ERROR),
        (SEARCH + "\nwhile True: pass", Status.TIMEOUT),
        ("import os; os.kill(os.getpid(), 11)", Status.RUNTIME_ERROR),
        ("import sys\nwhile True: sys.stdout.write('5' * 65536)", None),
        ("import os\nos.write(1, b'yes\\n' * 50)\nos._exit(0)", Status.WRONG),
        ("print(open('input.txt').read())", Status.WRONG),
    ],
)  # fmt: skip
def test_a_dialogue_that_goes_wrong_is_the_candidates(
    judge: Any, answer: str, status: Status | None
) -> None:
    verdict = judge(talked(timeout=1, wall_seconds=1.0), answer)
    assert verdict.reward == 0.0
    flooded = (Status.OUTPUT_LIMIT, Status.TIMEOUT)  # whichever the interactor meets first
    assert verdict.status in (flooded if status is None else (status,))


@pytest.mark.parametrize(
    "source", ["1 / 0", "import sys; sys.exit(3)", "import os; os.kill(os.getpid(), 9)"]
)
def test_a_broken_interactor_is_an_abstention(judge: Any, source: str) -> None:
    verdict = judge(talked(source), SEARCH)
    assert verdict.abstained
    assert "the interactor of this task is broken" in verdict.evidence["error"]


# ----------------------------------------------------------------------------- as it is told


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("checker.py", "must be a mapping"),
        ({}, "source must be the text"),
        ({"source": ""}, "source must be the text"),
        ({"source": b"pass"}, "source must be the text"),
        ({"source": "if"}, "is not Python"),
        ({"source": "pass", "language": "cobol"}, "cobol"),
        ({"source": "class A {}", "language": "java"}, "must be one of python, c, cpp"),
        ({"source": "pass", "protocol": "kattis"}, "protocol is 'kattis'"),
        ({"source": "pass", "files": {"../x.h": ""}}, "../x.h"),
        ({"source": "pass", "files": ["x"]}, "checker"),
        ({"source": "pass", "timeout": 3}, "no field 'timeout'"),
    ],
)  # fmt: skip
def test_a_checker_that_cannot_be_is_refused(told: Any, why: str) -> None:
    with pytest.raises(TaskError, match=why.replace(".", r"\.")):
        checked(told)


def test_a_task_has_one_special_judge() -> None:
    with pytest.raises(TaskError, match="not both"):
        checked(CHECKERS["python"], interactor={"source": "pass"})
    with pytest.raises(TaskError, match="must be testlib"):
        stdio_task("x", [("", "")], interactor={"source": "pass", "protocol": "score"})
    with pytest.raises(TaskError, match="partial reward needs expected values"):
        checked(CHECKERS["python"], reward="partial")
