"""Inputs that show a fault are paid, and nothing else is."""

from __future__ import annotations

import doctest
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import verigym
from example_families import FAULTY
from verigym import Status
from verigym.errors import FamilyError, SandboxError
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.distinguish import MAX_CHARS, Malformed, read_arguments
from verigym.verifiers.shape import fits, shape_of

FAMILIES = ("testgen/distinguish", "testgen/break")
SUMS = {
    "prompt": "Write evens(xs), the sum of the even numbers of a list from the third on.",
    "entry_point": "evens",
    "cases": [[[[1, 2, 4]], 4], [[[]], 0], [[[5, -1, 2, 3, 8]], 10]],
    "reference": "def evens(xs):\n    # adds them up\n    return sum(x for x in xs[2:] if x % 2 == 0)\n",
}


def judged(task: Task, answer: Any) -> verigym.Verdict:
    return verigym.verify(task, answer if isinstance(answer, str) else json.dumps(answer))


def with_program(program: str, reference: str = "def f(x): return x", **spec: Any) -> Task:
    shapes = spec.pop("shapes", [{"int": None}])
    told = {"entry_point": "f", "reference": reference, "program": program, "shapes": shapes}
    told |= {"compare": {"mode": "strict", "relative": 0.0, "absolute": 0.0}, "packages": [], **spec}
    return Task(family="testgen/break", prompt="p", spec=told)


@pytest.mark.parametrize("name", FAMILIES)
def test_references_are_paid_and_null_answers_are_not(name: str) -> None:
    family = verigym.family(name, data=[FAULTY, SUMS], each=5)
    assert len(family.tasks()) > 5
    for task in family.tasks():
        verdict = judged(task, family.reference(task))
        assert verdict.reward == 1.0
        assert verdict.cases[0].got != verdict.cases[0].expected
        for answer in family.null_answers(task):
            assert judged(task, answer).reward == 0.0, answer
        assert task.spec["program"] in task.text
        assert (task.spec["reference"] in task.text) is (name == "testgen/distinguish")
        assert "adds them up" not in task.text
        hits = [judged(task, family.random_answer(task, seed)).correct for seed in range(6)]
        assert not all(hits)
        assert 0 < task.difficulty["share"] <= 0.5


def test_verdicts_agree_with_running_both_programs() -> None:
    family = verigym.family("testgen/distinguish", data=[FAULTY], each=8, rarity=1)
    for task in family.tasks():
        names: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        exec(task.spec["reference"], names[0])
        exec(task.spec["program"], names[1])
        for args in ([2, 1, 3], [0, 1, 3], [9, 1, 3], [1, 1, 1], [5, 7, 2], [-4, -9, -1]):
            right = names[0]["clamp"](*args)
            try:
                differs = names[1]["clamp"](*args) != right
            except Exception:
                differs = True
            assert judged(task, args).correct is differs, (args, task.spec["program"])


def test_rarer_faults_are_harder_to_find() -> None:
    shares = []
    for rarity in (1.0, 0.3):
        family = verigym.family("testgen/break", data=[FAULTY], each=20, rarity=rarity)
        shares.append(max(task.difficulty["share"] for task in family.tasks()))
    assert shares[1] <= 0.3 < shares[0]


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("def f(x): return x + (x == 3)", Status.CORRECT),
        ("def f(x): return float(x)", Status.CORRECT),
        ("def f(x): raise KeyError", Status.CORRECT),
        ("import os\ndef f(x): os._exit(0)", Status.CORRECT),
        ("def f(x):\n    while True: pass", Status.WRONG),
        ("def f(x):\n    for _ in range(10 ** 7): pass\n    return x", Status.WRONG),
        ("import os\ndef f(x): return os.getpid()", Status.WRONG),
        ("def f(x): return x", Status.WRONG),
        ("class E:\n    def __eq__(self, o): return True\ndef f(x): return E()", Status.CORRECT),
    ],
)
def test_what_counts_as_a_difference(program: str, status: Status) -> None:
    assert judged(with_program(program), [3]).status is status


@pytest.mark.parametrize(
    "reference",
    ["def f(x): return 1 // (x - 3)", "def f(x):\n    while True: pass", "def f(x): return object()",
     "import random\ndef f(x): return random.random()"],
)  # fmt: skip
def test_inputs_that_the_reference_does_not_take_show_nothing(reference: str) -> None:
    verdict = judged(with_program("def f(x): return 7", reference), [3])
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    assert "not meant to take" in verdict.feedback


