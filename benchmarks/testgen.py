"""How fast mutants are judged, and what hardening reaches from a prompt's examples alone.

    python benchmarks/testgen.py --data HumanEval.jsonl.gz

Mutants: for each problem of HumanEval whose published tests are data, all mutants of the reference are
called on all of the tests' inputs, through the sandbox; the other side starts one `python -I` for each
of a sample of the same mutants, uncontained, which runs the published test once. "A second" is on the
clock, with all cores on our side and as many processes at a time on theirs.

Hardening: from the calls that the prompt shows, and nothing else. The share is that of the mutants that
either it or the published tests kill.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import verigym
from verigym.errors import UserError
from verigym.mutation import examples_in, harden, mutants
from verigym.mutation.kills import Matrix, matrix

SAMPLE = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", required=True, help="HumanEval.jsonl.gz as published")
    parser.add_argument("--every", type=int, default=1, help="take only each N-th problem")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    problems = load(options.data)[:: options.every]
    verigym.verify(problems[0]["task"], "def f(): pass")  # starts the sandbox
    speed, known = measure_mutants(problems)
    result = {
        "python": sys.version.split()[0],
        "mutants": speed,
        "harden": measure_hardening(problems, known),
    }
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


def measure_mutants(problems: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Matrix]]:
    """Verdicts on mutants in a second, on both sides, and the kill matrices."""
    made = {problem["task_id"]: mutants(problem["reference"]) for problem in problems}
    known: dict[str, Matrix] = {}
    start = time.perf_counter()
    for problem in problems:
        name = problem["task_id"]
        try:
            known[name] = matrix(
                problem["reference"], problem["entry_point"], problem["calls"], found=made[name]
            )
        except UserError as error:
            note(f"{name} is left out: {error}")
    ours = sum(len(one.mutants) for one in known.values()) / (time.perf_counter() - start)
    programs = [
        f"{mutant.source}\n{problem['test']}\ncheck({problem['entry_point']})\n"
        for problem in problems
        for mutant, row in zip(made[problem["task_id"]], known[problem["task_id"]].kills, strict=True)
        if problem["task_id"] in known and "overdue" not in row  # which would take as long as we let it
    ]
    chosen = random.Random(0).sample(programs, min(SAMPLE, len(programs)))
    start = time.perf_counter()
    with ThreadPoolExecutor(verigym.sandbox.shared().workers) as pool:
        list(pool.map(run_alone, chosen))
    theirs = len(chosen) / (time.perf_counter() - start)
    speed = {
        "problems": len(known),
        "mutants": sum(len(one.mutants) for one in known.values()),
        "killed": sum(len(one.killed) for one in known.values()),
        "per_second": round(ours),
        "process_each_per_second": round(theirs, 1),
        "times": round(ours / theirs, 1),
    }
    return speed, known


def run_alone(program: str) -> int:
    """The published way, uncontained: one interpreter for one mutant."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, timeout=20, check=False
    )
    return done.returncode


def measure_hardening(problems: list[dict[str, Any]], known: dict[str, Matrix]) -> dict[str, Any]:
    """What the prompt's examples, hardening from them and the published tests kill."""
    count: Counter[str] = Counter()
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
    speed, hard = result["mutants"], result["harden"]
    return (
        f"{speed['mutants']} mutants of {speed['problems']} references, {speed['killed']} killed by the"
        f" published tests' inputs\n"
        f"  through the sandbox        {speed['per_second']:8} a second\n"
        f"  one process for each       {speed['process_each_per_second']:8} a second\n"
        f"  times                      {speed['times']:8}\n\n"
        f"{hard['either']} killable mutants of {hard['problems']} problems whose prompts show calls\n"
        f"  the prompt's examples      {hard['examples_share']:8.1%}\n"
        f"  hardened from them alone   {hard['hardened_share']:8.1%}\n"
        f"  the published tests        {hard['published_share']:8.1%}\n"
        f"  in {hard['seconds']} seconds, {hard['cases']} cases in all"
    )


def note(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
