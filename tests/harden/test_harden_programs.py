"""Programs on standard input: as functions of a text, and with stronger cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import verigym
from verigym.cli import main
from verigym.envs.code import stdio_task
from verigym.errors import UserError
from verigym.harden import harden_task
from verigym.mutation.mutants import Unparsable
from verigym.mutation.programs import ENTRY, as_function, harden_program
from verigym.task import Task

SPREAD = """
n, k = map(int, input().split())
values = sorted(map(int, input().split()))
best = min(values[i + k - 1] - values[i] for i in range(n - k + 1))
print("even" if best % 2 == 0 else "odd", best)
"""
SHOWN = ["3 2\n1 5 9\n", "4 1\n2 2 3 1\n", "5 3\n1 2 3 4 5\n"]
CASES = [("3 2\n1 5 9\n", "even 4\n"), ("4 1\n2 2 3 1\n", "even 0\n"), ("5 3\n1 2 3 4 5\n", "even 2\n")]


def task(**changes: Any) -> Task:
    told: dict[str, Any] = {"prompt": "Print the least spread.", "cases": CASES, "reference": SPREAD}
    return stdio_task(**{**told, **changes})


FORMS = {
    "plain": ("n = int(input())\nprint(n * 2)", "3\n", "6\n"),
    "main": ("import sys\nfrom math import *\ndef main():\n    global t\n    t = sys.stdin.read().split()\n    print(floor(len(t)))\nif __name__ == '__main__':\n    main()", "3 4\n", "2\n"),
    "annotated": ("x: int = int(input())\ny: int\nfor i in range(x):\n    z: list[int] = [i]\n    print(z[0])", "2\n", "0\n1\n"),
    "bytes": ("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read().split()[1])", "a b\n", "b"),
    "exit": ("import sys\nprint(input())\nsys.exit()\nprint(2)", "1\n", "1\n"),
    "walrus": ("read = lambda: map(int, input().split())\na, *b = read()\nprint([q for q in b if (w := q) > a], w)", "3 4 1\n", "[4] 1\n"),
    "class": ("class A:\n    v: int = 3\n    def f(self): return self.v\nprint(A().f(), input())", "x\n", "3 x\n"),
    "future": ("from __future__ import annotations\nprint(input())", "x\n", "x\n"),
    "end of file": ("try:\n    while True:\n        print(input()[::-1])\nexcept EOFError as e:\n    pass", "ab\ncd\n", "ba\ndc\n"),
    "names": ("import os.path as p, json\nwith open('/dev/null') as f:\n    pass\nfor i, (j, k) in enumerate([(1, 2)]):\n    pass\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(p.sep, i, j, k)\ndef g():\n    return json.dumps(i)\nprint(g())", "", "/ 0 1 2\n0\n"),
    "recursive": ("def f(n): return 1 if n == 0 else n * f(n - 1)\nprint(f(int(input())))", "5\n", "120\n"),
    "empty": ("", "x\n", ""),
}  # fmt: skip


@pytest.mark.parametrize(("source", "given", "printed"), FORMS.values(), ids=FORMS)
def test_a_program_is_a_function_of_its_input(source: str, given: str, printed: str) -> None:
    names: dict[str, Any] = {}
    exec(as_function(source), names)
    assert [names[ENTRY](given) for _ in range(3)] == [printed] * 3


def test_a_program_that_fails_raises() -> None:
    names: dict[str, Any] = {}
    for source in ("import sys\nsys.exit(2)", "1 / 0", "print(input())"):
        exec(as_function(source), names)
        with pytest.raises((SystemExit, ZeroDivisionError, EOFError)):
            names[ENTRY]("")


def test_what_cannot_be_a_function_is_said() -> None:
    for source in ("def f(:", "__out = 3"):
        with pytest.raises(Unparsable):
            as_function(source)


def test_new_cases_kill_what_the_examples_do_not() -> None:
    found = harden_program(SPREAD, SHOWN)
    assert found.killed_before < found.killed_after
    assert found.killed_after >= 0.85 * found.mutants
    for case in found.cases:
        (n, k), values = (list(map(int, line.split())) for line in case.args[0].splitlines())
        assert 1 <= k <= n == len(values)
    assert harden_program(SPREAD, SHOWN) == found


def test_a_hardened_task_refuses_what_passed_and_takes_what_is_right() -> None:
    wrong = SPREAD.replace('"odd"', '"even"')
    before = task()
    assert verigym.verify(before, wrong).correct
    after, report = harden_task(before, wrong=[wrong, "input("])
    assert after.spec["cases"][: len(CASES)] == before.spec["cases"]
    assert report.refused_after == report.wrong == 2
    assert report.cases_after == len(after.spec["cases"]) > len(CASES)
    assert not verigym.verify(after, wrong).correct
    another = SPREAD.replace(
        "sorted(map(int, input().split()))", "sorted(int(x) for x in input().split())"
    )
    for right in (SPREAD, another):
        assert verigym.verify(after, right).correct
    assert all("program(" not in source for source in report.survivors)


def test_where_more_than_one_output_is_right_the_input_is_not_used() -> None:
    right = SPREAD.replace("% 2 == 0", "% 2 == 0 or best > 50")
    _, alone = harden_task(task())
    after, report = harden_task(task(), right=[right])
    assert alone.hardened
    assert report.hardened
    assert verigym.verify(after, right).correct


@pytest.mark.parametrize(
    ("changes", "reason", "invalid"),
    [
        ({"reference": None}, "it has no reference", False),
        ({"reference": "print(1)"}, "fails the task's own cases", True),
        ({"reference": SPREAD + "import random\nprint(random.random() < 2)"}, "fails the task's", True),
        ({"cases": [("a  b\n", "1\n")], "reference": "print(1)"}, "no layout", False),
        ({"cases": [("1\n", "1\n"), ("2\n", "2\n")], "reference": "print(open(0).read())"}, "", False),
        ({"language": "c", "reference": "int main() {}"}, "mutants are of Python", False),
        ({"checker": {"source": "exit(0)"}}, "its checker says", False),
    ],
    ids=str,
)
def test_what_cannot_be_hardened_says_why(changes: dict[str, Any], reason: str, invalid: bool) -> None:
    posed = task(**changes)
    after, report = harden_task(posed)
    assert after is posed
    assert reason in report.reason
    assert report.reason
    assert report.invalid is invalid


def test_a_reference_that_is_not_deterministic_is_invalid() -> None:
    by_chance = "import random\nn = int(input())\nprint(n if n < 3 else n + random.randrange(10**9))"
    posed = task(cases=[("1\n", "1\n"), ("2\n", "2\n")], reference=by_chance)
    _, report = harden_task(posed)
    assert report.invalid
    assert "does not do the same twice" in report.reason


def test_no_layout_is_an_error_of_the_examples() -> None:
    with pytest.raises(UserError, match="no layout"):
        harden_program("print(1)", ["a  b\n"])


def test_the_command_hardens_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "tasks.jsonl", tmp_path / "out.jsonl"
    path.write_text(json.dumps(task().to_json()) + "\n")
    assert main(["harden", str(path), "--out", str(out), "--rounds", "2"]) == 0
    assert "1 of 1 tasks were hardened" in capsys.readouterr().out
    (written,) = [Task.from_json(json.loads(line)) for line in out.read_text().splitlines()]
    assert verigym.verify(written, SPREAD).correct
