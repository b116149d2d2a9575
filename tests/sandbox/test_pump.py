"""What comes over a stream is refused when it is not what was asked for, and nobody waits in vain."""

from __future__ import annotations

import math
import os
import select
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from verigym.errors import SandboxError
from verigym.sandbox.agents.descriptors import Loan
from verigym.sandbox.docker import pump as pumps
from verigym.sandbox.docker.attached import STDERR, STDOUT
from verigym.sandbox.docker.pump import Pump
from verigym.sandbox.inside import frames
from verigym.sandbox.inside.frames import CHANNEL, INPUT, OUTPUT, frame


class Wire:
    """A connection to a bridge that the test plays."""

    patience = math.inf

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.stream = STDOUT

    def fileno(self) -> int:
        return self.near.fileno()

    def offer(self, data: memoryview) -> int:
        try:
            return self.near.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise SandboxError(f"the connection is lost: {error}") from error

    def arrived(self) -> Iterator[tuple[int, bytes]]:
        while True:
            try:
                piece = self.near.recv(1000)
            except BlockingIOError:
                return
            if not piece:
                raise EOFError
            yield self.stream, piece

    def close(self) -> None:
        self.near.close()

    def heard(self) -> list[tuple[int, int, bytes]]:
        """All frames that were sent, once there is nothing more."""
        data = b""
        while select.select([self.far], [], [], 0.15)[0] and (part := self.far.recv(1 << 20)):
            data += part
        found = []
        while data:
            kind, number, length = frames.HEADER.unpack_from(data)
            end = frames.HEADER.size + length
            found.append((kind, number, data[frames.HEADER.size : end]))
            data = data[end:]
        return found


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def pump(wire: Wire) -> Iterator[Pump]:
    made = Pump(wire)  # type: ignore[arg-type]
    made.start()
    yield made
    made.stop()
    made.join(5)
    assert not made.is_alive()
    assert wire.near.fileno() == -1
    wire.far.close()


def memfd(content: bytes = b"") -> int:
    fd = os.memfd_create("test")
    os.pwrite(fd, content, 0)
    return fd


def reply(number: int, *sizes: int, words: bytes = b"said") -> bytes:
    packed = map(frames.SIZE.pack, sizes)
    return frame(frames.REPLY, number, frames.AGE.pack(0.25), *packed, words)


def test_a_request_goes_with_its_inputs_and_comes_back_with_its_outputs(wire: Wire, pump: Pump) -> None:
    given, written, other = memfd(b"g" * 70_000), memfd(), memfd()
    loans = [Loan(given, INPUT), Loan(written, OUTPUT, 10), Loan(other, OUTPUT, 99)]
    pump.ask(7, b"message", loans)
    os.close(given)  # the pump has its own
    first, second, request = wire.heard()
    assert first == (frames.GIVE, 0, b"g" * frames.PIECE)
    assert second == (frames.GIVE, 0, b"g" * (70_000 - frames.PIECE))
    roles = b"".join(frames.LOAN.pack(loan.role, loan.most) for loan in loans)
    assert request == (frames.REQUEST, 7, b"\3" + roles + b"message")
    wire.far.send(reply(7, 1000, 4) + frame(frames.CONTENT, 1, b"w" * 10))
    with pytest.raises(TimeoutError):
        pump.hear(0.2)
    assert pump.ended - pump.began == 0.25  # the run is over, and its reply is not all there
    wire.far.send(frame(frames.CONTENT, 2, b"ot") + frame(frames.CONTENT, 2, b"he"))
    assert pump.hear(5) == b"said"
    assert os.pread(other, 99, 0) == b"othe"
    assert os.pread(written, 11, 0) == b"w" * 10 + b"\0"
    assert os.fstat(written).st_size == 1000


def test_how_large_outputs_grow_is_known_in_the_run(wire: Wire, pump: Pump) -> None:
    written = memfd()
    pump.ask(7, b"", [Loan(written, OUTPUT, 10)])
    wire.heard()
    wire.far.send(frame(frames.BEGUN, 7, frames.AGE.pack(0.5)))
    wire.far.send(frame(frames.SIZES, 7, frames.SIZE.pack(5000)))
    until = time.perf_counter() + 5
    while os.fstat(written).st_size != 5000 and time.perf_counter() < until:
        time.sleep(0.01)
    assert os.fstat(written).st_size == 5000
    assert 0.5 <= time.perf_counter() - pump.began < 20
    assert pump.ended == float("inf")


