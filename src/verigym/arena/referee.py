"""Judging the turns of both roles. Rewards follow from what programs do, never from what players say.

The solver's answer is judged by the tests of the pool: ``reward`` is 1 when it passes all of them
and else 0, ``pass_rate`` the share that it passes. Where the pool is empty nothing was judged, so
there is no reward. Whether the answer is really right (``truth``) is measured by the task's hidden
tests and a hidden suite, and is no part of the reward. Being slower than the reference is no fault
there, unless it ends in time on none of the inputs.

The tester's tests are inputs; what is expected is what the right program gives back, asked twice. A
test is valid when its input has the shape of the known ones, keeps the contract, the right program
takes it soon, all right programs agree on it, and it is not there already. A wrong answer is killed
when it gives back something else or raises, twice; that it takes longer is counted apart and kills
nothing. Then

* ``validity``: valid tests over tests given;
* ``marginal``: of the wrong answers alive, the share that valid tests kill (arXiv 2603.01409 pays so);
* ``discrimination``: of all wrong answers on the roster, the share that valid tests kill (as R_disc in
  arXiv 2508.21107);
* ``reward``: validity times marginal. A suite that is malformed or holds no valid test earns 0.
  Where no wrong answer is alive a valid suite has nothing to find, and no reward.

A test joins the pool when it kills a wrong answer, and no test of the pool kills the same ones. An
answer joins the roster when it passes the pool, is wrong, ends on all hidden inputs, is right on
some hidden input, and no wrong answer there does the same on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from verigym.arena.behaviour import LONG, Tried, digest, functional, key_of
from verigym.arena.players import MAX_CHARS
from verigym.arena.pools import MOST_TESTS, MOST_WRONG, Pools
from verigym.arena.problem import Problem
from verigym.errors import SandboxError, TaskError
from verigym.family import checked_verifier
from verigym.mutation.kills import Kill
from verigym.sandbox.inside import plain
from verigym.verifiers.answer import Malformed, extract
from verigym.verifiers.observe import MOST_TICKS, Kind, Outcome
from verigym.verifiers.shape import fits
from verigym.verifiers.suite_answers import read_suite


@dataclass
class Truth:
    """What is known of a program beyond the pool."""

    right: bool
    digest: str
    fit: bool
    """Whether it is right on some hidden input, and ends on all: no test is paid for killing what any
    test kills, or none can."""


@dataclass
class Referee:
    """Judges what players say of one problem; holds what it measured of programs already."""

    problem: Problem
    known: dict[str, Truth] = field(default_factory=dict)

    def answer(
        self, said: str, pools: Pools, sample: int, joining: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The record of an answer; ``joining`` are digests of those that joined in this round already.

        Raises:
            SandboxError: when the sandbox fails.
        """
        found: dict[str, Any] = {
            "sample": sample, "status": "no_answer", "answer": said[:MAX_CHARS], "passed": 0,
            "tests": len(pools.tests), "pass_rate": None, "reward": None, "truth": False,
            "joined": False,
        }  # fmt: skip
        program = self.problem.program(said) if len(said) <= MAX_CHARS else None
        if len(said) > MAX_CHARS:
            found["status"] = "malformed"
        if program is None:
            if pools.tests:
                found |= {"pass_rate": 0.0, "reward": 0.0}
            return found
        got = self.problem.bench.alone(program, pools.tests)
        passed = self.problem.bench.passes(pools.tests, got)
        if pools.tests:
            found |= {
                "status": _status(passed, got),
                "passed": sum(passed),
                "pass_rate": round(sum(passed) / len(passed), 6),
                "reward": float(all(passed)),
            }
        else:
            found["status"] = "unjudged"
        if got and all(one.kind in (Kind.DEAD, Kind.OVERDUE) for one in got):
            return found  # it gives back nothing: wrong, and not worth waiting for again
        truth = self._truth(said, program)
        found["truth"] = truth.right
        taken = {one.digest for one in pools.roster} | set(joining)
        if (
            all(passed)
            and not truth.right
            and truth.fit
            and truth.digest not in taken
            and len(pools.roster) + len(joining) < MOST_WRONG
        ):
            found |= {"joined": True, "program": program, "digest": truth.digest}
        return found

    def _truth(self, said: str, program: str) -> Truth:
        """What the hidden tests and the hidden suite say."""
        if program not in self.known:
            bench, tests = self.problem.bench, self.problem.hidden
            got = bench.alone(program, tests)
            kills = [bench.kill(test, one) for test, one in zip(tests, got, strict=True)]
            some = None in kills
            right = some and not any(map(functional, kills)) and self._accepted(said)
            fit = some and Kill.OVERDUE not in kills
            self.known[program] = Truth(right, digest(got), fit)
        return self.known[program]

    def _accepted(self, said: str) -> bool:
        """Whether the task's own verifier accepts an answer."""
        verdict = checked_verifier(self.problem.task).verify(self.problem.task, said)
        if verdict.reward is None:
            raise SandboxError(str(verdict.evidence.get("error", verdict.feedback))[:500])
        return verdict.correct

    # -------------------------------------------------------------------------------- tests

    def suite(self, said: str, pools: Pools, most: int) -> dict[str, Any]:
        """The record of a suite of tests.

        Raises:
            SandboxError: when the sandbox fails.
        """
        found: dict[str, Any] = {
            "status": "malformed", "answer": said[:MAX_CHARS], "tests": [], "given": 0, "valid": 0,
            "alive": len(pools.alive), "killed": 0, "overdue": 0, "validity": 0.0, "marginal": None,
            "discrimination": None, "reward": 0.0,
        }  # fmt: skip
        try:
            if len(said) > MAX_CHARS:
                raise Malformed(f"A suite has at most {MAX_CHARS:,} characters.")
            text = extract(said)
            if text is None:
                raise Malformed("There is no answer after the reasoning.")
            given = [test.args for test in read_suite(text, False, most)]
        except Malformed as error:
            return {**found, "reason": str(error)}
        tests, tried = self._checked(given, pools)
        valid = [place for place, one in enumerate(tried) if one is not None]
        chosen = [one for one in tried if one is not None]
        kills, overdue = self._kills(chosen, pools)
        for place, dies, late in zip(valid, kills, overdue, strict=True):
            tests[place] |= {"kills": sorted(dies), "overdue": sorted(late)}
        self._join(tests, tried, pools)
        alive, killed = set(pools.alive), set().union(*kills)
        validity = len(valid) / len(tests)
        marginal = len(killed & alive) / len(alive) if alive else None
        reward = 0.0 if not valid else None if marginal is None else validity * marginal
        return {
            **found,
            "status": "judged",
            "tests": tests,
            "given": len(tests),
            "valid": len(valid),
            "killed": len(killed & alive),
            "overdue": len(set().union(*overdue) - killed),
            "validity": _round(validity),
            "marginal": _round(marginal),
            "discrimination": _round(len(killed) / len(pools.roster)) if pools.roster else None,
            "reward": _round(reward),
        }

    def _checked(
        self, given: Sequence[list[Any]], pools: Pools
    ) -> tuple[list[dict[str, Any]], list[Tried | None]]:
        """The records of tests, each with the reason why it is not valid (empty where it is), and the
        valid ones with what is expected.
        """
        reasons, seen = [], pools.keys
        for args in given:
            reasons.append(self._unfit(args) or ("known already" if key_of(args) in seen else ""))
            if not reasons[-1]:
                seen.add(key_of(args))
        open_ = [place for place, reason in enumerate(reasons) if not reason]
        tried: list[Tried | None] = [None] * len(given)
        found = self.problem.bench.right(self.problem.reference, [given[place] for place in open_])
        for place, one in zip(open_, found, strict=True):
            tried[place] = one
            if one is None:
                reasons[place] = "the function does not take it, or not soon, or not twice the same"
        for place in self._contested(tried):
            tried[place], reasons[place] = None, "right programs differ on it"
        tests = []
        for args, reason in zip(given, reasons, strict=True):
            small = len(plain.dumps(args)) <= LONG
            tests.append(
                {"args": args if small else [], "reason": reason, "kills": [], "overdue": [],
                 "joined": False}
            )  # fmt: skip
        return tests, tried

    def _unfit(self, args: list[Any]) -> str:
        shapes = self.problem.shapes
        if len(plain.dumps(args)) > LONG:
            return f"an input of more than {LONG} bytes"
        values = [plain.decode(tree) for tree in args]
        if len(values) != len(shapes) or not all(map(fits, values, shapes)):
            return "arguments of other types"
        if self.problem.contract is None:
            return ""
        contract = self.problem.contract
        ((told,),) = self.problem.bench.seen([contract], [args], [MOST_TICKS], name="contract")
        if told.kind is Kind.DEAD:
            raise TaskError("the task's contract does not load")
        return "" if told.value is True else "outside of the function's contract"

    def _contested(self, tried: Sequence[Tried | None]) -> list[int]:
        """The tests on which another right program does not do what the reference does."""
        places = [place for place, one in enumerate(tried) if one is not None]
        tests = [one for one in tried if one is not None]
        found: set[int] = set()
        for program in self.problem.right:
            passed = self.problem.bench.passes(tests, self.problem.bench.alone(program, tests))
            found |= {place for place, ok in zip(places, passed, strict=True) if not ok}
        return sorted(found)

    def _kills(self, tests: Sequence[Tried], pools: Pools) -> tuple[list[set[int]], list[set[int]]]:
        """(for each test the wrong answers that it kills, those that only take too long on it)."""
        bench = self.problem.bench
        kills: list[set[int]] = [set() for _ in tests]
        overdue: list[set[int]] = [set() for _ in tests]
        for number, wrong in enumerate(pools.roster):
            once = bench.apart(wrong.program, tests)
            # Only what it does twice shows a fault; most programs survive most tests.
            suspects = [
                place for place, (test, got) in enumerate(zip(tests, once, strict=True))
                if functional(bench.kill(test, got))
            ]  # fmt: skip
            again = bench.apart(wrong.program, [tests[place] for place in suspects])
            for place, got in zip(suspects, again, strict=True):
                if functional(bench.kill(tests[place], got)):
                    kills[place].add(number)
            for place, got in enumerate(once):
                if got.kind is Kind.OVERDUE:
                    overdue[place].add(number)
        return kills, overdue

    @staticmethod
    def _join(tests: list[dict[str, Any]], tried: Sequence[Tried | None], pools: Pools) -> None:
        """Let the tests join that kill something in a way that no test of the pool does."""
        vectors, count = set(pools.kills), len(pools.tests)
        for test, one in zip(tests, tried, strict=True):
            vector = frozenset(test["kills"])
            if one is None or count >= MOST_TESTS or (count and (not vector or vector in vectors)):
                continue  # an empty pool takes any valid test, so that answers are judged at all
            vectors.add(vector)
            count += 1
            test |= {"joined": True, "expected": one.expected, "ticks": one.ticks}

    def held(self, tests: Sequence[Tried], pools: Pools) -> list[int]:
        """The held-out faults that some tests kill and the pool did not; for measurement alone.

        Raises:
            SandboxError: when the sandbox fails.
        """
        problem, bench = self.problem, self.problem.bench
        left = [i for i in range(problem.faults) if i not in pools.held]
        own = [i for i in left if i < len(problem.held)]
        rows = dict(zip(own, bench.together([problem.held[i] for i in own], tests), strict=True))
        for i in left[len(own) :]:
            rows[i] = bench.alone(problem.held_recorded[i - len(problem.held)], tests)
        return [
            i for i, row in rows.items()
            if any(functional(bench.kill(test, got)) for test, got in zip(tests, row, strict=True))
        ]  # fmt: skip


def _status(passed: Sequence[bool], got: Sequence[Outcome]) -> str:
    """How an answer fared: by the first test that it failed."""
    for ok, one in zip(passed, got, strict=True):
        if not ok:
            return "timeout" if one.kind is Kind.OVERDUE else "failed"
    return "passed"


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
