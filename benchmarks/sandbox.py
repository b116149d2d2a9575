"""What containment costs: one trivial program, run over and over.

    python benchmarks/sandbox.py

Three sides in one run, in turn, so that a noisy machine is noisy for all of them:

* a fresh ``python -I -S`` subprocess with no containment, as most harnesses start one;
* the same agent forking with no containment at all (tier 0): what a fork costs anyway;
* the local sandbox at each tier that this machine has.

One at a time gives latency (median); one caller for each core gives runs per second. Ratios are
medians over the rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from verigym.sandbox import Program, Sandbox, cell
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.tiers import lacking

SOURCE = "print(int(input()) * 2)\n"
FRESH = [cell.interpreter(), "-I", "-S", "-c", SOURCE]


def fresh() -> None:
    done = subprocess.run(FRESH, input=b"21\n", capture_output=True, env={}, check=True)
    assert done.stdout == b"42\n"


def through(box: Sandbox, scratch: bool = False) -> Callable[[], None]:
    program = Program(SOURCE, stdin="21\n", scratch=scratch)

    def run() -> None:
        assert box.run(program).stdout == b"42\n"

    return run


def latency(run: Callable[[], None], count: int) -> float:
    """Milliseconds of the median run, one at a time."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def throughput(run: Callable[[], None], count: int, callers: int) -> float:
    """Runs per second with as many callers at a time as there are cores."""
    with ThreadPoolExecutor(callers) as pool:
        start = time.perf_counter()
        for done in [pool.submit(run) for _ in range(count)]:
            done.result()
        return count / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=400, help="runs for each side in a round")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    sides: dict[str, Callable[[], None]] = {"fresh python -I -S": fresh}
    boxes = [open_sandbox("local", unsafe=True)]
    sides["bare fork of the agent"] = through(boxes[0])
    for tier in (1, 2, 3):
        if (reason := lacking(tier)) is not None:
            print(f"tier {tier} is not measured: {reason}")
            continue
        boxes.append(open_sandbox("local", tier=tier, highest=tier))
        sides[f"tier {tier}"] = through(boxes[-1])
        if tier >= 2:
            sides[f"tier {tier} with scratch"] = through(boxes[-1], scratch=True)
    rounds = []
    for _ in range(options.rounds):
        row = {}
        for name, run in sides.items():
            count = max(options.runs // 4, 20) if run is fresh else options.runs
            throughput(run, 20, cores)
            row[name] = (latency(run, count // 2), throughput(run, count, cores))
        rounds.append(row)
    for box in boxes:
        box.close()
    report(rounds, cores, options.json)


def report(rounds: list[dict[str, tuple[float, float]]], cores: int, as_json: bool) -> None:
    base, bare = "fresh python -I -S", "bare fork of the agent"
    result = {}
    for name in rounds[0]:
        result[name] = {
            "latency_ms": statistics.median(row[name][0] for row in rounds),
            "runs_per_second": statistics.median(row[name][1] for row in rounds),
            "times_fresh": statistics.median(row[name][1] / row[base][1] for row in rounds),
            "time_over_bare_fork": statistics.median(row[bare][1] / row[name][1] for row in rounds),
        }
    if as_json:
        print(json.dumps({"cores": cores, "sides": result}))
        return
    print(f"{cores} cores, {len(rounds)} rounds")
    print("targets at tier 2: 3.5 times fresh, at most 1.5 times the time of a bare fork\n")
    print(f"{'':26}{'latency ms':>12}{'runs/s':>10}{'x fresh':>10}{'time / bare fork':>18}")
    for name, row in result.items():
        print(
            f"{name:26}{row['latency_ms']:12.2f}{row['runs_per_second']:10.0f}"
            f"{row['times_fresh']:10.2f}{row['time_over_bare_fork']:18.2f}"
        )


if __name__ == "__main__":
    main()
