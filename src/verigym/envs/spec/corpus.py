"""From a spec to its task: examples are recorded, and the spec is tried on its own reference.

Hypothesis generates the examples, once for a seed, in the sandbox and against the reference
(:mod:`verigym.sandbox.inside.recorder`). A spec is refused when its module does not load, when its
reference fails it or does not end, when too few examples count, when it never calls what it is about,
or when one of its lazy answers satisfies it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from verigym.envs.code.limits import shown_packages, timed
from verigym.envs.spec.loading import Spec
from verigym.envs.spec.templates import tests_of
from verigym.errors import TaskError
from verigym.sandbox import Sandbox, shared
from verigym.task import Task, canonical
from verigym.verdict import Verdict
from verigym.verifiers import outcome
from verigym.verifiers.calls import load_failure, report_of
from verigym.verifiers.generated import run_generated
from verigym.verifiers.properties import LIVE, STORED, PropertyVerifier, corpus_hash
from verigym.verifiers.scoring import STATUS

MOST_EXAMPLES = 2000
LEAST_COUNTED = 5
"""Examples that must count, of each test that has any arguments drawn."""
MOST_MADE = 100
"""Recordings that are kept in memory."""

_lock = threading.Lock()
_made: dict[str, Mapping[str, Any]] = {}
"""What was recorded last, by all that it comes of."""


class TooWeak(TaskError):
    """A lazy answer satisfies a spec, on the examples of this seed at least."""


def spec_task(
    spec: Spec,
    seed: int,
    *,
    family: str,
    version: int = 1,
    examples: int | None = None,
    feedback: str = STATUS,
    shrink: bool = False,
    sandbox: Sandbox | None = None,
) -> Task:
    """The task of a spec, with the examples of a seed.

    Args:
        spec: what is asked and how it is judged.
        seed: of the examples.
        family: the family that poses it, and its ``version``.
        version: see ``family``.
        examples: how many are tried for each test; None: as many as each test says (by default 100).
        feedback: what the policy is told of a failing example: ``status`` (nothing) or ``all``.
        shrink: whether failing examples are shrunk, for people and for feedback.
        sandbox: where it is tried; by default the shared one.

    Raises:
        TaskError: when the spec cannot judge anybody; says why.
        TooWeak: when one of its lazy answers satisfies it on these examples.
        SandboxError: when the sandbox fails, or cannot show Hypothesis.
    """
    limits = timed(spec.timeout)
    base: dict[str, Any] = {
        "entry_point": spec.entry_points[0],
        "entry_points": list(spec.entry_points),
        "tests": tests_of(spec),
        "objects": list(spec.objects),
        "reference": spec.reference,
        "lazy": list(spec.lazy.values()),
        "literals": spec.literals,
        "feedback": feedback,
        "shrink": shrink,
        "seed": seed,
        "examples": examples,
        "limits": limits,
        **shown_packages(spec.packages),
    }

    def task(more: Mapping[str, Any]) -> Task:
        return Task(
            family=family,
            version=version,
            prompt=spec.prompt,
            spec={**base, **more},
            metadata={"spec": spec.name, "tags": list(spec.tags), **spec.metadata},
        )

    key = canonical([spec.name, {**base, "lazy": dict(spec.lazy), "feedback": "", "shrink": False}])
    with _lock:
        if key in _made:
            return task(_made[key])
    judge = PropertyVerifier(sandbox)
    recorded = _recorded(base, sandbox or shared(), spec.name)
    for way in _ways(recorded):
        chosen = _rehearsed(judge, task(way), way) if way["how"] == STORED else way
        if chosen is not None:
            found = task(chosen)
            verdict = judge.verify(found, spec.reference)
            break
    _check(verdict, spec)
    for name, source in spec.lazy.items():
        if judge.verify(found, source).correct:
            raise TooWeak(f"{spec.name}: its lazy answer {name!r} satisfies it, so it is too weak")
    with _lock:
        _made[key] = chosen or {}
        while len(_made) > MOST_MADE:
            del _made[next(iter(_made))]
    return found


def _ways(recorded: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How it may be judged, the cheapest way first."""
    whole = not recorded["objects"]
    parts = ("name", "examples", "bounds")
    corpus = [{part: test[part] for part in parts} for test in recorded["tests"]]
    late = [test["name"] for test in recorded["tests"] if test["late"]]
    told: dict[str, Any] = {"plain": whole, "late": late, "hypothesis": recorded.get("version", "")}
    live = {**told, "how": LIVE, "corpus": [], "corpus_sha256": corpus_hash([])}
    if not all(test["stored"] for test in recorded["tests"]):
        return [live]
    ways = [
        {**told, **_stored([{**test, "serial": serial} for test in corpus])}
        for serial in ([False, True] if whole else [True])
    ]
    return [*ways, live]


