"""Runs: what is stored is all that there is, and a run that was stopped ends as one that was not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from arena_tasks import ABOVE, SAME, materials, problem, tried, two

from verigym.arena import Config, Material, Problem, choose, curves, ledger, play, prepared, read
from verigym.arena.order import in_order
from verigym.arena.players import SolverView, TesterView
from verigym.arena.scripted_solvers import SOLVERS
from verigym.arena.scripted_testers import TESTERS
from verigym.envs.code import function_task
from verigym.errors import FormatError, SandboxError, UserError

HEAD = (
    json.dumps(
        {"kind": "run", "format": 1, "tasks": [{"held": 1}], "config": asdict(Config())}
    ).encode()
    + b"\n"
)
SMALL = Config(rounds=3, tests=3, white_box=True)


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    return two()


@pytest.fixture(scope="module")
def real() -> list[Problem]:
    found = list(prepared(materials()))
    assert all(isinstance(one, Problem) for one in found), found
    return found  # type: ignore[return-value]


def played(
    problems: Sequence[Problem],
    folder: Path,
    config: Config = SMALL,
    who: tuple[Any, Any] = ("mutants", "random"),
    **more: Any,
) -> list[dict[str, Any]]:
    first = choose.solver(who[0], problems) if isinstance(who[0], str) else who[0]
    second = choose.tester(who[1], problems) if isinstance(who[1], str) else who[1]
    play(problems, first, second, config, folder, **more)
    return read(folder)[1]


def content(folder: Path) -> bytes:
    return Path(ledger.path_of(folder)).read_bytes()


class TestRuns:
    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
        self, problems: list[Problem], tmp_path: Path
    ) -> None:
        state = random.getstate()
        played(problems, tmp_path / "a", workers=3)
        played(problems, tmp_path / "b", workers=1)
        played(problems, tmp_path / "c", Config(rounds=3, tests=3, white_box=True, seed=1))
        assert content(tmp_path / "a") == content(tmp_path / "b")
        assert content(tmp_path / "a") != content(tmp_path / "c")
        assert random.getstate() == state

    def test_a_run_cut_anywhere_ends_byte_for_byte_as_one_that_was_not(
        self, problems: list[Problem], tmp_path: Path
    ) -> None:
        played(problems[:2], tmp_path / "whole")
        whole = content(tmp_path / "whole")
        lines = whole.splitlines(keepends=True)
        ends = [0, 7, len(lines[0]), len(b"".join(lines[:3])), len(b"".join(lines[:4])) + 20]
        for end in [*ends, len(whole) - 1, len(whole)]:
            folder = tmp_path / f"cut{end}"
            folder.mkdir()
            Path(ledger.path_of(folder)).write_bytes(whole[:end])
            played(problems[:2], folder, resume=True)
            assert content(folder) == whole, end

    def test_what_is_resumed_must_be_the_same_run(
        self, problems: list[Problem], tmp_path: Path
    ) -> None:
        played(problems[:1], tmp_path, Config(rounds=1))
        with pytest.raises(UserError, match="--resume continues it"):
            played(problems[:1], tmp_path, Config(rounds=1))
        with pytest.raises(UserError, match=r"another run.*seed was 0 and is 1"):
            played(problems[:1], tmp_path, Config(rounds=1, seed=1), resume=True)
        for others in (problems[:2], [problem(held=(ABOVE,))], [problem(practice=())]):
            with pytest.raises(UserError, match=r"another run.*tasks"):
                played(others, tmp_path, Config(rounds=1), resume=True)

    def test_two_processes_do_not_write_one_run(self, problems: list[Problem], tmp_path: Path) -> None:
        with (
            ledger.opened(tmp_path, {"kind": "run", "tasks": []}, False),
            pytest.raises(UserError, match="being written by another process"),
        ):
            played(problems[:1], tmp_path)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (None, "there is no run"),
            (b"", "is no run"),
            (b'{"kind": "task"}\n', "is no run"),
            (b'{"kind": "run", "format": 1, "tasks": [1]}\n', "is no run"),
            (HEAD + b'{"round": 1, "task": 0}\n', "line 2 is not the turn"),
            (HEAD + b'{"round": 0, "task": 0}\n', "line 2 is not the turn"),
            (HEAD + b"nonsense\n{}\n", "not JSON"),
        ],
    )
    def test_what_is_no_run_is_told(self, text: bytes | None, words: str, tmp_path: Path) -> None:
        if text is not None:
            Path(ledger.path_of(tmp_path)).write_bytes(text)
        with pytest.raises(FormatError, match=words):
            read(tmp_path)

    def test_a_run_that_is_being_written_can_be_read(
        self, problems: list[Problem], tmp_path: Path
    ) -> None:
        turns = played(problems[:1], tmp_path, Config(rounds=1))
        path = Path(ledger.path_of(tmp_path))
        before = path.read_bytes()
        for torn in (b'{"round": 2, "ta', b'{"round": 2}'):
            path.write_bytes(before + torn)
            assert read(tmp_path)[1] == turns
            assert path.read_bytes() == before + torn

    def test_a_disk_that_fails_ends_the_run_and_it_goes_on_later(
        self, problems: list[Problem], tmp_path: Path
    ) -> None:
        played(problems[:2], tmp_path / "whole")

        def fail(record: Any) -> None:
            if record["round"] == 2:
                raise UserError("full")

        with pytest.raises(UserError, match="full"):
            played(problems[:2], tmp_path / "part", seen=fail)
        played(problems[:2], tmp_path / "part", resume=True)
        assert content(tmp_path / "part") == content(tmp_path / "whole")

    def test_settings_are_checked(self) -> None:
        for name in ("rounds", "answers", "tests"):
            for value in (0, True, 10**6, "3"):
                with pytest.raises(UserError, match=name):
                    Config(**{name: value})
        with pytest.raises(UserError, match="at least one task"):
            play([], str, str, SMALL, "/nowhere")  # type: ignore[arg-type]


class TestPlayers:
    def test_every_script_plays(self, real: list[Problem], tmp_path: Path) -> None:
        config = Config(rounds=2, answers=1, tests=3, white_box=True, open_pool=True)
        pairs = [(name, "random") for name in SOLVERS] + [("mutants", name) for name in TESTERS]
        for first, second in dict.fromkeys(pairs):
            turns = played(real[1:2], tmp_path / f"{first}-{second}", config, (first, second))
            parts = [part for turn in turns for part in (*turn["answers"], turn["suite"])]
            assert not [part for part in parts if part["status"] == "abstained"]
            if first == "reference":
                assert {turn["answers"][0]["reward"] for turn in turns[1:]} == {1.0}
            if first == "hostile":
                assert {turn["answers"][0]["reward"] for turn in turns[1:]} == {0.0}
            if second in ("lazy", "hostile"):
                assert not any(turn["suite"]["reward"] for turn in turns)

    def test_a_memoriser_is_seen_as_a_false_pass(self, problems: list[Problem], tmp_path: Path) -> None:
        config = Config(rounds=3, answers=1, open_pool=True)
        turns = played(problems, tmp_path, config, ("memoriser", "lazy"))
        for figures in curves(*read(tmp_path))[1:]:
            assert (figures["pool_pass"], figures["false_pass"], figures["true_pass"]) == (
                1.0,
                1.0,
                0.0,
            )
        # A tester that goes on finds it out in every round, and it comes back knowing more.
        turns = played(problems, tmp_path / "b", config, ("memoriser", "random"))
        killed = [turn["suite"]["killed"] for turn in turns if turn["round"]]
        assert sum(killed) >= len(problems)

    def test_roles_see_what_they_may_and_no_more(self, tmp_path: Path) -> None:
        views: list[Any] = []

        def solve(view: SolverView) -> str:
            views.append(view)
            return ABOVE

        def attack(view: TesterView) -> str:
            views.append(view)
            return json.dumps([[2 + view.round]])

        play([problem()], solve, attack, Config(rounds=1), tmp_path / "a")
        assert [view.tests for view in views] == [(), (), ({"args": [1], "expected": 1},)]
        assert (views[2].programs, views[2].alive, views[2].examples) == ((), 1, ((1,),))
        views.clear()
        open_ = Config(rounds=1, white_box=True, open_pool=True)
        play([problem()], solve, attack, open_, tmp_path / "b")
        assert views[0].tests == ({"args": [1], "expected": 1},)
        assert views[2].programs == (ABOVE,)
        assert SAME not in repr([view for view in views if isinstance(view, TesterView)])

    @pytest.mark.parametrize(
        "bad", [lambda view: 1 // 0, lambda view: None, lambda view: b"x", lambda view: sys.exit(1)]
    )
    def test_a_player_that_fails_abstains_and_the_run_goes_on(self, bad: Any, tmp_path: Path) -> None:
        if "sys" in bad.__code__.co_names:
            with pytest.raises(SystemExit):  # who ends the process on purpose may
                played([problem()], tmp_path, Config(rounds=1), (bad, "lazy"))
            return
        turns = played([problem()], tmp_path, Config(rounds=1), (bad, bad))
        assert [one["status"] for one in turns[1]["answers"]] == ["abstained"] * 2
        assert {one["reward"] for one in turns[1]["answers"]} == {None}
        assert (turns[1]["suite"]["status"], turns[1]["suite"]["reward"]) == ("abstained", None)
        assert "PlayerFailed" in turns[1]["suite"]["reason"]
        figures = curves(*read(tmp_path))[1]
        assert (figures["solver_abstained"], figures["tester_abstained"]) == (2, 1)
        assert (figures["true_pass"], figures["validity"], figures["solver_reward"]) == (
            None,
            None,
            None,
        )

    def test_a_sandbox_that_fails_is_an_abstention_and_changes_nothing(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        attempts = []

        def gone(*_: Any, **__: Any) -> Any:
            attempts.append(1)
            raise SandboxError("gone")

        def attack(view: TesterView) -> str:
            monkeypatch.setattr("verigym.arena.behaviour.observe", gone)
            return "[[6]]"

        turns = played([problem()], tmp_path, Config(rounds=2), (lambda view: ABOVE, attack))
        assert turns[1]["answers"][0]["joined"]
        assert (turns[1]["suite"]["status"], turns[1]["suite"]["reward"]) == ("abstained", None)
        assert turns[1]["suite"]["tests"] == []
        assert {one["status"] for one in turns[2]["answers"]} == {"abstained"}
        assert turns[2]["pool"] == turns[1]["pool"] == {"tests": 1, "wrong": 1, "alive": 1}
        assert len(attempts) == 2 * (1 + 2 + 1)  # each judgement is tried twice


class TestPreparing:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"reference": None}, "no reference"),
            ({"reference": "def f(x): return x + 1"}, "fails its own tests: wrong"),
            ({"cases": [{"args": [], "kwargs": {"x": 1}, "expected": 1}]}, "no input of it is known"),
            (
                {"cases": [((1,), 1), ((1, 2), 1)], "reference": "def f(*x): return 1"},
                "differ in their",
            ),
            ({"reference": "def f(x): return x"}, "none of its faulty programs"),
        ],
    )
    def test_what_cannot_be_played_is_told(self, changes: dict[str, Any], words: str) -> None:
        told = {"prompt": "p", "entry_point": "f", "cases": [((1,), 1), ((5,), 5)], "reference": SAME}
        (found,) = prepared([Material(function_task(**{**told, **changes}))])
        assert isinstance(found, str)
        assert words in found

    def test_a_task_that_is_there_twice_is_played_once(self) -> None:
        leap = materials()[1]
        first, second = prepared([leap, leap])
        assert isinstance(first, Problem)
        assert second == "it is there twice"

    def test_contracts_that_do_not_hold_are_told(self) -> None:
        leap = materials()[1]
        for contract in ("def contract(y): return False", "nonsense (", "def other(y): return True"):
            (found,) = prepared([Material(leap.task, contract=contract)])
            assert isinstance(found, str)
            assert "contract" in found

    def test_held_out_faults_are_nobody_elses(self, real: list[Problem]) -> None:
        for one in real:
            assert not set(one.held) & {*one.stock, *one.practice, one.reference}
            vectors = []
            for heap in (one.held, one.stock, one.practice):
                rows = one.bench.together(list(heap), one.hidden)
                vectors.append({tuple(one.bench.passes(one.hidden, row)) for row in rows})
            assert not vectors[0] & (vectors[1] | vectors[2])  # not even by what they do

    def test_recorded_wrong_answers_are_dealt_to_both(self) -> None:
        leap = materials()[1]
        wrong = [f"def leap(y): return y % 4 == {n}" for n in range(4)]
        (found,) = prepared([Material(leap.task, wrong=(*wrong, leap.task.spec["reference"]))])
        assert isinstance(found, Problem)
        assert len(found.held_recorded) == 2
        assert set(found.held_recorded) | {w for w in wrong if w in found.stock} == set(wrong)


class TestOrder:
    def test_results_keep_their_order_and_what_fails_ends_it(self) -> None:
        def slow(n: int) -> int:
            time.sleep(0.01 * (n % 3))
            return n

        assert list(in_order(slow, range(20), 4)) == list(range(20))
        assert list(in_order(slow, [], 4)) == []
        with pytest.raises(ZeroDivisionError):
            list(in_order(lambda n: 1 // n, [1, 0], 2))

    def test_leaving_it_early_stops_what_runs(self) -> None:
        over = threading.Event()
        found = in_order(lambda n: n if n == 0 else over.wait(20), range(50), 2, over.set)
        assert next(found) == 0
        start = time.monotonic()
        found.close()
        assert time.monotonic() - start < 10
        assert over.is_set()


KILLED = """
import sys
sys.path[:0] = sys.argv[2:]
from arena_tasks import two
from verigym.arena import Config, choose, play
problems = two()
config = Config(rounds=3, tests=3, white_box=True)
players = choose.solver("mutants", problems), choose.tester("random", problems)
play(problems, *players, config, sys.argv[1], resume=True)
"""


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(
    problems: list[Problem], tmp_path: Path
) -> None:
    played(problems[:2], tmp_path / "whole")
    whole, path = content(tmp_path / "whole"), Path(ledger.path_of(tmp_path / "part"))
    command = [sys.executable, "-c", KILLED, str(tmp_path / "part"), str(Path(__file__).parent)]
    process = subprocess.Popen(command, env=os.environ.copy(), stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if path.exists() and path.read_bytes().count(b"\n") >= 3:
            process.kill()  # without a word, in the middle of whatever it does
            break
        time.sleep(0.005)
    assert process.communicate(timeout=20)[1].count(b"Traceback") == 0
    part = path.read_bytes()
    assert whole.startswith(part)
    assert part.count(b"\n") >= 3
    played(problems[:2], tmp_path / "part", resume=True)
    assert path.read_bytes() == whole
    assert tried(1)[0].key == b"[1]"
