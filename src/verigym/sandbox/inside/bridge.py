"""The bridge: between the agent and a judging side that neither sockets nor descriptors reach.

It runs in the container beside the agent, whose parent it is, and speaks with the judging side over
its own standard streams, which an engine carries over any distance. It makes the descriptors that the
agent expects. What they hold is moved between pipe and file by the kernel and never enters its memory;
what is said on a channel does, a little at a time, but nothing is forked from the bridge by then.

A run can do nothing to it. It is outside the run's Landlock domain, so the run can neither signal it
nor look into it; and it is not dumpable, so what ``/proc`` shows of it belongs to root.

When standard input ends, or nothing has come for long, the judging side is gone, and all here ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from verigym.sandbox.inside import frames
from verigym.sandbox.inside.relay import Relay

SILENCE_SECONDS = 180
"""How long the judging side may be silent; it gives a sign of life far more often."""
SOON_SECONDS, WATCH_SECONDS = 0.01, 0.1
"""After how long a request is said to have begun, if its reply did not come first; and how often its
outputs are looked at."""

_STDIN, _STDOUT = 0, 1
_PR_SET_DUMPABLE, _SYS_LANDLOCK_CREATE = 4, 444
_LONGEST_MESSAGE = 1 << 16


class Bridge:
    """Carries frames and messages, until either side is gone."""

    def __init__(self, agent: int, control: socket.socket, lifeline: socket.socket) -> None:
        self.control, self.lifeline = control, lifeline
        self.agent, self.agent_ended = agent, os.pidfd_open(agent)
        self.poll = select.poll()
        for fd in (_STDIN, control.fileno(), self.agent_ended):
            self.poll.register(fd, select.POLLIN)
        self.inputs: dict[int, int] = {}
        self.request: Request | None = None
        self.relay: Relay | None = None

    def serve(self) -> NoReturn:
        while True:
            wait = self.request.patience() if self.request else None
            ready = dict(self.poll.poll(wait))
            if _STDIN in ready:
                self.hear()
            if self.control.fileno() in ready or self.agent_ended in ready:
                self.answer()
            if self.relay and (events := ready.get(self.relay.fileno)):
                self.relay.polled(events)
            if self.request:
                self.request.report()

    def hear(self) -> None:
        """Take one frame from the judging side."""
        signal.alarm(SILENCE_SECONDS)  # which ends us
        kind, number, length = frames.HEADER.unpack(read(frames.HEADER.size))
        if kind == frames.GIVE:
            if number not in self.inputs:
                self.inputs[number] = os.memfd_create("verigym")
            receive(self.inputs[number], length)
            return
        content = read(length)
        if kind == frames.REQUEST:
            self.ask(number, content)
        elif kind == frames.FORGET:
            self.forget()
        elif kind == frames.KILL:
            with contextlib.suppress(BlockingIOError):  # it has been told often enough
                self.lifeline.send(content, socket.MSG_DONTWAIT)
        elif kind in frames.OF_CHANNEL and self.relay and self.relay.number == number:
            self.relay.take(kind, content)

    def ask(self, number: int, content: bytes) -> None:
        """Hand a request to the agent, with descriptors that hold what was given."""
        if self.relay:
            self.relay.close()
            self.relay = None
        outputs, lent = [], []
        for place in range(content[0]):
            role, most = frames.LOAN.unpack_from(content, 1 + place * frames.LOAN.size)
            if role == frames.OUTPUT:
                lent.append(os.memfd_create("verigym"))
                outputs.append(Output(place, os.dup(lent[-1]), most))
            elif role == frames.CHANNEL:
                lent.append(self.open_channel(number))
            else:
                found = self.inputs.pop(place, None)
                lent.append(os.open("/dev/null", os.O_RDONLY) if found is None else found)
        message = content[1 + content[0] * frames.LOAN.size :]
        self.request = Request(number, outputs)
        socket.send_fds(self.control, [message], lent)
        for fd in lent:
            os.close(fd)

    def open_channel(self, number: int) -> int:
        """The program's end of a new channel."""
        ours, theirs = socket.socketpair()
        self.relay = Relay(number, ours, self.poll, lambda kind, content: tell(kind, number, content))
        return theirs.detach()

    def forget(self) -> None:
        """Drop what was given."""
        for fd in self.inputs.values():
            os.close(fd)
        self.inputs.clear()

    def answer(self) -> None:
        """Pass on what the agent says, and end with it.

        Its death is not seen on the socket alone: the child that it forked ahead has a copy.
        """
        message = b""
        with contextlib.suppress(BlockingIOError):
            message = self.control.recv(_LONGEST_MESSAGE, socket.MSG_DONTWAIT)
        if not message:
            _, status = os.waitpid(self.agent, 0)
            sys.exit(f"the agent has ended with {os.waitstatus_to_exitcode(status)}")
        if self.request:
            self.request.reply(message)
        self.request = None


