"""The loop: in each round the solver answers, then the tester attacks what survived, task by task.

A turn reads the pools of its task and gives a record; the record is written, and only then taken
into the pools. So the file is all the state that there is. Turns of different tasks go on at the
same time, and are written in order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verigym.arena import ledger
from verigym.arena.config import Config, header
from verigym.arena.order import in_order
from verigym.arena.players import PlayerFailed, Solver, Tester, asked
from verigym.arena.pools import MOST_TESTS, Pools
from verigym.arena.problem import Problem, Unfit, prepare
from verigym.arena.referee import Referee
from verigym.arena.views import for_solver, for_tester
from verigym.errors import SandboxError, UserError
from verigym.sandbox import Sandbox
from verigym.task import Task
from verigym.verifiers.base import default_workers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """A task, and what else is known of it."""

    task: Task
    wrong: tuple[str, ...] = ()
    """Recorded wrong answers."""
    right: tuple[str, ...] = ()
    """Further right answers."""
    contract: str | None = None
    """Source of a function ``contract`` that is true of the inputs that are meant."""


def prepared(
    materials: Sequence[Material],
    seed: int = 0,
    *,
    workers: int | None = None,
    sandbox: Sandbox | None = None,
) -> Iterator[Problem | str]:
    """For each task, in order, the problem, or why it cannot be played.

    Raises:
        SandboxError: when the sandbox fails.
    """
    first: dict[str, int] = {}
    for place, material in enumerate(materials):
        first.setdefault(material.task.id, place)

    def one(place: int) -> Problem | str:
        material = materials[place]
        if first[material.task.id] != place:
            return "it is there twice"
        try:
            return prepare(
                material.task, wrong=material.wrong, right=material.right,
                contract=material.contract, seed=seed, sandbox=sandbox,
            )  # fmt: skip
        except Unfit as error:
            return str(error)

    with closing(in_order(one, range(len(materials)), workers or default_workers(True))) as found:
        yield from found


def play(
    problems: Sequence[Problem],
    solver: Solver,
    tester: Tester,
    config: Config,
    folder: str | Path,
    *,
    resume: bool = False,
    workers: int | None = None,
    seen: Callable[[Mapping[str, Any]], None] | None = None,
) -> None:
    """Play all rounds, and store each turn in the folder.

    Args:
        problems: from :func:`prepared`.
        solver: a player; called from several threads at a time. One that has a method ``cancel`` is
            told so when the run is interrupted.
        tester: likewise.
        config: the settings.
        folder: made when it is not there.
        resume: go on with the run that the folder holds.
        workers: how many turns go on at a time; by default one more than the sandbox runs.
        seen: called with each turn's record, also with those that the folder held already.

    Raises:
        UserError: when there is no problem, or the folder is not usable.
        FormatError: when the folder holds something else.
    """
    if not problems:
        raise UserError("the arena needs at least one task that can be played")
    pools = [Pools() for _ in problems]
    referees = [Referee(problem) for problem in problems]
    count = len(problems)
    with ledger.opened(folder, header(config, problems), resume) as (turns, write):
        for record in turns:
            pools[record["task"]].apply(record)
            if seen is not None:
                seen(record)

        def turn(place: tuple[int, int]) -> dict[str, Any]:
            number, task = place
            if number == 0:
                return opening(referees[task], task)
            return _turn(referees[task], pools[task], place, solver, tester, config)

        def stop() -> None:
            for player in (solver, tester):
                if callable(cancel := getattr(player, "cancel", None)):
                    cancel()

        places = [divmod(place, count) for place in range(len(turns), (config.rounds + 1) * count)]
        for number in range(config.rounds + 1):  # a round begins when the one before is over
            now = [place for place in places if place[0] == number]
            with closing(in_order(turn, now, workers or default_workers(True), stop)) as found:
                for record in found:
                    write(record)
                    pools[record["task"]].apply(record)
                    if seen is not None:
                        seen(record)


def opening(referee: Referee, task: int) -> dict[str, Any]:
    """Round 0: the pool begins with the examples that the prompt shows."""
    seeds = referee.problem.seeds[:MOST_TESTS]
    tests = [
        {"args": list(one.args), "reason": "", "kills": [], "overdue": [], "joined": True,
         "expected": one.expected, "ticks": one.ticks}
        for one in seeds
    ]  # fmt: skip
    held = _tried_twice(lambda: referee.held(seeds, Pools()))
    suite = {"status": "examples", "tests": tests, "given": 0, "valid": 0, "reward": None}
    return {
        "kind": "turn", "round": 0, "task": task, "answers": [], "suite": suite, "held": held,
        "pool": {"tests": len(tests), "wrong": 0, "alive": 0},
    }  # fmt: skip


def _turn(
    referee: Referee,
    pools: Pools,
    place: tuple[int, int],
    solver: Solver,
    tester: Tester,
    config: Config,
) -> dict[str, Any]:
    number, task = place
    answers = _answers(referee, pools, number, solver, config)
    now = pools.after({"answers": answers, "suite": {"tests": []}, "held": []})
    suite, held = _suite(referee, now, number, tester, config)
    record = {
        "kind": "turn",
        "round": number,
        "task": task,
        "answers": answers,
        "suite": suite,
        "held": held,
    }
    then = pools.after(record)
    sizes = {"tests": len(then.tests), "wrong": len(then.roster), "alive": len(then.alive)}
    return {**record, "pool": sizes}


def _answers(
    referee: Referee, pools: Pools, number: int, solver: Solver, config: Config
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for sample in range(config.answers):
        view = for_solver(referee.problem.task, pools, config, number, sample)
        joining = [one["digest"] for one in found if one["joined"]]
        said = ""
        try:
            said = asked(solver, view)
            found.append(_tried_twice(lambda: referee.answer(said, pools, sample, joining)))  # noqa: B023
        except Exception as error:
            found.append(
                {"sample": sample, "status": "abstained", "answer": said, "reason": _why(error),
                 "passed": 0, "tests": len(pools.tests), "pass_rate": None, "reward": None,
                 "truth": None, "joined": False}
            )  # fmt: skip
    return found


def _suite(
    referee: Referee, pools: Pools, number: int, tester: Tester, config: Config
) -> tuple[dict[str, Any], list[int]]:
    """(the record of the tester's suite, the held-out faults that it is the first to kill)."""
    problem = referee.problem
    view = for_tester(problem.task, pools, config, number, problem.examples)
    said = ""
    try:
        said = asked(tester, view)

        def judged() -> tuple[dict[str, Any], list[int]]:
            suite = referee.suite(said, pools, config.tests)
            joined = Pools()
            joined.apply({"suite": {"tests": [{**t, "kills": []} for t in suite["tests"]]}, "held": []})
            return suite, referee.held(joined.tests, pools)

        suite, held = _tried_twice(judged)
        return suite, held
    except Exception as error:
        return {
            "status": "abstained", "answer": said, "reason": _why(error), "tests": [], "given": 0,
            "valid": 0, "alive": view.alive, "killed": 0, "overdue": 0, "validity": None,
            "marginal": None, "discrimination": None, "reward": None,
        }, []  # fmt: skip


def _tried_twice(judge: Callable[[], Any]) -> Any:
    """What it gives back; where the sandbox fails, once more on a fresh one."""
    try:
        return judge()
    except SandboxError as error:
        _log.info("the sandbox failed, trying once more: %s", error)
        return judge()


def _why(error: Exception) -> str:
    """The reason of an abstention."""
    if not isinstance(error, PlayerFailed | SandboxError):
        _log.error("a turn failed: %s", error, exc_info=error)
    return f"{type(error).__name__}: {error}"[:500]
