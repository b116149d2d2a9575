"""What an audit found: frozen records, as a table for people and as JSON for machines.

A check has PASSED when every verdict was what it must be, and FAILED with one finding for each that
was not. It ABSTAINED when nothing was wrong but some answers could not be judged through no fault of
theirs, and was SKIPPED, with a reason, when there was nothing to try. Neither of these two is a pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

SHOWN = 4
"""Findings of one check that the text shows; JSON has all of them."""
MAX_ANSWER = 4000
"""Characters of an answer that a finding keeps."""


class Outcome(str, Enum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    ABSTAINED = "abstained"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One verdict that was not what it must be."""

    check: str
    what: str
    """Which of the check's answers it was, in a few words."""
    expected: str
    got: str
    task: str = ""
    """Id of the task, or the position of the record; empty when it is about no task."""
    answer: str = ""
    """The answer, cut to :data:`MAX_ANSWER` characters."""
    reproduce: str = ""
    """A command line that finds it again."""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Result:
    """One check, done."""

    check: str
    claim: str
    outcome: Outcome
    judged: int = 0
    """Verdicts that were looked at, abstentions included."""
    abstained: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it was skipped."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured and is no failure, as ``strength``, the share of mutants refused."""
    rows: tuple[Mapping[str, Any], ...] = ()
    """A table that the check shows, as ``cheap`` one of policies; one mapping for each line."""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        plain = {**vars(self), "outcome": self.outcome.value, "figures": dict(self.figures)}
        findings = [finding.to_json() for finding in self.findings]
        return {**plain, "findings": findings, "rows": [dict(row) for row in self.rows]}


@dataclass(frozen=True)
class Report:
    """All checks of one audit, in the order in which they were done."""

    target: str
    tasks: int
    seed: int
    results: tuple[Result, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all checks."""
        return tuple(finding for result in self.results for finding in result.findings)

    @property
    def abstained(self) -> int:
        """Answers that could not be judged."""
        return sum(result.abstained for result in self.results)

    @property
    def passed(self) -> bool:
        """True when no check failed, none abstained and at least one passed."""
        outcomes = {result.outcome for result in self.results}
        return Outcome.PASSED in outcomes and outcomes <= {Outcome.PASSED, Outcome.SKIPPED}

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is."""
        return {
            "target": self.target,
            "tasks": self.tasks,
            "seed": self.seed,
            "passed": self.passed,
            "abstained": self.abstained,
            "checks": [result.to_json() for result in self.results],
        }

    def text(self) -> str:
        """A table of the checks, the tables that they show, then the first findings of each."""
        rows: list[Sequence[str]] = [("CHECK", "OUTCOME", "ANSWERS", "FOUND", "")]
        lines = _aligned(rows + [_row(result) for result in self.results])
        for result in self.results:
            lines += _shown(result)
        for result in self.results:
            lines += _details(result)
        failed = sum(result.outcome is Outcome.FAILED for result in self.results)
        passed = sum(result.outcome is Outcome.PASSED for result in self.results)
        lines += ["", f"{self.target}, {self.tasks} tasks: {passed} checks passed, {failed} failed"]
        return "\n".join(lines)


def clip(text: str, limit: int = 100) -> str:
    """The text in one line of at most about ``limit`` characters, control characters written out."""
    shown = ascii(text[: limit + 1])[1:-1]
    return shown if len(shown) <= limit else f"{shown[:limit]}... ({len(text)} characters)"


def _row(result: Result) -> tuple[str, str, str, str, str]:
    notes = [result.reason] if result.reason else []
    notes += [f"{name} {value:.2f}" for name, value in result.figures.items()]
    notes += [f"{result.abstained} abstained"] if result.abstained else []
    found = str(len(result.findings)) if result.findings else "-"
    judged = str(result.judged) if result.judged else "-"
    return result.check, result.outcome.value, judged, found, "; ".join(notes)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of as many cells each as lines of aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _shown(result: Result) -> list[str]:
    """The table that a check shows, its fields as columns."""
    if not result.rows:
        return []
    heading = [name.upper().replace("_", " ") for name in result.rows[0]]
    rows = [[_cell(value) for value in row.values()] for row in result.rows]
    return ["", f"{result.check}: {result.claim}", *_aligned([heading, *rows])]


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={one}" for name, one in value.items()) or "-"
    if isinstance(value, bool):
        return "yes" if value else "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    return "-" if value is None else str(value)


def _details(result: Result) -> list[str]:
    if not result.findings:
        return []
    lines = ["", f"{result.check}: {result.claim}"]
    for finding in result.findings[:SHOWN]:
        where = f" (task {finding.task[:12]})" if finding.task else ""
        lines.append(f"  {finding.what}{where}: expected {finding.expected}, got {finding.got}")
        if finding.answer:
            lines.append(f"    answer: {clip(finding.answer)}")
    if len(result.findings) > SHOWN:
        lines.append(f"  and {len(result.findings) - SHOWN} more; --json shows all")
    lines.append(f"  again: {result.findings[0].reproduce}")
    return lines
