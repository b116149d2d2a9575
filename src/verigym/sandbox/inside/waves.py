"""Many examples at a time: the calls that tests make are collected, and asked in one message.

A test is run on each example until it makes a call whose reply is not known yet; there it is stopped.
All the calls that are waiting are asked together, and each test is run anew with what came of them, to
its next call. So a test that calls twice costs two messages, however many examples there are. No call
is foreseen from what a right program would give back: its arguments come of the candidate's own
replies, so nothing in a message tells what is expected.

It works for tests that do the same with the same replies, and for arguments and results that are plain
data. An example on which they are something else is *astray*, and is run with one call at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from verigym.sandbox.inside import exchange, plain, wire
from verigym.sandbox.inside.exchange import CandidateGone, Reply
from verigym.sandbox.inside.peer import Peer
from verigym.sandbox.inside.proxies import Object, reference

MOST_WAVES = 24
"""Calls of one example; one that makes more is run with one call at a time."""
MOST_AGAIN = 32
"""Examples of a test whose calls are told, to be asked again."""
MOST_CALLS, MOST_ASKED = 256, 1 << 18
"""Calls, and bytes of them, in one message."""


class Stopped(BaseException):
    """Ends a test at a call whose reply is not known yet."""


class Astray(BaseException):
    """Ends a test that cannot be run in waves."""


class Call:
    """A call that an example made, and what came of it."""

    __slots__ = ("function", "reply", "text")

    def __init__(self, function: str, text: bytes) -> None:
        self.function, self.text = function, text
        self.reply: Reply = {}


class WavePeer(Peer):
    """The candidate's process, which is asked many calls at a time.

    Args:
        entry_point: the name of the callable that is number 0.
        objects: as for :class:`Peer`.
        plain_only: results that are not plain data are the candidate's failure.
    """

    def __init__(self, entry_point: str, objects: Sequence[str] = (), plain_only: bool = False) -> None:
        self._plain_only, self._naming = False, True
        self._log: list[Call] | None = None
        self._at = 0
        self.waiting: Call | None = None  # the call that the test was stopped at
        self.astray = False
        self.objects = False  # whether something that is not plain data came back
        super().__init__(entry_point, objects)
        self._kept: list[Object] = []
        self.names: dict[int, str] = {0: entry_point}  # the functions that tests can call by name
        self._plain_only, self._naming = plain_only, False

    def begin(self, log: list[Call] | None) -> None:
        """Run an example: with the replies that are known, or (None) with one call at a time."""
        self._log, self._at, self.waiting, self.astray = log, 0, None, False

    def name(self, name: str) -> Any:
        log, self._log, self._naming = self._log, None, True
        try:
            found = super().name(name)
        finally:
            self._log, self._naming = log, False
        if isinstance(found, Object):
            self.names[reference(found).number] = name
            self._kept.append(found)  # what nobody holds the other side forgets
        return found

    def ask_all(self, calls: Sequence[Call]) -> None:
        """Ask calls, and note what came of each.

        Raises:
            CandidateGone: when the candidate's process ended, or says what it cannot.
        """
        for some in _portions(calls):
            self.calls += len(some)
            try:
                if self.gone:
                    raise OSError("gone")
                wire.send(b'{"batch":[' + b",".join(call.text for call in some) + b"]}")
                said = plain.loads(wire.receive(plain.MAX_BYTES) or b"")
                replies = said["batch"]
                if len(replies) != len(some) or not all(type(reply) is dict for reply in replies):
                    raise ValueError("not a reply to each")
            except (OSError, TypeError, ValueError, LookupError):
                self.gone = True
                raise CandidateGone from None
            for call, reply in zip(some, replies, strict=True):
                call.reply = reply

    def _request(
        self,
        do: int | str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        makes: bool,
        *,
        steps: bool = False,
        quiet: bool = False,
        name: str = "",
    ) -> tuple[Any] | Exception:
        log = self._log
        if log is None or name:
            return super()._request(do, args, kwargs, makes, steps=steps, quiet=quiet, name=name)
        if type(do) is not int or do not in self.names:
            raise self._lost()
        values = [*args, *kwargs.values()]
        try:
            trees = [plain.encode(value, True) for value in values]
        except plain.NotPlain:
            raise self._lost() from None
        text = plain.dumps({"do": do, "args": trees, "names": list(kwargs)})
        if self._at == len(log):
            if self._at >= MOST_WAVES:
                raise self._lost()
            self.waiting = Call(self.names[do], text)
            raise Stopped
        call = log[self._at]
        if self.waiting is not None or call.text != text:  # it went on after it was stopped
            raise self._lost()
        self._at += 1
        try:
            exchange.take_changes(call.reply, values, self._decode)
            if "value" in call.reply:
                return (self._decode(call.reply["value"]),)
            return self._failure(call.reply, steps)
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError):
            self.gone = True
        raise CandidateGone

    def _lost(self) -> Astray:
        self.astray = True
        return Astray()

    def _object(self, number: Any, made: bool, kind: type[Object] = Object, name: str = "") -> Any:
        if not self._naming:
            self.objects = True
            if self._plain_only:
                raise plain.NotPlain("an object, where plain data must be")
        return super()._object(number, made, kind, name)


def in_waves(
    peer: WavePeer,
    count: int,
    run: Callable[[int], dict[str, Any] | None],
    serial: bool = False,
    every: bool = False,
    first: Sequence[Call | None] = (),
) -> tuple[dict[int, dict[str, Any]], list[list[Call]], int]:
    """Run a test on ``count`` examples.

    Args:
        peer: the candidate.
        count: how many examples there are.
        run: runs the test on one of them, by its number; None, or how it failed.
        serial: with one call at a time.
        every: go on after an example has failed.
        first: the first call of each example, where it is known already.

    Returns:
        how examples failed, by their numbers; the calls of each example that ran in waves; and how many
        were astray.

    Raises:
        CandidateGone: when the candidate's process ended.
    """
    logs: list[list[Call]] = [[] for _ in range(count)]
    alone = list(range(count)) if serial else []
    going = [] if serial else list(range(count))
    failures: dict[int, dict[str, Any]] = {}
    known = [] if serial else [(number, call) for number, call in enumerate(first) if call is not None]
    peer.ask_all([call for _, call in known])
    for number, call in known:
        logs[number].append(call)
    while going and (every or not failures):
        asked: list[tuple[int, Call]] = []
        for number in going:
            peer.begin(logs[number])
            failure = run(number)
            if peer.astray:
                alone.append(number)
            elif peer.waiting is not None:
                asked.append((number, peer.waiting))
            elif failure is not None:
                failures[number] = failure
        peer.begin(None)
        if asked and (every or not failures):
            peer.ask_all([call for _, call in asked])
        for number, call in asked:
            logs[number].append(call)
        going = [number for number, _ in asked]
    for number in [] if failures and not every else sorted(alone):
        logs[number] = []
        peer.begin(None)
        if (failure := run(number)) is not None:
            failures[number] = failure
            if not every:
                break
    return failures, logs, 0 if serial else len(alone)


def repeatable(logs: Sequence[Sequence[Call]]) -> list[list[list[str]]]:
    """The calls of a test by waves, last wave first, as ``[function, request, digest of the reply]``.

    In this order nobody who is asked the calls again, a wave in a message, has seen the arguments that
    the results came of.
    """
    logs = logs[:: -(-len(logs) // MOST_AGAIN)] if logs else logs
    deepest = max(map(len, logs), default=0)
    return [
        [
            [call.function, call.text.decode(), digest(call.reply)]
            for log in logs
            for call in log[wave : wave + 1]
        ]
        for wave in reversed(range(deepest))
    ]


def told(calls: Sequence[Sequence[Call]]) -> list[Any]:
    """The first call of each example, as ``[function, request behind its number]``; None for one
    without.
    """
    return [
        [log[0].function, log[0].text.partition(b",")[2].decode()] if log else None for log in calls
    ]


def digest(reply: Reply) -> str:
    """What a call came to, but for words and line numbers: equal for equal results."""
    result = {name: reply[name] for name in _TOLD if name in reply}
    with contextlib.suppress(RecursionError):  # else its sets stand as they came
        result = _ordered(result)
    return hashlib.sha256(plain.dumps(result)).hexdigest()[:32]


_TOLD = ("value", "changed", "origins", "raised", "builtin")


def _ordered(tree: Any) -> Any:
    """A tree in which the members of sets stand in one order, whatever theirs was."""
    if isinstance(tree, dict):
        return {
            tag: sorted(map(_ordered, body), key=plain.dumps)
            if tag in ("set", "frozenset") and isinstance(body, list)
            else _ordered(body)
            for tag, body in tree.items()
        }
    return [_ordered(item) for item in tree] if isinstance(tree, list) else tree


def _portions(calls: Sequence[Call]) -> Iterator[list[Call]]:
    some: list[Call] = []
    size = 0
    for call in calls:
        if some and (len(some) >= MOST_CALLS or size + len(call.text) > MOST_ASKED):
            yield some
            some, size = [], 0
        some.append(call)
        size += len(call.text)
    if some:
        yield some
