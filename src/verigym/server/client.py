"""Verdicts from another machine: ``verify`` and ``verify_many`` by a ``verigym serve``.

>>> judge = Client("http://runner:8080")          # doctest: +SKIP
>>> judge.verify(task, answer).reward             # doctest: +SKIP
1.0
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from verigym.errors import SandboxError, UserError, VerigymError
from verigym.sandbox.remote.transport import Transport
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, abstention

BATCH = 500
BATCH_BYTES = 8 << 20
"""How many answers, and about how many bytes of them, are sent in one request."""


class Client:
    """A server that judges. Usable from many threads; a context manager.

    A server that cannot be reached, fails or is not understood gives abstentions, as a sandbox that
    fails does: nobody's answer is wrong because of it.

    Args:
        url: the server's address, for example ``"http://runner:8080"``.
        token: the server's token; by default the environment's ``VERIGYM_TOKEN``.
        timeout: seconds that one request may take in all, waiting and retries included.
        retries: how often a failure of the infrastructure is tried again.

    Raises:
        UserError: for an argument that cannot be used.
    """

    def __init__(
        self, url: str, token: str | None = None, timeout: float = 600.0, retries: int = 12
    ) -> None:
        self._transport = Transport(url, token, timeout, retries)

    def verify(self, task: Task, answer: str) -> Verdict:
        """The server's verdict on one answer.

        Raises:
            UserError: when the server does not take the task or the answer.
        """
        return self._ask("/verify", _item(task, answer), [task], lambda reply: [reply])[0]

    def verify_many(self, pairs: Iterable[tuple[Task, str]]) -> list[Verdict]:
        """The verdicts on many answers, in the order and number of ``pairs``.

        An item that the server does not take is an abstention in its place.

        Raises:
            UserError: when the server does not take the request as a whole.
        """
        verdicts: list[Verdict] = []
        for tasks, items in _batches(pairs):
            body = b'{"items":[' + b",".join(items) + b"]}"
            verdicts += self._ask("/verify_batch", body, tasks, lambda reply: reply["verdicts"])
        return verdicts

    def close(self) -> None:
        """End the connections. Closing twice is fine."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self, path: str, body: bytes, tasks: list[Task], verdicts: Callable[[Any], list[Any]]
    ) -> list[Verdict]:
        try:
            reply = self._transport.call("POST", path, body)
            try:
                found = [verdict_from_json(value) for value in verdicts(json.loads(reply))]
                for task, verdict in zip(tasks, found, strict=True):
                    if verdict.task_id != task.id and not (verdict.abstained and not verdict.task_id):
                        raise UserError(f"a verdict is on another task: {verdict.task_id[:80]!r}")
            except (VerigymError, ValueError, TypeError, LookupError, RecursionError) as error:
                raise SandboxError(f"the server's verdicts are not understood: {error}") from error
        except SandboxError as error:
            evidence = {"error": f"{type(error).__name__}: {error}"[:2000]}
            words = "This answer could not be judged; that is no fault of the answer."
            return [
                abstention(Status.SANDBOX_ERROR, words, evidence=evidence, task_id=task.id)
                for task in tasks
            ]
        return found


def _case_from_json(value: Any) -> Case:
    words = {name: str(value.get(name, "")) for name in ("detail", "input", "got", "expected")}
    public = value.get("public") is True
    return Case(str(value["name"]), Status(value["status"]), value["seconds"], **words, public=public)


def verdict_from_json(value: Any) -> Verdict:
    """The verdict that :meth:`verigym.verdict.Verdict.to_json` wrote.

    Raises:
        UserError: for anything else.
        VerigymError: when its reward contradicts its status.
        TypeError, LookupError, ValueError: for parts that are missing or of another kind.
    """
    reward = value["reward"]
    cases = tuple(map(_case_from_json, value["cases"]))
    verdict = Verdict(
        status=Status(value["status"]),
        reward=float(reward) if type(reward) is int else reward,
        feedback=str(value["feedback"]),
        cases=cases,
        evidence=dict(value["evidence"]),
        timings=dict(value["timings"]),
        task_id=str(value["task_id"]),
        verifier=str(value["verifier"]),
        version=int(value["version"]),
    )
    if (value["correct"], value["abstained"]) != (verdict.correct, verdict.abstained):
        raise UserError("correct or abstained contradicts the status")
    return verdict


def _item(task: Task, answer: str) -> bytes:
    return json.dumps({"task": task.to_json(), "answer": answer}, separators=(",", ":")).encode()


def _batches(pairs: Iterable[tuple[Task, str]]) -> Iterator[tuple[list[Task], list[bytes]]]:
    """The pairs in as few requests as their bounds allow."""
    tasks: list[Task] = []
    items: list[bytes] = []
    for task, answer in pairs:
        item = _item(task, answer)
        if items and (len(items) == BATCH or sum(map(len, items)) + len(item) > BATCH_BYTES):
            yield tasks, items
            tasks, items = [], []
        tasks.append(task)
        items.append(item)
    if items:
        yield tasks, items
