"""Families as Gymnasium environments."""

from __future__ import annotations

import copy
import json
import math
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import verigym
from example_families import knobs_for
from toy_family import Rogue, Toy
from verigym.envs.base import FamilyEnv
from verigym.envs.registration import ANY_FAMILY, env_id, register_all
from verigym.envs.spaces import SAMPLE_CHARS, Unicode
from verigym.errors import FamilyError
from verigym.family import BUILTIN


def toy(**kwargs: Any) -> gymnasium.Env[str, str]:
    return gymnasium.make(ANY_FAMILY, **{"family": "toy/sum", **kwargs})


class TestUnicode:
    @pytest.mark.parametrize("text", ["", "a", "two\nlines: é漢🎲\x00", "\ud800", "x" * 10])
    def test_any_text_within_bounds_is_in_it(self, text: str) -> None:
        assert text in Unicode(20)

    @pytest.mark.parametrize("other", ["x" * 21, "", None, b"a", 3, ["a"]])
    def test_nothing_else_is(self, other: Any) -> None:
        assert other not in Unicode(20, min_length=1)

    def test_samples_are_its_own_and_seeded(self) -> None:
        space = Unicode(200, min_length=3, seed=1)
        texts = [space.sample() for _ in range(200)]
        assert all(text in space and len(text) <= 3 + SAMPLE_CHARS for text in texts)
        assert len(set(texts)) > 190
        assert all(text.encode("utf-8") for text in texts)
        assert [Unicode(200, min_length=3, seed=1).sample() for _ in range(2)] == [texts[0]] * 2
        assert Unicode(200, min_length=3, seed=2).sample() != texts[0]
        assert {len(Unicode(1, seed=seed).sample()) for seed in range(20)} == {0, 1}

    def test_a_mask_is_refused(self) -> None:
        with pytest.raises(ValueError, match="without mask"):
            Unicode(5).sample(mask=(1, None))

    @pytest.mark.parametrize(("low", "high"), [(-1, 3), (4, 3)])
    def test_bounds_must_make_sense(self, low: int, high: int) -> None:
        with pytest.raises(ValueError, match="min_length"):
            Unicode(high, min_length=low)

    def test_equality_copies_and_json(self) -> None:
        space = Unicode(9, min_length=2, seed=3)
        assert space == Unicode(9, min_length=2)
        assert space != Unicode(9)
        assert space != gymnasium.spaces.Text(9)
        assert pickle.loads(pickle.dumps(space)) == copy.deepcopy(space) == space
        assert eval(repr(space)) == space
        batch = [space.sample(), "«é»\n"]
        assert space.from_jsonable(json.loads(json.dumps(space.to_jsonable(batch)))) == batch


