"""Levels of difficulty: what dials promise, how a level is asked for, and that harder is harder."""

from __future__ import annotations

import doctest
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any, ClassVar

import gymnasium
import pytest

import verigym
from toy_family import Toy
from verigym.cli import main
from verigym.difficulty import Dial, levels
from verigym.envs.spec.family import SpecFamily
from verigym.errors import FamilyError
from verigym.family import BUILTIN, at_level, family_class

PAGE = Path(__file__).resolve().parents[1] / "docs" / "curriculum.md"


def generated(name: str) -> bool:
    """Whether a family makes its tasks, and neither takes them from data nor poses what ships with it."""
    cls = family_class(name)
    return not (cls.needs_data or issubclass(cls, SpecFamily))


class Dialled(Toy):
    """Sums with levels."""

    name = "toy/dialled"
    dials: ClassVar[Mapping[str, Dial]] = {"n": Dial(1, 100, (2, 4, 8))}


class TestDials:
    def test_levels_go_from_easy_to_hard(self) -> None:
        dials = {"a": Dial(0, 9, (1, 2, 2)), "b": Dial(0.0, 1.0, (0.5, 0.5, 0.25), harder="down")}
        assert levels(dials) == [{"a": 1, "b": 0.5}, {"a": 2, "b": 0.5}, {"a": 2, "b": 0.25}]
        assert json.loads(json.dumps(dials["b"].to_json())) == {
            "low": 0.0,
            "high": 1.0,
            "levels": [0.5, 0.5, 0.25],
            "harder": "down",
        }
        assert levels({}) == []

    @pytest.mark.parametrize(
        "wrong",
        [{"levels": ()}, {"levels": (2, 1)}, {"levels": (1, 10)}, {"levels": (1, 2), "harder": "down"}],
    )
    def test_levels_that_do_not_are_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(FamilyError, match="from easy to hard"):
            Dial(0, 9, **wrong)

    def test_dials_with_different_numbers_of_levels_are_refused(self) -> None:
        with pytest.raises(FamilyError, match=r"same number of levels, not \[1, 2\]"):
            levels({"a": Dial(0, 9, (1,)), "b": Dial(0, 9, (1, 2))})


class TestLevel:
    def test_it_sets_the_knobs(self) -> None:
        assert at_level(Dialled, 3, {}) == {"n": 8}
        family = verigym.family("sat/decide", level=1, k=2)
        assert (family.config["n"], family.config["k"]) == (8, 2)  # type: ignore[attr-defined]
        ids = [verigym.family("sat/decide", **knobs).sample().id for knobs in ({"level": 1}, {"n": 8})]
        assert ids[0] == ids[1]

    @pytest.mark.parametrize("level", [0, -1, 6, 1.0, "1", True, 10**30])
    def test_one_that_there_is_not_is_refused(self, level: Any) -> None:
        with pytest.raises(FamilyError, match=r"sat/decide has no level .*; its levels are 1 to 5"):
            verigym.family("sat/decide", level=level)

    def test_a_family_without_dials_has_none(self) -> None:
        with pytest.raises(FamilyError, match="toy/sum has no level 1; it has no levels"):
            verigym.family("toy/sum", level=1)

    def test_a_knob_that_the_level_sets_is_refused_even_when_it_agrees(self) -> None:
        for n in (3, 16):
            with pytest.raises(FamilyError, match=f"level 2 sets n to 16, so it cannot be {n} as well"):
                verigym.family("sat/solve", level=2, n=n)

    def test_data_has_no_level(self, data: Path) -> None:
        with pytest.raises(FamilyError, match="sat/decide: data has no level"):
            verigym.family("sat/decide", level=2, data=str(data / "dimacs"))

    def test_gymnasium_takes_it_like_a_knob(self) -> None:
        env = gymnasium.make("verigym:verigym/SatSolve-v0", level=2)
        assert env.reset(seed=1)[1]["difficulty"]["n"] == 16


