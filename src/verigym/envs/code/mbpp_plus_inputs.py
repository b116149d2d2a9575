"""Inputs of MBPP+ as its functions take them: JSON has no tuples, sets and complex numbers.

The released JSONL writes them as lists and texts; which input of which task stands for what is known
to EvalPlus alone and not said in the file. This is that knowledge, as a table: for a task's number, how
each argument is turned. What is not in the table is taken as JSON has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verigym.errors import TaskError

Turn = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _tuples(value: list[Any]) -> list[Any]:
    return [tuple(member) for member in value]


def _tuple_of_tuples(value: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuples(value))


def _lists_within(value: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(member) if isinstance(member, list) else member for member in value)


def _all_tuples(value: Any) -> Any:
    return tuple(map(_all_tuples, value)) if isinstance(value, list) else value


def _sets(value: list[Any]) -> list[Any]:
    return [set(member) if isinstance(member, list) and member else {} for member in value]


def _values(value: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(member) for key, member in value.items()}


def _each(turn: Turn, *tasks: int) -> dict[int, tuple[Turn, ...]]:
    """Every argument is turned."""
    return dict.fromkeys(tasks, (turn,) * 9)


def _by_place(turns: tuple[Turn, ...], *tasks: int) -> dict[int, tuple[Turn, ...]]:
    """The first arguments are turned, each in its way."""
    return dict.fromkeys(tasks, turns)


TURNS: Mapping[int, tuple[Turn, ...]] = {
    **_each(tuple, 2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616),
    **_each(tuple, 630, 726, 740, 744, 809),
    **_each(_tuples, 63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780),
    **_each(_tuple_of_tuples, 259, 401, 445),
    **_each(_lists_within, 278),
    **_each(_all_tuples, 580, 615, 791),
    **_by_place((_tuples,), 75, 413, 444, 753),
    **_by_place((_same, tuple), 106, 750),
    **_by_place((tuple,), 250, 307, 405, 446, 617, 720, 763, 808),
    **_by_place((_sets,), 115),
    **_by_place((_values,), 722),
    **_by_place((float, complex), 124),
    **_by_place((complex,), 252),
}


def turned(task: int, args: list[Any]) -> list[Any]:
    """The arguments of one input of a task.

    Raises:
        TaskError: when one cannot be turned as the task needs it.
    """
    turns = TURNS.get(task, ())
    try:
        first = [turn(value) for turn, value in zip(turns, args, strict=False)]
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise TaskError(f"an input of task {task} is not what it must be: {error}") from None
    return [*first, *args[len(first) :]]
