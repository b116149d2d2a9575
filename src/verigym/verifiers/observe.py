"""What programs do on given inputs, many of them in one run of the sandbox.

Programs share a process here, so they must be of one author: a reference and its mutants. What a policy
wrote is observed alone (one source at a time), since it could answer for those that come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from verigym.sandbox import Execution, Limits, Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.subjects import ANSWER_SUBJECTS
from verigym.sandbox.inside.ticks import allowed
from verigym.verdict import Status
from verigym.verifiers import outcome
from verigym.verifiers.base import ordered_map

__all__ = ["Kind", "Outcome", "Variant", "allowed", "call", "observe", "observe_mutants"]

MOST_TICKS = 2_000_000
"""Steps that a call may take when nothing else is said, some 0.2 seconds."""
CHUNK = 64
"""Programs in one run."""
LIMITS = Limits(cpu_seconds=30, wall_seconds=90, result_bytes=64 << 20, file_bytes=64 << 20)


class Kind(str, Enum):
    """How a call ended."""

    VALUE = "value"
    RAISED = "raised"
    OVERDUE = "overdue"
    """It took more steps or processor time than it may."""
    UNPLAIN = "unplain"
    """It gave back what is not plain data, or far too much of it."""
    DEAD = "dead"
    """The program did not load, or it ended the process."""


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    kind: Kind
    value: Any = None
    """The tree of the value, or the name of the exception."""
    ticks: int = 0
    """The steps that it took."""
    reached: tuple[str, ...] = ()
    """Where that was asked for, the goals of coverage that it reached
    (:mod:`verigym.sandbox.inside.goals`)."""


@dataclass(frozen=True)
class Variant:
    """A program that differs in one place from one that others differ from too: read once for all."""

    source: str | Callable[[], str]
    """The whole program, or what writes it."""
    base: str
    """The common one."""
    path: tuple[str | int, ...]
    """The place in the base's syntax tree, as fields and positions from the root."""
    piece: str
    """The statement or expression that stands there instead."""


_DEAD = Outcome(Kind.DEAD)
_OVERDUE = Outcome(Kind.OVERDUE)


def call(args: Sequence[Any]) -> dict[str, Any]:
    """A call with positional arguments only, which are trees, as :func:`observe` takes it."""
    return {"args": list(args), "kwargs": plain.encode({})}


def observe(
    sources: Sequence[str | Variant],
    entry_point: str,
    calls: Sequence[Mapping[str, Any]],
    *,
    ticks: Sequence[int] | None = None,
    seconds: float = 0.5,
    sandbox: Sandbox | None = None,
    packages: Sequence[str] = (),
    limits: Limits = LIMITS,
    watch: str | None = None,
) -> list[list[Outcome]]:
    """For each source, in order, what its function does on each call.

    Args:
        sources: programs; what does not parse is dead.
        entry_point: the function's name, or ``Class.method``.
        calls: ``{"args": tree, "kwargs": tree}`` each.
        ticks: the most steps of each call.
        seconds: the most processor time of a call.
        sandbox: where they run; by default the shared one.
        packages: what they may import, as for :class:`verigym.sandbox.Program`.
        limits: of a run, which some 64 programs share.
        watch: note which goals of coverage each call reaches: ``conditions``, or ``operands`` too.

    Raises:
        SandboxError: when the sandbox fails.
    """
    job = _job(entry_point, calls, seconds)
    job |= {"ticks": None if ticks is None else list(ticks), "watch": watch}
    _, found = _in_chunks(sandbox or shared(), list(sources), job, tuple(packages), limits)
    return found


def observe_mutants(
    reference: str,
    mutants: Sequence[str | Variant],
    entry_point: str,
    calls: Sequence[Mapping[str, Any]],
    *,
    stop: bool = False,
    least: int = 2,
    seconds: float = 0.5,
    sandbox: Sandbox | None = None,
    packages: Sequence[str] = (),
    limits: Limits = LIMITS,
) -> tuple[list[list[Outcome]], list[list[Outcome]]]:
    """(what the reference does on each call, in so many processes or more; what each mutant does).

    The mutants share a process with the reference, whose steps bound theirs. So they must be of its
    author: a policy's program is none. Where the reference does not give back a value on every call,
    nothing is said of the mutants.

    The arguments are those of :func:`observe`. With ``stop`` a mutant is called no more after it did
    something else than the reference; it has fewer outcomes then. ``least`` is how many processes the
    reference is tried in at least.

    Raises:
        SandboxError: when the sandbox fails.
    """
    box = sandbox or shared()
    job = {**_job(entry_point, calls, seconds), "lead": reference, "stop": stop}
    own, found = _in_chunks(box, list(mutants), job, tuple(packages), limits)
    while len(own) < least:
        own += observe(
            [reference], entry_point, calls, seconds=seconds, sandbox=box, packages=packages,
            limits=limits,
        )  # fmt: skip
    return own, found


