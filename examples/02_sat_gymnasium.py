"""A family as a Gymnasium environment: a prompt, an answer, a reward.

Each formula must be answered with a model or with a refutation. The reference answer is one of the
two and earns 1; a null answer, which knows nothing, earns 0.
"""

from __future__ import annotations

from collections.abc import Callable

import gymnasium

from verigym import Task

EPISODES = 4


def play(env: gymnasium.Env[str, str], name: str, policy: Callable[[Task], str]) -> None:
    rewards = []
    for episode in range(EPISODES):
        # One seed for the whole run: the same formulas are posed to every policy.
        env.reset(seed=6 if episode == 0 else None)
        answer = policy(env.unwrapped.task)  # a real policy sees the prompt that reset() returns
        feedback, reward, _, _, info = env.step(answer)
        if not info["abstained"]:  # else it could not be judged, and the reward is NaN: leave it out
            rewards.append(float(reward))
        print(f"{name:10} {answer.splitlines()[0]:30} {reward}  {feedback}")
    print(f"{name:10} {len(rewards)} judged, mean reward {sum(rewards) / len(rewards)}\n")


def main() -> None:
    env = gymnasium.make("verigym:verigym/SatDecide-v0", n=10)
    family = env.unwrapped.family
    play(env, "reference", family.reference)
    play(env, "null", lambda task: "s SATISFIABLE")


if __name__ == "__main__":
    main()