BAD: list[Callable[[], bytes]] = [
    lambda: frames.HEADER.pack(frames.REPLY, 7, frames.MOST + 1),
    lambda: frame(99, 7),
    lambda: frame(frames.HELLO, 7),
    lambda: frame(frames.REPLY, 7),
    lambda: frame(frames.REPLY, 7, b"x" * 8),
    lambda: frame(frames.BEGUN, 7, b""),
    lambda: frame(frames.BEGUN, 6, frames.AGE.pack(0.0)),
    lambda: reply(6, 3) + frame(frames.CONTENT, 1, b"ree"),
    lambda: frame(frames.SIZES, 7, b""),
    lambda: frame(frames.SIZES, 7, bytes(16)),
    lambda: frame(frames.SIZES, 7, frames.SIZE.pack(1 << 63)),
    lambda: frame(frames.CONTENT, 1, b"before the reply"),
    lambda: reply(7, 3) + frame(frames.CONTENT, 1, b"more"),
    lambda: reply(7, 3) + frame(frames.CONTENT, 0, b"x"),
    lambda: reply(7, 3) + frame(frames.CONTENT, 9, b"x"),
    lambda: reply(7, 300) + frame(frames.CONTENT, 1, b"x" * 11),
    lambda: frame(frames.DATA, 7, bytes(1 << 19)),
    lambda: frame(frames.CREDIT, 7, b"no"),
]


@pytest.mark.parametrize("bad", BAD)
def test_what_no_bridge_would_say_is_an_error(wire: Wire, pump: Pump, bad: Callable[[], bytes]) -> None:
    channel, _other = socket.socketpair()
    given, written = memfd(b"x"), memfd()
    loans = [Loan(given, INPUT), Loan(written, OUTPUT, 10), Loan(channel.fileno(), CHANNEL)]
    pump.ask(7, b"", loans)
    wire.heard()
    wire.far.send(bad())
    with pytest.raises(OSError, match=r"."):
        pump.hear(5)
    with pytest.raises(OSError, match=r"."):  # nor later
        pump.hear(5)
    with pytest.raises(OSError, match=r"."):
        pump.ask(8, b"", [])
    pump.kill(8, b"", b"")


def test_what_nobody_asked_for_is_an_error(wire: Wire, pump: Pump) -> None:
    wire.far.send(reply(1))
    with pytest.raises(OSError, match="asked for nothing"):
        pump.hear(5)


def test_frames_of_an_earlier_channel_are_left_alone(wire: Wire, pump: Pump) -> None:
    channel, other = socket.socketpair()
    pump.ask(7, b"", [Loan(channel.fileno(), CHANNEL)])
    wire.heard()
    wire.far.send(frame(frames.DATA, 6, b"old") + frame(frames.DATA, 7, b"new") + reply(7))
    assert pump.hear(5) == b"said"
    assert other.recv(99) == b"new"


def test_a_channel_goes_on_after_the_reply_and_ends_with_the_next_request(
    wire: Wire, pump: Pump
) -> None:
    channel, other = socket.socketpair()
    pump.ask(7, b"", [Loan(channel.fileno(), CHANNEL)])
    channel.close()
    wire.heard()
    wire.far.send(reply(7))
    assert pump.hear(5) == b"said"
    wire.far.send(frame(frames.DATA, 7, b"late"))
    other.sendall(b"there")
    assert other.recv(99) == b"late"
    assert wire.heard() == [(frames.DATA, 7, b"there")]
    pump.ask(8, b"", [])
    wire.heard()
    assert other.recv(99) == b""


def test_a_request_on_its_way_is_called_off(wire: Wire, pump: Pump) -> None:
    given = memfd(b"x" * (4 << 20))
    pump.ask(7, b"never", [Loan(given, INPUT)])
    pump.kill(6, b"another", b"")
    pump.kill(7, b"kill it", b"instead")
    assert pump.hear(5) == b"instead"
    *pieces, last = wire.heard()
    assert {kind for kind, _, _ in pieces} <= {frames.GIVE}
    assert last == (frames.FORGET, 7, b"")


def test_one_that_has_gone_is_killed_there(wire: Wire, pump: Pump) -> None:
    pump.ask(7, b"", [])
    wire.heard()
    pump.kill(6, b"another", b"")
    pump.kill(7, b"kill it", b"instead")
    assert wire.heard() == [(frames.KILL, 7, b"kill it")]
    with pytest.raises(TimeoutError):
        pump.hear(0.1)