def _job(entry_point: str, calls: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    return {
        "entry_point": entry_point,
        "cases": [[call["args"], call["kwargs"]] for call in calls],
        "ticks": None,
        "most": MOST_TICKS,
        "seconds": seconds,
        "watch": None,
        "lead": None,
        "stop": False,
    }


_Found = tuple[list[list[Outcome]], list[list[Outcome]]]
"""What the lead of each run does, and what each source does."""


def _in_chunks(
    box: Sandbox,
    sources: list[str | Variant],
    job: Mapping[str, Any],
    packages: tuple[str, ...],
    limits: Limits,
) -> _Found:
    shared_out = -(-len(sources) // box.workers)
    size = max(1, min(CHUNK, shared_out)) if job["lead"] is None else CHUNK  # each run begins with it
    chunks = [list(sources[i : i + size]) for i in range(0, len(sources), size)]

    def run(chunk: list[str | Variant]) -> _Found:
        return _observe(box, chunk, job, packages, limits)

    parts = ordered_map(run, chunks, box.workers)
    return [row for leads, _ in parts for row in leads], [row for _, rows in parts for row in rows]


def _observe(
    box: Sandbox,
    sources: list[str | Variant],
    job: Mapping[str, Any],
    packages: tuple[str, ...],
    limits: Limits,
) -> _Found:
    """One run after the other, each going on behind the program that ended the one before."""
    leads: list[list[Outcome]] = []
    found: list[list[Outcome]] = []
    count = len(job["cases"])
    while len(found) < len(sources):
        data = plain.dumps({**job, **_written(sources[len(found) :])})
        done = box.run(Program(ANSWER_SUBJECTS, data=data, result=True, packages=packages), limits)
        lines = (done.result or b"").split(b"\n")[:-1]
        late = [_OVERDUE if _late(done) else _DEAD] * count
        if job["lead"] is not None:
            leads.append(_read(lines.pop(0), count, None) if lines else late)
            if any(one.kind is not Kind.VALUE for one in leads[-1]):
                return leads, [[_DEAD] * count] * len(sources)
        told = leads[-1] if leads else None
        for line in lines[: len(sources) - len(found)]:
            if line == _MISFIT:  # as a whole it is read anywhere
                found += _observe(box, [_text(sources[len(found)])], job, packages, limits)[1]
            else:
                found.append(_read(line, count, told, 1 if job["stop"] else count))
        if len(found) < len(sources):  # the next one ended the process, well or not
            found.append(late)
    return leads, found


_MISFIT = b'{"misfit":true}'


def _written(sources: Sequence[str | Variant]) -> dict[str, Any]:
    """What a job says of the programs: variants of one base as changes of it."""
    base = next((one.base for one in sources if isinstance(one, Variant)), None)
    return {
        "base": base,
        "sources": [
            [list(one.path), one.piece] if isinstance(one, Variant) and one.base == base else _text(one)
            for one in sources
        ],
    }


def _text(source: str | Variant) -> str:
    whole = source.source if isinstance(source, Variant) else source
    return whole if isinstance(whole, str) else whole()


def _late(done: Execution) -> bool:
    ended = outcome.of_execution(done)
    return ended is not None and ended[0] is Status.TIMEOUT


def _read(
    line: bytes, count: int, lead: Sequence[Outcome] | None, least: int | None = None
) -> list[Outcome]:
    try:
        said = plain.loads(line)
    except plain.NotPlain:
        return [_DEAD] * count
    replies = said.get("replies") if isinstance(said, dict) else None
    if not isinstance(replies, list) or not (least or count) <= len(replies) <= count:
        return [_DEAD] * count
    told = [None] * count if lead is None else [one.value for one in lead]
    return [_outcome(reply, one) for reply, one in zip(replies, told, strict=False)]


def _outcome(reply: Any, expected: Any) -> Outcome:
    if not isinstance(reply, dict):
        return _DEAD
    ticks = reply.get("ticks")
    ticks = ticks if type(ticks) is int else 0
    if "value" in reply:
        return Outcome(Kind.VALUE, reply["value"], ticks, tuple(map(str, reply.get("reached", ()))))
    if "raised" in reply:
        return Outcome(Kind.RAISED, str(reply["raised"])[:100], ticks)
    if "same" in reply:
        return Outcome(Kind.VALUE, expected, ticks)
    return Outcome(Kind.OVERDUE if "overdue" in reply else Kind.UNPLAIN, None, ticks)
