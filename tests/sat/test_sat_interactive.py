"""``sat/interactive``: walks, their transcripts, and rewards that sum up to the verdict on the last step."""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import RecordEpisodeStatistics
from hypothesis import given, settings
from hypothesis import strategies as st

import verigym
from verigym import Status, Task
from verigym.audit.witness import of_walk
from verigym.envs.base import FamilyEnv
from verigym.envs.sat.bank import STARTS, guesses
from verigym.envs.sat.interactive import SatInteractive, greedy_flips, random_flips
from verigym.errors import FamilyError
from verigym.verifiers.base import MAX_ANSWER_CHARS
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat_walk import MAX_SHOWN, action_line, board_of, longest, situation

ID = "verigym:verigym/SatInteractive-v0"


def posed(turns: int = 4, **changes: Any) -> Task:
    """Three variables and one model, `-1 2 3`; the start satisfies two of six clauses."""
    spec = {
        "variables": 3,
        "clauses": [[2], [3], [-1, 2, 3], [2, 3], [1, 2], [-1, -2, -3]],
        "baseline": 2,
        "start": [1, -2, -3],
        "turns": turns,
    }
    return Task(family="sat/interactive", prompt="p", spec={**spec, **changes})


def models(task: Task) -> set[tuple[int, ...]]:
    """All models, by trying every assignment."""
    clauses, n = task.spec["clauses"], task.spec["variables"]
    every = itertools.product(*((v, -v) for v in range(1, n + 1)))
    return {x for x in every if all(set(clause) & set(x) for clause in clauses)}


