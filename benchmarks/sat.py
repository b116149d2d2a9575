"""How fast SAT answers are judged, with SATQuest's check of the same answers next to it.

    python benchmarks/sat.py

For ``sat/solve``, ``sat/maxsat``, ``sat/mcs`` and ``sat/mus`` both sides judge the same right answers
to the same formulas (as SATQuest draws them: mixed lengths, four clauses for each variable), in turn,
several times; the best rate of each counts. "Warm" is one of many answers to a task, as in training:
ours is the whole ``verify`` from the text of the answer, theirs ``check`` alone, with it known
whether the formula is satisfiable. "Cold" is the first answer to a task whose clauses are in memory:
ours includes checking those, theirs building the problem from them. For MaxSAT ours compares with the
least cost that the task holds, theirs solves again.

Generation is that of pairs: an unsatisfiable formula and a satisfiable partner, as clauses in memory,
without prompts and optima. Theirs draws all signs anew until there is a model, ours changes a few.

SATQuest pins another release of its solver, so it gets a virtual environment of its own, made on the
first run in ``--cache`` (this installs ``satquest`` from the package index), or ``--satquest-python``.

For ``sat/decide`` no other verifier is known to check refutations; the other side is a straightforward
checker in Python. ``sat_refutations.py`` says what is compared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sat_problems
import sat_refutations

import verigym

SATQUEST = "satquest==0.2.0"


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    if options.quick:
        options.seconds, options.rounds, options.tasks = 0.05, 1, 2
    sizes = sat_problems.SIZES[:2] if options.quick else sat_problems.SIZES
    satquest = None if options.no_satquest else open_satquest(options)
    try:
        results = {
            "python": sys.version.split()[0],
            "verigym": verigym.__version__,
            "against": None if satquest is None else SATQUEST,
            **{x: measure(x, sizes, options, satquest) for x in sat_problems.PROBLEMS},
            "generation": [sat_problems.measure_generation(n, options, satquest) for n in sizes],
            "decide": [measure_refutations(n, options) for n in sat_refutations.SIZES],
        }
    finally:
        if satquest is not None:
            satquest.stdin.close()
            satquest.wait()
    print(json.dumps(results, indent=2) if options.json else report(results))
    if satquest is None:
        note("SKIPPED the comparison with SATQuest: no ratio was measured.")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each measurement (1.0)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each kind (5)")
    parser.add_argument("--tasks", type=int, default=30, help="tasks of each size (30)")
    parser.add_argument(
        "--quick", action="store_true", help="tiny counts: shows that it runs, no figures"
    )
    parser.add_argument("--no-satquest", action="store_true", help="leave the comparison out")
    parser.add_argument("--satquest-python", type=Path, help=f"a Python that has {SATQUEST} installed")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path.home() / ".cache" / "verigym",
        help="where its environment goes",
    )
    return parser


def open_satquest(options: argparse.Namespace) -> subprocess.Popen[str]:
    """SATQuest's side, in its own process."""
    python = options.satquest_python or environment(options.cache)
    script = Path(__file__).with_name("satquest_side.py")
    return subprocess.Popen([python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def environment(cache: Path) -> Path:
    """The Python of a virtual environment with SATQuest, made when it is not there."""
    place = cache / f"{SATQUEST.replace('==', '-')}-python{sys.version_info[0]}.{sys.version_info[1]}"
    python = place / "bin" / "python"
    ready = place / "ready"
    if not ready.exists():
        note(f"making an environment with {SATQUEST} in {place}")
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", SATQUEST], check=True)
        ready.touch()
    return python


def measure(
    problem: str, sizes: Sequence[int], options: argparse.Namespace, satquest: Any
) -> list[dict[str, Any]]:
    rows = []
    for n in sizes:
        note(f"sat/{problem}, n = {n}")
        rows.append(sat_problems.measure(problem, n, options, satquest, rate))
    return rows


def measure_refutations(n: int, options: argparse.Namespace) -> dict[str, Any]:
    note(f"sat/decide, n = {n}")
    return sat_refutations.measure(n, options)


def rate(pairs: list[Any], seconds: float, before: Callable[[], None] | None = None) -> float:
    """Verdicts per second; every one of them must be a success."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for task, answer in pairs:
            if before is not None:
                before()
            if not verigym.verify(task, answer).correct:
                raise SystemExit(f"a reference was refused: {task.id}")
        done += len(pairs)
    return done / (time.perf_counter() - start)


def report(results: dict[str, Any]) -> str:
    lines = [f"Python {results['python']}, verigym {results['verigym']}, on one core", ""]
    lines += sat_problems.report(results)
    lines += ["", *sat_refutations.report(results["decide"])]
    return "\n".join(lines)


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
