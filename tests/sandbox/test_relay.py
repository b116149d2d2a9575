"""Two ends of a channel that frames join, and programs that read slowly, not at all, or hang up."""

from __future__ import annotations

import random
import select
import socket
from collections import deque

import pytest

from verigym.sandbox.inside.frames import COUNT, CREDIT, DATA, DEAF, END, PIECE
from verigym.sandbox.inside.relay import WINDOW, Relay


class Ends:
    """Two relays, and the two sockets that programs would hold."""

    def __init__(self) -> None:
        self.poll = select.poll()
        self.under_way: list[deque[tuple[int, bytes]]] = [deque(), deque()]
        self.programs, self.relays = [], []
        for number in (0, 1):
            near, program = socket.socketpair()
            program.setblocking(False)
            self.programs.append(program)
            frames = self.under_way[number]
            self.relays.append(Relay(7, near, self.poll, lambda *frame, to=frames: to.append(frame)))

    def settle(self) -> None:
        """Carry frames, until nothing moves any more."""
        busy = True
        while busy:
            busy = False
            for number in (0, 1):
                while self.under_way[number]:
                    self.relays[1 - number].take(*self.under_way[number].popleft())
                    busy = True
            for fd, events in self.poll.poll(0):
                next(relay for relay in self.relays if relay.fileno == fd).polled(events)
                busy = True

    def held(self) -> int:
        """Bytes that wait in the relays and between them."""
        between = sum(len(content) for frames in self.under_way for kind, content in frames)
        return between + sum(len(relay._waiting) for relay in self.relays)


@pytest.fixture
def ends() -> Ends:
    return Ends()


def send_all(program: socket.socket, data: bytes = b"x" * PIECE) -> int:
    """Write until nothing more is taken; how much was."""
    sent = 0
    while True:
        try:
            sent += program.send(data)
        except BlockingIOError:
            return sent


def receive_all(program: socket.socket) -> bytes:
    found = b""
    while True:
        try:
            part = program.recv(PIECE)
        except BlockingIOError:
            return found
        if not part:
            return found + b"<end>"
        found += part


def test_bytes_come_through_in_order(ends: Ends) -> None:
    noise, left, right = random.Random(3), b"", b""
    for _ in range(300):
        data = noise.randbytes(noise.randrange(1, 9000))
        if noise.random() < 0.5:
            ends.programs[0].send(data)
            left += data
        else:
            ends.programs[1].send(data)
            right += data
        ends.settle()
        if noise.random() < 0.2:
            got = receive_all(ends.programs[1])
            assert left.startswith(got)
            left = left[len(got) :]
            got = receive_all(ends.programs[0])
            assert right.startswith(got)
            right = right[len(got) :]
    assert (receive_all(ends.programs[1]), receive_all(ends.programs[0])) == (left, right)


def test_who_does_not_read_holds_up_who_writes(ends: Ends) -> None:
    total = 0
    for _ in range(100):
        sent = send_all(ends.programs[0])
        total += sent
        ends.settle()
        assert ends.held() <= WINDOW
    assert sent == 0
    assert not ends.poll.poll(0)  # and nobody turns in circles meanwhile
    got = b""
    while part := receive_all(ends.programs[1]):
        got += part
        ends.settle()
    assert got == b"x" * total


def test_one_direction_goes_on_when_the_other_is_held_up(ends: Ends) -> None:
    for _ in range(100):
        send_all(ends.programs[0])
        ends.settle()
    ends.programs[1].send(b"reply")
    ends.settle()
    assert receive_all(ends.programs[0]) == b"reply"


def test_an_end_comes_after_all_that_was_sent(ends: Ends) -> None:
    ends.programs[0].send(b"last")
    ends.programs[0].shutdown(socket.SHUT_WR)
    ends.settle()
    assert receive_all(ends.programs[1]) == b"last<end>"
    ends.programs[1].send(b"still")
    ends.settle()
    assert receive_all(ends.programs[0]) == b"still"
    assert all(relay.fileno >= 0 for relay in ends.relays)
    ends.programs[1].shutdown(socket.SHUT_WR)
    ends.settle()
    assert receive_all(ends.programs[0]) == b"<end>"
    assert all(relay.fileno == -1 for relay in ends.relays)
    assert not ends.poll.poll(0)


@pytest.mark.parametrize("unread", [b"", b"unread"])
def test_a_program_that_is_gone_is_told_of(ends: Ends, unread: bytes) -> None:
    ends.programs[1].send(b"bye")
    ends.programs[0].send(unread)
    ends.settle()
    ends.programs[1].close()
    ends.settle()
    assert receive_all(ends.programs[0]) == b"bye<end>"
    ends.programs[0].send(b"to nobody")
    ends.settle()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        ends.programs[0].send(b"again")
    assert all(relay.fileno == -1 for relay in ends.relays)
    assert not ends.poll.poll(0)


def test_a_held_up_writer_is_freed_when_its_reader_is_gone(ends: Ends) -> None:
    for _ in range(100):
        send_all(ends.programs[0])
        ends.settle()
    ends.programs[1].close()
    ends.settle()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        ends.programs[0].send(b"again")


def test_more_than_was_agreed_is_refused() -> None:
    near, _program = socket.socketpair()
    sent: list[tuple[int, bytes]] = []
    relay = Relay(7, near, select.poll(), lambda *frame: sent.append(frame))
    while not relay._waiting:  # until the socket takes no more
        relay.take(DATA, b"x" * 1000)
    relay.take(DATA, b"x" * (WINDOW - len(relay._waiting) - relay._passed))
    with pytest.raises(ValueError, match="more than was agreed"):
        relay.take(DATA, b"x")
    relay.close()
    relay.close()
    assert relay.fileno == -1


def test_frames_after_the_end_change_nothing(ends: Ends) -> None:
    relay = ends.relays[0]
    relay.take(DEAF, b"")
    relay.take(DEAF, b"")
    relay.take(END, b"")
    relay.take(DATA, b"late")
    relay.take(CREDIT, COUNT.pack(5))
    assert relay.fileno == -1
    assert receive_all(ends.programs[0]) == b"<end>"
