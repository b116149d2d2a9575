"""``/verify`` and ``/verify_batch``: the verdicts of this installation's verifiers.

A task arrives whole, and its id must be the hash of its content. The family is looked up by name among
those installed; nothing in a request names a file. In a batch each answer stands alone: what cannot be
judged is an abstention in its place, and the others are judged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from verigym.errors import Cancelled, UserError
from verigym.family import checked_verifier
from verigym.sandbox.scope import current
from verigym.server.bodies import parsed
from verigym.server.pool import Pool
from verigym.server.replies import Reply, ok
from verigym.server.settings import MAX_ITEMS
from verigym.task import Task
from verigym.verdict import Status, Verdict, abstention

_log = logging.getLogger(__name__)


def verify(body: bytes) -> Callable[[], Reply]:
    """The work that a body ``{"task": ..., "answer": ...}`` asks for.

    Raises:
        Refused: for a body that is not JSON.
        UserError: for a task that cannot be judged here, or an answer that is not text.
    """
    judge = _judge(parsed(body), "the body")

    def work() -> Reply:
        verdict = judge()
        return ok(verdict.to_json(), _outcome(verdict))

    return work


async def verify_batch(pool: Pool, body: bytes, seconds: float) -> Reply:
    """The reply to ``{"items": [{"task": ..., "answer": ...}, ...]}``: as many verdicts, in that order.

    As many answers as the pool has threads are in its queue at a time, so that a long batch delays the
    requests beside it no more than a short one.

    Raises:
        Refused: for a body that is not JSON.
        UserError: for a body that is no batch.
        Cancelled: when it takes longer than so many seconds.
    """
    items = _items(await pool.run(lambda: parsed(body), seconds))
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    verdicts: list[Verdict | None] = [None] * len(items)
    todo = iter(enumerate(items))

    async def lane() -> None:
        for index, item in todo:
            verdicts[index] = await pool.run(lambda item=item: _verdict(item), end - loop.time())  # type: ignore[misc]

    lanes = [asyncio.ensure_future(lane()) for _ in range(min(pool.threads, len(items)))]
    try:
        await asyncio.gather(*lanes)
    finally:
        for one in lanes:
            one.cancel()
    found = [verdict for verdict in verdicts if verdict is not None]
    return await pool.run(
        lambda: ok({"verdicts": [verdict.to_json() for verdict in found]}, *map(_outcome, found)),
        max(end - loop.time(), 1.0),
    )


def _items(value: Any) -> list[Any]:
    if type(value) is not dict or list(value) != ["items"] or type(value["items"]) is not list:
        raise UserError('the body must be {"items": [{"task": ..., "answer": ...}, ...]}')
    if len(value["items"]) > MAX_ITEMS:
        raise UserError(f"{len(value['items'])} items; at most {MAX_ITEMS} are judged in one batch")
    items: list[Any] = value["items"]
    return items


def _judge(item: Any, what: str) -> Callable[[], Verdict]:
    """What judges one item; raises :class:`UserError` when it cannot be judged."""
    if type(item) is not dict or set(item) != {"task", "answer"}:
        raise UserError(f'{what} must be an object with "task" and "answer", and nothing else')
    answer = item["answer"]
    if type(answer) is not str and answer is not None:
        raise UserError(f"answer must be text, or null when there is none, not {type(answer).__name__}")
    task = Task.from_json(item["task"])
    verifier = checked_verifier(task)

    def judge() -> Verdict:
        verdict = verifier.verify(task, answer)  # type: ignore[arg-type]  # None: there is no answer
        if verdict.abstained:
            current().check()  # the sandbox did not fail: time ran out, or the client left
        return verdict

    return judge


def _verdict(item: Any) -> Verdict:
    """The verdict on one item of a batch, whatever it is."""
    try:
        return _judge(item, "an item")()
    except Cancelled:
        raise
    except Exception as error:
        if not isinstance(error, UserError):
            _log.exception("an item of a batch could not be judged")
        return abstention(
            Status.VERIFIER_ERROR,
            "This item could not be judged; that is no fault of the answer.",
            evidence={"error": f"{type(error).__name__}: {error}"[:2000]},
        )


def _outcome(verdict: Verdict) -> str:
    return "abstained" if verdict.abstained else "judged"
