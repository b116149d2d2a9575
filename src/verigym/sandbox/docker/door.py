"""The way to an agent in a container on this machine: a unix socket in a folder that both see."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Callable

from verigym.errors import SandboxError
from verigym.sandbox.agents.host import Direct
from verigym.sandbox.agents.link import START_SECONDS
from verigym.sandbox.docker.contained import Bounds, Contained, Settings

PLACE = "/run/verigym"
"""Where a container sees the folder."""
_LOOK_SECONDS = 0.5


class Door:
    """A socket on this machine that one container can see, and through it comes the agent.

    Raises:
        SandboxError: when the temporary folder cannot hold one.
    """

    def __init__(self) -> None:
        with contextlib.ExitStack() as undo:
            try:
                self._listener = undo.enter_context(
                    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                )
                self.folder = tempfile.mkdtemp(prefix=f"verigym-{os.getpid()}-")
                undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
                self._open()
            except OSError as error:
                raise SandboxError(
                    f"no socket for a container can be made in the temporary folder: {error}; set "
                    "TMPDIR to a folder that exists, has room, and has a path of at most 60 letters"
                ) from error
            undo.pop_all()

    def _open(self) -> None:
        self.inner = os.path.join(self.folder, "door")  # shown; the outer one keeps others out
        os.mkdir(self.inner, 0o755)
        os.chmod(self.inner, 0o755)
        path = os.path.join(self.inner, "socket")
        self._listener.bind(path)
        os.chmod(path, 0o666)  # the container's user is nobody here
        self._listener.listen(2)

    def answer(self, user: int | None, alive: Callable[[], str | None]) -> socket.socket:
        """The next connection, from that user; ``alive`` says why none will come any more."""
        give_up = time.perf_counter() + START_SECONDS
        self._listener.settimeout(_LOOK_SECONDS)
        while time.perf_counter() < give_up:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if (why := alive()) is not None:
                    raise SandboxError(f"the agent in the container did not start: {why}") from None
                continue
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if user is None or struct.unpack("3i", credentials)[1] == user:
                return connection
            connection.close()
        raise SandboxError(f"the agent in the container did not connect within {START_SECONDS} s")

    def close(self) -> None:
        self._listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class BehindDoor(Direct, Contained):
    """An agent at the other end of a unix socket."""

    holds_inputs = False

    def __init__(
        self, settings: Settings, bounds: Bounds, core: int, names: tuple[str, ...] = ()
    ) -> None:
        super().__init__(settings, bounds, core, names)
        with contextlib.ExitStack() as undo:
            door = Door()
            undo.callback(door.close)
            words = ("unix", f"{PLACE}/socket")
            made = self.create(settings, bounds, core, *words, binds={PLACE: door.inner})
            undo.callback(made.remove)
            made.start()
            user = None if settings.engine.remapped else made.user
            self.control = door.answer(user, made.ended)
            undo.callback(self.control.close)
            self.lifeline = door.answer(user, made.ended)
            undo.pop_all()
        door.close()  # nobody else comes in

    def end(self) -> None:
        self.hang_up()  # the agent kills what runs, then ends, and with it the container

    def abandon(self) -> None:
        self.close()


def sweep_doors() -> None:
    """Remove the socket folders that crashed processes of ours left behind."""
    folder = tempfile.gettempdir()
    for name in os.listdir(folder):
        prefix, _, rest = name.partition("-")
        pid = rest.partition("-")[0]
        path = os.path.join(folder, name)
        if prefix == "verigym" and pid.isdecimal() and not os.path.exists(f"/proc/{pid}"):
            with contextlib.suppress(FileNotFoundError):  # another process of ours was quicker
                if os.lstat(path).st_uid == os.geteuid():
                    shutil.rmtree(path, ignore_errors=True)  # which follows no link
