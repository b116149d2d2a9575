"""What runs inside the sandbox with a state machine, apart from the candidate that it judges.

The machine's recorded steps are taken again, in a stand-in for Hypothesis
(:mod:`verigym.sandbox.inside.machines`): initialize rules, then rules with what they were given, the
invariants after each. The candidate's objects are proxies. Sequences go side by side
(:mod:`verigym.sandbox.inside.rounds`); one that fails is taken once more alone, for its transcript. The
job::

    {"entry_point": name, "tests": source, "objects": [name],
     "sequences": [{"machine": name, "steps": [step]}],
     "again": int,      so many of the sequences are taken a second time, the last first
     "alone": bool,     one sequence after the other, and not side by side
     "shrink": bool}    whether steps that a failure does not need are left out

A step: ``rule``, its function's name; ``args``, what it was given, as trees; ``refs``, which values of
bundles it was given, by their names; ``draws``, what it drew from ``st.data()``; ``names``, what its
results are called in bundles.

A precondition was true when the step was recorded. Where it is false now, the step is skipped only if
the machine says so without asking the candidate: else the candidate has said otherwise than the
reference did, and the step has failed.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
import types
from typing import Any

from verigym.sandbox.inside import exchange, machines, plain, standin, wire
from verigym.sandbox.inside.driver import solution_module
from verigym.sandbox.inside.rounds import RoundPeer

RUN_MACHINES = b"from verigym.sandbox.inside import replay\nreplay.run_machines()\n"
FILE = "tests.py"
MOST_TRIALS, SHRINKING_SECONDS = 400, 2.0
"""How often, and how long, a failing sequence is tried without some of its steps."""

_NOT_SIDE_BY_SIDE = ("random", "thread")
"""What a machine that says this may do is not to be mixed with what others do."""

Failure = dict[str, Any]


class Steered(AssertionError):
    """A precondition is false by what the candidate says."""


def run_machines() -> None:
    """Take all sequences and write what happened to the result file."""
    job = wire.job()
    peer = RoundPeer(job["entry_point"], tuple(job["objects"]))
    machines.install()
    report: dict[str, Any] = {"broken": None, "failure": None, "taken": 0, "skipped": 0, "never": []}
    try:
        kinds = load_machines(peer, job)
        report |= _played_all(peer, kinds, job)
    except BaseException as error:
        report["broken"] = described(error, peer)
    finish(peer, report)


def load_machines(peer: RoundPeer, job: dict[str, Any]) -> dict[str, type]:
    """Name -> class of the machines of a spec, whose ``solution`` is the peer's."""
    sys.modules["solution"] = solution_module(peer, job["entry_point"])
    module = sys.modules["tests"] = types.ModuleType("tests")
    exec(compile(job["tests"], FILE, "exec", dont_inherit=True), module.__dict__)
    stateful = sys.modules.get(machines.NAME)
    return machines.machines_in(module, stateful.RuleBasedStateMachine) if stateful else {}


def _played_all(peer: RoundPeer, kinds: dict[str, type], job: dict[str, Any]) -> dict[str, Any]:
    sequences = job["sequences"]
    counts = {"taken": 0, "skipped": 0}
    rules = {(told["machine"], step["rule"]) for told in sequences for step in told["steps"]}
    alone = job["alone"] or any(word in job["tests"] for word in _NOT_SIDE_BY_SIDE)
    some = list(reversed(range(min(job["again"], len(sequences)))))
    for again, numbers in ((False, list(range(len(sequences)))), (True, some)):
        plays = [Play(peer, kinds[sequences[number]["machine"]]) for number in numbers]
        found = _failing(peer, plays, [sequences[number]["steps"] for number in numbers], alone)
        for name in counts:
            counts[name] += sum(getattr(play, name) for play in plays)
        rules -= {(play.kind.__name__, name) for play in plays for name in play.rules_taken}
        if found is None:
            continue
        place, failure = found
        steps, kind = sequences[numbers[place]]["steps"], plays[place].kind
        if not peer.gone:
            failure = _told_alone(peer, kind, steps, failure, job["shrink"] and not again)
        return {**counts, "failure": {**failure, "sequence": numbers[place], "again": again}}
    return {**counts, "never": sorted(rule for _, rule in rules)}


def _failing(
    peer: RoundPeer, plays: list[Play], sequences: list[list[dict[str, Any]]], alone: bool
) -> tuple[int, Failure] | None:
    """(position, how) of the sequence that fails after the fewest steps; alone, of the first."""
    found: list[tuple[int, Failure]] = []
    if alone:
        for place, (play, steps) in enumerate(zip(plays, sequences, strict=True)):
            if (failure := play.run(steps)) is not None:
                return place, failure
    else:
        peer.tracing = False
        pairs = zip(plays, sequences, strict=True)
        works = [functools.partial(play.run, steps) for play, steps in pairs]
        results = peer.side_by_side(works)
        found = [(place, one) for place, one in enumerate(results) if one is not None]
        peer.tracing = True
    return min(found, key=lambda pair: pair[1]["step"], default=None)


