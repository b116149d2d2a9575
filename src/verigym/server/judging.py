"""``/verify`` and ``/verify_batch``: the verdicts of this installation's verifiers.

A task arrives whole, and its id must be the hash of its content. The family is looked up by name among
those installed; nothing in a request names a file. In a batch each answer stands alone: what cannot be
judged is an abstention in its place, and the others are judged.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from verigym.errors import Cancelled, SandboxError, UserError
from verigym.family import checked_verifier
from verigym.sandbox.scope import current
from verigym.server.bodies import parsed
from verigym.server.replies import Refused, Reply, dumps, ok
from verigym.server.settings import MAX_ITEMS
from verigym.task import Task
from verigym.verdict import Status, Verdict, abstention

if TYPE_CHECKING:
    from verigym.server.pool import Pool


def verify(body: bytes) -> Reply:
    """The reply to a body ``{"task": ..., "answer": ...}``.

    Raises:
        Refused: for a body that is not JSON.
        UserError: for a task that cannot be judged here, or an answer that is not text.
    """
    verdict = _verdict(parsed(body), "the body")
    return ok(verdict.to_json(), _outcome(verdict))


def verify_item(body: bytes) -> Reply:
    """As :func:`verify`, for an item of a batch: what cannot be judged is an abstention."""
    try:
        verdict = _verdict(parsed(body), "an item")
    except (Refused, UserError) as error:
        verdict = abstained(Status.VERIFIER_ERROR, error)
    return ok(verdict.to_json(), _outcome(verdict))


async def verify_batch(pool: Pool, body: bytes, seconds: float) -> Reply:
    """The reply to ``{"items": [{"task": ..., "answer": ...}, ...]}``: as many verdicts, in order.

    As many answers as the pool does at a time are in its queue, so that a long batch delays the
    requests beside it no more than a short one.

    Raises:
        Refused: for a body that is not JSON.
        UserError: for a body that is no batch.
        Cancelled: when it takes longer than so many seconds.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    items = await loop.run_in_executor(None, _items, body)
    verdicts = [b""] * len(items)
    outcomes: list[str] = []
    todo = iter(enumerate(items))

    async def lane() -> None:
        for index, item in todo:
            verdicts[index], outcome = await _item(pool, item, end - loop.time())
            outcomes.append(outcome)

    lanes = [asyncio.ensure_future(lane()) for _ in range(min(pool.threads, len(items)))]
    try:
        await asyncio.gather(*lanes)
    finally:
        for one in lanes:
            one.cancel()
    return Reply(200, b'{"verdicts":[' + b",".join(verdicts) + b"]}\n", tuple(outcomes))


async def _item(pool: Pool, item: bytes, seconds: float) -> tuple[bytes, str]:
    """The verdict on one item, whatever it is, and how it ended."""
    try:
        reply = await pool.run("/verify_item", item, seconds)
    except Cancelled:
        raise
    except SandboxError as error:
        verdict = abstained(Status.SANDBOX_ERROR, error)
        return dumps(verdict.to_json()).strip(), "abstained"
    if reply.status == 504:
        raise Cancelled("out of time: the deadline of the request has passed")
    if reply.status != 200:
        verdict = abstained(Status.VERIFIER_ERROR, SandboxError(f"the worker answered {reply.status}"))
        return dumps(verdict.to_json()).strip(), "abstained"
    return reply.body.strip(), ",".join(reply.outcomes)


def abstained(status: Status, error: Exception) -> Verdict:
    """The verdict on what could not be judged."""
    return abstention(
        status,
        "This item could not be judged; that is no fault of the answer.",
        evidence={"error": f"{type(error).__name__}: {error}"[:2000]},
    )


def _items(body: bytes) -> list[bytes]:
    """The items of a batch, each as JSON again."""
    value = parsed(body)
    if type(value) is not dict or list(value) != ["items"] or type(value["items"]) is not list:
        raise UserError('the body must be {"items": [{"task": ..., "answer": ...}, ...]}')
    if len(value["items"]) > MAX_ITEMS:
        raise UserError(f"{len(value['items'])} items; at most {MAX_ITEMS} are judged in one batch")
    return [json.dumps(item).encode() for item in value["items"]]


def _verdict(item: Any, what: str) -> Verdict:
    """The verdict on one item; raises :class:`UserError` when it cannot be judged."""
    if type(item) is not dict or set(item) != {"task", "answer"}:
        raise UserError(f'{what} must be an object with "task" and "answer", and nothing else')
    answer = item["answer"]
    if type(answer) is not str and answer is not None:
        raise UserError(f"answer must be text, or null when there is none, not {type(answer).__name__}")
    task = Task.from_json(item["task"])
    verdict = checked_verifier(task).verify(task, answer)  # type: ignore[arg-type]  # None: no answer
    if verdict.abstained:
        current().check()  # did time run out, or the client leave, rather than the sandbox fail?
    return verdict


def _outcome(verdict: Verdict) -> str:
    return "abstained" if verdict.abstained else "judged"
