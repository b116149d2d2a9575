"""Cheap policies in the audit: exact bounds, and findings where one is paid or surely beats chance."""

from __future__ import annotations

import doctest
import json
import math
from pathlib import Path
from typing import Any

import planted_policies
import pytest
from here import judging_here

from verigym.audit import Finding, Outcome, audit, run
from verigym.audit.bounds import at_least, at_most
from verigym.audit.report import Result
from verigym.cli import main


def binomial_tail(successes: int, trials: int, share: float) -> float:
    return sum(
        math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(successes + 1)
    )


class TestBounds:
    @pytest.mark.parametrize(
        ("right", "trials"), [(1, 8), (3, 8), (7, 8), (5, 40), (39, 40), (64, 128)]
    )
    @pytest.mark.parametrize("alpha", [0.05, 0.001, 1e-6])
    def test_they_are_where_the_tails_are_alpha(self, right: int, trials: int, alpha: float) -> None:
        low, high = at_least(right, trials, alpha), at_most(right, trials, alpha)
        assert 0 < low < right / trials < high < 1
        assert binomial_tail(right, trials, high) == pytest.approx(alpha, rel=1e-6)
        assert 1 - binomial_tail(right - 1, trials, low) == pytest.approx(alpha, rel=1e-6, abs=1e-12)

    def test_none_and_all(self) -> None:
        assert at_least(0, 8, 0.01) == 0.0
        assert at_most(8, 8, 0.01) == 1.0
        assert at_least(8, 8, 0.01) == pytest.approx(0.01 ** (1 / 8))
        assert at_most(0, 8, 0.01) == pytest.approx(1 - 0.01 ** (1 / 8))
        assert at_most(0, 0, 0.01) == 1.0
        assert at_least(0, 0, 0.01) == 0.0

    def test_many_trials_cost_little(self) -> None:
        assert 0.45 < at_least(1_000, 2_000, 0.001) < 0.5 < at_most(1_000, 2_000, 0.001) < 0.55


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(run, "judging", judging_here)

    def cheap(name: str, **more: Any) -> Result:
        (result,) = audit(f"planted_policies:{name}", checks=["cheap"], **{"tasks": 40, **more}).results
        return result

    return cheap


def only(result: Result, what: str) -> Finding:
    """The finding about one policy, which there must be."""
    assert result.outcome is Outcome.FAILED
    (finding,) = [finding for finding in result.findings if finding.what == what]
    return finding


def test_luck_is_no_finding_and_each_level_has_its_rows(cheap: Any) -> None:
    result = cheap("Fair")
    assert result.outcome is Outcome.PASSED
    assert [row["level"] for row in result.rows] == [1] * 5 + [2] * 5 + [3] * 5
    assert result.rows[5]["knobs"] == {"sides": 8}
    names = ["empty", "always 0", "always 1", "oracle", "random answers"]
    assert [row["policy"] for row in result.rows[:5]] == names
    coin = result.rows[1]
    assert coin["answers"] == 40
    assert 0.2 < coin["success"] < 0.8
    assert 0.4 < coin["chance"] < 0.6 < coin["chance_at_most"] < 0.8
    assert result.rows[-1]["answers"] == 40 * 16
    assert json.loads(json.dumps(result.to_json()))["rows"] == list(map(dict, result.rows))


def test_the_one_that_searches_may_be_right_and_is_marked(cheap: Any) -> None:
    row = cheap("Fair").rows[3]
    assert (row["policy"], row["searches"], row["success"]) == ("oracle", True, 1.0)


def test_given_knobs_are_judged_alone(cheap: Any) -> None:
    for given, level in (({"knobs": {"sides": 3}}, 3), ({"level": 2}, 8)):
        rows = cheap("Fair", **given).rows
        assert {row["level"] for row in rows} == {None}
        assert rows[0]["knobs"] == {"sides": level}
    assert "level=2" not in str(rows)
    built = audit(planted_policies.Fair(sides=4), checks=["cheap"], tasks=2).results[0]
    assert {row["level"] for row in built.rows} == {None}


def test_a_policy_that_surely_beats_chance_is_found(cheap: Any) -> None:
    finding = only(cheap("Biased"), "always 0 at level 2")
    assert "surely above" in finding.got
    assert "chance, at most" in finding.expected
    assert "--only cheap" in finding.reproduce
    assert (
        cheap("Biased", tasks=3, knobs={"sides": 2}).outcome is Outcome.PASSED
    )  # three say too little


def test_a_partial_reward_is_found_even_once(cheap: Any) -> None:
    finding = only(cheap("PaysAConstant", tasks=1, knobs={"sides": 2}), "always 1")
    assert (finding.expected, finding.answer) == ("no reward below success", "1")
    assert finding.got == "reward 0.25 (partial)"
    assert finding.task


def test_a_floor_that_luck_beats_is_found(cheap: Any) -> None:
    result = cheap("PaysLuck")
    assert {finding.what for finding in result.findings} == {
        "random answers at level 2",
        "random answers at level 3",
    }
    assert "at most 5%" in result.findings[0].expected


def test_a_verifier_that_fails_is_found(cheap: Any) -> None:
    result = cheap("Fails", tasks=2)
    assert {finding.expected for finding in result.findings} == {"a verdict"}
    assert "always 1" in {finding.what for finding in result.findings}


def test_a_level_that_poses_nothing_is_found(cheap: Any) -> None:
    result = cheap("TooHard", tasks=4)
    assert only(result, "posing level 3").got == "too many sides"
    assert {row["level"] for row in result.rows} == {1, 2}


def test_without_a_way_to_guess_chance_is_nothing(cheap: Any) -> None:
    result = cheap("NoGuess", tasks=2, knobs={"sides": 2})
    assert [row["policy"] for row in result.rows] == ["empty", "copy of the prompt", "null answer 3"]
    assert only(result, "null answer 3").expected == "no more than chance, at most 0.0%"


def test_a_grader_has_none(cheap: Any) -> None:
    records = [{"prompt": "1 + 1?", "reference": "2"}]
    result = audit("planted:sound", data=records, checks=["cheap"]).results[0]
    assert result.outcome is Outcome.SKIPPED


def test_levels_are_judged_in_other_processes_too() -> None:
    (result,) = audit("sat/solve", tasks=2, checks=["cheap"], workers=1).results
    assert result.outcome is Outcome.PASSED, result.findings
    assert {row["level"] for row in result.rows} == {1, 2, 3, 4, 5}
    assert {row["partial"] for row in result.rows if row["policy"] != "random answers"} == {0.0}
    blind = [row for row in result.rows if not row["searches"]]
    assert max(row["success"] for row in blind if row["policy"] != "random answers") == 0.0


def test_the_page_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text()
    shown = page.split("$ verigym audit sat/solve --only cheap\n")[1].split("```")[0]
    assert main(["audit", "sat/solve", "--only", "cheap"]) == 0
    out = capsys.readouterr().out
    assert doctest.OutputChecker().check_output(shown, out, doctest.ELLIPSIS), out
