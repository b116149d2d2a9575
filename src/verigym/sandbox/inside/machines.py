"""A small stand-in for ``hypothesis.stateful``, under which a machine takes its recorded steps again.

Rules, invariants and preconditions are only marked here; bundles are names. What a rule was given when
its steps were recorded (:mod:`verigym.sandbox.inside.rehearsal`), it is given again by
:mod:`verigym.sandbox.inside.replay`, so judging an answer takes no import of Hypothesis.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from verigym.sandbox.inside import standin

NAME = "hypothesis.stateful"

Function = Callable[..., Any]
_STEP, _INVARIANT, _PRECONDITIONS = "_verigym_step", "_verigym_invariant", "_verigym_preconditions"


@dataclass(frozen=True)
class Step:
    """What a rule is."""

    targets: int
    """How many bundles get what it returns."""
    initializes: bool


@dataclass(frozen=True)
class MultipleResults:
    """What :func:`multiple` returns."""

    values: tuple[Any, ...]


class Bundle(standin.Anything):
    """Values that rules returned."""

    def __init__(self, name: str = "", **_kwargs: Any) -> None:
        self.name = name


class _TestCase:
    """``Machine.TestCase``, on which a module may set ``settings``."""

    def __get__(self, _machine: Any, _kind: Any) -> Any:
        return types.SimpleNamespace(settings=standin.settings())


class RuleBasedStateMachine:
    """``hypothesis.stateful.RuleBasedStateMachine``."""

    TestCase = _TestCase()

    def teardown(self) -> None:
        """Called when a sequence of steps is over."""


def rule(*, targets: Any = (), target: Any = None, **_arguments: Any) -> Callable[[Function], Function]:
    """``hypothesis.stateful.rule``."""
    return _marked(_STEP, Step(1 if target is not None else len(targets), False))


def initialize(
    *, targets: Any = (), target: Any = None, **_arguments: Any
) -> Callable[[Function], Function]:
    """``hypothesis.stateful.initialize``."""
    return _marked(_STEP, Step(1 if target is not None else len(targets), True))


def invariant(*, check_during_init: bool = False) -> Callable[[Function], Function]:
    """``hypothesis.stateful.invariant``."""
    return _marked(_INVARIANT, check_during_init)


def precondition(condition: Function) -> Callable[[Function], Function]:
    """``hypothesis.stateful.precondition``."""

    def accept(function: Function) -> Function:
        return _marked(_PRECONDITIONS, (*preconditions_of(function), condition))(function)

    return accept


def consumes(_bundle: Any) -> Any:
    """``hypothesis.stateful.consumes``."""
    return standin.Anything()


def multiple(*values: Any) -> MultipleResults:
    """``hypothesis.stateful.multiple``."""
    return MultipleResults(values)


def _marked(name: str, value: Any) -> Callable[[Function], Function]:
    def accept(function: Function) -> Function:
        setattr(function, name, value)
        return function

    return accept


def install() -> None:
    """Put the stand-in where ``import hypothesis.stateful`` finds it, and that of Hypothesis itself."""
    standin.install()
    module = types.ModuleType(NAME)
    for thing in (
        *(Bundle, MultipleResults, RuleBasedStateMachine, consumes, initialize, invariant),
        *(multiple, precondition, rule),
    ):
        setattr(module, thing.__name__, thing)
    module.__dict__["run_state_machine_as_test"] = lambda *_args, **_kwargs: None
    sys.modules[NAME] = module
    sys.modules[standin.PACKAGE].__dict__["stateful"] = module


# ------------------------------------------------------------------------------ what is marked


def steps_of(kind: type) -> dict[str, tuple[Function, Step]]:
    """Name of its function -> (function, what it is) of each rule of a machine."""
    return {function.__name__: (function, step) for function, step in _members(kind, _STEP)}


def invariants_of(kind: type) -> list[tuple[Function, bool]]:
    """(function, whether it holds before all is initialized) of each invariant of a machine."""
    return list(_members(kind, _INVARIANT))


def preconditions_of(function: Function) -> tuple[Function, ...]:
    """What must hold of a machine before a rule or an invariant of it."""
    found: tuple[Function, ...] = getattr(function, _PRECONDITIONS, ())
    return found


def _members(kind: type, mark: str) -> Iterator[tuple[Function, Any]]:
    for name in dir(kind):
        member = getattr(kind, name, None)
        if (
            isinstance(member, types.FunctionType)
            and (found := getattr(member, mark, None)) is not None
        ):
            yield member, found


def machines_in(module: types.ModuleType, base: type) -> dict[str, type]:
    """Name -> class of the machines that a module defines, but for those that others derive from."""
    found = {
        value.__name__: value
        for value in module.__dict__.values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
    }
    return {
        name: kind
        for name, kind in found.items()
        if not any(other is not kind and issubclass(other, kind) for other in found.values())
    }