def _stored(corpus: list[dict[str, Any]]) -> dict[str, Any]:
    return {"how": STORED, "corpus": corpus, "corpus_sha256": corpus_hash(corpus)}


def _rehearsed(judge: PropertyVerifier, task: Task, way: Mapping[str, Any]) -> dict[str, Any] | None:
    """The way, with what its reference does on the examples: each one's first call, and which tests
    cannot be run many examples at a time. None when it fails where it did not under Hypothesis.
    """
    report = judge.rehearsed(task, task.spec["reference"])
    if report is None or any(test["failure"] for test in report["tests"]):
        return None
    corpus = [
        {**test, "serial": True} if told["astray"] else {**test, "first": told["first"]}
        for test, told in zip(way["corpus"], report["tests"], strict=True)
    ]
    return {**way, **_stored(corpus)}


def _recorded(base: Mapping[str, Any], box: Sandbox, name: str) -> dict[str, Any]:
    job = {
        **{key: base[key] for key in ("entry_point", "tests", "objects", "seed", "examples")},
        "plain": False,
        "only": None,
        "shrink": True,
    }
    limits = outcome.limits_from(base)
    done, driven = run_generated(box, [base["reference"]], job, limits, base.get("packages", ()))
    if (stop := load_failure((done.result or b"").partition(b"\n")[0])) is not None:
        raise TaskError(f"{name}: its reference does not load: {stop[1]}")
    report = report_of(driven)
    ended = outcome.of_execution(done) if report is None or report["gone"] else None
    if ended is not None and (report is None or done.limit is not None or report["gone"]):
        raise TaskError(f"{name}: its reference does not end well: {ended[1]}")
    if report is not None and report["gone"]:
        raise TaskError(f"{name}: its reference ends in the middle of a call")
    if report is None:
        ended = outcome.of_execution(driven)
        raise TaskError(f"{name}: its tests do not end well: {ended[1] if ended else 'no result'}")
    _check_report(report, name)
    return report


def _check_report(report: Mapping[str, Any], name: str) -> None:
    if report["unfit"] is not None:
        raise TaskError(f"{name}: its tests pass an argument that they cannot: {report['unfit']}")
    if (broken := report["broken"]) is not None:
        raise TaskError(f"{name}: its tests do not load: {broken['raised']}: {broken['text']}")
    if not report["tests"]:
        raise TaskError(f"{name}: it has no test: write functions named test...")
    for test in report["tests"]:
        if (failure := test["failure"]) is not None:
            whose = "raises in" if failure["candidate"] else "fails"
            raise TaskError(
                f"{name}: its reference {whose} {test['name']}: {failure['raised']}: "
                f"{outcome.clip(failure['text'])}"
            )
        if test["counted"] < LEAST_COUNTED and test["refused"] > test["counted"]:
            raise TaskError(
                f"{name}: only {test['counted']} examples of {test['name']} count, and its "
                f"preconditions refuse {test['refused']}"
            )
    if not report["calls"]:
        raise TaskError(f"{name}: its tests never call what they import from solution")


def _check(verdict: Verdict, spec: Spec) -> None:
    """Refuse a spec whose own reference does not satisfy it when it is judged."""
    if not verdict.correct:
        why = verdict.evidence.get("error", "") or verdict.feedback
        raise TaskError(f"{spec.name}: its reference does not satisfy it: {why}")
