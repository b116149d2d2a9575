"""The page's table of what equals what says what happens."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from verigym.sandbox.inside import plain
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value

PAGE = Path(__file__).resolve().parents[2] / "docs" / "code.md"
LINES = (
    PAGE.read_text().partition("### What equals what")[2].partition("\n\nIn test code")[0].splitlines()
)
ROWS = [line.strip("|").split("|") for line in LINES if line.startswith("| `")]


def test_the_table_is_there_and_names_every_rule() -> None:
    head = next(line for line in LINES if line.startswith("| result"))
    assert tuple(re.findall(r"`(\w+)`", head)) == VALUE_MODES
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0].strip()} for {row[1].strip()}")
def test_a_row_of_the_table_holds(row: list[str]) -> None:
    got, expected = (
        plain.encode(eval(cell.strip().strip("`"), {"nan": math.nan, "inf": math.inf}))
        for cell in row[:2]
    )
    found = [same_value(got, expected, Rule(mode)) for mode in VALUE_MODES]
    assert [{True: "yes", False: "no"}[met] for met in found] == [cell.strip() for cell in row[2:]]
