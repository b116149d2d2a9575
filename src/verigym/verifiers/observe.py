"""What programs do on given inputs, many of them in one run of the sandbox.

Programs share a process here, so they must be of one author: a reference and its mutants. What a policy
wrote is observed alone (one source at a time), since it could answer for those that come after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from verigym.sandbox import Execution, Limits, Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.subjects import ANSWER_SUBJECTS
from verigym.verdict import Status
from verigym.verifiers import outcome
from verigym.verifiers.base import ordered_map

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


_DEAD = Outcome(Kind.DEAD)
_OVERDUE = Outcome(Kind.OVERDUE)


def call(args: Sequence[Any]) -> dict[str, Any]:
    """A call with positional arguments only, which are trees, as :func:`observe` takes it."""
    return {"args": list(args), "kwargs": plain.encode({})}


def allowed(ticks: int) -> int:
    """The steps that a faulty program may take where the right one takes so many."""
    return 1000 + 20 * ticks


def observe(
    sources: Sequence[str],
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
        calls: ``{"args": [tree], "kwargs": tree}`` each (:func:`call`).
        ticks: the most steps of each call.
        seconds: the most processor time of a call.
        sandbox: where they run; by default the shared one.
        packages: what they may import, as for :class:`verigym.sandbox.Program`.
        limits: of a run, which some 64 programs share.
        watch: note which goals of coverage each call reaches: ``conditions``, or ``operands`` too.

    Raises:
        SandboxError: when the sandbox fails.
    """
    box = sandbox or shared()
    job = {
        "entry_point": entry_point,
        "cases": [[call["args"], call["kwargs"]] for call in calls],
        "ticks": None if ticks is None else list(ticks),
        "most": MOST_TICKS,
        "seconds": seconds,
        "watch": watch,
    }
    size = max(1, min(CHUNK, -(-len(sources) // box.workers)))
    chunks = [list(sources[i : i + size]) for i in range(0, len(sources), size)]

    def run(chunk: list[str]) -> list[list[Outcome]]:
        return _observe(box, chunk, job, tuple(packages), limits)

    return [found for chunk in ordered_map(run, chunks, box.workers) for found in chunk]


def _observe(
    box: Sandbox, sources: list[str], job: Mapping[str, Any], packages: tuple[str, ...], limits: Limits
) -> list[list[Outcome]]:
    """One run after the other, each going on behind the program that ended the one before."""
    found: list[list[Outcome]] = []
    while len(found) < len(sources):
        data = plain.dumps({**job, "sources": sources[len(found) :]})
        done = box.run(Program(ANSWER_SUBJECTS, data=data, result=True, packages=packages), limits)
        lines = (done.result or b"").split(b"\n")[:-1]
        found += [_read(line, len(job["cases"])) for line in lines[: len(sources) - len(found)]]
        if len(found) < len(sources):  # the next one ended the process, well or not
            found.append([_OVERDUE if _late(done) else _DEAD] * len(job["cases"]))
    return found


def _late(done: Execution) -> bool:
    ended = outcome.of_execution(done)
    return ended is not None and ended[0] is Status.TIMEOUT


def _read(line: bytes, count: int) -> list[Outcome]:
    try:
        said = plain.loads(line)
    except plain.NotPlain:
        return [_DEAD] * count
    replies = said.get("replies") if isinstance(said, dict) else None
    if not isinstance(replies, list) or len(replies) != count:
        return [_DEAD] * count
    return [_outcome(reply) for reply in replies]


def _outcome(reply: Any) -> Outcome:
    if not isinstance(reply, dict):
        return _DEAD
    ticks = reply.get("ticks")
    ticks = ticks if type(ticks) is int else 0
    if "value" in reply:
        return Outcome(Kind.VALUE, reply["value"], ticks, tuple(map(str, reply.get("reached", ()))))
    if "raised" in reply:
        return Outcome(Kind.RAISED, str(reply["raised"])[:100], ticks)
    return Outcome(Kind.OVERDUE if "overdue" in reply else Kind.UNPLAIN, None, ticks)
