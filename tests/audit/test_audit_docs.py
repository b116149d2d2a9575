"""docs/audit.md says what is there."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

import verigym.audit
from verigym.audit import CHECKS
from verigym.audit.exploits import EXPLOITS
from verigym.cli import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text()


def test_the_table_of_checks_is_complete() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE)
    assert rows == [(name, check.claim) for name, check in CHECKS.items()]


def test_the_first_example_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    block = re.search(r"```console\n\$ (verigym[^\n]*)\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    assert main(shlex.split(block[1])[1:]) == 0
    found = capsys.readouterr().out
    assert doctest.OutputChecker().check_output(block[2], found, doctest.ELLIPSIS), found


def test_the_catalogue_is_as_large_as_it_says() -> None:
    assert "Some ninety" in PAGE
    assert 85 <= len(EXPLOITS) <= 95


def test_the_example_of_the_module_holds() -> None:
    result = doctest.testmod(verigym.audit)
    assert result.attempted == 3
    assert result.failed == 0
