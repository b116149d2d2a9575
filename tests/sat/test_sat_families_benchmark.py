"""The benchmark of the families runs, and judges the same answers in both ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "sat_families.py"


def test_it_runs() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--quick", "--json", "--only", "sat/in"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = json.loads(done.stdout)["rows"]
    assert rows
    assert all(row["posed"] > 0 and row["judged"] > 0 for row in rows)
    compared = [row for row in rows if "plain" in row]
    assert compared
    assert all(row["ratio"] == row["judged"] / row["plain"] for row in compared)