class TestCommandLine:
    def run(self, capsys: pytest.CaptureFixture[str], line: str, code: int = 0) -> str:
        assert main(line.split()) == code
        out, err = capsys.readouterr()
        return err if code else out

    def test_show_prints_dials_and_poses_a_level(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = self.run(capsys, "show sat/solve --level 2")
        assert "LEVEL 5\n" in text
        assert " n=16," in text
        shown = json.loads(self.run(capsys, "show sat/solve --level 2 --json"))
        assert shown["levels"][1] == {"n": 16}
        assert shown["dials"]["n"]["harder"] == "up"
        assert shown["task"]["difficulty"]["n"] == 16

    def test_families_prints_them_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = {row["name"]: row for row in json.loads(self.run(capsys, "families --json"))}
        for name in BUILTIN:
            cls = family_class(name)
            assert rows[name]["levels"] == levels(cls.dials)
            assert set(rows[name]["dials"]) == set(cls.dials)

    def test_eval_takes_a_level(self, capsys: pytest.CaptureFixture[str]) -> None:
        line = "eval sat/solve --level 1 --count 3 --answers reference --json"
        assert json.loads(self.run(capsys, line))["correct"] == 3

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("--level 7", "sat/solve has no level 7; its levels are 1 to 5"),
            ("--level 0", "not a whole number from 1 up"),
            ("--level 2 --set n=9", "level 2 sets n to 16"),
        ],
    )
    def test_what_cannot_be_is_one_line(
        self, capsys: pytest.CaptureFixture[str], arguments: str, said: str
    ) -> None:
        for command in ("show sat/solve", "eval sat/solve --answers null", "audit sat/solve"):
            error = self.run(capsys, f"{command} {arguments}", code=1)
            assert said in error
            assert error.count("\n") == 1


@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_the_dials_of_each_family_are_its_knobs_and_build_it(name: str) -> None:
    cls = family_class(name)
    assert set(cls.dials) <= set(cls.knobs)
    for dial in cls.dials.values():
        assert dial.low < dial.high
        assert dial.harder in ("up", "down")
    steps = levels(cls.dials)
    assert all(one != two for one, two in pairwise(steps))
    if not generated(name):
        return
    assert steps, f"{name} is generated, so it has levels"
    for level, knobs in enumerate(steps, 1):
        family: Any = verigym.family(name, level=level)
        assert {knob: family.config[knob] for knob in knobs} == knobs
    for knob, dial in cls.dials.items():  # one dial alone, as far as it goes, beside the first level
        for value in (dial.low, dial.high):
            verigym.family(name, **{**steps[0], knob: value})


@pytest.mark.parametrize("name", sorted(filter(generated, BUILTIN)))
def test_the_first_level_poses_tasks_with_a_right_reference(name: str) -> None:
    family = verigym.family(name, level=1)
    task = family.sample()
    assert family.verify(task, family.reference(task)).correct


def test_refutations_get_longer() -> None:
    """The reference is a minimised refutation, whose length is what the policy has to write."""
    lengths = []
    for level in (1, 2, 3):
        family = verigym.family("sat/decide", level=level)
        references = [family.reference(task) for task in family.tasks(count=16)]
        found = [len(text.splitlines()) for text in references if not text.startswith("v")]
        assert len(found) == 8
        lengths.append(mean(found))
    assert lengths[0] < lengths[1] < lengths[2], lengths


def test_greedy_flips_find_fewer_models() -> None:
    rates = []
    for level in (1, 3, 5):
        family = verigym.family("sat/solve", level=level)
        pairs = [(task, family.cheap_answers(task)["greedy flips"]) for task in family.tasks(count=16)]
        rates.append(mean(verdict.correct for verdict in verigym.verify_many(pairs)))
    assert rates[0] > rates[1] >= rates[2], rates


def test_the_examples_of_the_page_hold(capsys: pytest.CaptureFixture[str]) -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 14
    assert result.failed == 0
    shown = PAGE.read_text().split("$ verigym show sat/decide\n")[1].split("```")[0]
    assert main(["show", "sat/decide"]) == 0
    found = capsys.readouterr().out
    assert doctest.OutputChecker().check_output(shown, found, doctest.ELLIPSIS)
