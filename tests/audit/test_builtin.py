"""Every family of this package passes the audit; a new one fails here until it has an example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builtin_examples import knobs
from here import judging_here

from verigym.audit import CHECKS, Outcome, Report, audit, run
from verigym.family import BUILTIN, family_class

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
    if name.startswith("spec/"):  # each of whose tasks takes Hypothesis; the soak tries their seeds
        checks = checks - {"seeds"}
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


GENERATED = [
    name for name in sorted(BUILTIN) if family_class(name).dials and not family_class(name).needs_data
]
FADES = 0.1
"""How much more than at the first level anything cheap may succeed at the last: what luck does to 40 tasks."""


@pytest.mark.soak
@pytest.mark.parametrize("name", GENERATED)
def test_cheap_policies_fade_as_levels_rise(name: str) -> None:
    report = audit(name, checks=["cheap"], tasks=40)
    assert report.passed, report.text()
    (result,) = report.results
    rows = {(row["level"], row["policy"]): row for row in result.rows}
    last = max(level for level, _ in rows)
    assert last >= 3
    for (level, policy), row in rows.items():
        if level == 1 and (last, policy) in rows:
            assert rows[last, policy]["success"] <= row["success"] + FADES, (policy, report.text())