class TestRegistration:
    def test_every_builtin_family_has_an_id(self) -> None:
        assert env_id("sat/decide") == "verigym/SatDecide-v0"
        for name in BUILTIN:
            assert gymnasium.spec(env_id(name)).kwargs == {"family": name}

    def test_registering_again_changes_and_warns_nothing(self) -> None:
        before = dict(gymnasium.registry)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            register_all()
        assert gymnasium.registry == before

    @pytest.mark.parametrize(
        "imports",
        [
            "import gymnasium",
            "import verigym, gymnasium",
            "import verigym, importlib.util; importlib.util.find_spec('gymnasium'); import gymnasium",
            "import verigym, gymnasium.spaces; import importlib; importlib.reload(gymnasium)",
        ],
    )
    def test_make_works_in_either_order_of_imports(self, imports: str) -> None:
        # A make() that gets as far as refusing a knob has found the id.
        code = (
            f"{imports}\n"
            "try: gymnasium.make('verigym:verigym/Family-v0')\n"
            "except ValueError as error: print(type(error).__name__)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "FamilyError\n"
        assert done.stderr == ""

    def test_without_gymnasium_its_absence_is_told_as_ever(self) -> None:
        code = (
            "import sys, verigym\n"
            "assert 'gymnasium' not in sys.modules\n"
            "sys.path = []\n"
            "try: import gymnasium\n"
            "except ModuleNotFoundError as error: print(error)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "No module named 'gymnasium'\n"


@pytest.mark.parametrize(
    "kwargs", [{"family": "toy/sum", "n": 4}, {"family": "toy/rogue"}], ids=["generated", "loaded"]
)
def test_gymnasiums_own_checker_is_silent(kwargs: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make("verigym:" + ANY_FAMILY, **kwargs).unwrapped)


class TestEpisode:
    def test_prompt_in_answer_out(self) -> None:
        env = toy(n=3)
        family = verigym.family("toy/sum", n=3)
        prompt, info = env.reset(seed=5)
        task = family.sample(info["split"], info["index"])
        assert prompt == task.text
        assert info["task_id"] == task.id
        assert (info["split"], info["difficulty"]) == ("train", {"n": 3})
        assert info["messages"] == task.messages
        assert "sum" not in json.dumps(info).replace("toy/sum", "")  # the spec stays unseen
        observation, reward, terminated, truncated, info = env.step(family.reference(task))
        assert (reward, terminated, truncated) == (1.0, True, False)
        assert observation == "Correct."
        assert observation in env.observation_space
        assert info["verdict"]["status"] == "correct"
        assert info["abstained"] is False
        json.dumps(info, allow_nan=False)

    def test_rewards_are_the_verdicts(self) -> None:
        env = toy()
        _, info = env.reset(options={"index": 7})
        total = Toy().sample("train", 7).spec["sum"]
        assert info["index"] == 7
        assert env.step(str(total + 1))[1] == 0.25
        for answer in ("", str(total + 2), "x", None):
            env.reset(options={"index": 7})
            assert env.step(answer)[1:4] == (0.0, True, False)

    def test_the_seed_chooses_the_task_and_those_that_follow(self) -> None:
        first, second = toy(), toy()

        def ids(env: gymnasium.Env[str, str], seed: int) -> list[str]:
            return [env.reset(seed=seed)[1]["task_id"], env.reset()[1]["task_id"]]

        assert ids(first, 1) == ids(second, 1)
        assert len({*ids(first, 1), *ids(first, 2)}) == 4

    def test_loaded_tasks_are_all_reached(self) -> None:
        env = gymnasium.make(ANY_FAMILY, family="toy/rogue")
        indices = {env.reset(seed=seed)[1]["index"] for seed in range(30)}
        assert indices == {0, 1, 2}

    def test_an_abstention_is_nan_and_truncates(self) -> None:
        env = gymnasium.make(ANY_FAMILY, family="toy/rogue", disable_env_checker=True)
        env.reset(seed=1)
        observation, reward, terminated, truncated, info = env.step("raise")
        assert math.isnan(reward)
        assert (terminated, truncated, info["abstained"]) == (False, True, True)
        assert info["verdict"]["reward"] is None
        assert "defect" not in observation
        verdict = env.unwrapped.verdict  # type: ignore[attr-defined]
        assert verdict.evidence["error"] == "RuntimeError: a defect"

    @pytest.mark.parametrize("wrapped", [True, False])
    def test_steps_outside_an_episode_are_refused(self, wrapped: bool) -> None:
        env = toy() if wrapped else FamilyEnv("toy/sum")
        with pytest.raises(ResetNeeded, match="reset"):
            env.step("1")
        env.reset(seed=1)
        env.step("1")
        with pytest.raises(ResetNeeded, match="ended the episode"):
            env.step("1")
        env.reset()
        env.step("1")

    @pytest.mark.parametrize(
        ("options", "rule"),
        [
            ({"seed": 1}, "unknown option 'seed'"),
            ({"index": -1}, "index is -1"),
            ({"index": "3"}, "index is '3'"),
            ({"split": "dev"}, "split is 'dev'"),
        ],
    )
    def test_options_that_name_no_task_are_refused(self, options: dict[str, Any], rule: str) -> None:
        with pytest.raises(FamilyError, match=rule):
            toy().reset(options=options)

    def test_bad_arguments_are_refused(self) -> None:
        for kwargs, rule in [
            ({"m": 3}, "no knob 'm'"),
            ({"n": 0}, "n is 0"),
            ({"family": "toy/none"}, "no family is called"),
            ({"family": Toy(), "n": 3}, "'n' must be given when"),
            ({"render_mode": "human"}, "render_mode is 'human'"),
        ]:
            with pytest.raises(FamilyError, match=rule):
                FamilyEnv(**{"family": "toy/sum", **kwargs})
        with pytest.raises(FamilyError, match="no tasks"):
            FamilyEnv(Rogue(size=0)).reset()
        with pytest.raises(FamilyError, match="no family given"):
            gymnasium.make(ANY_FAMILY)

    def test_rendering_shows_prompt_then_verdict(self) -> None:
        env = toy(render_mode="ansi")
        prompt, _ = env.reset(seed=1)
        assert env.render() == prompt
        env.step("0")
        assert env.render() == f"{prompt}\n\n[wrong, reward 0.0] Not quite."
        prompt, _ = env.reset()
        assert env.render() == prompt


class TestVector:
    def test_sync_vectors_pose_and_judge(self) -> None:
        envs = gymnasium.make_vec(
            ANY_FAMILY,
            num_envs=3,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
            family="toy/sum",
        )
        prompts, infos = envs.reset(seed=1)
        assert len(set(prompts)) == 3
        tasks = [Toy().sample("train", int(index)) for index in infos["index"]]
        answers = (Toy().reference(tasks[0]), Toy().reference(tasks[1]), "0")
        following, rewards, terminated, _, infos = envs.step(answers)
        assert rewards.tolist() == [1.0, 1.0, 0.0]
        assert terminated.all()
        assert not set(following) & set(prompts)
        assert infos["final_info"]["verdict"]["status"].tolist() == ["correct", "correct", "wrong"]
        # The whole verdict outlives the autoreset.
        assert [verdict.reward for verdict in envs.get_attr("verdict")] == [1.0, 1.0, 0.0]
        envs.close()

    def test_one_abstention_leaves_the_others_alone(self) -> None:
        envs = gymnasium.make_vec(
            ANY_FAMILY,
            num_envs=3,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.DISABLED},
            family="toy/rogue",
        )
        envs.reset(seed=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gymnasium's, about the NaN
            _, rewards, terminated, truncated, infos = envs.step(("a", "raise", "b"))
        assert [reward for reward in rewards.tolist() if not math.isnan(reward)] == [1.0, 1.0]
        assert math.isnan(rewards[1])
        assert terminated.tolist() == [True, False, True]
        assert truncated.tolist() == infos["abstained"].tolist() == [False, True, False]
        envs.close()


@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_the_families_of_this_package_pass_the_checker(name: str, data: Path) -> None:
    kwargs = knobs_for(name, data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(f"verigym:{env_id(name)}", **kwargs)
        check_env(env.unwrapped)
    prompt, info = env.reset(seed=1)
    family = env.unwrapped.family  # type: ignore[attr-defined]
    task = family.sample(info["split"], info["index"])
    assert (prompt, info["task_id"]) == (task.text, task.id)
    assert env.step("I do not know.")[1] == 0.0
    env.reset(seed=1)
    assert env.step(family.reference(task))[1] == 1.0
