"""References put to the test: does the answer that a data set calls right pass the set's own tests?

A task whose reference fails is not a hard task but an invalid one, and no answer to it should be
rewarded or punished. References are foreign code: they run in the sandbox, as any answer does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.errors import FamilyError, SandboxError, TaskError
from verigym.family import Family
from verigym.sandbox import Limits, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verdict import Status, Verdict
from verigym.verifiers import outcome
from verigym.verifiers.calls import calling

_RESULT_BYTES = 256 << 20


@dataclass(frozen=True)
class Invalid:
    """A task whose own reference is not accepted."""

    task: Task
    why: str
    verdict: Verdict

    def __str__(self) -> str:
        source = self.task.metadata.get("source", self.task.id[:12])
        return f"{source}: its reference fails its own tests: {self.why}"


def invalid_tasks(
    family: Family, tasks: Iterable[Task] | None = None, workers: int | None = None
) -> list[Invalid]:
    """The tasks whose reference their verifier does not accept, in order, each with the reason.

    Tasks without a reference are left out: nothing is known about them.

    Args:
        family: whose references they are.
        tasks: which; all of the family's by default.
        workers: how many are judged at a time, as in :func:`verigym.verify_many`.

    Raises:
        SandboxError: when the sandbox fails, because nothing is known then.
    """
    pairs = []
    for task in family.tasks() if tasks is None else tasks:
        try:
            pairs.append((task, family.reference(task)))
        except FamilyError:
            continue
    found = []
    verdicts = family.verifier.verify_many(pairs, workers)
    for (task, _), verdict in zip(pairs, verdicts, strict=True):
        if verdict.status is Status.SANDBOX_ERROR:
            raise SandboxError(f"task {task.id[:12]}: {verdict.evidence.get('error')}")
        if not verdict.correct:
            found.append(Invalid(task, _why(verdict), verdict))
    return found


def _why(verdict: Verdict) -> str:
    failed = next((case for case in verdict.cases if case.status is not Status.CORRECT), None)
    words = str(verdict.evidence.get("error") or verdict.feedback)
    shown = ""
    if failed:
        facts = {"input": failed.input, "got": failed.got, "expected": failed.expected}
        told = (f"{name} {text}" for name, text in facts.items() if text)
        shown = f"{failed.name}: {', '.join(filter(None, (failed.detail, *told)))}"
    return " ".join(filter(None, (f"{verdict.status.value}.", words, outcome.clip(shown, 500))))


def values_of(
    sources: list[str],
    entry_point: str,
    calls: Sequence[Mapping[str, Any]],
    limits: Limits,
    sandbox: Sandbox | None = None,
) -> list[plain.Tree]:
    """What a reference returns for each call, as trees of plain data; it runs in the sandbox.

    Args:
        sources: the reference's program, in parts that are run one after the other.
        entry_point: the function to call.
        calls: ``{"args": [tree], "kwargs": tree}`` for each call.
        limits: for the whole run.
        sandbox: where; the shared one by default.

    Raises:
        TaskError: when a call does not return plain data, or the run does not end well.
        SandboxError: when the sandbox fails.
    """
    room = Limits(**{**vars(limits), "result_bytes": _RESULT_BYTES, "file_bytes": _RESULT_BYTES})
    done = (sandbox or shared()).run(calling(sources, entry_point, calls), room)
    loaded, *lines = (done.result or b"").split(b"\n")
    if loaded != b'{"load":null}':
        raise TaskError(f"its reference does not load: {_ending(done, loaded)}")
    values = [_value(line, index) for index, line in enumerate(lines[: len(calls)]) if line]
    if len(values) != len(calls) or done.exit_code != 0:
        raise TaskError(f"its reference stops at call {len(values)}: {_ending(done, b'')}")
    return values


def _value(line: bytes, index: int) -> plain.Tree:
    """The value in a reply. Parsed without the bounds of an answer's: what is too large for those is
    for the caller to leave out.
    """
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TaskError(f"its reference gives no data at call {index}: {str(error)[:100]}") from None
    if isinstance(reply, dict) and "value" in reply:
        return reply["value"]
    why = reply if isinstance(reply, dict) else {}
    words = f"raises {why['raised']}" if "raised" in why else why.get("unplain", "no result")
    raise TaskError(f"its reference fails at call {index}: {outcome.clip(words)}")


def _ending(done: Any, said: bytes) -> str:
    ended = outcome.of_execution(done)
    words = [ended[1] if ended else "It ended early.", said[:200].decode("utf-8", "replace")]
    return " ".join(filter(None, words))