class TestTranscripts:
    def test_the_small_task_is_what_it_says(self) -> None:
        assert models(posed()) == {(-1, 2, 3)}

    @pytest.mark.parametrize(
        "text",
        [
            "flip 1 2 3",
            "set -1 2 3",
            "flip 1\nflip 2\nflip 3",
            "set 3\n?\nset -1 2",
            "flip 9\nflip 1 1\nflip 1\nset 2 3",
            "<answer>\nflip 1\n\n  set 2 3 \n</answer>",
            "```\nflip 1 2 3\n```",
            "<think>flip 2</think>flip 1 2 3",
        ],
    )
    def test_what_leads_to_the_model_is_right(self, text: str) -> None:
        assert verigym.verify(posed(), text).correct

    @pytest.mark.parametrize(
        ("text", "status", "said"),
        [
            ("?", Status.MALFORMED, "That action changed nothing: it is none"),
            ("flip 1\nflip 1", Status.WRONG, "Turn 2 of 4.\nAssignment: 1 -2 -3"),
            ("flip 4", Status.MALFORMED, "the variables are 1 to 3, so 4 is none"),
            ("set 1 -1", Status.MALFORMED, "it names a variable twice"),
            ("flip 2 2", Status.MALFORMED, "it names a variable twice"),
            ("flip " + "9" * 5000, Status.MALFORMED, "so 99999999999999999999... is none"),
            ("flip 1\n" * 5, Status.MALFORMED, "There are 5 lines, but at most 4 actions."),
            ("flip 1 2 3\nflip 1", Status.MALFORMED, "Action 2 follows a model, which ended the walk."),
            ("flip 1 2 3\n?", Status.MALFORMED, "Action 2 follows a model"),
            ("<think>flip 1 2 3", Status.NO_ANSWER, "no answer"),
            ("", Status.NO_ANSWER, "empty"),
        ],
    )
    def test_what_does_not_says_why(self, text: str, status: Status, said: str) -> None:
        verdict = verigym.verify(posed(), text)
        assert (verdict.status, verdict.reward) == (status, 0.0)
        assert said in verdict.feedback

    @pytest.mark.parametrize(
        "line",
        [
            *("flip", "set", "FLIP 1 2 3", "flip 1,2,3", "flip +1 2 3", "flip 01 2 3", "flip -1 2 3"),
            *(
                "flip 0",
                "set -0 2",
                "flip 1  2 3",
                "flip\t1 2 3",
                "flip 1 2 3 0",
                "flip 1 2 3 or set 1",
            ),
            *("flip \u0661 2 3", "flip 1\u00a02 3", "set \u22121 2 3", "flip 1 2 3.", "-1 2 3", "110"),
            *("v -1 2 3 0", "s SATISFIABLE", "flip 1 2 3; set 2", "\0flip 1 2 3", "flip 1.0 2 3"),
        ],
    )
    def test_other_lines_are_of_no_transcript(self, line: str) -> None:
        for text in (line, f"flip 1\n{line}", f"{line}\nflip 1 2 3"):
            verdict = verigym.verify(posed(), text)
            assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
            assert "is no action" in verdict.feedback

    @pytest.mark.parametrize("text", ["flip 1 " * 500_000, "?\n" * 2_000_000, "set " + "1" * 3_999_000])
    def test_huge_ones_cost_little(self, text: str) -> None:
        verdict = verigym.verify(posed(), text)
        assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
        assert verdict.timings["total"] < 5

    def test_partial_rewards_begin_beyond_the_baseline(self) -> None:
        verdict = verigym.verify(posed(), "flip 2 3")  # 1 2 3: all but one clause
        assert verdict.evidence["satisfied"] == 5
        assert (verdict.status, verdict.reward) == (Status.PARTIAL, 0.5 * 3 / 4)
        again = verigym.verify(posed(), "flip 2 3\nflip 7")
        assert (again.status, again.reward) == (Status.PARTIAL, verdict.reward)
        assert again.feedback.startswith("That action changed nothing")
        assert verigym.verify(posed(baseline=5), "flip 2 3").reward == 0.0  # one clause is no progress

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"baseline": 7}, "spec.baseline is 7"),
            ({"baseline": 1}, "satisfy no more clauses than spec.baseline"),
            ({"start": [-1, 2, 3], "baseline": 6}, "must be no model"),
            ({"start": [1, 2]}, "a literal of each variable"),
            ({"start": [2, 1, 3]}, "a literal of each variable"),
            ({"start": None}, "a literal of each variable"),
            ({"start": [True, 2, 3]}, "a literal of each variable"),
            ({"turns": 0}, "spec.turns is 0"),
            ({"turns": 201}, "spec.turns is 201"),
        ],
    )
    def test_a_spec_that_makes_no_sense_abstains(self, changes: dict[str, Any], said: str) -> None:
        verdict = verigym.verify(posed(**changes), "flip 1")
        assert verdict.reward is None
        assert said in verdict.evidence["error"]

    def test_many_open_clauses_are_cut(self) -> None:
        formula = Formula.of(9, itertools.combinations(range(1, 10), 4))
        formula = Formula.of(9, [*formula.clauses, *itertools.combinations(range(1, 10), 5)])
        lines = situation(formula, range(-1, -10, -1)).splitlines()
        assert len(lines) == MAX_SHOWN + 3
        assert lines[-1] == f"and {len(formula.clauses) - MAX_SHOWN} more"


class TestActions:
    @pytest.mark.parametrize(
        ("answer", "line"),
        [
            ("flip 3", "flip 3"),
            ("I think <answer>flip 3  7</answer>", "flip 3 7"),
            ("```\nset -1\n 2\n```", "set -1 2"),
            ("<think>flip 1</think>\n set 5", "set 5"),
            ("flip 1\nflip 2", "?"),
            ("<answer>flip 1</answer> <answer>set 2</answer>", "set 2"),
            *(
                (other, "?")
                for other in ("", "?", "flip", "flip x", "flip 1 or 2", "v 1 2 0", None, 3, b"flip 1")
            ),
            ("<answer>flip 1\n</answer></answer> <answer>", "flip 1"),
            ("x" * (MAX_ANSWER_CHARS + 1), "?"),
            ("flip" + " 11" * 20, "?"),  # more than a walk on ten variables can need
        ],
    )
    def test_an_answer_is_one_line(self, answer: Any, line: str) -> None:
        assert action_line(answer, 10) == line

    @settings(deadline=None, max_examples=300)
    @given(st.lists(st.text("flipset 123-?\n\r\t<answer>/think`~v", max_size=40), max_size=6))
    def test_no_answer_reaches_beyond_its_own_line(self, answers: list[str]) -> None:
        family = SatInteractive(n=5)
        task = family.sample("test", 0)
        text = family.episode(task, answers)
        assert len(text.split("\n")) == max(len(answers), 1)
        assert set(text) <= set("flipset 0123456789-?\n")
        if answers:
            assert family.verify(task, text).status is not Status.NO_ANSWER

    def test_the_longest_useful_action_fits(self) -> None:
        for n in (5, 9, 10, 99, 100):
            line = "set " + " ".join(str(-v) for v in range(1, n + 1))
            assert len(line) <= longest(n)
            assert action_line(line, n) == line


