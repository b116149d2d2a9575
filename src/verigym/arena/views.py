"""What each role is shown in a turn: a function of the pools, so that it can be told again later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym import seeding
from verigym.arena.config import Config
from verigym.arena.players import SolverView, TesterView
from verigym.arena.pools import Pools
from verigym.task import Task


def for_solver(task: Task, pools: Pools, config: Config, number: int, sample: int) -> SolverView:
    """What the solver sees when it gives an answer in a round."""
    return SolverView(
        task_id=task.id,
        prompt=task.text,
        entry_point=task.spec["entry_point"],
        round=number,
        sample=sample,
        seed=_seed(config, "solver", task, number, sample),
        tests=_shown(pools) if config.open_pool else (),
    )


def for_tester(
    task: Task,
    pools: Pools,
    config: Config,
    number: int,
    examples: tuple[tuple[Any, ...], ...] = (),
) -> TesterView:
    """What the tester sees in a round; the pools already hold that round's wrong answers."""
    alive = pools.alive
    return TesterView(
        task_id=task.id,
        prompt=task.text,
        entry_point=task.spec["entry_point"],
        round=number,
        seed=_seed(config, "tester", task, number, 0),
        most=config.tests,
        examples=examples,
        tests=_shown(pools),
        alive=len(alive),
        programs=tuple(pools.roster[i].program for i in alive) if config.white_box else (),
    )


def _shown(pools: Pools) -> tuple[Mapping[str, Any], ...]:
    return tuple({"args": list(one.args), "expected": one.expected} for one in pools.tests)


def _seed(config: Config, role: str, task: Task, number: int, sample: int) -> int:
    return seeding.derive("arena", role, config.seed, task.id, number, sample) % 2**31
