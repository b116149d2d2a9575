"""Programs judged by what they print: each case on its own, compared in the caller, cut off in time."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import Stdio, stdio_task
from verigym.errors import FamilyError, TaskError


def task_of(*cases: Any, wall: float = 20, **options: Any) -> Task:
    return stdio_task("Print the double.", cases, timeout=1, limits={"wall_seconds": wall}, **options)


def judge(task: Task, answer: str) -> Verdict:
    return verigym.verify(task, textwrap.dedent(answer))


DOUBLE = task_of(("1\n", "2\n"), ("-3\n", "-6\n"), ("10\n", "20\n"))

RIGHT = {
    "plain": "print(2 * int(input()))",
    "fenced": "This works:\n```python\nn = int(input())\nprint(n + n)\n```\nDone.",
    "main block": "def main():\n    print(2 * int(input()))\n\nif __name__ == '__main__':\n    main()\n",
    "crlf": "n = int(input())\r\nif n:\r\n    print(2 * n)\r\n",
    "tabs": "n = int(input())\nif n:\n\tprint(2 * n)\n",
    "bom": "\ufeffprint(2 * int(input()))",
    "bom and fence": "\ufeff```\n\ufeffprint(2 * int(input()))\n```",
    "indented": "```\n    n = int(input())\n    print(2 * n)\n```",
    "future import": "from __future__ import annotations\nprint(2 * int(input()))",
    "no newline": "import sys\nsys.stdout.write(str(2 * int(sys.stdin.readline())))",
    "bytes": "import sys\nsys.stdout.buffer.write(b'%d' % (2 * int(sys.stdin.buffer.read())))",
    "file descriptors": "import os\nos.write(1, b'%d' % (2 * int(os.read(0, 99))))",
    "exit zero": "import sys\nprint(2 * int(input()))\nsys.exit(0)",
    "exit none": "print(2 * int(input()))\nexit()",
    "noisy stderr": "import sys\nprint('x' * 300_000, file=sys.stderr)\nprint(2 * int(input()))",
    "thread": "import threading\nt = threading.Thread(target=lambda: print(2 * int(input())))\nt.start()",
    "atexit": "import atexit\natexit.register(lambda: print(2 * n))\nn = int(input())",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int\nprint(A(int(input())).n * 2)",
    "recursion": "import sys\nsys.setrecursionlimit(10**5)\ndef f(n, d=0): return 2 * n if d > 5000 else f(n, d + 1)\nprint(f(int(input())))",
    "unicode": "größe = int(input())\nprint(2 * größe)  # naïve",
    "unread input": "import sys\nn = sys.stdin.read(3).split()[0]\nprint(2 * int(n))",
}  # fmt: skip


@pytest.mark.parametrize("answer", RIGHT.values(), ids=RIGHT)
def test_a_right_program_is_correct_however_it_is_written(answer: str) -> None:
    verdict = verigym.verify(DOUBLE, answer)
    assert verdict.status is Status.CORRECT, verdict
    assert [case.name for case in verdict.cases] == ["case 0", "case 1", "case 2"]
    assert verdict.evidence["isolation"] == "separate"
    json.dumps(verdict.to_json(), allow_nan=False)


WRONG = {
    "wrong": ("print(input())", Status.WRONG),
    "first only": ("input()\nprint(2)", Status.WRONG),
    "silent": ("pass", Status.WRONG),
    "blank": ("print()", Status.WRONG),
    "extra output": ("print(2 * int(input()))\nprint('done')", Status.WRONG),
    "prompt on stdout": ("print(2 * int(input('n? ')))", Status.WRONG),
    "to stderr": ("import sys\nprint(2 * int(input()), file=sys.stderr)", Status.WRONG),
    "unflushed exit": ("import os\nprint(2 * int(input()))\nos._exit(0)", Status.WRONG),
    "nul": ("print(str(2 * int(input())) + '\\0')", Status.WRONG),
    "not utf-8": ("import sys\nsys.stdout.buffer.write(b'\\xff%d' % (2 * int(input())))", Status.WRONG),
    "float": ("print(2.0 * int(input()))", Status.WRONG),
    "exit code": ("import sys\nprint(2 * int(input()))\nsys.exit(1)", Status.RUNTIME_ERROR),
    "exit code 3": ("import sys\nprint(2 * int(input()))\nsys.exit(3)", Status.RUNTIME_ERROR),
    "exit text": ("import sys\nprint(2 * int(input()))\nsys.exit('bad')", Status.RUNTIME_ERROR),
    "raises after": ("print(2 * int(input()), flush=True)\n1 / 0", Status.RUNTIME_ERROR),
    "raises": ("raise ValueError", Status.RUNTIME_ERROR),
    "raises dotted": ("import json\njson.loads('x')", Status.RUNTIME_ERROR),
    "killed": ("import os\nprint(2 * int(input()), flush=True)\nos.kill(os.getpid(), 9)", Status.RUNTIME_ERROR),
    "aborts": ("import os\nprint(2 * int(input()), flush=True)\nos.abort()", Status.RUNTIME_ERROR),
    "input ends": ("input(); input(); print(2)", Status.RUNTIME_ERROR),
    "syntax": ("print(2 * int(input())", Status.COMPILE_ERROR),
    "indentation": ("if True:\nprint(2)", Status.COMPILE_ERROR),
    "prose": ("I do not know.", Status.COMPILE_ERROR),
    "endless": ("while True: pass", Status.TIMEOUT),
    "right but endless": ("print(2 * int(input()), flush=True)\nwhile True: pass", Status.TIMEOUT),
    "memory": ("print(2 * int(input()))\nx = bytearray(10**10)", Status.MEMORY_LIMIT),
    "flood": ("print(2 * int(input()), flush=True)\nwhile True: print('x' * 99999)", Status.OUTPUT_LIMIT),
    "much": ("print(2 * int(input()))\nprint('x' * 10_000_000)", Status.OUTPUT_LIMIT),
    "empty": ("", Status.NO_ANSWER),
    "only a mark": ("\ufeff", Status.NO_ANSWER),
    "thinking": ("<think>print(2 * int(input()))", Status.NO_ANSWER),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), WRONG.values(), ids=WRONG)
def test_a_failing_program_fails_as_what_it_did(answer: str, expected: Status) -> None:
    verdict = verigym.verify(DOUBLE, answer)
    assert verdict.status is expected, verdict
    assert verdict.reward == 0.0
    assert len(verdict.cases) <= 2, "judging stops at the first case that fails"
    json.dumps(verdict.to_json(), allow_nan=False, ensure_ascii=False).encode()


def test_a_program_that_sleeps_runs_out_of_time() -> None:
    sleeps = "import time\nprint(2 * int(input()), flush=True)\ntime.sleep(60)"
    verdict = verigym.verify(task_of(("1\n", "2\n"), wall=1), sleeps)
    assert (verdict.status, verdict.reward) == (Status.TIMEOUT, 0.0)


def test_feedback_says_how_far_it_came() -> None:
    assert judge(DOUBLE, "print(2 if input() == '1' else 0)").feedback == (
        "It printed something else than expected. 1 of 3 cases passed before."
    )
    assert judge(DOUBLE, "1 / 0").feedback == "It raised ZeroDivisionError. 0 of 3 cases passed before."
    assert (
        judge(DOUBLE, "raise SystemExit(4)").feedback
        == "It ended with exit code 4. 0 of 3 cases passed before."
    )


@pytest.mark.parametrize("mode", ["exact", "lines", "tokens", "floats"])
def test_an_output_that_is_larger_than_the_default_limit_can_be_right(mode: str) -> None:
    size = 300_000
    task = task_of((f"{size}\n", "0.5 y\n" * size), compare=mode)
    assert judge(task, "print('0.5 y\\n' * int(input()), end='')").correct
    assert not judge(task, "print('0.5 y\\n' * (int(input()) - 1), end='')").correct
    assert judge(task, "print('0.5 y\\n' * 3 * int(input()), end='')").reward == 0.0


def test_each_case_is_a_run_of_its_own() -> None:
    remember = """
        import os, sys
        try:
            open('/scratch/count', 'a').write('x')
        except OSError:
            pass
        print(2 * int(input()) if not os.path.exists('/scratch/count') else 0)
    """
    assert judge(DOUBLE, remember).correct


@pytest.mark.parametrize(
    ("mode", "output", "accepted"),
    [
        ("exact", "1 2\n", ["1 2\n", "1 2"]), ("lines", "1 2\n", ["1 2\n", "1 2", "1 2 \r\n\n"]),
        ("tokens", "1 2\n", ["1 2\n", "1 2", "1 2 \r\n\n", " 1\n2"]), ("floats", "1.0 2\n", ["1 2\n", "1 2", "1 2 \r\n\n", " 1\n2", "1.0 2", "1.0000000001 2"]),
        ("floats", "nan 1e309\n", ["nan 1e309"]),
        ("unordered", "2\n1\n", [" 1\n2"]),
    ],
)  # fmt: skip
def test_outputs_meet_as_the_rule_says(mode: str, output: str, accepted: list[str]) -> None:
    task = task_of(("", output), compare=mode)
    printed = [
        "1 2\n", "1 2", "1 2 \r\n\n", " 1\n2", "12", "1", "1 2 3", "2 1", "1.0 2", "1.0000000001 2", "1.0000000001 2.0000000001",
        "2 1\n", "1\n2\n2", "nan 2", "1.1 2", "inf 2", "nan 1e309", "nan 9e999", "nan inf", "1.0 nan", "1_0 2",
    ]  # fmt: skip
    answers = {text: f"print({text!r}, end='')" for text in printed}
    assert [text for text, answer in answers.items() if judge(task, answer).correct] == accepted


def test_tolerances_are_those_of_the_task() -> None:
    task = task_of(("", "100.0 5\n"), compare={"mode": "floats", "relative": 0.1})
    assert judge(task, "print(109, 5)").correct
    assert not judge(task, "print(111, 5)").correct
    assert not judge(task, "print(100.0, 5.1)").correct
    assert not judge(task, "print(float('nan'), 5)").correct


def test_input_reaches_the_program_as_it_is() -> None:
    text = "é \N{SNOWMAN}\0\r\n" + "x" * 200_000
    task = task_of((text, "".join(f"{byte} " for byte in text[:8].encode()) + str(len(text.encode()))))
    answer = "import sys\ndata = sys.stdin.buffer.read()\nprint(*data[:12], len(data))"
    assert judge(task, answer.replace("12", str(len(text[:8].encode())))).correct


# ----------------------------------------------------------------------------------- building


@pytest.mark.parametrize(
    ("cases", "why"),
    [
        ([], "nothing to test"), (5, "must be a list"), ([1], "case 0 must be"), ([("1",)], "case 0 must be"), (["ab"], "case 0 must be"),
        ([("1", "2", "3")], "case 0 must be"), ([(1, "2")], "must be text"), ([("1", b"2")], "must be text"), ([{"input": "1"}], "case 0 must be"),
        ([{"input": "1", "output": "2", "x": 3}], "case 0 must be"), ([("1", "2"), ("1", None)], "case 1: input and output must be text"),
        ([("1", ""), ("2", " \n")], "does nothing would be right"),
    ],
    ids=repr,
)  # fmt: skip
def test_cases_that_make_no_sense_are_refused(cases: Any, why: str) -> None:
    with pytest.raises(TaskError, match=why):
        stdio_task("p", cases)


@pytest.mark.parametrize(
    "options",
    [{"timeout": 0}, {"timeout": None}, {"limits": {"x": 1}}, {"limits": 5}, {"compare": "strict"}, {"compare": None},
     {"compare": {"mode": "floats", "relative": -1}}, {"reference": 5}, {"metadata": 5}, {"prompt": 5}],
    ids=repr,
)  # fmt: skip
def test_other_arguments_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    stdio_task("p", [("1", "2")])
    with pytest.raises(TaskError):
        stdio_task(**{"prompt": "p", "cases": [("1", "2")], **options})


def test_a_spec_without_cases_is_no_success() -> None:
    for change in (
        {"cases": []},
        {"cases": None},
        {"cases": [{}]},
        {"compare": "any"},
        {"limits": {"x": 1}},
    ):
        task = Task(family=DOUBLE.family, prompt="p", spec={**DOUBLE.spec, **change})
        assert judge(task, "print(2)").reward is None


RECORD = {
    "prompt": "Double.",
    "cases": [["1", "2"], {"input": "2", "output": "4"}],
    "reference": "print(2 * int(input()))",
}


def test_a_family_of_ones_own_is_loaded_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        json.dumps(RECORD) + "\n" + json.dumps({"prompt": "Echo.", "cases": [["a", "a"]]}) + "\n"
    )
    family = verigym.family("code/stdio", data=path)
    first, echo = family.tasks()
    assert verigym.verify(first, family.reference(first)).correct
    assert [family.verify(first, answer).reward for answer in family.null_answers(first)] == [0.0] * 6
    assert [family.verify(echo, answer).reward for answer in family.null_answers(echo)] == [0.0] * 5
    with pytest.raises(FamilyError, match="no reference"):
        family.reference(echo)
    assert Stdio([RECORD]).tasks() == [first]


@pytest.mark.parametrize(
    ("change", "why"),
    [({"prompt": 5}, "field 'prompt' is a int"), ({"cases": "x"}, "field 'cases' is a str"), ({"cases": []}, "nothing to test"),
     ({"tests": "x"}, "unknown field 'tests'"), ({"timeout": "1"}, "timeout"), ({"cases": [[1, 2]]}, "case 0")],
)  # fmt: skip
def test_a_broken_record_is_named(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(RECORD) + "\n\n" + json.dumps({**RECORD, **change}) + "\n")
    with pytest.raises(FamilyError, match=f"line 3: .*{why}"):
        Stdio(path)
    with pytest.raises(FamilyError, match="no record"):
        Stdio([])
    with pytest.raises(FamilyError, match="needs data="):
        Stdio()


# -------------------------------------------------------------------------------------- secrecy


@pytest.mark.parametrize("answer", [answer for answer, _ in WRONG.values()], ids=repr)
def test_feedback_holds_no_hidden_input_or_output(answer: str) -> None:
    task = task_of(("987654\n", "s3cr3t\n"), ("987655\n", "s3cr3t too\n"))
    feedback = verigym.verify(task, answer).feedback
    assert feedback
    assert "s3cr3t" not in feedback
    assert "98765" not in feedback


def test_a_candidates_last_words_cannot_carry_its_input_into_the_feedback() -> None:
    task = task_of(("987654\n", "5\n"))
    for words in (
        "raise type('E ' + input(), (Exception,), {})",
        "raise SystemExit('the input was ' + input())",
        "import sys\nprint(input() + ':', file=sys.stderr)\nsys.exit(1)",
    ):
        feedback = judge(task, words).feedback
        assert "987654" not in feedback, feedback