class Walker:
    """Plays an episode by a policy from (observation, turn) to an answer."""

    def __init__(self, **knobs: Any) -> None:
        self.env: Any = gymnasium.make(ID, **knobs)
        self.base: FamilyEnv = self.env.unwrapped

    def play(self, answers: Any, **reset: Any) -> tuple[list[float], Any]:
        """(rewards, the last verdict); ``answers`` from a board to the answers, in order."""
        self.env.reset(**reset)
        task = self.base.task
        assert task is not None
        rewards, answered = [], []
        for answer in itertools.chain(answers(board_of(task)), itertools.repeat("?")):
            answered.append(answer)
            _, reward, terminated, truncated, info = self.env.step(answer)
            rewards.append(reward)
            assert not truncated
            assert info["turn"] == len(rewards)
            if terminated:
                break
        transcript = self.base.family.episode(task, answered)
        verdict = verigym.verify(Task.from_json(json.loads(json.dumps(task.to_json()))), transcript)
        assert self.base.verdict is not None
        assert (verdict.reward, verdict.status, verdict.feedback) == (
            self.base.verdict.reward,
            self.base.verdict.status,
            self.base.verdict.feedback,
        )
        return rewards, verdict


class TestEpisodes:
    @pytest.mark.parametrize("n", [8, 16, 32])
    def test_rewards_sum_up_to_the_verdict_on_the_transcript(self, n: int) -> None:
        walker, rng = Walker(n=n, turns=12), random.Random(n)
        seen = set()
        for seed in range(30):
            rewards, verdict = walker.play(lambda board: random_flips(board, rng), seed=seed)
            assert math.fsum(rewards) == pytest.approx(verdict.reward, abs=1e-12)
            seen.add(verdict.status)
        assert Status.WRONG in seen

    def test_wandering_earns_no_more_than_where_it_ends(self) -> None:
        """From a worthless start through a good assignment and back, over and over: nothing."""
        env = FamilyEnv(_Small())
        env.reset(options={"split": "test", "index": 0})
        rewards = [env.step(answer)[1] for answer in ("flip 2 3", "flip 2 3", "flip 2 3", "flip 2 3")]
        assert rewards == [0.375, -0.375, 0.375, -0.375]
        assert env.verdict is not None
        assert env.verdict.status is Status.WRONG

    def test_greedy_walks_earn_nothing_but_success(self) -> None:
        walker = Walker(n=16, turns=30)
        found = [walker.play(greedy_flips, seed=seed) for seed in range(25)]
        for rewards, verdict in found:
            assert set(rewards) <= {0.0, 1.0}
            assert sum(rewards) == verdict.reward
        assert 0 < sum(verdict.correct for _, verdict in found) < 25

    def test_random_walkers_do_not_farm_the_shaping(self) -> None:
        walker, rng = Walker(n=20, turns=20), random.Random(5)
        sums = []
        for seed in range(60):
            rewards, verdict = walker.play(lambda board: random_flips(board, rng), seed=seed)
            if not verdict.correct:
                sums.append(math.fsum(rewards))
        assert len(sums) > 50
        assert sum(sums) / len(sums) < 0.01

    def test_the_reference_is_one_action(self) -> None:
        walker = Walker(level=1)
        for seed in range(10):
            rewards, verdict = walker.play(
                lambda board: iter([walker.base.family.reference(walker.base.task)]), seed=seed
            )
            assert (rewards, verdict.correct) == ([1.0], True)

    def test_a_malformed_action_costs_a_turn_changes_nothing_and_says_so(self) -> None:
        env = FamilyEnv(_Small())
        prompt, info = env.reset(options={"split": "test", "index": 0})
        assert "Assignment: 1 -2 -3\nClauses that are not satisfied, 4 of 6" in prompt
        assert info["difficulty"]["turns"] == 4
        observation, reward, terminated, _, info = env.step("let me think")
        assert observation.splitlines()[:3] == [
            "That action changed nothing: it is none: write `flip` and variables, or `set` and literals, "
            "each variable once.",
            "Turn 1 of 4.",
            "Assignment: 1 -2 -3",
        ]
        assert (reward, terminated, info["turn"]) == (0.0, False, 1)
        observation, reward, *_ = env.step("<answer>flip 2 3</answer>")
        assert (reward, observation.splitlines()) == (
            0.375,
            [
                "Turn 2 of 4.",
                "Assignment: 1 2 3",
                "Clauses that are not satisfied, 1 of 6:",
                "clause 6: -1 -2 -3",
            ],
        )
        observation, reward, terminated, *_ = env.step("flip 9")
        assert (reward, terminated) == (0.0, False)
        assert "the variables are 1 to 3, so 9 is none" in observation
        observation, reward, terminated, truncated, info = env.step("flip 1")
        assert (observation, reward, terminated) == ("Every clause is satisfied.", 0.625, True)
        assert (truncated, info["verdict"]["status"]) == (False, "correct")

    def test_turns_are_used_up(self) -> None:
        env = FamilyEnv(_Small())
        env.reset(options={"split": "test", "index": 0})
        ends = [env.step(answer)[2] for answer in ("flip 2 3", None, "?", "")]
        assert ends == [False, False, False, True]
        assert env.verdict is not None
        assert env.verdict.reward == 0.375

    def test_the_seed_decides_and_the_knob_does_not(self) -> None:
        def prompts(**knobs: Any) -> list[str]:
            env = gymnasium.make(ID, n=6, **knobs)
            return [env.reset(seed=3)[0], env.reset()[0]]

        assert prompts() == prompts()
        few, many = prompts(turns=3), prompts(turns=99)
        assert "at most 99 turns" in many[0]
        assert [text.replace("at most 3 turns", "at most 99 turns") for text in few] == many

    def test_vectors_and_wrappers(self) -> None:
        envs = gymnasium.make_vec(
            ID,
            num_envs=3,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
            wrappers=[RecordEpisodeStatistics],
            n=8,
            turns=2,
        )
        envs.reset(seed=1)
        tasks = envs.get_attr("unwrapped")
        right = [env.family.reference(env.task) for env in tasks]
        _, rewards, terminated, *_ = envs.step((right[0], "?", "flip 1"))
        assert (rewards.tolist(), terminated.tolist()) == ([1.0, 0.0, 0.0], [True, False, False])
        _, rewards, terminated, _, infos = envs.step(("?", right[1], "flip 1"))
        assert (rewards.tolist(), terminated.tolist()) == ([0.0, 1.0, 0.0], [False, True, True])
        assert infos["final_info"]["episode"]["r"].tolist()[1:] == [1.0, 0.0]
        envs.close()


