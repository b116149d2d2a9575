"""Judging test code: which faulty programs does it fail, and does it pass the right one?

The answer is Python: a ``check(candidate)``, or asserts that call the function by its name. It runs in
the sandbox, in a process of its own for each program that it is tried on, and what it meets there is a
proxy: calls with plain data are answered, and nothing else (:mod:`verigym.sandbox.inside.tested`). So
it can read no source, no bytecode and no module of a program, and remembers nothing of another one.

What the program's side notes of the calls decides with the test's own word:

* the code is *valid* when it calls the function, at most ``most`` times and only with inputs that are
  valid (:mod:`verigym.verifiers.suite_answers`), and passes the reference, twice, and all decoys:
  programs that do the same and are written otherwise;
* a faulty program is *killed* when the code fails on it and one of the calls that it made gave back
  something else than the reference does, or raised. A test that fails by chance, by the clock or by
  the look of a program kills nothing by that.

Ending early or not coming to an end is never a kill, and on the reference it makes the code invalid; a
forged report is worth what an assert is worth. Code that is invalid earns 0; beyond that the reward is
that of a suite of one test (:mod:`verigym.verifiers.suite_rewards`), with as many random tests for a
floor as the code makes different calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Execution, Limits, Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.guest import RUN_TESTS
from verigym.sandbox.inside.tested import ANSWER_TESTS
from verigym.verdict import Case, Status, Verdict, failed
from verigym.verifiers.answer import Malformed, NoAnswer
from verigym.verifiers.base import ordered_map
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.distinguish import read_tree
from verigym.verifiers.observe import MOST_TICKS, Kind, Outcome
from verigym.verifiers.outcome import clip
from verigym.verifiers.source import program_in
from verigym.verifiers.suite_answers import Test, check
from verigym.verifiers.suite_rewards import EXACT, rewards, verdict_of

MAX_CHARS = 20_000
LIMITS = Limits(cpu_seconds=3, wall_seconds=8)
SECONDS = 1.0
"""Processor time of one call."""


@dataclass(frozen=True)
class _Call:
    """A call that the code made, as the program's side noted it."""

    args: list[Any]
    odd: str
    """Why it is no call with plain data by position; empty when it is one."""
    outcome: Outcome

    @property
    def key(self) -> bytes:
        return plain.dumps(self.args)


@dataclass(frozen=True)
class _Trial:
    """The code on one program."""

    finished: bool
    """Whether the code came to its own end and said how."""
    failure: str
    """What it failed with; empty when it passed."""
    calls: list[_Call]
    many: bool
    """Whether it called too often."""

    @property
    def passed(self) -> bool:
        return self.finished and not self.failure

    @property
    def overdue(self) -> bool:
        return any(call.outcome.kind is Kind.OVERDUE for call in self.calls)


def judge(spec: Mapping[str, Any], answer: str, sandbox: Sandbox | None) -> Verdict:
    """The verdict on an answer that is test code; ``spec`` is that of ``testgen/tests``, with
    ``decoys``: sources that do what the reference does.

    Raises:
        NoAnswer, Malformed: for an answer without code, or with too much of it.
        TaskError: for a task without a faulty program.
        SandboxError: when the sandbox fails.
    """
    code = program_in(answer)
    if code is None:
        raise NoAnswer("There is no code in the answer.")
    if len(code) > MAX_CHARS:
        raise Malformed(f"Test code has at most {MAX_CHARS:,} characters.")
    faulty = [*spec["programs"], *spec["recorded"]]
    if not faulty:
        raise TaskError("a task of tests without a faulty program")
    box = sandbox or shared()
    right = [spec["reference"], spec["reference"], *spec["decoys"]]
    first = _tried(spec, code, right[0], box)
    if why := _refused(first, "the right program"):
        return _invalid(why, first)
    trials = ordered_map(lambda source: _tried(spec, code, source, box), right[1:], box.workers)
    for trial in trials:
        if why := _refused(trial, "another right program"):
            return _invalid(why, trial)
    rule = Rule.build(spec["compare"], VALUE_MODES)
    known = _Known(spec, rule, sandbox)
    known.learn([first, *trials])
    for trial in (first, *trials):
        for call in trial.calls:
            if reason := known.reason(call):
                return _invalid(f"It calls the function with {reason}.", trial)
    found = _each(spec, code, faulty, box)
    known.learn([trial for trial in found if trial is not None])
    killed = {i for i, one in enumerate(found) if one is not None and _kills(one, known)}
    late = [one for one in found if one is not None and one.overdue]
    total, calls = len(faulty), len({call.key for call in first.calls})
    evidence = {
        "calls": len(first.calls), "valid": 1, "killed": len(killed), "overdue": len(late),
        "programs": total, "decoys": len(spec["decoys"]), "unfinished": found.count(None),
        "rewards": rewards([killed], [True], total),
    }  # fmt: skip
    return verdict_of(
        spec.get("reward", EXACT),
        len(killed) / total,
        spec["floor"][min(calls, len(spec["floor"])) - 1],
        True,
        f"The tests are valid; they find {len(killed)} of {total} faults.",
        {"cases": (Case("tests", Status.CORRECT, public=True),), "evidence": evidence},
    )


