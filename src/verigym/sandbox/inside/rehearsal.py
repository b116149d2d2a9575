"""What runs inside the sandbox with a state machine, its reference and the real Hypothesis.

Hypothesis chooses the steps, once for each spec and seed; what each was given is written down for
:mod:`verigym.sandbox.inside.replay`. Machine and reference are of one author, so they share a process
here. The job is that of a replay without sequences, and::

    {"reference": source, "seed": int,
     "examples": int, "steps": int,   sequences that are tried, and the most steps of each
     "room": int}                     steps that are kept in all

Hypothesis makes many sequences out of parts of earlier ones. Those are kept that add something: a step
is told by the way that it takes through the reference (its arcs, the pairs of lines run one after the
other), and a sequence by which steps it brings close together. What comes behind the last
step that adds something is left out.
"""

from __future__ import annotations

import functools
import os
import sys
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import exchange, plain, wire
from verigym.sandbox.inside.drawing import load_module
from verigym.sandbox.inside.machines import NAME, machines_in
from verigym.sandbox.inside.recorder import STORAGE
from verigym.sandbox.inside.replay import FILE

REHEARSE = b"from verigym.sandbox.inside import rehearsal\nrehearsal.rehearse()\n"
MOST_BYTES = 4 << 20
NEAR = 3
"""How many steps may lie between two that count as a pair."""

Way = int
"""A way through the reference, by its number."""


def rehearse() -> None:
    """Let Hypothesis run each machine; tell the sequences of steps, or how one failed."""
    job = wire.job()
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"/scratch/{STORAGE}"
    report: dict[str, Any] = {"error": None, "sequences": [], "unfit": None, "tried": 0}
    scribe = Scribe()
    try:
        import hypothesis

        report["version"] = hypothesis.__version__
        scribe.watch()
        load_module("solution", job["reference"])
        module = sys.modules["tests"] = types.ModuleType("tests")
        exec(compile(job["tests"], FILE, "exec", dont_inherit=True), module.__dict__)
        stateful = sys.modules.get(NAME)
        kinds = machines_in(module, stateful.RuleBasedStateMachine) if stateful else {}
        for name, kind in kinds.items():
            scribe.machine = name
            _run(kind, scribe, job)
    except BaseException as error:
        line = exchange.line_of(error, FILE)
        at = f" (line {line} of the spec)" if line else ""
        steps = f", after {scribe.words()}" if scribe.words() else ""
        report["error"] = f"{type(error).__name__}: {exchange.text_of(error)}{at}{steps}"
    chosen = _chosen(scribe.sequences, scribe.ways, job["room"])
    report |= {"sequences": chosen, "unfit": scribe.unfit, "tried": len(scribe.sequences)}
    if len(plain.dumps(chosen)) > MOST_BYTES:
        report |= {"sequences": [], "unfit": f"its steps take more than {MOST_BYTES} bytes"}
    wire.write(wire.RESULT_FD, plain.dumps(report))
    os._exit(0)


def _run(kind: type, scribe: Scribe, job: dict[str, Any]) -> None:
    import hypothesis
    from hypothesis import stateful

    def machine() -> Any:
        made = kind()
        scribe.begin(made)
        return made

    hypothesis.seed(job["seed"])(machine)
    stateful.run_state_machine_as_test(
        machine,  # type: ignore[arg-type]
        settings=hypothesis.settings(
            max_examples=job["examples"],
            stateful_step_count=job["steps"],
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=hypothesis.Verbosity.quiet,
        ),
    )


def _chosen(sequences: list[dict[str, Any]], ways: list[list[Way]], room: int) -> list[dict[str, Any]]:
    """Sequences that add pairs of steps to those before, each up to the last step that adds one."""
    pairs = [_pairs(told, taken) for told, taken in zip(sequences, ways, strict=True)]
    seen: set[tuple[Any, ...]] = set()
    left = set(range(len(sequences)))
    chosen: list[dict[str, Any]] = []
    while left and room > 0:
        # the most that is new for its length; the first of equals
        gain = {n: len({pair for some in pairs[n] for pair in some} - seen) for n in left}
        best = min(left, key=lambda n: (-gain[n] / len(pairs[n]), n))
        if not gain[best]:
            break
        left.remove(best)
        adds = [place for place, some in enumerate(pairs[best]) if some - seen]
        length = min(adds[-1] + 1, room)
        steps = sequences[best]["steps"][:length]
        seen.update(pair for some in pairs[best][:length] for pair in some)
        room -= length
        chosen.append({**sequences[best], "steps": steps})
    return sorted(chosen, key=lambda told: len(told["steps"]))


def _pairs(told: dict[str, Any], taken: list[Way]) -> list[set[tuple[Any, ...]]]:
    """For each step, the pairs that it makes with those shortly before."""
    name = told["machine"]
    return [
        {
            (name, way),
            (name, tuple(taken[max(0, place - NEAR + 1) : place + 1])),
            *((name, taken[place - back], way) for back in range(1, min(place, NEAR) + 1)),
        }
        for place, way in enumerate(taken)
    ]