class _Small(SatInteractive):
    """Poses the small task."""

    def __init__(self) -> None:
        super().__init__(n=5, turns=4)

    def sample(self, split: str = "train", index: int = 0) -> Task:
        task = posed()
        formula = Formula(3, task.spec["clauses"])
        return replace(
            task, prompt=self.prompt(formula, task.spec), difficulty={"turns": self.turns}, id=""
        )


class TestFamily:
    def test_tasks_start_worthless_and_from_the_bank(self) -> None:
        for index in range(40):
            task = verigym.family("sat/interactive", n=6).sample("test", index)
            board = board_of(task)
            assert board.start in guesses(board.formula)[:STARTS]
            assert board.formula.satisfied(board.start) <= board.baseline
            assert board.start not in models(task)

    def test_the_verifier_agrees_with_trying_every_assignment(self) -> None:
        """Thousands of transcripts: right exactly where they end in a model, and where the witness says so."""
        rng, judged = random.Random(1), 0
        family = SatInteractive(n=5, turns=3, ratio=3)
        for index in range(40):
            task = family.sample("test", index)
            right, board = models(task), board_of(task)
            for _ in range(50):
                values, lines = list(board.start), []
                for _ in range(rng.randrange(1, 4)):
                    if tuple(values) in right:
                        break
                    chosen = rng.sample(range(1, 6), rng.randrange(1, 6))
                    if rng.random() < 0.5:
                        lines.append("flip " + " ".join(map(str, chosen)))
                        changes = [-values[v - 1] for v in chosen]
                    else:
                        changes = [rng.choice((v, -v)) for v in chosen]
                        lines.append("set " + " ".join(map(str, changes)))
                    for literal in changes:
                        values[abs(literal) - 1] = literal
                text = "\n".join(lines)
                verdict = family.verify(task, text)
                assert verdict.correct == (tuple(values) in right)
                assert of_walk(task.spec, text) == verdict.correct
                judged += 1
        assert judged == 2000

    def test_turns_are_a_knob_of_the_family(self) -> None:
        assert gymnasium.make(ID, turns=30).unwrapped.family.turns == 30  # type: ignore[attr-defined]
        assert FamilyEnv(SatInteractive(n=5, turns=9), turns=3).turns == 3
        with pytest.raises(FamilyError, match="the tasks of this family say that there are 4"):
            FamilyEnv(SatInteractive(n=5, turns=4), turns=5)
        for turns in (0, 201, "9", True, 1.5):
            with pytest.raises(FamilyError, match="an int from 1 to 200"):
                verigym.family("sat/interactive", turns=turns)

    def test_loaded_formulas_walk_too(self, data: Path, tmp_path: Path) -> None:
        (tmp_path / "a.cnf").write_text("p cnf 3 4\n1 2 0\n-1 3 0\n-2 -3 0\n1 -3 0\n")
        (tmp_path / "b.cnf").write_text("p cnf 2 0\n")
        (tmp_path / "c.cnf").write_text("p cnf 1 2\n1 0\n-1 0\n")
        family: Any = verigym.family("sat/interactive", data=str(tmp_path), turns=5)
        (task,) = family.tasks()
        assert task.spec["turns"] == 5
        assert family.verify(task, family.reference(task)).correct
        assert {
            Path(name).name: reason.split(":")[0].split(";")[0]
            for name, reason in family.skipped.items()
        } == {
            "b.cnf": "almost any assignment is a model",
            "c.cnf": "it is unsatisfiable",
        }

    def test_too_many_turns_for_a_large_formula_are_refused(self, tmp_path: Path) -> None:
        lines = "".join(f"{v} -{v + 1} 0\n" for v in range(1, 4000))
        (tmp_path / "a.cnf").write_text(f"p cnf 4000 3999\n{lines}")
        with pytest.raises(FamilyError, match="200 turns on 4,000 variables are too many: lower turns"):
            verigym.family("sat/interactive", data=str(tmp_path / "a.cnf"), turns=200)

    def test_the_example_of_the_prompt_is_right(self) -> None:
        text = verigym.family("sat/interactive", n=6).sample().text
        example = "from the assignment `-1 -2` <answer>flip 2</answer> and <answer>set 2</answer> both lead to"
        assert f"{example} `-1 2`, which satisfies the clauses `1 2` and `-1 2`." in text
        spec = {
            "variables": 2,
            "clauses": [[1, 2], [-1, 2]],
            "baseline": 1,
            "start": [-1, -2],
            "turns": 1,
        }
        task = Task(family="sat/interactive", prompt="p", spec=spec)
        assert all(verigym.verify(task, answer).correct for answer in ("flip 2", "set 2"))