class _Known:
    """What the reference does on the calls that were made, and which of them are valid."""

    def __init__(self, spec: Mapping[str, Any], rule: Rule, sandbox: Sandbox | None) -> None:
        self._spec = {**spec, "predict": False}
        self._rule = rule
        self._sandbox = sandbox
        self._found: dict[bytes, tuple[str, Outcome]] = {}

    def learn(self, trials: Sequence[_Trial]) -> None:
        """Try the new calls of some trials on the reference."""
        new = {call.key: call for trial in trials for call in trial.calls if not call.odd}
        left = {key: Test(call.args) for key, call in new.items() if key not in self._found}
        if not left:
            return
        checked = check(self._spec, list(left.values()), self._rule, self._sandbox)
        for key, reason, outcome in zip(left, checked.reasons, checked.outcomes, strict=True):
            self._found[key] = reason, outcome

    def reason(self, call: _Call) -> str:
        """Why a call is not valid; empty when it is."""
        return call.odd or self._found[call.key][0]

    def differs(self, call: _Call) -> bool:
        """Whether a valid call showed a fault. One that was cut off shows none: the code may have hung
        up on it.
        """
        if self.reason(call) or call.outcome.kind in (Kind.OVERDUE, Kind.DEAD):
            return False
        expected = self._found[call.key][1]
        got = call.outcome
        return got.kind is not Kind.VALUE or not same_value(got.value, expected.value, self._rule)


def _kills(trial: _Trial, known: _Known) -> bool:
    failed_itself = trial.finished and bool(trial.failure) and not trial.overdue and not trial.many
    return failed_itself and any(map(known.differs, trial.calls))


def _refused(trial: _Trial, program: str) -> str:
    """Why the code is not valid, by what it did on a right program."""
    if trial.many:
        return "It calls the function more often than it may."
    if trial.overdue:
        return f"It has {program} work for too long."
    if not trial.finished:
        return f"It does not come to its end on {program}."
    if trial.failure:
        return f"It fails on {program}: {trial.failure}."
    return "" if trial.calls else "It never calls the function."


def _invalid(why: str, trial: _Trial) -> Verdict:
    evidence = {"calls": len(trial.calls), "valid": 0}
    case = Case("tests", Status.WRONG, detail=clip(why), public=True)
    return failed(Status.WRONG, clip(why), cases=(case,), evidence=evidence)


def _each(
    spec: Mapping[str, Any], code: str, sources: Sequence[str], box: Sandbox
) -> list[_Trial | None]:
    """The code on each program; None from the first on that it does not come to an end with."""
    given_up = False

    def tried(source: str) -> _Trial | None:
        nonlocal given_up
        if given_up:
            return None
        trial = _tried(spec, code, source, box)
        if not trial.finished and not trial.many:
            given_up = True  # it has had its time
            return None
        return trial

    return ordered_map(tried, list(sources), box.workers)


def _tried(spec: Mapping[str, Any], code: str, source: str, box: Sandbox) -> _Trial:
    packages = tuple(spec.get("packages", ()))
    subject = {
        "source": source,
        "entry_point": spec["entry_point"],
        "calls": spec["most"],
        "most": MOST_TICKS,
        "seconds": SECONDS,
    }
    driver = {"entry_point": spec["entry_point"], "tests": code, "preamble": "", "objects": []}
    done, driven = box.run_pair(
        Program(ANSWER_TESTS, data=plain.dumps(subject), result=True, packages=packages),
        Program(RUN_TESTS, data=plain.dumps(driver), result=True, packages=packages),
        LIMITS,
    )
    calls, many = _noted(done)
    finished, failure = _said(driven)
    return _Trial(finished, failure, calls, many)


def _noted(done: Execution) -> tuple[list[_Call], bool]:
    """The calls that the program's side noted, and whether there was one too many."""
    lines = (done.result or b"").split(b"\n")[:-1]
    notes = [plain.loads(line) for line in lines]
    if notes and "many" in notes[-1]:
        return _paired(notes[:-1]), True
    return _paired(notes), False


def _paired(notes: Sequence[Mapping[str, Any]]) -> list[_Call]:
    calls = []
    for place in range(0, len(notes), 2):
        asked = notes[place]
        came = notes[place + 1] if place + 1 < len(notes) else {}  # it ended there
        if "value" in came:
            outcome = Outcome(Kind.VALUE, came["value"])
        elif "raised" in came:
            outcome = Outcome(Kind.RAISED, str(came["raised"]))
        elif "overdue" in came:
            outcome = Outcome(Kind.OVERDUE)
        else:
            outcome = Outcome(Kind.UNPLAIN if came else Kind.DEAD)
        args, odd = _arguments(asked)
        calls.append(_Call(args, odd, outcome))
    return calls


def _arguments(asked: Mapping[str, Any]) -> tuple[list[Any], str]:
    """(the arguments as trees in their one spelling, why they are none); the code may have sent
    anything.
    """
    if asked["names"]:
        return [], "arguments by name"
    if not isinstance(asked["args"], list):
        return [], "what are no arguments"
    try:
        return [read_tree(tree) for tree in asked["args"]], ""
    except Malformed:
        return [], "arguments that are no plain data"


def _said(driven: Execution) -> tuple[bool, str]:
    """(whether the code came to its end, what it failed with), by its own process: it may be forged,
    which is worth what an assert is worth.
    """
    if driven.exit_code != 0 or not driven.result:
        return False, ""
    try:
        report = plain.loads(driven.result)
    except plain.NotPlain:
        return False, ""
    if not isinstance(report, dict) or "failure" not in report:
        return False, ""
    failure = report["failure"]
    if failure is None:
        return True, ""
    told = failure if isinstance(failure, dict) else {}
    return True, f"{clip(told.get('raised', 'failure'), 80)} {clip(told.get('text', ''), 200)}".strip()