class Scribe:
    """Writes down the steps that Hypothesis takes."""

    def __init__(self) -> None:
        self.machine = ""
        self.sequences: list[dict[str, Any]] = []
        self.ways: list[list[Way]] = []
        """For each sequence, the way of each of its steps."""
        self.unfit: str | None = None
        """Why steps cannot be written down."""
        self._steps: list[dict[str, Any]] = []
        self._taken: list[Way] = []
        self._numbers: dict[Any, Way] = {}
        self._drawn: dict[str, Any] = {}
        self._known = 0
        self._inside = False
        self._seen: set[bytes] = set()

    def words(self) -> str:
        """The last steps, for people."""
        return ", ".join(str(step["rule"]) for step in self._steps[-8:])

    def watch(self) -> None:
        """From now on, rules are watched when they are made, and when they are chosen."""
        from hypothesis import stateful

        for name in ("rule", "initialize"):
            setattr(stateful, name, self._watching(getattr(stateful, name)))
        choose = stateful.RuleStrategy.do_draw

        def do_draw(strategy: Any, data: Any) -> Any:
            rule, self._drawn = choose(strategy, data)
            return rule, self._drawn

        setattr(stateful.RuleStrategy, "do_draw", do_draw)  # noqa: B010 (of no type that it has)

    def begin(self, machine: Any) -> None:
        """A new sequence of a machine begins."""
        self._steps, self._taken, self._drawn = [], [], {}
        self._known, self._inside = 0, False
        ended = machine.teardown

        def teardown() -> None:
            self._name_results(machine)
            self._keep()
            ended()

        machine.teardown = teardown

    def _keep(self) -> None:
        told = {"machine": self.machine, "steps": self._steps}
        if self._steps and (text := plain.dumps(told)) not in self._seen:
            self._seen.add(text)
            self.sequences.append(told)
            self.ways.append(self._taken)

    def _name_results(self, machine: Any) -> None:
        """What was added to bundles since the last step is what that one returned."""
        names = list(machine.names_to_values)
        if self._steps and len(names) > self._known:
            self._steps[-1]["names"] = names[self._known :]
        self._known = len(names)

    def _watching(self, decorator: Callable[..., Any]) -> Callable[..., Any]:
        def rule(*args: Any, **kwargs: Any) -> Callable[..., Any]:
            accept = decorator(*args, **kwargs)
            return lambda function: accept(self._watched(function))

        return rule

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def step(machine: Any, *args: Any, **given: Any) -> Any:
            if self._inside:  # called by another rule
                return function(machine, *args, **given)
            self._name_results(machine)
            told = self._told(function.__name__, machine, given)
            arcs: set[tuple[int, int]] = set()
            self._inside = True
            before = sys.gettrace()
            sys.settrace(_tracer(arcs))
            try:
                result = function(machine, *args, **given)
            finally:
                sys.settrace(before)
                self._inside = False
            self._steps.append(told)
            way = (function.__name__, frozenset(arcs))
            self._taken.append(self._numbers.setdefault(way, len(self._numbers)))
            return result

        return step

    def _told(self, name: str, machine: Any, given: dict[str, Any]) -> dict[str, Any]:
        """A step as data; what it draws from ``st.data()`` is written down as it does."""
        from hypothesis.stateful import VarReference
        from hypothesis.strategies import DataObject

        drawn, self._drawn = self._drawn, {}
        told: dict[str, dict[str, Any]] = {"args": {}, "refs": {}, "draws": {}}
        for key, value in given.items():
            if isinstance(reference := drawn.get(key), VarReference):
                told["refs"][key] = reference.name
            elif isinstance(value, DataObject):
                given[key] = Noted(value, told["draws"].setdefault(key, []), self)
            elif (tree := tree_of(value)) is not None:
                told["args"][key] = tree[0]
            elif (called := _called(machine, value)) is not None:
                told["refs"][key] = called
            else:
                self.unfit = f"rule {name} is given a {type(value).__name__}, which is not plain data"
        return {"rule": name, **{part: values for part, values in told.items() if values}}


def tree_of(value: Any) -> tuple[plain.Tree] | None:
    """The tree of plain data; None for anything else."""
    try:
        return (plain.encode(value),)
    except plain.NotPlain:
        return None


def _called(machine: Any, value: Any) -> str | None:
    """The name in a bundle of an object."""
    return next((name for name, known in machine.names_to_values.items() if known is value), None)


def _tracer(arcs: set[tuple[int, int]]) -> Callable[..., Any]:
    """Notes the pairs of lines of the reference that are run one after the other."""

    def enter(frame: types.FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename != "solution.py":
            return None
        last = -frame.f_lineno

        def line(frame: types.FrameType, event: str, _argument: Any) -> Any:
            nonlocal last
            here = frame.f_lineno if event == "line" else 0
            arcs.add((last, here))
            last = here
            return line

        return line

    return enter


class Noted:
    """What ``st.data()`` gives, written down."""

    def __init__(self, data: Any, values: list[plain.Tree], scribe: Scribe) -> None:
        self._data, self._values, self._scribe = data, values, scribe

    def draw(self, strategy: Any, label: Any = None) -> Any:
        value = self._data.draw(strategy, label)
        tree = tree_of(value)
        if tree is None:
            self._scribe.unfit = f"a rule draws a {type(value).__name__}, which is not plain data"
        else:
            self._values.append(tree[0])
        return value
