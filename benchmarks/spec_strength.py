"""How strong the shipped specs are: which of the mutants of their references they refuse.

    python benchmarks/spec_strength.py --out strength.jsonl
    python benchmarks/spec_strength.py --out strength.jsonl --table

For each spec Hypothesis draws examples against the reference (100 for each test, as tasks have by
default), and every mutant of the reference is run on the same examples. A mutant that fails one is
killed; one that takes longer than a second of processor time is killed too, and counted apart. What is
alive is then run on more examples of another seed: what these kill is "late", the rest is alive still.
Those are read by people: nearly all do what the reference does (a loop in the opposite order, say).

The mutants are ours, as the references are, so they run here and not in a sandbox; each spec in a
process of its own. Results are added to the file spec by spec, and specs that it has are left out.
"""

from __future__ import annotations

import argparse
import copy
import inspect
import io
import json
import resource
import signal
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import stateful

from verigym.envs.spec.loading import KINDS, Spec, read_specs
from verigym.envs.spec.templates import tests_of
from verigym.mutation import mutants

SECONDS = 1.0
MEMORY = 2 << 30
_SAME = """

import copy as _copied, hypothesis as _hypothesis, reference as _reference, solution as _solution
from hypothesis import strategies as _st
_same = globals().get("same", lambda expected, got: type(got) is type(expected) and got == expected)

@_hypothesis.given(_st.tuples(*STRATEGIES))
def test_same(arguments):
    expected = _reference.{name}(*_copied.deepcopy(arguments))
    assert _same(expected, _solution.{name}(*_copied.deepcopy(arguments)))
"""
Examples = dict[str, list[Any]]
"""Test -> what was drawn: (args, kwargs) of each run; of a state machine the steps of each run."""


class Slow(BaseException):
    """A mutant has used its time."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="JSONL, one line for each spec")
    parser.add_argument("--only", nargs="*", default=[], help="names of specs")
    parser.add_argument("--examples", type=int, default=100, help="for each test (default 100)")
    parser.add_argument("--more", type=int, default=400, help="for what is alive (default 400)")
    parser.add_argument("--table", action="store_true", help="print what the file has, in Markdown")
    options = parser.parse_args()
    known = (
        [json.loads(line) for line in options.out.read_text().splitlines()]
        if options.out.exists()
        else []
    )
    if options.table:
        print(table(known))
        return 0
    done = {one["spec"] for one in known}
    specs = [spec for kind in KINDS for spec in read_specs(None, kind)]
    for spec in specs:
        if spec.name in done or (options.only and spec.name not in options.only):
            continue
        with get_context("fork").Pool(1) as pool:
            result = pool.apply(measure, (spec, options.examples, options.more))
        with options.out.open("a") as out:
            out.write(json.dumps(result) + "\n")
        print(json.dumps({**result, "alive": len(result["alive"])}), flush=True)
    return 0


def measure(spec: Spec, count: int, more: int) -> dict[str, Any]:
    """What a spec does to the mutants of its reference, and to its lazy answers."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGVTALRM, _slow)
    few, many = drawn(spec, count, seed=0), drawn(spec, more, seed=1)
    found = mutants(spec.reference)
    told = [verdict(spec, one.source, few) for one in found]
    left = [one for one, said in zip(found, told, strict=True) if said == "passed"]
    alive = [one for one in left if verdict(spec, one.source, many) == "passed"]
    return {
        "spec": spec.name,
        "kind": spec.kind,
        "tests": len(few),
        "examples": count,
        "more": more,
        "mutants": len(found),
        "killed": told.count("failed"),
        "slow": told.count("slow"),
        "late": len(left) - len(alive),
        "alive": [f"{one.operator} in line {one.line}" for one in alive],
        "lazy": len(spec.lazy),
        "lazy_passed": [
            name for name, text in spec.lazy.items() if verdict(spec, text, few) == "passed"
        ],
    }


