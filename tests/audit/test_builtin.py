"""Every family of this package passes the audit; a new one fails here until it has an example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builtin_examples import knobs
from here import judging_here

from verigym.audit import CHECKS, Outcome, Report, audit, run
from verigym.family import BUILTIN

THOROUGH = (
    *("sat/solve", "sat/decide", "sat/interactive"),
    *("code/humaneval", "code/functions", "code/stdio"),
)
"""Families that are given all answers; the others only those that a family, not its verifier, may get
wrong. The soak gives all of them all."""
OF_A_FAMILY = {"reference", "echo", "others", "mutants", "hedges", "range", "seeds", "leak", "cheap"}
APART = {"determinism", "outage"}
"""Checks with processes of their own."""
SHOWN_ELSEWHERE = {"exploits"}
"""In test_catalogue, on each path by which code is judged."""


def audited(name: str, data: Path, checks: set[str], **more: Any) -> Report:
    given = dict(knobs(name, data))
    source = given.pop("data", None)
    return audit(name, knobs=given, data=source, checks=sorted(checks), tasks=2, **more)


@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_a_family_passes(name: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "judging", judging_here)
    checks = set(CHECKS) - APART - SHOWN_ELSEWHERE if name in THOROUGH else OF_A_FAMILY
    report = audited(name, data, checks)
    assert report.passed, report.text()
    tried = {result.check for result in report.results if result.outcome is Outcome.PASSED}
    assert {"echo", "range"} <= tried


@pytest.mark.parametrize("name", ["sat/decide", "code/functions", "code/stdio"])
def test_a_verifier_judges_alike_anywhere_and_abstains_without_a_sandbox(name: str, data: Path) -> None:
    report = audited(name, data, APART)
    assert report.passed, report.text()


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_a_family_passes_the_whole_audit(name: str, data: Path) -> None:
    report = audited(name, data, set(CHECKS))
    assert report.passed, report.text()
