"""Every mutant of a reference that the published tests kill is refused, and no other is."""

from __future__ import annotations

from pathlib import Path

from humaneval_mutants import disagreements, problems
from verigym.sandbox import shared


def test_verdicts_on_mutants_are_those_of_the_published_tests(data: Path) -> None:
    count, killed, wrong = disagreements(shared(), problems(data)[::2], count=1)
    assert count > 75
    assert killed > 0.8 * count
    assert wrong == []
