"""What containment costs: one trivial program, run over and over.

    python benchmarks/sandbox.py
    python benchmarks/sandbox.py --image verigym-sandbox --serve

All sides in one run, in turn, so that a noisy machine is noisy for all of them:

* a fresh ``python -I -S`` subprocess with no containment, as most harnesses start one;
* the same agent forking with no containment at all (tier 0): what a fork costs anyway;
* the local sandbox at each tier that this machine has, on all cores, and the best tier on one core,
  callers included;
* with ``--image`` (and a Docker engine that has it): the docker sandbox with warm containers, reached
  by a socket and as those of a remote engine are, and with fresh ones; against ``exec`` in a running
  container through Docker's SDK, and against a new container for each run (``docker run``);
* with ``--serve``: ``/run_code`` of a server on loopback, 64 clients, against direct calls.

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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from verigym.sandbox import Program, Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.agents import cell
from verigym.sandbox.local.tiers import lacking

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


ALL_CORES = frozenset(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Side:
    """One way to run the program."""

    name: str
    run: Callable[[], None]
    share: float = 1.0
    """How many of ``--runs`` a round makes: slow sides need fewer for the same certainty."""
    cores: frozenset[int] = ALL_CORES
    """Where the callers may run."""


FRESH_SIDE, BARE, EXEC, RUN, ONE = (
    "fresh python -I -S",
    "bare fork of the agent",
    "docker exec through the SDK",
    "docker run through the SDK",
    "local, one core",
)


def local_sides(stack: ExitStack) -> list[Side]:
    """The agent without containment, then with each tier that is there."""
    sides = [Side(BARE, through(stack.enter_context(open_sandbox("local", unsafe=True))))]
    best = 0
    for tier in (1, 2, 3):
        if (reason := lacking(tier)) is not None:
            print(f"tier {tier} is not measured: {reason}")
            continue
        best = tier
        box = stack.enter_context(open_sandbox("local", tier=tier, highest=tier))
        sides.append(Side(f"tier {tier}", through(box)))
        if tier >= 2:
            sides.append(Side(f"tier {tier} with scratch", through(box, scratch=True)))
    if best:
        core = frozenset({min(ALL_CORES)})
        with on(core):
            one = stack.enter_context(open_sandbox("local", tier=best, highest=best))
        sides.append(Side(ONE, through(one), cores=core))
    return sides


def docker_sides(image: str, stack: ExitStack) -> list[Side]:
    """Warm containers, fresh ones, and what others do: exec in one, and one for each run."""
    warm = stack.enter_context(open_sandbox("docker", image=image))
    stream = stack.enter_context(open_sandbox("docker", image=image, transport="stream"))
    fresh = stack.enter_context(open_sandbox("docker", image=image, fresh=True))
    runner = Containers(image)
    stack.callback(runner.close)
    return [
        Side("docker, warm", through(warm)),
        Side("docker, warm, by stream", through(stream)),
        Side("docker, fresh", through(fresh), share=0.05),
        Side(EXEC, runner.exec, share=0.1),
        Side(RUN, runner.run, share=0.05),
    ]


class Containers:
    """The program by Docker's SDK as it is commonly used; no network and no capabilities, like ours."""

    options: dict[str, Any] = {"network_mode": "none", "cap_drop": ["ALL"], "read_only": True}
    command = ["python3", "-I", "-S", "-c", SOURCE.replace("input()", "21")]

    def __init__(self, image: str) -> None:
        import docker

        self.image, self.client = image, docker.from_env()
        self.kept = self.client.containers.run(
            image, ["sleep", "infinity"], detach=True, init=True, **self.options
        )

    def exec(self) -> None:
        code, output = self.kept.exec_run(self.command)
        assert (code, output) == (0, b"42\n")

    def run(self) -> None:
        output = self.client.containers.run(self.image, self.command, remove=True, **self.options)
        assert output == b"42\n"

    def close(self) -> None:
        self.kept.remove(force=True)
        self.client.close()


@contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """Only these cores for us, and for the threads that we start."""
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ALL_CORES)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=400, help="runs for each side in a round")
    parser.add_argument("--image", help="measure the docker sandbox with this image")
    parser.add_argument("--serve", action="store_true", help="measure the HTTP server too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with ExitStack() as stack:
        sides = [Side(FRESH_SIDE, fresh, share=0.25), *local_sides(stack)]
        if options.image:
            sides += docker_sides(options.image, stack)
        rounds = []
        for _ in range(options.rounds):
            row = {}
            for side in sides:
                count = max(int(options.runs * side.share), 10)
                with on(side.cores):
                    callers = len(side.cores)
                    throughput(side.run, max(count // 10, 2 * callers), callers)
                    row[side.name] = (
                        latency(side.run, max(count // 2, 5)),
                        throughput(side.run, count, callers),
                    )
            rounds.append(row)
    report(rounds, len(ALL_CORES), options.json)
    if options.serve:
        import serving

        serving.main([])


def report(rounds: list[dict[str, tuple[float, float]]], cores: int, as_json: bool) -> None:
    result = {}
    for name in rounds[0]:
        result[name] = {
            "latency_ms": statistics.median(row[name][0] for row in rounds),
            "runs_per_second": statistics.median(row[name][1] for row in rounds),
            "times_fresh": ratio(rounds, name, FRESH_SIDE),
            "time_over_bare_fork": ratio(rounds, BARE, name),
        }
    claims = {
        "all cores, times one core": ratio(rounds, best_local(rounds), ONE),
        "docker warm, times by stream": ratio(rounds, "docker, warm", "docker, warm, by stream"),
        "docker warm, times docker exec": ratio(rounds, "docker, warm", EXEC),
        "docker warm, times docker run": ratio(rounds, "docker, warm", RUN),
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    if as_json:
        print(json.dumps({"cores": cores, "sides": result, "ratios": claims}))
        return
    print(f"{cores} cores, {len(rounds)} rounds\n")
    print(f"{'':28}{'latency ms':>12}{'runs/s':>10}{'x fresh':>10}{'time / bare fork':>18}")
    for name, row in result.items():
        print(
            f"{name:28}{row['latency_ms']:12.2f}{row['runs_per_second']:10.1f}"
            f"{row['times_fresh']:10.2f}{row['time_over_bare_fork']:18.2f}"
        )
    print(
        "\nruns per second (targets: tier 2 3.5 times fresh and at most 1.5 times a bare fork's time;"
    )
    print("1.7 on two cores; 25 times docker exec, 100 times docker run, at most 2 times by stream)")
    for name, value in claims.items():
        print(f"  {name}: {value:.2f}")


def ratio(rounds: list[dict[str, tuple[float, float]]], one: str, other: str) -> float | None:
    """How many times the runs per second of another side; None when one was not measured."""
    if one not in rounds[0] or other not in rounds[0]:
        return None
    return statistics.median(row[one][1] / row[other][1] for row in rounds)


def best_local(rounds: list[dict[str, tuple[float, float]]]) -> str:
    return max(name for name in rounds[0] if name.startswith("tier") and name[-1].isdigit())


if __name__ == "__main__":
    main()
