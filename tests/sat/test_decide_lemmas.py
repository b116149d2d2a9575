"""The knob ``lemmas``: tasks whose minimised refutation has a length within a range."""

from __future__ import annotations

import json
from typing import Any

import pytest

import verigym
from verigym.cli import main
from verigym.envs.sat import decide
from verigym.envs.sat.refute import refutation
from verigym.errors import FamilyError
from verigym.verifiers.sat import formula_of


@pytest.mark.parametrize(("n", "least", "most"), [(8, 3, 4), (8, 6, 9), (14, 7, 10)])
def test_refutations_have_the_length(n: int, least: int, most: int) -> None:
    family = verigym.family("sat/decide", n=n, lemmas=(least, most))
    tasks = family.tasks("train", 8)
    for first, second in zip(tasks[::2], tasks[1::2], strict=True):
        assert first.difficulty["lemmas"] == second.difficulty["lemmas"]
        answers = {task: family.reference(task) for task in (first, second)}
        unsatisfiable = [task for task in answers if not answers[task].startswith("v")]
        assert len(unsatisfiable) == 1
        length = len(refutation(formula_of(unsatisfiable[0])) or ())
        assert least <= length <= most
        assert length == first.difficulty["lemmas"] == answers[unsatisfiable[0]].count("\n") + 1
        assert all(family.verify(task, answer).correct for task, answer in answers.items())


def test_a_list_is_the_same_as_a_tuple_and_none_as_nothing() -> None:
    pairs = [verigym.family("sat/decide", n=8, lemmas=x).sample() for x in ((4, 6), [4, 6])]
    assert pairs[0] == pairs[1]
    without = verigym.family("sat/decide", n=8).sample()
    assert verigym.family("sat/decide", n=8, lemmas=None).sample() == without
    assert "lemmas" not in without.difficulty


@pytest.mark.parametrize(
    "value", [5, (5,), (5, 4), (0, 4), (1, 2, 3), (1.0, 4), (True, 4), "5-9", "59", {}, (1, 10**6)]
)
def test_what_is_no_range_is_named(value: Any) -> None:
    with pytest.raises(FamilyError, match=r"lemmas is .*two whole numbers"):
        verigym.family("sat/decide", n=8, lemmas=value)


@pytest.mark.parametrize(("wanted", "hint"), [((900, 999), "larger"), ((1, 1), "smaller")])
def test_a_length_that_does_not_occur_ends_with_an_error(
    wanted: tuple[int, int], hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "LENGTH_DRAWS", 5)
    with pytest.raises(FamilyError, match=rf"none of 5 formulas .* pose {hint} formulas"):
        verigym.family("sat/decide", n=10, lemmas=wanted).sample()


def test_loaded_formulas_have_no_such_knob(tmp_path: Any) -> None:
    (tmp_path / "a.cnf").write_text("p cnf 1 2\n1 0\n-1 0\n")
    with pytest.raises(FamilyError, match="takes data or lemmas, not both"):
        verigym.family("sat/decide", data=tmp_path, lemmas=(1, 2))
    task = verigym.family("sat/decide", data=tmp_path).sample("test")
    assert "lemmas" not in task.difficulty


def test_the_command_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "sat/decide", "--set", "n=8", "--set", "lemmas=[4, 6]", "--count", "2"]) == 0
    for line in capsys.readouterr().out.splitlines():
        assert 4 <= json.loads(line)["difficulty"]["lemmas"] <= 6
