"""What all tests share: where the real data lies, and which tests lean on big parts beside Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from verigym.sandbox.local.tiers import lacking

HEAVY = ("tests/docker/", "tests/languages/", "[docker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a Docker engine or compilers: the gate runs them on one Python only."""
    root = Path(__file__).resolve().parents[1]
    for item in items:
        place = f"{item.path.relative_to(root).as_posix()}::{item.name}"
        if any(part in place for part in HEAVY):
            item.add_marker("heavy")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of published data (HumanEval, DIMACS files, proofs); see CONTRIBUTING."""
    default = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    path = Path(os.environ.get("VERIGYM_DATA", default)).resolve()
    if not path.is_dir():
        pytest.fail(f"no test data at {path}: set VERIGYM_DATA to the folder that holds it")
    return path


@pytest.fixture(scope="session")
def need_tier() -> Callable[[int], None]:
    """Skip where this machine lacks a tier, but fail up to the one that VERIGYM_TEST_TIER demands."""

    def check(tier: int) -> None:
        if (reason := lacking(tier)) is not None:
            demanded = tier <= int(os.environ.get("VERIGYM_TEST_TIER", "0"))
            (pytest.fail if demanded else pytest.skip)(f"tier {tier} is lacking here: {reason}")

    return check
