"""The candidate's side of calls that come many at a time (:mod:`verigym.sandbox.inside.waves`).

It is what :mod:`verigym.sandbox.inside.objects` is, and takes a list of calls in one message as well.
What those give back is plain data, or not given back.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from verigym.sandbox.inside import arrays, exchange, guest, plain, wire
from verigym.sandbox.inside.objects import Objects

ANSWER_BATCHES = b"from verigym.sandbox.inside import batches\nbatches.answer_batches()\n"
MOST_REPLY = 4 << 20
"""Bytes of the replies to one message."""


def answer_batches() -> None:
    """Serve calls until the other side hangs up."""
    job = wire.job()
    function = guest.load(job["sources"], job["entry_point"])
    Batches(sys.modules["solution"], function).serve()
    os._exit(0)


class Batches(Objects):
    """Serves single requests and lists of calls."""

    def serve(self) -> Any:
        """Answer requests until an answer comes to one of ours, or the other side hangs up (None)."""
        while (message := wire.receive()) is not None:
            request = json.loads(message)
            if "batch" in request:
                self._answer(request["batch"])
            elif "do" not in request:
                return request
            else:
                wire.send(exchange.fitting(plain.dumps(self._perform(request))))
        return None

    def _answer(self, calls: list[dict[str, Any]]) -> None:
        replies, room = [], MOST_REPLY
        for call in calls:
            reply = plain.dumps(self._called(call))
            room -= len(reply)
            replies.append(reply if room > 0 else b'{"unplain":"it is too large"}')
        wire.send(b'{"batch":[' + b",".join(replies) + b"]}")

    def _called(self, call: dict[str, Any]) -> exchange.Reply:
        function = self._held[call["do"]]
        try:
            return exchange.perform(
                function, call["args"], call["names"], plain.decode, _encode, self._described
            )
        except RecursionError as error:
            return self._described(error)


def _encode(value: Any) -> plain.Tree:
    return plain.encode(value, True, 0, _array)


def _array(value: Any) -> plain.Tree:
    if (tree := arrays.encode(value)) is None:
        raise plain.NotPlain(f"a {type(value).__name__[:80]} is not plain data")
    return tree
