"""The audit finds each planted defect with the right check, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import planted
import pytest
from here import judging_here

from verigym.audit import CHECKS, Outcome, Report, Scale, audit, run

GRADERS = {
    "pays_for_text": ["nulls", "injections", "fuzz"],
    "substring": ["hedges", "reasoning"],
    "evaluates": ["injections"],
    "no_tests": ["nulls", "echo", "others", "mutants", "odd"],
    "swallows": ["reference"],
    "tosses": ["determinism"],
    "remembers": ["determinism"],
    "by_hash": ["determinism"],
    "raises": ["nulls", "fuzz", "odd"],
    "ends": ["odd"],
    "hangs": ["odd"],
    "above_one": ["range"],
    "below_zero": ["range"],
    "not_a_number": ["nulls", "fuzz"],
    "any_number": ["hedges", "reasoning"],
    "near": ["mutants"],
    "echoed": ["echo"],
    "thoughts": ["reasoning"],
}
"""Grader -> the checks that must fail."""
HARMFUL = {"evaluates", "ends", "hangs"}
"""Those that end, hang or change the process that they judge in."""

FAMILIES = {
    "RaisesInside": (["nulls", "odd", "fuzz"], ["reference"]),
    "AbstentionAsZero": (["outage"], ["reference", "echo"]),
    "Leaks": (["leak"], ["seeds"]),
    "RareLeak": (["leak"], ["seeds"]),
    "SharesSplits": (["seeds"], ["reference"]),
    "GlobalRandomness": (["seeds"], ["reference"]),
    "HashOrder": (["determinism"], ["reference"]),
}
"""Family -> the checks that must fail, and some that must not."""


def audited(name: str, checks: list[str] | None, **more: Any) -> Report:
    more = {"tasks": 4, "deadline": 1.5, "workers": 1, **more}
    return audit(f"planted:{name}", checks=checks, **more)


def failed(report: Report) -> set[str]:
    return {result.check for result in report.results if result.outcome is Outcome.FAILED}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts of the planted verifiers in this process, but where they harm it."""
    monkeypatch.setattr(run, "judging", judging_here)


@pytest.mark.parametrize("name", [name for name in GRADERS if name not in HARMFUL])
@pytest.mark.usefixtures("here")
def test_a_defect_of_a_grader_is_found(name: str) -> None:
    report = audited(name, GRADERS[name], data=planted.RECORDS)
    assert failed(report) == set(GRADERS[name]), report.text()
    assert not report.passed


@pytest.mark.parametrize("name", sorted(HARMFUL))
def test_a_grader_that_ends_its_process_does_not_end_the_audit(name: str) -> None:
    report = audited(name, GRADERS[name], data=planted.RECORDS[:1], deadline=0.5)
    assert failed(report) == set(GRADERS[name]), report.text()


def test_whoever_writes_on_every_descriptor_is_found_and_forges_nothing() -> None:
    found = audited("lends", ["odd"], data=planted.RECORDS[:1]).results[0].findings
    assert {finding.what for finding in found} == {"deep brackets"}
    assert all(finding.got.startswith("a reply of no meaning") for finding in found)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.usefixtures("here")
def test_a_defect_of_a_family_is_found(name: str) -> None:
    must, must_not = FAMILIES[name]
    report = audited(name, must + must_not, tasks=2)
    assert failed(report) == set(must), report.text()


@pytest.mark.usefixtures("here")
def test_tasks_of_one_label_are_not_all_looked_at() -> None:
    report = audited("OneLabel", ["leak"], tasks=2)
    (result,) = report.results
    assert result.outcome is Outcome.SKIPPED, report.text()
    assert "two labels" in result.reason


def test_every_check_that_can_fail_is_seen_to_fail() -> None:
    seen = {check for checks in GRADERS.values() for check in checks}
    seen |= {check for checks, _ in FAMILIES.values() for check in checks}
    elsewhere = {"exploits", "cheap"}  # in test_catalogue and test_cheap
    assert seen | elsewhere == set(CHECKS)


def test_nothing_is_found_where_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(run, "judging", judging_here)
        report = audited("sound", None, data=planted.RECORDS)
        assert report.passed, report.text()
    report = audited("Sound", None, tasks=2)
    assert report.passed, report.text()
    outcomes = {result.check: result.outcome for result in report.results}
    skipped = {check for check, outcome in outcomes.items() if outcome is Outcome.SKIPPED}
    assert skipped == {"exploits", "outage"}


def test_trust_in_equality_is_found_by_the_catalogue() -> None:
    report = audited(
        "trusts_equality", ["exploits", "reference"], data=planted.DOUBLES, deadline=0.5, workers=4
    )
    assert failed(report) == {"exploits"}
    found = {finding.what: finding.got for finding in report.findings}
    assert found["equality: always equal"] == "reward 1"
    assert found["early: os._exit in the call"] == "the judge's process ended"
    assert found["limits: sleeps"] == "no verdict after 0.5 seconds"
    assert "limits: segmentation fault" in found
    assert len(found) >= 30


@pytest.mark.usefixtures("here")
def test_a_scale_says_what_the_rewards_mean() -> None:
    checks = ["reference", "nulls", "range"]
    floor = audited("pays_for_text", checks, data=planted.RECORDS, scale=Scale(0, 1, 0.1))
    assert floor.passed, floor.text()
    wide = audited("below_zero", checks, data=planted.RECORDS, scale=Scale(-1, 1, -1))
    assert wide.passed, wide.text()


def test_what_could_not_be_judged_is_no_pass() -> None:
    report = audited("abstains", ["reference"], data=planted.RECORDS)
    assert [result.outcome for result in report.results] == [Outcome.ABSTAINED]
    assert report.abstained == 4
    assert not report.passed
    assert not report.findings
