"""The way to an agent in a container of any engine, wherever it is: the container's standard streams.

An engine that is not on this machine sees no files or sockets of ours, but it carries the standard
streams of a container over the connection that it was asked by. At the other end of them is a bridge
(``inside/bridge.py``), at ours a pump (``pump.py``).
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any

from verigym.errors import SandboxError, SandboxUnavailable
from verigym.sandbox.agents import cell, seccomp
from verigym.sandbox.agents.descriptors import Loan
from verigym.sandbox.agents.link import START_SECONDS
from verigym.sandbox.base import DEFAULT_LIMITS
from verigym.sandbox.docker.attached import STDERR, Attached
from verigym.sandbox.docker.contained import Bounds, Contained, Settings
from verigym.sandbox.docker.container import CommandMissing
from verigym.sandbox.docker.pump import Pump
from verigym.sandbox.inside import frames
from verigym.sandbox.inside.agent import FAILED, KILL, REPLY

OLDEST_PYTHON = (3, 10)
_END_SECONDS = 10.0


class Streamed(Contained):
    """An agent at the other end of an attached stream, with a bridge between."""

    holds_inputs = True

    def __init__(
        self, settings: Settings, bounds: Bounds, core: int, names: tuple[str, ...] = ()
    ) -> None:
        super().__init__(settings, bounds, core, names)
        with contextlib.ExitStack() as undo:
            # Where there may be no Landlock, a run could look into the engine's init: go without.
            init = not settings.fresh
            made = self.create(settings, bounds, core, "stream", stdin_open=True, init=init)
            undo.callback(made.remove)
            stream = made.attach()
            undo.callback(stream.close)
            made.start()
            self.abi, self.machine = _greet(stream, settings)
            self._pump = Pump(stream)
            undo.callback(self._pump.abandon)
            try:
                self._pump.start()
            except RuntimeError as error:
                raise SandboxError(f"no thread for a stream: {error}") from error
            undo.pop_all()

    @classmethod
    def landlock_abi(cls, settings: Settings, core: int) -> int:
        host = cls(settings, Bounds.of(DEFAULT_LIMITS), core)
        host.end()
        host.close()
        host.remove()
        return host.abi

    def configuration(self) -> dict[str, Any]:
        """The bridge must be spared when the agent kills what a run left. Where Landlock does not keep
        the two apart (before version 6), a run is one process and leaves nothing.
        """
        config = cell.container_configuration(self.abi, self.machine, self._names, self._parts)
        return {**config, "sweeps": not config["alone"]}

    @property
    def began(self) -> float:
        return self._pump.began

    @property
    def ended(self) -> float:
        return self._pump.ended

    def ask(self, number: int, message: bytes, loans: Sequence[Loan] = ()) -> None:
        self._pump.ask(number, message, loans)

    def hear(self, seconds: float) -> bytes:
        return self._pump.hear(seconds)

    def kill_run(self, number: int) -> None:
        called_off = REPLY.pack(FAILED, number) + b"its request was still on the way"
        self._pump.kill(number, KILL.pack(number), called_off)

    def said(self) -> str:
        return self._pump.said.decode("utf-8", "replace").strip()

    def hang_up(self) -> None:
        self._pump.stop()

    def end(self) -> None:
        self._pump.stop()  # when its standard input ends, the bridge ends all

    def close(self) -> None:
        self._pump.join(_END_SECONDS)

    def abandon(self) -> None:
        self._pump.abandon()


def _greet(stream: Attached, settings: Settings) -> tuple[int, str]:
    """Send the bridge its program, and hear what the machine is: its Landlock version and processor.

    Raises:
        SandboxUnavailable: when the image or the kernel cannot hold an agent.
    """
    until = time.perf_counter() + START_SECONDS
    image = settings.image
    modules = json.dumps(cell.bridge_modules()).encode()
    said, hello = bytearray(), bytearray()
    try:
        stream.send(len(modules).to_bytes(8, "little") + modules, until)
        while len(hello) < (size := _size(hello)):
            piece = stream.receive(until)
            if piece is None:
                raise _did_not_start(image, said.decode("utf-8", "replace").strip())
            (said if piece[0] == STDERR else hello).extend(piece[1])
    except TimeoutError as error:
        raise SandboxError(f"the bridge in the container said nothing in {START_SECONDS} s") from error
    about = json.loads(hello[frames.HEADER.size : size])
    python = tuple(about["python"])
    if python < OLDEST_PYTHON:
        raise SandboxUnavailable(
            f"the python3 of image {image!r} is version {_dotted(python)}; "
            f"{_dotted(OLDEST_PYTHON)} or later is needed"
        )
    if not about["landlock"] and not settings.fresh:
        raise SandboxUnavailable(
            "the containers' kernel has no Landlock to keep runs in one container apart (Linux 5.13 "
            "and later have, with `landlock` in the boot option `lsm=`; gVisor has not): use fresh=True"
        )
    if not seccomp.supported(about["machine"]):
        raise SandboxUnavailable(
            f"the Docker engine's machine is a {about['machine']}, for which no filter is known"
        )
    return about["landlock"], about["machine"]


def _size(hello: bytearray) -> int:
    """How long the first frame is, as far as can be seen."""
    if len(hello) < frames.HEADER.size:
        return frames.HEADER.size
    kind, _, length = frames.HEADER.unpack_from(hello)
    if kind != frames.HELLO or length > frames.PIECE:
        raise SandboxError(f"the bridge in the container did not say hello but {bytes(hello[:40])!r}")
    return frames.HEADER.size + int(length)


def _did_not_start(image: str, said: str) -> SandboxError:
    last = said.splitlines()[-1] if said else "it said nothing"
    if "exec python3 failed" in said:
        return CommandMissing(f"image {image!r} has no python3: {last}")
    return SandboxError(f"the bridge in the container did not start: {last}")


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
