"""What runs inside the sandbox with a state machine, apart from the candidate that it judges.

The machine's recorded steps are taken again, in a stand-in for Hypothesis
(:mod:`verigym.sandbox.inside.machines`): initialize rules, then rules with what they were given, the
invariants after each. The candidate's objects are proxies. The job::

    {"entry_point": name, "tests": source, "objects": [name],
     "sequences": [{"machine": name, "steps": [step]}],
     "again": int,      so many of the sequences are taken a second time, the last first
     "shrink": bool}    whether steps that a failure does not need are left out

A step: ``rule``, its function's name; ``args``, what it was given, as trees; ``refs``, which values of
bundles it was given, by their names; ``draws``, what it drew from ``st.data()``; ``names``, what its
results are called in bundles.

A precondition was true when the step was recorded. Where it is false now, the step is skipped only if
the machine says so without asking the candidate: else the candidate has said otherwise than the
reference did, and the step has failed.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types
from typing import Any

from verigym.sandbox.inside import exchange, machines, plain, standin, wire
from verigym.sandbox.inside.driver import solution_module
from verigym.sandbox.inside.transcript import TracedPeer

RUN_MACHINES = b"from verigym.sandbox.inside import replay\nreplay.run_machines()\n"
FILE = "tests.py"
MOST_TRIALS, SHRINKING_SECONDS = 400, 2.0
"""How often, and how long, a failing sequence is tried without some of its steps."""

Failure = dict[str, Any]


class Steered(AssertionError):
    """A precondition is false by what the candidate says."""


def run_machines() -> None:
    """Take all sequences and write what happened to the result file."""
    job = wire.job()
    peer = TracedPeer(job["entry_point"], tuple(job["objects"]))
    machines.install()
    report: dict[str, Any] = {"broken": None, "failure": None, "taken": 0, "skipped": 0}
    try:
        kinds = load_machines(peer, job)
        report |= _played_all(peer, kinds, job)
    except BaseException as error:
        report["broken"] = described(error, peer)
    finish(peer, report)


def load_machines(peer: TracedPeer, job: dict[str, Any]) -> dict[str, type]:
    """Name -> class of the machines of a spec, whose ``solution`` is the peer's."""
    sys.modules["solution"] = solution_module(peer, job["entry_point"])
    module = sys.modules["tests"] = types.ModuleType("tests")
    exec(compile(job["tests"], FILE, "exec", dont_inherit=True), module.__dict__)
    stateful = sys.modules.get(machines.NAME)
    return machines.machines_in(module, stateful.RuleBasedStateMachine) if stateful else {}


def _played_all(peer: TracedPeer, kinds: dict[str, type], job: dict[str, Any]) -> dict[str, Any]:
    sequences = job["sequences"]
    order = [(number, False) for number in range(len(sequences))]
    order += [(number, True) for number in reversed(range(min(job["again"], len(sequences))))]
    taken = skipped = 0
    for number, again in order:
        steps = sequences[number]["steps"]
        kind = kinds[sequences[number]["machine"]]
        play = Play(peer, kind)
        failure = play.run(steps)
        taken, skipped = taken + play.taken, skipped + play.skipped
        if failure is None:
            continue
        prefix = steps[: failure["step"] + 1]
        if job["shrink"] and not again and not peer.gone:
            failure = _shrunk(peer, kind, prefix, failure)
        return {
            "failure": {**failure, "sequence": number, "again": again},
            "taken": taken,
            "skipped": skipped,
        }
    return {"taken": taken, "skipped": skipped}


class Play:
    """One sequence of steps of a new machine."""

    def __init__(self, peer: TracedPeer, kind: type) -> None:
        self.peer, self.kind = peer, kind
        self.taken = self.skipped = 0
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
                    self._check(machine)
                else:
                    self.skipped += 1
            machine.teardown()
        except standin.UnsatisfiedAssumption:
            self.skipped += len(steps) - number
        except BaseException as error:
            if machine is not None and not self.peer.gone:
                _quietly(machine.teardown)
            return {**described(error, self.peer), "step": number, "program": list(self.peer.lines)}
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


def _shrunk(peer: TracedPeer, kind: type, steps: list[dict[str, Any]], failure: Failure) -> Failure:
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


def described(error: BaseException, peer: TracedPeer) -> Failure:
    """An exception that a machine let through, and whether it came of the candidate."""
    return {
        "raised": type(error).__name__,
        "text": exchange.text_of(error),
        "line": exchange.line_of(error, FILE),
        "candidate": peer.said if error is peer.raised else None,
    }


def finish(peer: TracedPeer, report: dict[str, Any]) -> None:
    """Write the result file, and end."""
    report |= {
        "calls": peer.calls,
        "gone": peer.gone,
        "unfit": peer.unfit,
        "missing": peer.missing,
    }
    wire.write(wire.RESULT_FD, json.dumps(report).encode())
    os._exit(0)
