"""Judging how the cost of a function grows, after it is known to be right.

The candidate and the reference are called on the same inputs of growing size, each call in a process of
its own and in the same sandbox, and what the processor spent on them is compared. The kernel keeps that
account from outside (user and system time of everything that a run started), so no clock that a
candidate could turn back, no thread and no child of its hides anything; the cost of a function that
does nothing is taken off both. A candidate fails where it costs more than ``factor`` times what the
reference does, or where that ratio grows like a power of the size above ``growth``: so an exponential
solution of a polynomial problem does not pass as equal, and a slower constant does.

Machines are noisy, and noise mostly adds: what seems to fail is measured again, up to three times, and
the least cost counts. Two milliseconds, and a quarter of what it takes to start and to read the input,
are never told apart, in the candidate's favour.

A task's ``spec``: what :class:`verigym.verifiers.calls.FunctionVerifier` reads, with ``cases``; and
``reference`` and ``generate``, sources of programs; ``sizes``, ascending ints; ``factor``; ``growth``;
``partly``, true where a function that is right and too slow earns 0.5 times the share of the sizes that
it got through.
``generate(size)`` gives the list of arguments. How costs grow is judged as in Goldsmith, Aiken and
Wilkerson, "Measuring empirical computational complexity" (ESEC/FSE 2007): by a power law in the size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Execution, Limit, Limits, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed, graded
from verigym.verifiers import outcome
from verigym.verifiers.base import Verifier
from verigym.verifiers.calls import FunctionVerifier, calling
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.observe import call
from verigym.verifiers.source import assemble, program_in

LEAST_SECONDS = 0.002
NOISE = 0.25
"""Of what a function that does nothing costs."""
TRIES = 3
BEYOND_DOUBT = 3
"""Where the factor is missed by so many times, it is not measured again."""
_ARGUMENT_BYTES = 64 << 20
_IDLE = "def {name}(*args, **kwargs): pass\n"


@dataclass(frozen=True)
class Cost:
    """What one size cost, in seconds of processor time above that of a function that does nothing."""

    size: int
    candidate: float
    reference: float
    noise: float

    @property
    def least(self) -> float:
        """How many times the reference's cost the candidate's is at least."""
        return max(self.candidate - self.noise, 0.0) / (self.reference + self.noise)

    @property
    def most(self) -> float:
        """How many times the reference's cost the candidate's is at most."""
        return (self.candidate + self.noise) / max(self.reference - self.noise, LEAST_SECONDS)


class EfficiencyVerifier(Verifier):
    """Right on all cases, and no costlier in the long run than the reference."""

    name = "code/efficiency"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox
        self._calls = FunctionVerifier(sandbox)

    def judge(self, task: Task, answer: str) -> Verdict:
        right = self._calls.judge(task, answer)
        if not right.correct:
            return right
        code = program_in(answer)
        assert code is not None  # for it was right
        trial = _Trial(self._sandbox or shared(), task.spec, assemble(task.spec, code))
        cases, stop = list(right.cases), None
        costs: list[Cost] = []
        for size in task.spec["sizes"]:
            cost, stop, done = trial.at(size, costs)
            costs += [cost] if cost else []
            status = stop[0] if stop else Status.CORRECT
            words = f"from {cost.least:.2f} to {cost.most:.2f} of the reference's cost" if cost else ""
            cases.append(Case(f"size {size}", status, done.cpu_seconds, words))
            if stop is not None:
                break
        evidence = {**right.evidence, "costs": [vars(cost) for cost in costs], **_powers(costs)}
        if stop is None:
            return correct(cases=tuple(cases), evidence=evidence)
        status, words = stop
        passed = sum(case.status is Status.CORRECT for case in cases) - len(right.cases)
        if task.spec.get("partly") and status is Status.TIMEOUT:
            progress = passed / len(task.spec["sizes"])
            return graded(progress, words, cases=tuple(cases), evidence=evidence)
        return failed(status, words, cases=tuple(cases), evidence=evidence)


class _Trial:
    """The runs of one candidate and of the reference beside it."""

    def __init__(self, box: Sandbox, spec: Mapping[str, Any], sources: list[str]) -> None:
        self.box, self.spec, self.sources = box, spec, sources
        self.name = spec["entry_point"]
        self.limits = outcome.limits_from(
            spec, result_bytes=_ARGUMENT_BYTES, file_bytes=_ARGUMENT_BYTES
        )
        self.factor, self.growth = float(spec["factor"]), float(spec["growth"])
        self.rule = Rule.build(spec.get("compare", "strict"), VALUE_MODES)

    def at(
        self, size: int, before: Sequence[Cost]
    ) -> tuple[Cost | None, outcome.Ending | None, Execution]:
        """(what it cost, how it failed, the candidate's run) at one size."""
        args = self._arguments(size)
        least = {"idle": math.inf, "reference": math.inf, "candidate": math.inf}
        for attempt in range(TRIES):
            own = self._own(args, size)
            idle = self._run([_IDLE.format(name=self.name)], self.name, args, self.limits)
            least["idle"] = min(least["idle"], idle.cpu_seconds)
            least["reference"] = min(least["reference"], own[0].cpu_seconds)
            noise = LEAST_SECONDS + NOISE * least["idle"]
            own_cost = max(least["reference"] - least["idle"], 0.0)
            allowed = least["idle"] + noise + self.factor * (own_cost + noise)
            done = self._run(self.sources, self.name, args, self._within(allowed))
            if (ended := outcome.of_execution(done)) is not None:
                busy = done.limit is Limit.WALL  # perhaps only the machine, and not the candidate
                if ended[0] is not Status.TIMEOUT or attempt == TRIES - 1 or not busy:
                    return None, self._told(ended, size), done
                continue
            if not self._same(done, own[1]):
                return None, (Status.WRONG, f"It is wrong for an input of size {size}."), done
            least["candidate"] = min(least["candidate"], done.cpu_seconds)
            cost = Cost(size, max(least["candidate"] - least["idle"], 0.0), own_cost, noise)
            if (words := self._too_much([*before, cost])) is None:
                return cost, None, done
            if cost.least > BEYOND_DOUBT * self.factor:
                break
        if least["candidate"] == math.inf:
            return None, self._told((Status.TIMEOUT, ""), size), done
        return cost, (Status.TIMEOUT, f"It is right, but {words}."), done

    def _arguments(self, size: int) -> list[Any]:
        made = self._run([self.spec["generate"]], "generate", [size], self.limits)
        tree = _value(made, f"generate({size})")
        args = plain.decode(tree)
        if not isinstance(args, list | tuple):
            raise TaskError(
                f"generate({size}) must give a list of arguments, not {type(args).__name__}"
            )
        return [plain.encode(value) for value in args]

    def _own(self, args: list[Any], size: int) -> tuple[Execution, Any]:
        code = program_in(self.spec["reference"]) or ""
        done = self._run(assemble(self.spec, code), self.name, args, self.limits)
        return done, _value(done, f"the reference at size {size}")

    def _run(self, sources: list[str], name: str, args: Sequence[Any], limits: Limits) -> Execution:
        program = calling(sources, name, [call(args)], self.spec.get("packages", ()))
        return self.box.run(program, limits)

    def _within(self, seconds: float) -> Limits:
        """Enough for what is allowed on a noisy machine, and not for much more."""
        cpu = min(self.limits.cpu_seconds, 1 + 2 * seconds)
        return replace(
            self.limits, cpu_seconds=cpu, wall_seconds=min(self.limits.wall_seconds, 3 * cpu)
        )

    def _same(self, done: Execution, expected: Any) -> bool:
        try:
            return same_value(_value(done, ""), expected, self.rule)
        except (TaskError, plain.NotPlain, RecursionError):
            return False

    def _told(self, ended: outcome.Ending, size: int) -> outcome.Ending:
        if ended[0] is not Status.TIMEOUT:
            return ended[0], f"{ended[1]} It did so on an input of size {size}."
        words = (
            f"It is right, but at size {size} it costs more than {self.factor:g} times the reference."
        )
        return Status.TIMEOUT, words

    def _too_much(self, costs: Sequence[Cost]) -> str | None:
        first, last = costs[0], costs[-1]
        if last.least > self.factor:
            return f"at size {last.size} it costs {last.least:.1f} times what the reference does"
        if first is not last and last.least > 1:
            power = _power([(first.size, first.most), (last.size, last.least)])
            if power > self.growth:
                return f"its cost grows faster than the reference's: size to the power {power:.1f}"
        return None


def _value(done: Execution, what: str) -> Any:
    """The tree that a function gave back.

    Raises:
        TaskError: when it did not.
    """
    if outcome.of_execution(done) is None:
        try:
            _, line, rest = (done.result or b"").split(b"\n")
            reply = plain.loads(line)
            if isinstance(reply, dict) and "value" in reply and not rest:
                return reply["value"]
        except (ValueError, plain.NotPlain):
            pass
    said = outcome.clip((done.result or done.stderr)[-300:].decode("utf-8", "replace"))
    raise TaskError(f"{what} gave back nothing: {said}")


def _powers(costs: Sequence[Cost]) -> dict[str, float]:
    """The exponents of the power laws through the costs that can be told from nothing."""
    found = {}
    for who in ("candidate", "reference"):
        points = [(cost.size, getattr(cost, who)) for cost in costs]
        points = [point for point in points if point[1] >= LEAST_SECONDS]
        if len(points) > 1:
            found[f"{who}_power"] = round(_power(points), 3)
    return found


def _power(points: Sequence[tuple[int, float]]) -> float:
    """The slope of the least-squares line through the points' logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in logs)
    return float(sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread)
