"""Who plays: what each role is shown, and how a player is told from a failure of ours.

A player is a callable from a view to a text. A view holds what its role may see and nothing else: never
the reference, a hidden test or a held-out fault. What a player says is hostile text; when it cannot be
asked at all (it raises, its server is away), its turn is an abstention.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from verigym.errors import UserError, VerigymError

MAX_CHARS = 200_000
"""The longest text of a player that is read."""


@dataclass(frozen=True)
class SolverView:
    """What the solver sees of a task."""

    task_id: str
    prompt: str
    entry_point: str
    round: int
    """From 1."""
    sample: int
    """Which of its answers of this round this is, from 0."""
    seed: int
    """For its own randomness: another for each answer, the same in each run of the same seed."""
    tests: tuple[Mapping[str, Any], ...] = ()
    """Where the pool is open: its tests, ``{"args": [tree], "expected": tree}`` each."""


@dataclass(frozen=True)
class TesterView:
    """What the tester sees of a task."""

    __test__ = False  # for pytest
    task_id: str
    prompt: str
    entry_point: str
    round: int
    seed: int
    most: int
    """How many tests it may give."""
    examples: tuple[tuple[Any, ...], ...] = ()
    """The arguments of the calls that the prompt shows, as values."""
    tests: tuple[Mapping[str, Any], ...] = ()
    """The tests of the pool, ``{"args": [tree], "expected": tree}`` each."""
    alive: int = 0
    """How many wrong answers no test kills."""
    programs: tuple[str, ...] = ()
    """Those, where the tester is white-box."""


Solver = Callable[[SolverView], str]
"""Gives an answer to the task, as text."""
Tester = Callable[[TesterView], str]
"""Gives inputs, as ``testgen/tests`` reads them: a JSON array of arrays of arguments."""


class PlayerFailed(VerigymError):
    """A player could not be asked; nothing is known of what it would have said."""


def asked(player: Callable[[Any], str], view: SolverView | TesterView) -> str:
    """What a player says.

    Raises:
        PlayerFailed: when it raises, or gives back what is no text.
    """
    try:
        said = player(view)
    except PlayerFailed:
        raise
    except Exception as error:
        raise PlayerFailed(f"{type(error).__name__}: {error}"[:500]) from error
    if not isinstance(said, str):
        raise PlayerFailed(f"it gave back a {type(said).__name__}; a player gives back text")
    return said


def imported(name: str) -> Callable[[Any], str]:
    """The callable that ``module:function`` names; the current folder is searched too.

    Raises:
        UserError: when there is none.
    """
    module, _, attribute = name.partition(":")
    here = os.getcwd()
    added = here not in sys.path
    if added:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"player {name!r} cannot be loaded: {error}; it is written module:function"
        ) from None
    finally:
        if added:
            sys.path.remove(here)
    if not callable(found):
        raise UserError(f"player {name!r} is a {type(found).__name__}, and no function of a view")
    return found  # type: ignore[no-any-return]