def test_a_contract_is_asked() -> None:
    task = with_program("def f(x): return 7", contract="def contract(x): return x > 5")
    assert judged(task, [6]).correct
    for contract in (
        "def contract(x): return x > 9",
        "def contract(x): return 1",
        "def contract(x): 1 / 0",
        "",
        "x",
    ):
        verdict = judged(with_program("def f(x): return 7", contract=contract), [6])
        assert verdict.reward == (0.0 if "def" in contract else None)


@pytest.mark.parametrize(
    "answer",
    ["[NaN]", "[Infinity]", "[1] [2]", "[1],", "1", "{}", '{"a": 1}', '[{"a": 1}]', '[{"set": [[1]]}]',
     "[" * 9000, "[1" + " " * MAX_CHARS + "]", "f(1)", "[1e]", "[01]", "[\u0661]", '[{"list": 1, "x": 2}]',
     "[1]\x00", "['a']", "[True]", '[{"object": "x"}]'],
)  # fmt: skip
def test_malformed_inputs_are_refused(answer: str) -> None:
    verdict = judged(with_program("def f(x): return 7"), answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0), verdict


@pytest.mark.parametrize("args", [[], [1, 2], ["a"], [1.5], [True], [None], [[1]], [{"tuple": [1]}]])
def test_other_types_than_shown_are_outside_of_what_is_meant(args: list[Any]) -> None:
    verdict = judged(with_program("def f(x): return 7"), args)
    assert verdict.status is Status.WRONG
    assert "types" in verdict.feedback


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(values, min_size=1, max_size=4))
def test_examples_are_of_their_own_shape_and_survive_being_written(examples: list[Any]) -> None:
    shape = json.loads(json.dumps(shape_of(examples)))
    assert all(fits(value, shape) for value in examples)
    trees = [plain.encode(value) for value in examples]
    assert read_arguments(plain.dumps(trees).decode()) == trees
    assert not fits(b"", shape)
    assert fits({1}, shape) is False


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet='[]{},:"0123456789.eE-truefalsn \n', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        trees = read_arguments(text)
    except Malformed:
        return
    assert [plain.encode(plain.decode(tree)) for tree in trees] == trees


@pytest.mark.parametrize(
    ("record", "knobs", "words"),
    [
        ({"reference": None}, {}, "needs cases that are data, and a reference"),
        ({"reference": "def clamp(x"}, {}, "does not parse"),
        ({"reference": "def clamp(*a): return 1 / 0"}, {}, "fails on every input"),
        ({"wrong": "text"}, {}, "'wrong' must be a list"),
        ({"contract": 1}, {}, "'contract' must be"),
        ({"nonsense": 1}, {}, "unknown field 'nonsense'"),
        ({}, {"rarity": 0}, "rarity is 0"),
        ({}, {"rarity": "x"}, "rarity is 'x'"),
        ({}, {"each": 0}, "each is 0"),
        ({}, {"rarity": 0.0001}, "none of its faulty programs"),
    ],
)
def test_bad_records_and_knobs_are_told(
    record: dict[str, Any], knobs: dict[str, Any], words: str
) -> None:
    changed = {k: v for k, v in {**FAULTY, **record}.items() if v is not None}
    with pytest.raises(FamilyError, match=words):
        verigym.family("testgen/break", data=[changed], **knobs)


def test_recorded_wrong_answers_are_posed_and_hostile_ones_do_no_harm() -> None:
    wrong = [
        "def clamp(x, low, high): return 3 if x == 2 else max(low, min(x, high))",
        "import os; os._exit(0)",
    ]
    family = verigym.family("testgen/break", data=[{**FAULTY, "wrong": wrong}], each=50)
    programs = [task.spec["program"] for task in family.tasks()]
    assert wrong[0] in programs
    assert wrong[1] not in programs  # which every input shows


def test_a_sandbox_that_fails_is_an_abstention(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise SandboxError("gone")

    task = with_program("def f(x): return 7")
    monkeypatch.setattr("verigym.verifiers.distinguish.observe", fail)
    assert judged(task, [1]).reward is None
    assert judged(replace(task, id=""), "nonsense").status is Status.MALFORMED


def test_the_page_is_true() -> None:
    page = (Path(__file__).parents[2] / "docs" / "testgen.md").read_text(encoding="utf-8")
    source = "\n".join(re.findall(r"```pycon\n(.*?)```", page, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(source, {}, "docs/testgen.md", None, None)
    problems: list[str] = []
    assert len(test.examples) == 5
    doctest.DocTestRunner().run(test, out=problems.append)
    assert not problems, "".join(problems)
