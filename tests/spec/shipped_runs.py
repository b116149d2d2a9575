"""Shipped specs under the real Hypothesis, in this process: they are our own code, so nothing is contained."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import hypothesis.stateful
from hypothesis.stateful import RuleBasedStateMachine

from verigym.envs.spec.loading import KINDS, SHIPPED, Spec, read_specs
from verigym.envs.spec.templates import tests_of

SPECS: dict[str, Spec] = {spec.name: spec for kind in KINDS for spec in read_specs(SHIPPED, kind)}
Run = Callable[[int, int], None]
"""Runs one test on so many examples of a seed, and raises what fails."""

_SAME = """

import copy as _copied, hypothesis as _hypothesis, reference as _reference, solution as _solution
from hypothesis import strategies as _st
_same = globals().get("same", lambda expected, got: type(got) is type(expected) and got == expected)

@_hypothesis.given(_st.tuples(*STRATEGIES))
def test_same(arguments):
    expected = _reference.{name}(*_copied.deepcopy(arguments))
    assert _same(expected, _solution.{name}(*_copied.deepcopy(arguments))), arguments
"""


def failure(spec: Spec, solution: str, examples: int, seed: int = 0) -> Exception | None:
    """Why a solution fails a spec; None when it passes."""
    try:
        with _loaded(spec, solution) as runs:
            for run in runs:
                run(examples, seed)
    except Exception as error:
        return error
    return None


def module(name: str, source: str) -> types.ModuleType:
    made = types.ModuleType(name)
    exec(compile(source, f"{name}.py", "exec", dont_inherit=True), made.__dict__)
    return made


def _settings(examples: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        stateful_step_count=30,
    )


@contextlib.contextmanager
def _loaded(spec: Spec, solution: str) -> Iterator[list[Run]]:
    before = {name: sys.modules.pop(name, None) for name in ("solution", "reference")}
    try:
        sys.modules["solution"] = module("solution", solution)
        sys.modules["reference"] = module("reference", spec.reference)
        source = tests_of(spec)
        if spec.kind == "differential":
            source += _SAME.format(name=spec.entry_points[0])
        runs = list(_runs(module("spec", source)))
        assert runs, "no tests"
        yield runs
    finally:
        for name, old in before.items():
            sys.modules.pop(name, None)
            if old is not None:
                sys.modules[name] = old


def _runs(spec: types.ModuleType) -> Iterator[Run]:
    for name, value in vars(spec).items():
        if isinstance(value, type):
            if issubclass(value, RuleBasedStateMachine) and value is not RuleBasedStateMachine:
                yield _machine(value)
        elif name.startswith("test") and inspect.isfunction(value):
            yield _given(value)


def _given(test: Any) -> Run:
    def run(examples: int, seed: int) -> None:
        _settings(examples)(hypothesis.seed(seed)(test))()

    return run


def _machine(machine: type[RuleBasedStateMachine]) -> Run:
    def run(examples: int, seed: int) -> None:
        hypothesis.seed(seed)(machine)
        with contextlib.redirect_stdout(io.StringIO()):  # the steps to a failure
            hypothesis.stateful.run_state_machine_as_test(machine, settings=_settings(examples))

    return run