def _told_alone(
    peer: RoundPeer, kind: type, steps: list[dict[str, Any]], failure: Failure, shrink: bool
) -> Failure:
    """The failure of a sequence with its transcript; marked where it does not fail alone."""
    found = Play(peer, kind).run(steps)
    if found is None:
        return {**failure, "among": True}
    if shrink and not peer.gone:
        return _shrunk(peer, kind, steps[: found["step"] + 1], found)
    return found


class Play:
    """One sequence of steps of a new machine."""

    def __init__(self, peer: RoundPeer, kind: type) -> None:
        self.peer, self.kind = peer, kind
        self.taken = self.skipped = 0
        self.rules_taken: set[str] = set()
        self._rules = machines.steps_of(kind)
        self._invariants = machines.invariants_of(kind)
        self._waiting = {name for name, (_, step) in self._rules.items() if step.initializes}
        self._values: dict[str, Any] = {}

    def run(self, steps: list[dict[str, Any]]) -> Failure | None:
        """None; or how the sequence failed, with the transcript of what was asked until then."""
        self.peer.begin()
        if "random" in sys.modules:
            sys.modules["random"].seed(0)  # so that a machine which uses it does the same again
        number, machine = -1, None
        try:
            machine = self.kind()
            self._check(machine)
            for number, step in enumerate(steps):  # noqa: B007 (read when it fails)
                if self._take(machine, step):
                    self.taken += 1
                    self.rules_taken.add(step["rule"])
                    self._check(machine)
                else:
                    self.skipped += 1
            machine.teardown()
        except standin.UnsatisfiedAssumption:
            self.skipped += len(steps) - number
        except BaseException as error:
            program = list(self.peer.lines)
            failure = {**described(error, self.peer), "step": number, "program": program}
            if machine is not None and not self.peer.gone:
                _quietly(machine.teardown)
            return failure
        return None

    def _take(self, machine: Any, step: dict[str, Any]) -> bool:
        """Take a step; false where there is nothing to take it with."""
        function, rule = self._rules[step["rule"]]
        refs = step.get("refs", {})
        if any(name not in self._values for name in refs.values()):
            return False
        if not self._holds(machine, function):
            return False
        given = {name: plain.decode(tree) for name, tree in step.get("args", {}).items()}
        given |= {name: self._values[called] for name, called in refs.items()}
        for name, trees in step.get("draws", {}).items():
            given[name] = standin.Drawn([plain.decode(tree) for tree in trees])
        result = function(machine, **given)
        self._waiting.discard(step["rule"])
        values = list(result.values) if isinstance(result, machines.MultipleResults) else [result]
        self._values.update(zip(step.get("names", ()), values * rule.targets, strict=False))
        return True

    def _holds(self, machine: Any, function: machines.Function) -> bool:
        asked = self.peer.calls
        if all(condition(machine) for condition in machines.preconditions_of(function)):
            return True
        if self.peer.calls > asked:
            raise Steered(f"the precondition of {function.__name__} does not hold")
        return False

    def _check(self, machine: Any) -> None:
        """The invariants, as far as they hold by now."""
        for function, early in self._invariants:
            if self._waiting and not early:
                continue
            if all(condition(machine) for condition in machines.preconditions_of(function)):
                function(machine)


def _quietly(function: machines.Function) -> None:
    """Clean up after a failure, of which no other failure is to be heard."""
    try:
        function()
    except Exception:
        return


def _shrunk(peer: RoundPeer, kind: type, steps: list[dict[str, Any]], failure: Failure) -> Failure:
    """The failure of a sequence with fewer steps that fails in the same way, if there is one."""
    until, trials = time.monotonic() + SHRINKING_SECONDS, 0
    shorter = True
    while shorter:
        shorter = False
        for place in reversed(range(len(steps) - 1)):  # the last step is the one that fails
            if trials == MOST_TRIALS or time.monotonic() > until or peer.gone:
                return failure
            trials += 1
            trial = [*steps[:place], *steps[place + 1 :]]
            found = Play(peer, kind).run(trial)
            if found is not None and found["raised"] == failure["raised"] and not peer.gone:
                steps, failure = trial[: found["step"] + 1], found
                shorter = True
                break
    return failure


def described(error: BaseException, peer: RoundPeer) -> Failure:
    """An exception that a machine let through, and whether it came of the candidate."""
    return {
        "raised": type(error).__name__,
        "text": exchange.text_of(error),
        "line": exchange.line_of(error, FILE),
        "candidate": peer.said if error is peer.raised else None,
    }


def finish(peer: RoundPeer, report: dict[str, Any]) -> None:
    """Write the result file, and end."""
    report |= {
        "calls": peer.calls,
        "gone": peer.gone,
        "unfit": peer.unfit,
        "missing": peer.missing,
    }
    wire.write(wire.RESULT_FD, json.dumps(report).encode())
    os._exit(0)
