"""How fast mutants are judged, and what hardening reaches from a prompt's examples alone.

    python benchmarks/testgen.py --data HumanEval.jsonl.gz

Mutants: for each problem of HumanEval whose published tests are data, each mutant of the reference is
called on the tests' inputs, through the sandbox, until it does something else than the reference. One
other side starts a `python -I` for each of a sample of the same mutants, uncontained, which runs the
published test once. Another is cosmic-ray, uncontained, on its own mutants of a sample of the same
references, with the same tests; in that comparison our side also makes its mutants, as cosmic-ray's
does. cosmic-ray runs in an environment that the first run makes in `--cache` (this installs it from the
package index), or not at all (`--no-cosmic-ray`).

Figures are mutants in a second of processor time, children's included, and on the clock, where other
work on the machine shows: our side uses all cores, and so does the one with a process for each.

Hardening: from the calls that the prompt shows, and nothing else. The share is that of the mutants that
either it or the published tests kill.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cosmic_side

import verigym
from verigym.errors import UserError
from verigym.mutation import Mutant, examples_in, harden, mutants
from verigym.mutation.kills import Kill, Matrix, first_kills, matrix

SAMPLE = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", required=True, help="HumanEval.jsonl.gz as published")
    parser.add_argument("--every", type=int, default=1, help="take only each N-th problem")
    parser.add_argument("--cosmic", type=int, default=8, help="problems for cosmic-ray (8)")
    parser.add_argument("--no-cosmic-ray", action="store_true", help="leave that comparison out")
    parser.add_argument("--no-hardening", action="store_true", help="measure the speed alone")
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "verigym", help="for cosmic-ray"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    problems = load(options.data)[:: options.every]
    result = {"python": sys.version.split()[0], "mutants": measure_mutants(problems)}
    if not options.no_cosmic_ray:
        result["cosmic_ray"] = measure_cosmic_ray(problems, options)
    if not options.no_hardening:
        result["harden"] = measure_hardening(problems)
    print(json.dumps(result, indent=2) if options.json else report(result))
    return 0


def load(path: str) -> list[dict[str, Any]]:
    """The problems whose tests are data, each with its task, reference and calls."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raw = [json.loads(line) for line in lines]
    tasks = verigym.family("code/humaneval", data=path).tasks()
    return [
        {
            **problem,
            "task": task,
            "reference": problem["prompt"] + problem["canonical_solution"],
            "calls": [{"args": one["args"], "kwargs": one["kwargs"]} for one in task.spec["cases"]],
        }
        for problem, task in zip(raw, tasks, strict=True)
        if "cases" in task.spec
    ]


@dataclass
class Spent:
    """Seconds on the clock, and of processor time: this process's and that of children that ended."""

    wall: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> Spent:
        self._start = time.perf_counter(), processor_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._start[0]
        self.cpu += processor_seconds() - self._start[1]

    def rates(self, count: int) -> dict[str, float]:
        """How many in a second of either."""
        return {"per_cpu_second": round(count / self.cpu, 1), "per_second": round(count / self.wall, 1)}


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure_mutants(problems: list[dict[str, Any]]) -> dict[str, Any]:
    """Verdicts on mutants in a second: through the sandbox, and by one process for each."""
    made = {problem["task_id"]: mutants(problem["reference"]) for problem in problems}
    found: dict[str, list[tuple[int, Kill] | None]] = {}
    ours = Spent()
    with ours, verigym.sandbox.open() as box:  # its start and its end are ours, too
        workers = box.workers
        with ThreadPoolExecutor(workers) as pool:
            for problem, row in zip(
                problems,
                pool.map(lambda it: judged(it, box, made[it["task_id"]]), problems),
                strict=True,
            ):
                if row is None:
                    note(f"{problem['task_id']} is left out: its reference fails on its tests' inputs")
                else:
                    found[problem["task_id"]] = row
    programs = [
        f"{mutant.source}\n{problem['test']}\ncheck({problem['entry_point']})\n"
        for problem in problems
        for mutant, kill in zip(
            made[problem["task_id"]], found.get(problem["task_id"], ()), strict=False
        )
        if kill is None or kill[1] is not Kill.OVERDUE  # which would take as long as we let it
    ]
    chosen = random.Random(0).sample(programs, min(SAMPLE, len(programs)))
    theirs = Spent()
    with theirs, ThreadPoolExecutor(workers) as pool:
        list(pool.map(run_alone, chosen))
    kills = [kill for row in found.values() for kill in row]
    return {
        "problems": len(found),
        "mutants": len(kills),
        "killed": sum(kill is not None for kill in kills),
        "ours": ours.rates(len(kills)),
        "process_each": theirs.rates(len(chosen)),
        **ratio(ours, len(kills), theirs, len(chosen)),
    }


