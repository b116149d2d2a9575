"""Several sequences of calls side by side: what all of them wait for is asked in one message, a round.

Each sequence has a thread, of which one runs at a time: until it asks something of the candidate, or is
over. When all have, the requests go together and the replies come together. A sequence sees what it
would see alone, but for what the candidate's objects do to each other; and hundreds of calls cost a few
messages. A method of an object that the tests made is called in one request, once it is known as such.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from verigym.sandbox.inside import exchange, guest, plain, wire
from verigym.sandbox.inside.exchange import Reply
from verigym.sandbox.inside.objects import Objects
from verigym.sandbox.inside.proxies import Function, Object, reference
from verigym.sandbox.inside.transcript import TracedPeer

ANSWER_ROUNDS = b"from verigym.sandbox.inside import rounds\nrounds.answer_rounds()\n"
MOST_AT_A_TIME = 32
STACK_BYTES = 4 << 20
MOST_REPLY = 4 << 20
"""Bytes of the replies of a round."""

Work = Callable[[], Any]


def answer_rounds() -> None:
    """Serve requests, alone or in rounds, until the other side hangs up."""
    job = wire.job()
    function = guest.load(job["sources"], job["entry_point"])
    RoundObjects(sys.modules["solution"], function).serve()
    os._exit(0)


class RoundObjects(Objects):
    """The candidate's side: serves what is asked, and lists of it."""

    def serve(self) -> Any:
        """Answer requests until an answer comes to one of ours, or the other side hangs up (None)."""
        while (message := wire.receive()) is not None:
            request = json.loads(message)
            if "round" in request:
                self._answer(request["round"])
            elif "do" not in request:
                return request
            else:
                wire.send(exchange.fitting(plain.dumps(self._perform(request))))
        return None

    def _answer(self, requests: list[dict[str, Any]]) -> None:
        replies, room = [], MOST_REPLY
        for request in requests:
            reply = plain.dumps(self._perform(request))
            room -= len(reply)
            replies.append(reply if room > 0 else b'{"unplain":"it is too large"}')
        wire.send(b'{"round":[' + b",".join(replies) + b"]}")


class Worker:
    """A sequence of calls, in its thread."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.result: Any = None
        self.done = False
        self.go = _thread.allocate_lock()
        self.go.acquire()
        self.request: Reply = {}
        self.reply: Reply | None = None
        self.told: tuple[Exception | None, dict[str, Any]] = (None, {})
        """What the peer knows of the last exception that came of a call."""


class RoundPeer(TracedPeer):
    """The tests' side: a peer that can be asked by many at a time."""

    def __init__(self, entry_point: str, objects: tuple[str, ...] = ()) -> None:
        self._current: Worker | None = None
        self._back = _thread.allocate_lock()
        self._back.acquire()
        self._makers: dict[int, int] = {}  # number of an object -> of the class that was called for it
        self._methods: set[tuple[int, str]] = set()  # (class, name) of what is known to be a method
        super().__init__(entry_point, objects)
        self._lock = contextlib.nullcontext()  # one thread runs at a time

    def side_by_side(self, works: Sequence[Work]) -> list[Any]:
        """What each work returns; none of them raises."""
        found: list[Any] = []
        for start in range(0, len(works), MOST_AT_A_TIME):
            found += self._together(works[start : start + MOST_AT_A_TIME])
        return found

    def _together(self, works: Sequence[Work]) -> list[Any]:
        workers = [Worker(work) for work in works]
        _thread.stack_size(STACK_BYTES)
        for worker in workers:
            _thread.start_new_thread(self._run, (worker,))
        going = workers
        while going:
            for worker in going:
                self._resume(worker)
            going = [worker for worker in going if not worker.done]
            if going:
                self._ask_round(going)
        return [worker.result for worker in workers]

    def _run(self, worker: Worker) -> None:
        worker.go.acquire()
        try:
            worker.result = worker.work()
        finally:
            worker.done = True
            self._back.release()

    def _resume(self, worker: Worker) -> None:
        """Let a worker run until it asks something, or is over."""
        self.raised, self.said = worker.told
        self._current = worker
        worker.go.release()
        self._back.acquire()
        self._current = None
        worker.told = self.raised, self.said

    def _exchanged(self, request: Reply) -> Reply:
        worker = self._current
        if worker is None:
            return super()._exchanged(request)
        worker.request, worker.reply = request, None
        self._back.release()
        worker.go.acquire()
        if worker.reply is None:
            raise OSError("gone")
        return worker.reply

    def _ask_round(self, workers: Sequence[Worker]) -> None:
        """Ask what all wait for. What nobody holds is let go first: a reply may give it anew."""
        drop = [number for worker in workers for number in worker.request.pop("drop", ())]
        first = {**workers[0].request, "drop": drop}
        try:
            if self.gone:
                return
            wire.send(plain.dumps({"round": [first, *(worker.request for worker in workers[1:])]}))
            replies = self._replied()["round"]
            if len(replies) != len(workers) or not all(type(reply) is dict for reply in replies):
                raise ValueError("not a reply to each")
        except (OSError, TypeError, ValueError, LookupError, AttributeError):
            self.gone = True
            return
        for worker, reply in zip(workers, replies, strict=True):
            worker.reply = reply

    # ----------------------------------------------------------------------------- methods

    def ask(
        self,
        do: int | str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        *,
        makes: bool = False,
    ) -> Any:
        """As :meth:`Peer.ask`; an attribute that is known to be a method is not asked for."""
        if do != "getattr" or not reference(args[0]).made:
            found = super().ask(do, args, kwargs, makes=makes)
            if type(do) is int and isinstance(found, Object):
                self._makers[reference(found).number] = do
            return found
        proxy, name = args
        maker = self._makers.get(reference(proxy).number)
        if maker is not None and (maker, name) in self._methods:
            return Method(self, proxy, name, makes)
        found = super().ask(do, args, kwargs, makes=makes)
        if maker is not None and isinstance(found, Function):
            self._methods.add((maker, name))
        return found


class Method:
    """A method of an object, which is not asked for before it is called."""

    def __init__(self, peer: RoundPeer, proxy: Object, name: str, makes: bool) -> None:
        self._peer, self._proxy, self._makes = peer, proxy, makes
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        wanted = (self._proxy, self.__name__, *args)
        return self._peer.ask("method", wanted, kwargs, makes=self._makes)
