"""The driver: resolves the target, does the checks one after the other, and reports."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from verigym.audit.checks import CHECKS, Check
from verigym.audit.context import Ask, Audit, Skip
from verigym.audit.judges import Seen, Setting, judging
from verigym.audit.report import Outcome, Report, Result
from verigym.audit.target import Target, resolve
from verigym.audit.trial import Scale
from verigym.errors import UserError
from verigym.family import Family

TASKS = 8
DEADLINE = 30.0
MAX_WORKERS = 4
BATCH = 16


def audit(
    target: str | Family | type[Family] | Callable[..., Any],
    *,
    data: Any = None,
    knobs: Mapping[str, Any] | None = None,
    level: int | None = None,
    split: str = "test",
    tasks: int = TASKS,
    seed: int = 0,
    checks: Sequence[str] | None = None,
    sandbox: tuple[str, Sequence[str]] | None = None,
    scale: Scale | None = None,
    rough: bool = False,
    deadline: float = DEADLINE,
    workers: int | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Report:
    """Audit a family or a grading function.

    Args:
        target: a family's name, ``module:Class``, a class or an object; or a grading function
            ``grade(prompt, answer, record) -> float``, itself or as ``module:function``.
        data: the data set of a family, or the records of a grading function: a JSONL path or a list.
        knobs: a family's other keyword arguments.
        level: one of a family's levels of difficulty.
        split: where a family's tasks come from.
        tasks: how many, from the first.
        seed: of everything that is drawn; the same seed does the same audit.
        checks: names of :data:`CHECKS`; by default all.
        sandbox: a backend and its options in words, as ``("docker", ["image=mine:1"])``.
        scale: what the rewards of a grading function mean, where it is not 0 to 1.
        rough: also run, on a grading function, exploits that may harm this machine: forks without
            end, full disks, killed parents. A family that judges in a sandbox always gets them.
        deadline: seconds for one verdict, after which the grader counts as hanging.
        workers: how many processes judge at a time; by default one for each core, four at most.
        progress: called with a check's name and the answers judged so far, after each of them.

    Raises:
        UserError: for a target that cannot be audited, or an argument out of range.
    """
    scale = scale or Scale()
    chosen = _chosen(checks)
    _check(tasks, seed, deadline, workers, scale)
    found = resolve(target, knobs, data, split, tasks, level)
    if found.is_family and scale != Scale():
        raise UserError("a family's rewards are from 0 to 1; only a grading function has another scale")
    setting = Setting(
        name=found.importable,
        payloads=tuple(item.payload for item in found.items),
        deadline=deadline,
        sandbox=None if sandbox is None else (sandbox[0], tuple(sandbox[1])),
        waits=found.waits,
        apart=not found.waits and any(item.form is not None for item in found.items),
        batch=BATCH if found.is_family and not found.waits else 1,
    )
    again = _command(target, found, data, knobs, level, tasks, seed, sandbox)
    if workers is None:
        workers = min(MAX_WORKERS, len(os.sched_getaffinity(0)))
    results = []
    with judging(setting, workers) as judge:
        for check in chosen:
            tell = _telling(judge, check.name, progress)
            more = partial(_opened, workers=workers, name=check.name, progress=progress)
            context = Audit(found, setting, scale, seed, rough or found.waits, tell, more)
            results.append(_done(check, context, f"{again} --only {check.name}"))
    return Report(found.name, len(found.items), seed, tuple(results))


def _chosen(names: Sequence[str] | None) -> list[Check]:
    if names is None:
        return list(CHECKS.values())
    for name in names:
        if name not in CHECKS:
            raise UserError(f"no check is called {name!r}; there are: {', '.join(CHECKS)}")
    return [check for name, check in CHECKS.items() if name in names]


def _check(tasks: int, seed: int, deadline: float, workers: int | None, scale: Scale) -> None:
    for name, value in (("tasks", tasks), ("workers", 1 if workers is None else workers)):
        if type(value) is not int or value < 1:
            raise UserError(f"{name} is {value!r}; it must be an int from 1 up")
    if type(seed) is not int:
        raise UserError(f"seed is {seed!r}; it must be an int")
    if not 0.1 <= deadline <= 3600:
        raise UserError(f"deadline is {deadline!r}; it must be a number of seconds from 0.1 to 3600")
    if not scale.low <= scale.floor < scale.high:
        raise UserError(
            f"the floor is {scale.floor:g}; it must be at least the lowest reward, {scale.low:g}, and "
            f"below the highest, {scale.high:g}"
        )


@contextmanager
def _opened(
    setting: Setting, workers: int, name: str, progress: Callable[[str, int], None] | None
) -> Iterator[Ask]:
    with judging(setting, workers) as judge:
        yield _telling(judge, name, progress)


def _telling(judge: Ask, name: str, progress: Callable[[str, int], None] | None) -> Ask:
    def tell(pairs: Iterable[tuple[int, Any]]) -> Iterator[Seen]:
        for count, seen in enumerate(judge(pairs), 1):
            if progress is not None:
                progress(name, count)
            yield seen

    if progress is not None:
        progress(name, 0)
    return tell


def _done(check: Check, context: Audit, again: str) -> Result:
    start = time.perf_counter()
    try:
        tally = check.run(context)
    except Skip as reason:
        return Result(check.name, check.claim, Outcome.SKIPPED, reason=str(reason))
    findings = tuple(replace(finding, check=check.name, reproduce=again) for finding in tally.findings)
    outcome = Outcome.PASSED
    if findings:
        outcome = Outcome.FAILED
    elif tally.abstained:
        outcome = Outcome.ABSTAINED
    seconds = time.perf_counter() - start
    return Result(
        check.name,
        check.claim,
        outcome,
        judged=tally.judged,
        abstained=tally.abstained,
        findings=findings,
        figures=tally.figures,
        rows=tuple(tally.rows),
        seconds=seconds,
    )


def _command(
    target: Any,
    found: Target,
    data: Any,
    knobs: Mapping[str, Any] | None,
    level: int | None,
    tasks: int,
    seed: int,
    sandbox: tuple[str, Sequence[str]] | None,
) -> str:
    """The command line that does this audit again, as far as it can be told in words."""
    words = ["verigym", "audit", target if isinstance(target, str) else found.importable]
    if data is not None:
        words += ["--data", str(data) if isinstance(data, str | os.PathLike) else "DATA"]
    for name, value in (knobs or {}).items():
        words += ["--set", f"{name}={value}"]
    words += [] if level is None else ["--level", str(level)]
    words += ["--tasks", str(tasks), "--seed", str(seed)]
    if sandbox is not None:
        words += ["--backend", sandbox[0]]
        words += [word for option in sandbox[1] for word in ("--option", option)]
    return " ".join(shlex.quote(word) for word in words)
