"""A family as a Gymnasium environment: a prompt, an answer (or a few), a verdict on each.

``reset`` poses a task and returns its prompt; ``step`` takes an answer and has it judged. The episode
ends with a right answer, or with the last that it may take: for most families, the first. With more
turns, a turn's reward is what its verdict adds to the one before, so an episode's rewards sum up to the
verdict on its last answer, and a good answer that is followed by a worse one pays only the latter
(shaping by a potential, as of Ng, Harada and Russell 1999). Where answers build on each other, the
family's :meth:`~verigym.family.Family.episode` makes of all of them the one that is judged. All
randomness is Gymnasium's: the seed given to ``reset`` chooses the tasks of this and of the following
episodes.

When the verifier abstains there is no reward, but Gymnasium wants a number. A 0 would say "wrong", so
the reward is NaN, which nothing averages over unnoticed; the episode is *truncated*, not terminated
(it ended for a reason that lies outside the task), and ``info["abstained"]`` is True: leave it out.
"""

from __future__ import annotations

import json
import math
from typing import Any

import gymnasium
from gymnasium.error import ResetNeeded

from verigym.envs.spaces import Unicode
from verigym.errors import FamilyError
from verigym.family import Family, family_class, make
from verigym.task import Task
from verigym.verdict import Verdict

LAST_INDEX = 2**31 - 1
"""Without ``options["index"]``, a generated family's task is drawn from index 0 to this one."""


class FamilyEnv(gymnasium.Env[str, str]):
    """The environment of one family.

    ``family`` is a registered name or a :class:`Family`; further keyword arguments are its knobs.
    ``split`` is where ``reset`` finds tasks: by default ``"train"`` for generated families and
    ``"test"`` for loaded ones, which have no other. ``turns`` is how many answers an episode may take;
    by default what the family says; where the family has a knob of this name, it is the knob's value.

    Raises:
        FamilyError: for an unknown family, knob or split.

    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}
    action_space: Unicode
    observation_space: Unicode

    def __init__(
        self,
        family: str | Family | None = None,
        *,
        split: str | None = None,
        turns: int | None = None,
        render_mode: str | None = None,
        **knobs: Any,
    ) -> None:
        if family is None:
            raise FamilyError("no family given; name one, for example family='sat/decide'")
        if isinstance(family, Family) and knobs:
            raise FamilyError(f"{next(iter(knobs))!r} must be given when the family itself is built")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise FamilyError(f"render_mode is {render_mode!r}; it must be None or 'ansi'")
        self.family = family if isinstance(family, Family) else _built(family, turns, knobs)
        self.split = split or ("train" if self.family.size() is None else "test")
        self.turns = self.family.turns if turns is None else turns
        if type(self.turns) is not int or self.turns < 1:
            raise FamilyError(f"turns is {turns!r}; it must be an int from 1 up")
        builds_up = type(self.family).episode is not Family.episode
        if builds_up and self.turns > self.family.turns:
            raise FamilyError(
                f"turns is {turns}, but the tasks of this family say that there are "
                f"{self.family.turns}: give turns when the family itself is built"
            )
        self.render_mode = render_mode
        self.action_space = Unicode()
        self.observation_space = Unicode()
        self.task: Task | None = None
        """The task posed last, with its ``spec``: for the people who debug, not for the policy."""
        self.verdict: Verdict | None = None
        """The last verdict, whole: with the evidence and the times that ``info`` leaves out. It stays
        when the next task is posed, so that it can be read after a vector environment's autoreset."""
        self._answers: list[Any] = []
        self._reached = 0.0
        self._awaits_answer = False
        self._sizes: dict[str, int] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Pose a task: the one that ``options`` name (``split``, ``index``), or else a random one.

        Raises:
            FamilyError: for options that name no task.

        """
        super().reset(seed=seed)
        options = options or {}
        unknown = sorted(set(options) - {"split", "index"})
        if unknown:
            raise FamilyError(f"unknown option {unknown[0]!r}; there are 'split' and 'index'")
        split = options.get("split", self.split)
        index = options["index"] if "index" in options else self._draw(split)
        self.task = self.family.sample(split, index)
        self._answers, self._reached = [], 0.0
        self._awaits_answer = True
        return self.task.text, {
            "task_id": self.task.id,
            "family": self.task.family,
            "split": split,
            "index": index,
            "difficulty": _plain(self.task.difficulty),
            "messages": _plain(self.task.messages),
        }

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Judge an answer. Returns the verdict's feedback, the reward of this turn, and whether and how
        the episode ended.

        Raises:
            gymnasium.error.ResetNeeded: when no task is posed, or its answer was already given.

        """
        if self.task is None:
            raise ResetNeeded("there is no task yet: call reset() before step()")
        if not self._awaits_answer:
            raise ResetNeeded("this task was answered, which ended the episode: call reset()")
        self._answers.append(action)
        judged = self.family.episode(self.task, self._answers)
        self.verdict = verdict = self.family.verify(self.task, judged)
        ended = verdict.correct or len(self._answers) == self.turns
        self._awaits_answer = not (ended or verdict.abstained)
        reward = math.nan
        if verdict.reward is not None:
            reward, self._reached = verdict.reward - self._reached, verdict.reward
        info = {
            "task_id": verdict.task_id,
            "turn": len(self._answers),
            "abstained": verdict.abstained,
            "verdict": _summary(verdict),
        }
        return verdict.feedback, reward, ended and not verdict.abstained, verdict.abstained, info

    def render(self) -> str | None:
        """The prompt and, once there is one, the last verdict, as text."""
        if self.render_mode is None or self.task is None:
            return None
        if not self._answers or self.verdict is None:
            return self.task.text
        outcome = f"{self.verdict.status.value}, reward {self.verdict.reward}"
        return f"{self.task.text}\n\n[{outcome}] {self.verdict.feedback}"

    def _draw(self, split: str) -> int:
        if self.family.size() is None:
            return int(self.np_random.integers(LAST_INDEX + 1))
        if split not in self._sizes:
            self._sizes[split] = len(self.family.tasks(split))
        if not self._sizes[split]:
            raise FamilyError(f"{self.family.name} has no tasks in the split {split!r}")
        return int(self.np_random.integers(self._sizes[split]))


def _built(name: str, turns: int | None, knobs: dict[str, Any]) -> Family:
    own = turns is not None and "turns" in family_class(name).knobs
    return make(name, **knobs, **({"turns": turns} if own else {}))


def _plain(value: Any) -> Any:
    """A JSON value that shares nothing with the task it came from."""
    return json.loads(json.dumps(value))


def _summary(verdict: Verdict) -> dict[str, Any]:
    """What is the same whenever the same answer is judged, in the same types for every answer.

    Gymnasium's ``check_env`` compares the ``info`` of equal episodes, and its vector environments merge
    each key into one typed array. So measured times and free-form evidence stay out.
    """
    data = verdict.to_json()
    del data["timings"], data["evidence"]
    for case in data["cases"]:
        del case["seconds"]
    return data
