"""From a word of the command line to a player."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from verigym.arena import scripted_solvers, scripted_testers
from verigym.arena.endpoint import Endpoint
from verigym.arena.players import imported
from verigym.arena.problem import Problem
from verigym.errors import UserError


def solver(who: str, problems: Sequence[Problem], **endpoint: Any) -> Callable[[Any], str]:
    """A scripted solver's name, ``module:function``, or ``MODEL@URL``.

    Args:
        who: the word.
        problems: those that it will play, for a scripted one.
        endpoint: further arguments of :class:`~verigym.arena.endpoint.Endpoint`.

    Raises:
        UserError: when there is no such player.
    """
    return _player(who, problems, "solver", scripted_solvers.SOLVERS, endpoint)


def tester(who: str, problems: Sequence[Problem], **endpoint: Any) -> Callable[[Any], str]:
    """As :func:`solver`, for the other role."""
    return _player(who, problems, "tester", scripted_testers.TESTERS, endpoint)


def _player(
    who: str,
    problems: Sequence[Problem],
    role: str,
    scripts: Mapping[str, tuple[type, str]],
    endpoint: Mapping[str, Any],
) -> Callable[[Any], str]:
    if who in scripts:
        return scripts[who][0](problems)  # type: ignore[no-any-return]
    model, at, url = who.partition("@")
    if at and "://" in url:
        return Endpoint(model, url, **endpoint)
    if ":" in who:
        return imported(who)
    raise UserError(
        f"no {role} is called {who!r}; there are {', '.join(scripts)}, module:function and MODEL@URL"
    )
