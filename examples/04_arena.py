"""Two policies of your own in the arena: a solver, and a tester that attacks what survived.

Rewards follow from what programs do. The solver below is right on small numbers only, so it passes the
example of the prompt; the tester finds out, its test joins the pool, and the same answer earns nothing.
"""

from __future__ import annotations

import json
import tempfile

from verigym import arena
from verigym.envs.code import function_task

REFERENCE = """
def digits(n):
    count = 1
    while n >= 10:
        n //= 10
        count += 1
    return count
"""
TASK = function_task(
    "Write digits(n): how many decimal digits n (from 0 up) has. For example digits(7) == 1.",
    "digits",
    cases=[((7,), 1), ((0,), 1), ((10,), 2), ((999,), 3), ((12345,), 5)],
    reference=REFERENCE,
)


def solver(view: arena.SolverView) -> str:
    """A model's answer would stand here."""
    return "def digits(n):\n    return 1 if n < 10 else 2 if n < 1000 else len(str(n))\n"


def tester(view: arena.TesterView) -> str:
    """Inputs as JSON: larger ones in each round."""
    return json.dumps([[10**view.round], [10**view.round - 1]])


def main() -> None:
    problems = [one for one in arena.prepared([arena.Material(TASK)]) if not isinstance(one, str)]
    with tempfile.TemporaryDirectory() as folder:
        arena.play(problems, solver, tester, arena.Config(rounds=4, answers=1), folder)
        for line in arena.curves(*arena.read(folder)):
            found = f"held-out faults found {100 * line['discrimination']:.0f} %"
            rewards = f"solver {line['solver_reward']}, tester {line['tester_reward']}"
            print(f"round {line['round']}: {rewards}, tests {line['tests']}, {found}")
        print(f"{len(list(arena.samples(folder, [TASK])))} turns have a reward to train on")


if __name__ == "__main__":
    main()
