"""The report: its figures are those of the records, and its page stands alone."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from verigym.arena import curves, page
from verigym.arena.chart import HEIGHT, WIDTH, Line, chart
from verigym.arena.curves import Figures
from verigym.arena.page import COLUMNS, rows

HEADER = {
    "verigym": "0", "python": "3.11", "tasks": [{"held": 4}, {"held": 2}],
    "config": {"rounds": 2, "answers": 2, "tests": 4, "seed": 0, "white_box": True, "open_pool": False,
               "solver": "<script>x</script>", "tester": "random"},
}  # fmt: skip


def answer(reward: float | None, truth: bool | None, status: str = "") -> dict[str, Any]:
    return {"reward": reward, "truth": truth, "status": status}


def turn(task: int, number: int, held: list[int], answers: list[Any], **suite: Any) -> dict[str, Any]:
    told = {"status": "judged", "given": 0, "valid": 0, "killed": 0, "overdue": 0, "reward": None}
    return {
        "round": number, "task": task, "held": held, "answers": answers, "suite": {**told, **suite},
        "pool": {"tests": task + number, "wrong": number, "alive": 0},
    }  # fmt: skip


TURNS = [
    turn(0, 0, [1], []),
    turn(1, 0, [], []),
    turn(0, 1, [0, 2], [answer(1.0, True), answer(1.0, False)], given=4, valid=3, killed=2, reward=0.5),
    turn(1, 1, [1], [answer(0.0, True), answer(None, None, "abstained")], given=1, valid=0, reward=0.0),
    turn(0, 2, [], [answer(0.0, False), answer(None, False, "unjudged")], status="abstained"),
]


def test_the_figures_are_those_of_the_records() -> None:
    zero, one = curves(HEADER, TURNS)  # the last round is not over
    assert (zero["round"], one["round"]) == (0, 1)
    assert zero["discrimination"] == pytest.approx((1 / 4 + 0) / 2, abs=1e-6)
    assert one["discrimination"] == pytest.approx((3 / 4 + 1 / 2) / 2, abs=1e-6)
    assert one["margin"] == pytest.approx(1.96 * 0.125, abs=1e-6)  # s = 0.25 / sqrt 2, n = 2
    assert one["validity"] == pytest.approx(3 / 5)
    assert (one["answers"], one["solver_abstained"], one["tester_abstained"]) == (3, 1, 0)
    assert one["true_pass"] == pytest.approx(2 / 3, abs=1e-6)
    assert one["pool_pass"] == pytest.approx(2 / 3, abs=1e-6)
    assert (one["false_pass"], one["false_fail"]) == (1.0, 0.5)
    assert (one["tests"], one["wrong"], one["tester_reward"]) == (1 + 2, 2, 0.25)
    for name in ("validity", "true_pass", "pool_pass", "false_pass", "false_fail", "tester_reward"):
        assert zero[name] is None
    assert curves(HEADER, []) == []


def figures(count: int) -> list[Figures]:
    made = []
    for number in range(count):
        one: Figures = {name: None if number == 0 else 0.25 * number for name, _, _ in COLUMNS}
        one |= {"round": number, "tests": 7 * number, "wrong": number, "alive": 0, "margin": 0.1}
        made.append({**one, "solver_abstained": 1, "tester_abstained": 0})
    return made


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_the_page_stands_alone_and_is_well_formed(count: int) -> None:
    text = page(HEADER, figures(count))
    assert text.startswith("<!doctype html>")
    assert "<script" not in text  # not even that of a player's name
    assert "&lt;script&gt;" in text
    assert not re.findall(r"(?:src|href|url\(|@import)", text)
    assert set(re.findall(r"https?://[^\"' <]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme:dark" in text
    assert 'name="viewport"' in text
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(svg)
    assert ("This run is not over" in text) is (count != 3)


def test_curves_stay_in_their_frame_and_break_where_there_is_no_value() -> None:
    values = [None, 0.0, 0.5, None, 1.0, 2.0]
    lines = [Line("a", values, [0.9] * 6), Line("b", [None] * 6)]
    root = ElementTree.fromstring(chart('a "<b>"', range(6), lines))
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}polyline")) == 2
    assert len(root.findall(f"{space}circle")) == 4
    for shape in (*root.findall(f"{space}polyline"), *root.findall(f"{space}polygon")):
        for point in shape.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT
    ys = [float(dot.attrib["cy"]) for dot in root.findall(f"{space}circle")]
    assert ys == sorted(ys, reverse=True)


@pytest.mark.parametrize(("value", "top"), [(0, "4"), (3, "4"), (5, "8"), (85, "120"), (420, "800")])
def test_scales_of_counts_have_whole_quarters(value: float, top: str) -> None:
    text = chart("t", [0, 1], [Line("a", [0, value])], share=False)
    labels = re.findall(r'text-anchor="end">([^<]*)<', text)
    assert labels[-1] == top
    assert all(re.fullmatch(r"\d+", label) for label in labels)


def test_the_table_has_a_row_for_each_round() -> None:
    found = rows(figures(3))
    assert len(found) == 4
    assert {len(row) for row in found} == {len(COLUMNS)}
    assert found[1][1] == "-"
    assert found[2][1] == "25.0 %"
