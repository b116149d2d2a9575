"""HumanEval's references with one thing changed, and what the data set's own tests say of each."""

from __future__ import annotations

import gzip
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from verigym.audit.mutate import mutants
from verigym.envs.code import HumanEval
from verigym.sandbox import Limits, Program, Sandbox
from verigym.task import Task
from verigym.verdict import Status
from verigym.verifiers.calls import FunctionVerifier

SECONDS = 1.0


def problems(data: Path) -> list[dict[str, Any]]:
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def killed(box: Sandbox, problem: dict[str, Any], source: str) -> bool:
    """Whether the published tests, run as they are in one process with the answer, refuse it."""
    whole = f"{source}\n{problem['test']}\ncheck({problem['entry_point']})\n"
    return not box.run(Program(whole), Limits(cpu_seconds=3 * SECONDS, wall_seconds=9 * SECONDS)).ok


def disagreements(
    box: Sandbox, chosen: list[dict[str, Any]], count: int, seed: int = 0
) -> tuple[int, int, list[str]]:
    """(mutants, how many the tests kill, those of which the verdict is not what the tests say)."""
    family = HumanEval(data=chosen, timeout=SECONDS)
    verifier = FunctionVerifier(box)
    jobs: list[tuple[dict[str, Any], Task, str]] = []
    for problem, task in zip(chosen, family.tasks(), strict=True):
        whole = problem["prompt"] + problem["canonical_solution"]
        rng = random.Random(f"{seed} {problem['task_id']}")
        jobs += [(problem, task, source) for source in mutants(whole, rng, count, python=True)]

    def judge(job: tuple[dict[str, Any], Task, str]) -> tuple[bool, str]:
        problem, task, source = job
        dead = killed(box, problem, source)
        verdict = verifier.verify(task, source)
        # A mutant that takes too long here may just get by there.
        agrees = verdict.correct is not dead or verdict.status is Status.TIMEOUT
        right = not (verdict.correct and dead) and not verdict.abstained
        return dead, "" if agrees and right else f"{problem['task_id']} {verdict.status}:\n{source}"

    with ThreadPoolExecutor(box.workers + 1) as pool:
        found = list(pool.map(judge, jobs))
    return len(jobs), sum(dead for dead, _ in found), [words for _, words in found if words]
