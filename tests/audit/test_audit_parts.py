"""The parts of the audit one by one: mutants, the witness, features, scales, reports."""

from __future__ import annotations

import random

import pytest

import verigym
from verigym.audit import features
from verigym.audit.judges import Seen
from verigym.audit.mutate import mutants
from verigym.audit.report import clip
from verigym.audit.trial import Must, Scale, fault
from verigym.audit.witness import of_formula, opinion
from verigym.verifiers.answer import extract

SPEC = {"variables": 2, "clauses": [[1, 2], [-1, 2], [1, -2], [-1, -2]]}
EASY = {"variables": 2, "clauses": [[1, 2], [-1, 2]]}


@pytest.mark.parametrize(
    ("spec", "answer", "right"),
    [
        (EASY, "v -1 2 0", True),
        (EASY, "v 1 -2 0", False),
        (EASY, "v 2 0", False),
        (EASY, "s SATISFIABLE\nv 1 2 0", True),
        (SPEC, "v 1 2 0", False),
        (SPEC, "2 0\n0", True),
        (SPEC, "0", False),
        (SPEC, "1 -1 0\n0", False),
        (EASY, "2 0\n0", False),
        (SPEC, "3 1 0\n2 0\n0", True),  # RAT, as nothing holds -3
        (SPEC, "3 1 0\n-3 -1 0\n2 0\n0", True),
        (SPEC, "3 1 0\n-3 2 0\n2 0\n0", True),
        (SPEC, "3 0\n-3 0\n0", False),  # each alone would do
        (EASY, "-1 0\n2 0\n-2 0\n0", False),
        (SPEC, "nonsense", None),
        ({}, "1 0", None),
    ],
)
def test_the_witness_on_formulas(spec: dict[str, object], answer: str, right: bool | None) -> None:
    assert of_formula(spec, answer) is right


@pytest.mark.parametrize("name", ["sat/solve", "sat/decide"])
def test_the_witness_and_the_verifier_agree(name: str) -> None:
    family = verigym.family(name, n=7)
    for task in family.tasks("train", 12):
        content = extract(family.reference(task)) or ""
        assert of_formula(task.spec, content) is True
        for mutant in mutants(content, random.Random(task.id), 12, python=False):
            said = of_formula(task.spec, mutant)
            if "-0" not in mutant and said is not None:  # the witness reads it as a 0
                assert said == family.verify(task, mutant).correct, mutant


@pytest.mark.parametrize(
    ("right", "given", "same"),
    [
        ("42", "41", False),
        ("42", "42.0", True),
        (r"\boxed{42}", r"\boxed{-42}", False),
        ("#### 42", "42", None),
        ("3.1416", "3.1417", True),
        ("3.1416", "4.1416", False),
        ("1/2", "1/3", None),
        ("x1", "x2", False),
        ("yes", "no", None),
    ],
)
def test_the_witness_on_numbers(right: str, given: str, same: bool | None) -> None:
    assert opinion({}, right, given) is same


def test_mutants_differ_and_are_the_same_for_a_seed() -> None:
    source = "def f(x):\n    if x > 3:\n        return x + 1\n    return 2 * x\n"
    found = mutants(source, random.Random(1), 20, python=True)
    assert len(found) == len(set(found)) >= 6
    assert found == mutants(source, random.Random(1), 20, python=True)
    for mutant in found:
        compile(mutant, "mutant", "exec")
    assert mutants("def (", random.Random(1), 5, python=True) == []
    texts = mutants("the answer is 12", random.Random(1), 20, python=False)
    assert "the answer is 12" not in texts
    assert mutants("", random.Random(1), 5, python=False) == []


def test_the_area_under_the_curve() -> None:
    assert features.auc([1, 2, 3, 4], [False, False, True, True]) == 1.0
    assert features.auc([1, 2, 3, 4], [True, True, False, False]) == 0.0
    assert features.auc([1, 1, 1, 1], [True, False, True, False]) == 0.5
    assert features.auc([1, 2, 2, 3], [False, True, False, True]) == 0.875


def test_the_margin_keeps_its_promise() -> None:
    rng = random.Random(7)
    over = 0
    for _ in range(2000):
        labels = [index < 20 for index in range(50)]
        area = features.auc([rng.random() for _ in labels], labels)
        over += abs(area - 0.5) > features.margin(20, 30, 1)
    assert over <= 12  # of 2000, at one in a thousand


@pytest.mark.parametrize("name", features.FEATURES)
def test_a_feature_takes_any_text(name: str) -> None:
    for text in ("", "p cnf 2 2\n1 -2 0", "no numbers", "9" * 5000, "\0\ud800", "0 -0 007"):
        assert features.FEATURES[name](text) == features.FEATURES[name](text)


@pytest.mark.parametrize(
    ("must", "seen", "bad"),
    [
        (Must.FULL, Seen(1.0), False),
        (Must.FULL, Seen(0.5), True),
        (Must.FULL, Seen(1.0, correct=False), True),
        (Must.LESS, Seen(0.5), False),
        (Must.LESS, Seen(1.0), True),
        (Must.NOTHING, Seen(0.0), False),
        (Must.NOTHING, Seen(1e-9), True),
        (Must.NOTHING, Seen(-1.0), False),
        (Must.NOTHING, Seen(None, abstained=True, status="sandbox_error"), False),
        (Must.NOTHING, Seen(None, abstained=True, status="verifier_error"), True),
        (Must.VERDICT, Seen(raised="E"), True),
        (Must.VERDICT, Seen(broke="ended"), True),
        (Must.VERDICT, Seen(odd="nan"), True),
        (Must.VERDICT, Seen(7.0), False),
    ],
)
def test_what_is_a_fault(must: Must, seen: Seen, bad: bool) -> None:
    assert (fault(must, seen, Scale()) is not None) == bad


def test_a_clipped_text_commands_no_terminal() -> None:
    assert clip("\x1b[2J" + "x" * 500, 20) == r"\x1b[2Jxxxxxxxxxxxxx..." + " (504 characters)"
    assert clip("short") == "short"
