"""A run in figures, round by round, from its records alone.

Of each round:

* ``discrimination``: the share of a task's held-out faults that its pool kills, averaged over
  tasks, with the half-width of its 95 % interval over tasks (1.96 standard errors, with n - 1);
* ``validity``: of the tests given, the share that is valid; ``killed``, wrong answers that they killed;
* ``true_pass``: of the answers, the share that is really right (hidden tests and hidden suite);
* ``pool_pass``: of the answers that the pool judged, the share that passes it;
* ``false_pass``: of the wrong answers that the pool judged, the share that passes it all the same;
* ``false_fail``: of the right answers that the pool judged, the share that it refuses;
* ``tests``, ``wrong``, ``alive``: sizes of the pools, summed over tasks;
* ``solver_reward``, ``tester_reward``: means over those that have one; ``solver_abstained``,
  ``tester_abstained``: turns in which we failed, which count in none of the above.

A share of nothing is None. A round that is not over is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Figures = dict[str, Any]


def curves(header: Mapping[str, Any], turns: Sequence[Mapping[str, Any]]) -> list[Figures]:
    """The figures of each whole round, from round 0, which has no players yet."""
    held = [task["held"] for task in header["tasks"]]
    killed = [0] * len(held)
    found = []
    count = len(held)
    for start in range(0, len(turns) - count + 1, count):
        now = turns[start : start + count]
        for turn in now:
            killed[turn["task"]] += len(turn["held"])
        shares = [dead / faults for dead, faults in zip(killed, held, strict=True) if faults]
        found.append({"round": now[0]["round"], **_discrimination(shares), **_figures(now)})
    return found


def _discrimination(shares: Sequence[float]) -> Figures:
    mean = _mean(shares)
    if mean is None or len(shares) < 2:
        return {"discrimination": _rounded(mean), "margin": None}
    spread = sum((share - mean) ** 2 for share in shares) / (len(shares) - 1)
    return {
        "discrimination": _rounded(mean),
        "margin": _rounded(1.96 * math.sqrt(spread / len(shares))),
    }


def _figures(turns: Sequence[Mapping[str, Any]]) -> Figures:
    suites = [turn["suite"] for turn in turns]
    every = [answer for turn in turns for answer in turn["answers"]]
    answers = [answer for answer in every if answer["status"] != "abstained"]
    judged = [answer for answer in answers if answer["reward"] is not None]
    wrong = [answer["reward"] for answer in judged if not answer["truth"]]
    right = [answer["reward"] for answer in judged if answer["truth"]]
    given = sum(suite["given"] for suite in suites)
    refused = _mean(right)
    return {
        "validity": _rounded(sum(suite["valid"] for suite in suites) / given) if given else None,
        "given": given,
        "killed": sum(suite.get("killed", 0) for suite in suites),
        "overdue": sum(suite.get("overdue", 0) for suite in suites),
        "answers": len(answers),
        "true_pass": _rounded(_mean([float(answer["truth"]) for answer in answers])),
        "pool_pass": _rounded(_mean([answer["reward"] for answer in judged])),
        "false_pass": _rounded(_mean(wrong)),
        "false_fail": _rounded(None if refused is None else 1 - refused),
        "tests": sum(turn["pool"]["tests"] for turn in turns),
        "wrong": sum(turn["pool"]["wrong"] for turn in turns),
        "alive": sum(turn["pool"]["alive"] for turn in turns),
        "solver_reward": _rounded(_mean([answer["reward"] for answer in judged])),
        "tester_reward": _rounded(
            _mean([suite["reward"] for suite in suites if suite["reward"] is not None])
        ),
        "solver_abstained": len(every) - len(answers),
        "tester_abstained": sum(suite["status"] == "abstained" for suite in suites),
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
