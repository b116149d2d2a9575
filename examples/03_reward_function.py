"""A reward function for a trainer: a batch in, as many rewards out, in the same order.

The data set carries whole tasks as JSON, so the trainer needs no state. An answer that could not be
judged has the reward None, never 0, and the trainer must leave it out.
"""

from __future__ import annotations

import json

import verigym
from verigym import Task
from verigym.envs.code import stdio_task


def dataset() -> list[dict[str, str]]:
    """Rows as a trainer stores them: the prompt, and the task as text."""
    double = stdio_task("Read a number, print its double.", [("4\n", "8\n"), ("-1\n", "-2\n")])
    tasks = [double, *verigym.family("sat/solve", n=8).tasks("train", 2)]
    return [{"prompt": task.text, "task": json.dumps(task.to_json())} for task in tasks]


def reward_function(completions: list[str], task: list[str]) -> list[float | None]:
    """The rewards of a batch; None where there is none."""
    tasks = [Task.from_json(json.loads(text)) for text in task]
    verdicts = verigym.verify_many(zip(tasks, completions, strict=True))
    return [verdict.reward for verdict in verdicts]


def main() -> None:
    rows = dataset()
    solve = verigym.family("sat/solve", n=8)
    right = solve.reference(Task.from_json(json.loads(rows[1]["task"])))
    completions = ["print(2 * int(input()))", right, "SATISFIABLE"]
    rewards = reward_function(completions, task=[row["task"] for row in rows])
    for completion, reward in zip(completions, rewards, strict=True):
        print(f"{completion!r:40} {reward}")
    judged = [reward for reward in rewards if reward is not None]
    print(f"{len(judged)} of {len(rewards)} judged, mean reward {sum(judged) / len(judged):.2f}")


if __name__ == "__main__":
    main()
