"""Hardening: new cases kill what the old ones let pass, and no right answer is refused for them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

import verigym
from verigym.cli import main
from verigym.envs.code import function_task
from verigym.errors import SandboxError, UserError
from verigym.harden import harden_task
from verigym.mutation import Unparsable, examples_in, harden
from verigym.mutation.inputs import Generator, learnt
from verigym.mutation.kills import Unusable
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.compare import Rule

CLAMP = """
def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x
"""


def task(**changes: Any) -> Task:
    told: dict[str, Any] = {
        "prompt": "Write clamp(x, low, high). For example clamp(5, 1, 3) == 3.",
        "entry_point": "clamp",
        "cases": [([2, 1, 3], 2)],
        "reference": CLAMP,
    }
    return function_task(**{**told, **changes})


class TestTheFunction:
    def test_new_cases_kill_what_one_example_does_not(self) -> None:
        found = harden(CLAMP, "clamp", [(2, 1, 3)])
        assert found.killed_before < found.killed_after
        assert found.killed_after >= found.mutants - 4
        assert 1 <= len(found.cases) <= 6
        names: dict[str, Any] = {}
        exec(CLAMP, names)
        for case in found.cases:
            args = [plain.decode(tree) for tree in case.args]
            assert plain.decode(case.expected) == names["clamp"](*args)
            assert all(x >= 1 for x in args)  # no example shows less

    def test_the_same_seed_gives_the_same_cases_and_another_seed_others(self) -> None:
        one, two, three = (harden(CLAMP, "clamp", [(2, 1, 3)], seed=seed) for seed in (1, 1, 2))
        assert one == two
        assert one.cases != three.cases

    def test_wrong_answers_are_refused_that_are_no_mutants(self) -> None:
        wrong = "def clamp(x, low, high):\n    return 77 if x == high == 9 else min(max(x, low), high)"
        found = harden(CLAMP, "clamp", [(2, 1, 3)], wrong=[wrong], rounds=40)
        assert (found.wrong, found.refused_before) == (1, 0)
        hidden = "def clamp(x, low, high):\n    return 77 if x == low else min(max(x, low), high)"
        found = harden(CLAMP, "clamp", [(2, 1, 3)], wrong=[hidden])
        assert found.refused_after == 1
        assert any(case.args[0] == case.args[1] for case in found.cases)

    def test_hostile_wrong_answers_change_nothing_else(self) -> None:
        quiet = harden(CLAMP, "clamp", [(2, 1, 3)])
        hostile = ["import os; os._exit(0)", "syntax error", "while True: pass", "x" * 200_000, ""]
        loud = harden(CLAMP, "clamp", [(2, 1, 3)], wrong=hostile)
        assert loud.refused_before == loud.refused_after == 5
        assert (loud.cases, loud.killed_after) == (quiet.cases, quiet.killed_after)

    def test_inputs_on_which_right_answers_differ_are_not_used(self) -> None:
        reference = "def some(xs):\n    return max(xs, key=abs)"  # of 2 and -2 either will do
        other = "def some(xs):\n    return max(reversed(xs), key=abs)"
        found = harden(reference, "some", [([1, -1],), ([2],)], right=[other])
        assert found.cases
        for case in found.cases:
            values = plain.decode(list(case.args))[0]
            best = max(map(abs, values))
            assert not (best in values and -best in values and best)

    def test_floats_are_expected_only_within_a_tolerance(self) -> None:
        reference = "def mean(xs):\n    return sum(xs) / len(xs) + 1"
        assert not harden(reference, "mean", [([1, 2, 4],)]).cases
        assert harden(reference, "mean", [([2, 2],)], rule=Rule("close")).killed_after > 0

    @pytest.mark.parametrize(
        ("reference", "error", "words"),
        [
            ("def f(x): return x +", Unparsable, "does not parse"),
            ("def f(x): raise KeyError", Unusable, "fails on every example"),
            ("def g(x): return x", Unusable, "fails on every example"),
            ("def f(x):\n    while True: pass", Unusable, "fails on every example"),
            ("import random\ndef f(x): return random.random()", Unusable, "not do the same twice"),
        ],
    )
    def test_a_bad_reference_is_told(self, reference: str, error: type, words: str) -> None:
        with pytest.raises(error, match=words):
            harden(reference, "f", [(1,)])

    def test_bad_examples_are_told(self) -> None:
        for examples in ([], [(1,), (1, 2)]):
            with pytest.raises(UserError, match="needs examples"):
                harden(CLAMP, "clamp", examples)  # type: ignore[arg-type]


class TestInputs:
    @pytest.mark.parametrize(
        "examples",
        [
            [(1, [2, 3], "ab")],
            [([],), ([1.5, 2.5],), ([3.0],)],
            [({"a": 1, "b": 2},), ({},)],
            [((1, "x"),), ((2, "y"),)],
            [(None, True), (3, False)],
            [([[1, 2], [3, 4]],)],
            [("Hello World foo", {1, 2})],
            [(0,), (100,)],
        ],
    )
    def test_they_look_like_the_examples(self, examples: list[tuple[Any, ...]]) -> None:
        schemas = learnt(examples)
        generator = Generator(random.Random(1))
        seen = set()
        for _ in range(300):
            values = tuple(generator.draw(schema) for schema in schemas)
            seen.add(repr(values))
            for value, column in zip(values, zip(*examples, strict=True), strict=True):
                assert type(value) in {type(x) for x in column}
                if type(value) in (int, float):
                    assert value >= 0
        assert len(seen) > 30 or all(len(x) == 2 and None in x for x in examples)

    def test_wide_inputs_are_negative_and_empty_too(self) -> None:
        (schema,) = learnt([([3, 4],)])
        wide = [Generator(random.Random(s), wide=True).draw(schema) for s in range(200)]
        assert [] in wide
        assert any(x < 0 for value in wide for x in value)
        close = [Generator(random.Random(s)).draw(schema) for s in range(200)]
        assert [] not in close
        assert all(x >= 1 for value in close for x in value)

    def test_literals_of_the_program_are_tried(self) -> None:
        (schema,) = learnt([(5,), (9,)])
        drawn = {Generator(random.Random(s), ints=[4711]).draw(schema) for s in range(400)}
        assert drawn & {4710, 4711, 4712}

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (">>> f([1, 2], 'a')\n[1]", [([1, 2], "a")]),
            ("f(1) == 2, f((1, 2))➞3; f(1)", [(1,), ((1, 2),)]),
            ("For f('a)b(') the answer is 3", [("a)b(",)]),
            ("f(x) = f(x - 1) + f(2)", [(2,)]),
            ("my_f(1) a.f(2) f (3)", [(3,)]),
            ("f(1, key=2) f(__import__('os')) f(" + "(" * 3000, []),
            ("f() is odd", [()]),
            ("f(-1.5)", [(-1.5,)]),
        ],
    )
    def test_calls_in_a_prompt_are_read_and_not_run(self, text: str, found: list[Any]) -> None:
        assert examples_in(text, "f") == found
        assert examples_in(text, "Solution.f") == found


class TestTasks:
    def test_a_hardened_task_refuses_what_passed_and_accepts_the_reference(self) -> None:
        before = task()
        lazy = "def clamp(x, low, high): return x"
        assert verigym.verify(before, lazy).correct
        after, report = harden_task(before)
        assert report.hardened == after.id != before.id
        assert not verigym.verify(after, lazy).correct
        assert verigym.verify(after, CLAMP).correct
        assert after.spec["cases"][:1] == before.spec["cases"]
        assert after.metadata["hardened"]["from"] == before.id
        assert report.cases_after == len(after.spec["cases"]) > report.cases_before == 1
        assert Task.from_json(json.loads(json.dumps(after.to_json()))) == after

    def test_rewards_and_public_cases_stay_what_they_were(self) -> None:
        cases = [([2, 1, 3], 2), ([0, 1, 3], 1), ([2, 1, 3], 2), ([5, 1, 3], 3)]
        before = task(cases=cases, public=1, reward="partial", feedback="status")
        after, report = harden_task(before, minimise=True)
        assert report.hardened
        assert after.spec["public"] == 1
        assert after.spec["feedback"] == "status"
        assert after.spec["reward"] == "partial"
        assert after.spec["cases"][0] == before.spec["cases"][0]
        texts = [plain.dumps(list(case["args"])) for case in after.spec["cases"]]
        assert len(set(texts)) == len(texts)
        for name in ("def clamp(x, low, high): return low", "def clamp(x, low, high): return x"):
            assert verigym.verify(after, name).reward == 0.0
        assert verigym.verify(after, CLAMP).correct

    def test_completions_of_a_prefix(self) -> None:
        head = "def clamp(x, low, high):\n    '''Clamp.'''\n"
        after, report = harden_task(task(prefix=head, reference="    return max(low, min(x, high))\n"))
        assert report.hardened
        assert verigym.verify(after, "    return max(low, min(x, high))\n").correct
        assert not verigym.verify(after, "    return x\n").correct

    @pytest.mark.parametrize(
        ("changes", "reason", "invalid"),
        [
            ({"reference": None}, "no reference", False),
            ({"cases": None, "tests": "def check(c):\n    assert c(2, 1, 3) - 2 == 0"}, "tests are code", False),
            ({"cases": [{"args": [2], "kwargs": {"low": 1, "high": 3}, "expected": 2}]}, "keyword", False),
            ({"reference": CLAMP.replace("return low", "return high")}, "fails the task's own case 1", True),
            ({"reference": "def clamp(x, low, high): return object()"}, "fails on every example", True),
            ({"reference": "import random\ndef clamp(x, low, high): return random.random()"}, "twice", True),
            ({"reference": "def clamp(x:"}, "does not parse", False),
        ],
    )  # fmt: skip
    def test_what_cannot_be_hardened_stays_and_says_why(
        self, changes: dict[str, Any], reason: str, invalid: bool
    ) -> None:
        if "fails the task's own case" in reason:
            changes = {**changes, "cases": [([2, 1, 3], 2), ([0, 1, 3], 1)]}
        before = task(**changes)
        after, report = harden_task(before)
        assert after is before
        assert reason in report.reason
        assert report.invalid is invalid
        assert report.hardened == ""

    def test_a_sandbox_that_fails_is_no_report(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise SandboxError("gone")

        monkeypatch.setattr("verigym.mutation.search.observe", fail)
        with pytest.raises(SandboxError):
            harden_task(task())


def test_the_command_reads_tasks_and_writes_stronger_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [task(), task(reference=None), task(reference="def clamp(x, low, high): return 1 / 0")]
    path, wrong = tmp_path / "tasks.jsonl", tmp_path / "wrong.jsonl"
    path.write_text("".join(json.dumps(one.to_json()) + "\n" for one in tasks))
    wrong.write_text(json.dumps({"index": 0, "answer": "def clamp(x, low, high): return x"}) + "\n")
    out, report = tmp_path / "out.jsonl", tmp_path / "report.jsonl"
    arguments = ["harden", str(path), "--out", str(out), "--report", str(report), "--wrong", str(wrong)]
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "1 of 3 tasks were hardened" in said.out
    assert "wrong answers refused  0 of 1" in said.out
    assert "1 of 1" in said.out
    assert "left as they are: 1, because it has no reference" in said.out
    assert "is invalid: the reference fails on every example" in said.err
    written = [Task.from_json(json.loads(line)) for line in out.read_text().splitlines()]
    assert len(written[0].spec["cases"]) > 1
    assert written[1:] == tasks[1:]
    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert [one["task_id"] for one in told] == [one.id for one in tasks]
    assert told[0]["refused_after"] == 1
    assert main(arguments) == 1  # out is there already
    assert "remove it" in capsys.readouterr().err