def judged(
    problem: dict[str, Any], box: verigym.sandbox.Sandbox, found: Sequence[Mutant] | None = None
) -> list[tuple[int, Kill] | None] | None:
    """How each mutant is killed; None when the reference itself fails."""
    try:
        return first_kills(
            problem["reference"], problem["entry_point"], problem["calls"], found=found, sandbox=box
        )
    except UserError:
        return None


def measure_cosmic_ray(problems: list[dict[str, Any]], options: argparse.Namespace) -> dict[str, Any]:
    """The same for cosmic-ray; on our side mutants are made within the time."""
    programs = cosmic_side.environment(options.cache)
    chosen = random.Random(0).sample(problems, min(options.cosmic, len(problems)))
    ours = Spent()
    with ours, verigym.sandbox.open() as box, ThreadPoolExecutor(box.workers) as pool:
        rows = pool.map(lambda it: judged(it, box), problems)
        count = sum(len(row or ()) for row in rows)  # of all, so that starting it does not decide
    theirs = cosmic_side.measure(chosen, programs)
    spent = Spent(theirs["wall"], theirs["cpu"])
    return {
        "against": cosmic_side.COSMIC_RAY,
        "problems": len(chosen),
        "mutants": theirs["mutants"],
        "killed": theirs["killed"],
        "ours": ours.rates(count),
        "theirs": spent.rates(theirs["mutants"]),
        **ratio(ours, count, spent, theirs["mutants"]),
    }


def ratio(ours: Spent, count: int, theirs: Spent, their_count: int) -> dict[str, float]:
    """How many times faster we are."""
    return {
        "times_cpu": round(count / ours.cpu / (their_count / theirs.cpu), 1),
        "times_wall": round(count / ours.wall / (their_count / theirs.wall), 1),
    }


def run_alone(program: str) -> int:
    """The published way, uncontained: one interpreter for one mutant."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, timeout=20, check=False
    )
    return done.returncode


def measure_hardening(problems: list[dict[str, Any]]) -> dict[str, Any]:
    """What the prompt's examples, hardening from them and the published tests kill."""
    count: Counter[str] = Counter()
    known: dict[str, Matrix] = {}
    for problem in problems:
        with contextlib.suppress(UserError):
            name = problem["task_id"]
            known[name] = matrix(problem["reference"], problem["entry_point"], problem["calls"])
    start = time.perf_counter()
    for problem in problems:
        name = problem["entry_point"]
        shown = examples_in(problem["prompt"], name)
        arity = len(problem["calls"][0]["args"])
        shown = [args for args in shown if len(args) == arity]
        if not shown or problem["task_id"] not in known:
            count["without examples"] += 1
            continue
        found = harden(problem["reference"], name, shown)
        published = {
            known[problem["task_id"]].mutants[i].source for i in known[problem["task_id"]].killed
        }
        every = {mutant.source for mutant in known[problem["task_id"]].mutants}
        ours = every - set(found.survivors)
        count.update(
            problems=1, examples=found.killed_before, hardened=len(ours), published=len(published),
            either=len(ours | published), cases=len(found.cases) + len(found.examples),
        )  # fmt: skip
    seconds = time.perf_counter() - start
    shares = {
        f"{name}_share": round(count[name] / count["either"], 4)
        for name in ("examples", "hardened", "published")
    }
    return {**count, **shares, "seconds": round(seconds, 1)}


def report(result: dict[str, Any]) -> str:
    speed = result["mutants"]
    lines = [
        f"{speed['mutants']} mutants of {speed['problems']} references, {speed['killed']} killed by the"
        " published tests' inputs; a second of processor time, a second on the clock",
        row("through the sandbox", speed["ours"]),
        row("one process for each", speed["process_each"]),
        f"  times                    {speed['times_cpu']:8}   {speed['times_wall']:8}",
    ]
    if peer := result.get("cosmic_ray"):
        lines += [
            f"{peer['mutants']} mutants of {peer['problems']} references by {peer['against']}, "
            f"{peer['killed']} killed; all of ours, and made within the time",
            row("through the sandbox", peer["ours"]),
            row("cosmic-ray", peer["theirs"]),
            f"  times                    {peer['times_cpu']:8}   {peer['times_wall']:8}",
        ]
    if hard := result.get("harden"):
        lines += [
            f"{hard['either']} killable mutants of {hard['problems']} problems that show calls",
            f"  the prompt's examples      {hard['examples_share']:8.1%}",
            f"  hardened from them alone   {hard['hardened_share']:8.1%}",
            f"  the published tests        {hard['published_share']:8.1%}",
            f"  in {hard['seconds']} seconds, {hard['cases']} cases in all",
        ]
    return "\n".join(lines)


def row(name: str, rates: dict[str, float]) -> str:
    return f"  {name:24} {rates['per_cpu_second']:8}   {rates['per_second']:8}"


def note(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