def table(results: list[dict[str, Any]]) -> str:
    rows = [
        "| spec | kind | tests | mutants | killed | late | alive |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for one in sorted(results, key=lambda one: (KINDS.index(one["kind"]), one["spec"])):
        killed, alive = one["killed"] + one["slow"], len(one["alive"])
        share = f"{killed} ({100 * killed / one['mutants']:.1f} %)"
        cells = (one["spec"], one["kind"], one["tests"], one["mutants"], share, one["late"], alive)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def _slow(signum: int, frame: Any) -> None:
    raise Slow


# ------------------------------------------------------------------------------ drawn, and run again


def settings(examples: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=False,
        stateful_step_count=30,
    )


def drawn(spec: Spec, count: int, seed: int) -> Examples:
    """What Hypothesis draws for each test of a spec, against the reference, which must pass."""
    found: Examples = {}
    for name, test in loaded(spec, spec.reference):
        seen: list[Any] = []
        found[name] = seen
        if isinstance(test, type):
            hypothesis.seed(seed)(test)
            stateful.run_state_machine_as_test(_noting(test, seen), settings=settings(count))
            continue
        inner = test.hypothesis.inner_test

        def noted(*args: Any, inner: Any = inner, seen: list[Any] = seen, **kwargs: Any) -> None:
            seen.append(copy.deepcopy((args, kwargs)))
            inner(*args, **kwargs)

        test.hypothesis.inner_test = noted
        settings(count)(hypothesis.seed(seed)(test))()
    return found


def _noting(machine: type[Any], seen: list[Any]) -> type[Any]:
    """The state machine, which from now on notes its steps."""
    for name, function in list(vars(machine).items()):
        for mark in ("hypothesis_stateful_rule", "hypothesis_stateful_initialize_rule"):
            if (rule := getattr(function, mark, None)) is not None:
                rule.function = _wrapped(name, rule.function, seen)
    return machine


def _wrapped(name: str, function: Callable[..., Any], seen: list[Any]) -> Callable[..., Any]:
    def step(self: Any, **kwargs: Any) -> Any:
        if "_steps" not in self.__dict__:
            self._steps = []
            seen.append(self._steps)
        self._steps.append((name, copy.deepcopy(kwargs)))
        return function(self, **kwargs)

    step.__name__ = name
    return step


def verdict(spec: Spec, solution: str, examples: Examples) -> str:
    """``passed``, ``failed`` or ``slow``: of a solution, on all examples of all tests."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for name, test in loaded(spec, solution):
                for one in examples[name]:
                    _again(test, copy.deepcopy(one))
    except Slow:
        return "slow"
    except BaseException:  # whatever a mutant raises is a failure
        return "failed"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return "passed"


def _again(test: Any, one: Any) -> None:
    if not isinstance(test, type):
        try:
            test.hypothesis.inner_test(*one[0], **one[1])
        except hypothesis.errors.UnsatisfiedAssumption:
            return
        return
    machine = test.__new__(test)
    invariants = [name for name, function in inspect.getmembers(test) if _is_invariant(function)]
    for name, kwargs in one:
        getattr(machine, name)(**kwargs)
        for invariant in invariants:
            getattr(machine, invariant)()


def _is_invariant(function: Any) -> bool:
    return hasattr(function, "hypothesis_stateful_invariant")


def loaded(spec: Spec, solution: str) -> Iterator[tuple[str, Any]]:
    """(name, test function or state machine) of a spec about a solution."""
    _module("solution", solution)
    _module("reference", spec.reference)
    source = tests_of(spec)
    if spec.kind == "differential":
        source += _SAME.format(name=spec.entry_points[0])
    for name, value in list(vars(_module("spec", source)).items()):
        if isinstance(value, type):
            if issubclass(value, stateful.RuleBasedStateMachine) and value.__module__ == "spec":
                yield name, value
        elif name.startswith("test") and callable(value):
            yield name, value


def _module(name: str, source: str) -> types.ModuleType:
    made = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, f"{name}.py", "exec", dont_inherit=True), made.__dict__)
    return made


if __name__ == "__main__":
    sys.exit(main())