class Output:
    """A file that a run writes, and how much of it is wanted."""

    def __init__(self, place: int, fd: int, most: int) -> None:
        self.place, self.fd, self.most = place, fd, most

    @property
    def size(self) -> int:
        return os.fstat(self.fd).st_size

    def send(self) -> None:
        """Send the start of it, and let go of it."""
        at, end = 0, min(self.size, self.most)
        while at < end:
            length = min(frames.PIECE, end - at)
            write(frames.HEADER.pack(frames.CONTENT, self.place, length))
            while length:
                done = os.splice(self.fd, _STDOUT, length, offset_src=at)
                at += done
                length -= done
            signal.alarm(SILENCE_SECONDS)
        os.close(self.fd)


class Request:
    """A request that the agent has, from when it was handed over to its reply."""

    def __init__(self, number: int, outputs: list[Output]) -> None:
        self.number, self.outputs = number, outputs
        self.began = time.monotonic()
        self.look_at = self.began + SOON_SECONDS
        self.told: list[int] | None = None

    def patience(self) -> float:
        """Milliseconds until there may be something to report."""
        return max(0.0, 1000 * (self.look_at - time.monotonic()))

    def report(self) -> None:
        """Say that it has begun, and how large its outputs are, when it is time for that."""
        now = time.monotonic()
        if now < self.look_at:
            return
        self.look_at = now + WATCH_SECONDS
        sizes = [output.size for output in self.outputs]
        if self.told is None:
            self.told = [0] * len(sizes)
            tell(frames.BEGUN, self.number, frames.AGE.pack(now - self.began))
        if self.told != sizes:
            self.told = sizes
            tell(frames.SIZES, self.number, *map(frames.SIZE.pack, sizes))

    def reply(self, message: bytes) -> None:
        """Send the reply, with what the outputs hold."""
        age = frames.AGE.pack(time.monotonic() - self.began)
        sizes = [frames.SIZE.pack(output.size) for output in self.outputs]
        tell(frames.REPLY, self.number, age, *sizes, message)
        for output in self.outputs:
            output.send()


def read(count: int) -> bytes:
    """So many bytes from the judging side; all ends when it has hung up."""
    found = b""
    while len(found) < count:
        part = os.read(_STDIN, count - len(found))
        if not part:
            sys.exit(0)
        found += part
    return found


def receive(fd: int, count: int) -> None:
    """Move so many bytes from the judging side to the end of a file."""
    at = os.fstat(fd).st_size
    while count:
        done = os.splice(_STDIN, fd, count, offset_dst=at)
        if not done:
            sys.exit(0)
        at += done
        count -= done


def tell(kind: int, number: int, *parts: bytes) -> None:
    """Send one frame to the judging side."""
    write(frames.frame(kind, number, *parts))


def write(data: bytes) -> None:
    """Send bytes to the judging side."""
    while data:
        data = data[os.write(_STDOUT, data) :]


def machine() -> bytes:
    """What the judging side must know of this machine to decide what holds a run here: JSON."""
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(_SYS_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    about = {
        "landlock": max(0, abi),
        "machine": os.uname().machine,
        "python": list(sys.version_info[:2]),
    }
    return json.dumps(about).encode()


def main(become_agent: Callable[[socket.socket, socket.socket, int, Any], None]) -> NoReturn:
    """Fork the agent and serve it."""
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))  # process 1 dies of no default action
    signal.alarm(SILENCE_SECONDS)
    tell(frames.HELLO, 0, machine())
    kind = socket.SOCK_SEQPACKET
    (control, agent_control), (lifeline, agent_lifeline) = (
        socket.socketpair(socket.AF_UNIX, kind) for _ in range(2)
    )
    agent = os.fork()
    if agent == 0:
        control.close()
        lifeline.close()
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (_STDIN, _STDOUT):
            os.dup2(null, fd)
        if setup := agent_control.recv(frames.MOST):
            become_agent(agent_control, agent_lifeline, 0, json.loads(setup))
        os._exit(1)
    agent_control.close()
    agent_lifeline.close()
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    Bridge(agent, control, lifeline).serve()
