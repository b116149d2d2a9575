"""What all tests share: where the real data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of published data (HumanEval, DIMACS files, proofs); see CONTRIBUTING."""
    default = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    path = Path(os.environ.get("VERIGYM_DATA", default)).resolve()
    if not path.is_dir():
        pytest.fail(f"no test data at {path}: set VERIGYM_DATA to the folder that holds it")
    return path
