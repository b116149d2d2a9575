"""The benchmark runs, and says so loudly when it leaves the comparison out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "sat.py"


def test_it_runs_and_a_skipped_comparison_is_loud() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--quick", "--no-satquest", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(done.stdout)
    assert results["against"] is None
    assert "SKIPPED" in done.stderr
    for problem in ("solve", "maxsat", "mcs", "mus"):
        assert [row["n"] for row in results[problem]] == [3, 16]
        assert all(row["warm"] > 0 and row["cold"] > 0 for row in results[problem])
    assert results["generation"][1]["rate"] > 0
    assert [row["n"] for row in results["decide"]] == [10, 30, 50, 100]
    assert all(row["rate"] > 0 and row["lemmas_max"] > 1 for row in results["decide"])