@pytest.mark.parametrize("part", [b"", frames.HEADER.pack(frames.REPLY, 7, 50) + b"x", reply(7, 5)])
def test_the_end_of_a_container_is_an_error(wire: Wire, pump: Pump, part: bytes) -> None:
    pump.ask(7, b"", [Loan(memfd(), OUTPUT, 10)])
    wire.heard()
    wire.far.send(part)
    wire.far.close()
    with pytest.raises(OSError, match="container has ended"):
        pump.hear(5)


@pytest.mark.parametrize("where", ["on its way", "not begun", "in its reply"])
def test_what_does_not_move_is_an_error(
    wire: Wire, pump: Pump, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumps, "STALL_SECONDS", 0.5)
    given = memfd(b"x" * (4 << 20 if where == "on its way" else 1))
    pump.ask(7, b"", [Loan(given, INPUT), Loan(memfd(), OUTPUT, 10)])
    if where != "on its way":
        wire.heard()
    if where == "in its reply":
        wire.far.send(reply(7, 5))
    with pytest.raises(OSError, match="nothing moved"):
        pump.hear(5)


def test_a_run_may_be_silent_for_long(wire: Wire, pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pumps, "STALL_SECONDS", 0.4)
    pump.ask(7, b"", [])
    wire.heard()
    wire.far.send(frame(frames.BEGUN, 7, frames.AGE.pack(0.0)))
    with pytest.raises(TimeoutError):
        pump.hear(1)
    wire.far.send(reply(7))
    assert pump.hear(5) == b"said"


class Untold(Wire):
    """One that takes little at a time, and no polling tells when: as over SSH."""

    patience = 0.002

    def __init__(self) -> None:
        super().__init__()
        self.pipe = os.pipe()
        self.turn = 0

    def fileno(self) -> int:
        return self.pipe[0]

    def offer(self, data: memoryview) -> int:
        self.turn += 1
        return super().offer(data[:20_000]) if self.turn % 2 else 0


def test_what_is_not_taken_at_once_is_offered_again() -> None:
    wire = Untold()
    made = Pump(wire)  # type: ignore[arg-type]
    made.start()
    made.ask(7, b"message", [Loan(memfd(b"x" * 500_000), INPUT)])
    *pieces, request = wire.heard()
    assert b"".join(piece for _, _, piece in pieces) == b"x" * 500_000
    assert request[0] == frames.REQUEST
    made.stop()
    made.join(5)
    assert not made.is_alive()


def test_signs_of_life_are_given(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pumps, "SIGN_SECONDS", 0.1)
    made = Pump(wire)  # type: ignore[arg-type]
    made.start()
    time.sleep(0.5)
    made.stop()
    made.join(5)
    assert 2 <= wire.heard().count((frames.HERE, 0, b"")) <= 5


@pytest.mark.parametrize("in_run", [False, True])
def test_a_way_that_takes_nothing_is_an_error(
    wire: Wire, pump: Pump, in_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumps, "STALL_SECONDS", 0.5)
    channel, other = socket.socketpair()
    pump.ask(7, b"", [Loan(channel.fileno(), CHANNEL)])
    wire.heard()
    if in_run:
        wire.far.send(frame(frames.BEGUN, 7, frames.AGE.pack(0.0)))
    else:
        wire.far.send(reply(7))
        pump.hear(5)
    monkeypatch.setattr(Wire, "offer", lambda self, data: 0)
    monkeypatch.setattr(pumps, "SIGN_SECONDS", 0.1)
    other.send(b"x")
    with pytest.raises(OSError, match="nothing moved"):
        pump.hear(5)
    assert len(pump._going) < 1000


def test_the_last_words_of_a_container_are_kept(wire: Wire, pump: Pump) -> None:
    wire.stream = STDERR
    wire.far.send(b"x" * 5000 + b"last words")
    wire.far.close()
    with pytest.raises(OSError, match="ended"):
        pump.hear(5)
    assert pump.said.endswith(b"xlast words")
    assert len(pump.said) == 2000


def test_descriptors_are_given_back(wire: Wire, pump: Pump) -> None:
    given, written = memfd(b"x"), memfd()
    before = len(os.listdir("/proc/self/fd"))
    for number in range(1, 20):
        pump.ask(number, b"", [Loan(given, INPUT), Loan(written, OUTPUT, 10)])
        wire.far.recv(1 << 16)
        wire.far.send(reply(number, 0))
        pump.hear(5)
    assert len(os.listdir("/proc/self/fd")) == before
    pump.ask(99, b"", [Loan(given, INPUT)])
    pump.stop()
    pump.join(5)
    assert len(os.listdir("/proc/self/fd")) <= before
