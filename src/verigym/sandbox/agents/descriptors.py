"""The files of one run, as descriptors: what a program is lent, and what is read when it has ended.

They are memory files, not pipes: nothing has to be drained while the program runs, nobody can block by
holding one open, and what was written before a crash is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from verigym.sandbox import files
from verigym.sandbox.inside.frames import CHANNEL, INPUT, OUTPUT
from verigym.sandbox.program import Limits, Program

_AT_ONCE = 1 << 30
"""One call reads no more than 2 GiB."""


@dataclass(frozen=True)
class Loan:
    """A descriptor that goes with a request. Where it cannot travel, what it holds does."""

    fd: int
    role: int
    """``INPUT``, ``OUTPUT`` or ``CHANNEL``, as ``inside/frames.py`` has them."""
    most: int = 0
    """How many bytes of an output are read."""


class Descriptors:
    """What is made for one run, and closed by us.

    Raises:
        OSError: when none can be made any more.
    """

    def __init__(self, program: Program, limits: Limits, channel: int | None) -> None:
        self._open: list[int] = []
        self.result: int | None = None
        self.kept: int | None = None
        try:
            source = self._memfd(program.packed)
            stdin = self._memfd(program.stdin) if program.stdin else self._nothing()  # type: ignore[arg-type]
            self.stdout, self.stderr = self._memfd(), self._memfd()
            self.lent = [Loan(source, INPUT), Loan(stdin, INPUT)]
            """In the order that the child expects."""
            self.lent += [Loan(fd, OUTPUT, limits.output_bytes) for fd in (self.stdout, self.stderr)]
            if program.data is not None:
                self.lent.append(Loan(self._memfd(program.data), INPUT))
            if program.result:
                self.result = self._memfd()
                self.lent.append(Loan(self.result, OUTPUT, limits.result_bytes))
            if channel is not None:
                self.lent.append(Loan(channel, CHANNEL))
            if program.files or program.keep:
                packed = files.pack(program.files, program.keep)
                self.lent.append(Loan(self._memfd(packed), INPUT))
            if program.keep:
                self.kept = self._memfd()
                self.lent.append(Loan(self.kept, OUTPUT, limits.result_bytes))
        except BaseException:
            self.close()
            raise

    def sent(self) -> None:
        """Close what only the program needs."""
        ours = {self.stdout, self.stderr, self.result, self.kept}
        self._close([fd for fd in self._open if fd not in ours])

    def close(self) -> None:
        """Close all; closing twice is fine."""
        self._close(self._open)

    def _close(self, fds: list[int]) -> None:
        for fd in list(fds):
            self._open.remove(fd)
            os.close(fd)

    def _nothing(self) -> int:
        self._open.append(os.open("/dev/null", os.O_RDONLY))
        return self._open[-1]

    def _memfd(self, content: bytes = b"") -> int:
        """An anonymous file with some content, at offset 0."""
        fd = os.memfd_create("verigym")
        self._open.append(fd)
        done = 0
        while done < len(content):
            done += os.pwrite(fd, content[done:] if done else content, done)
        return fd


def read(fd: int, most: int) -> tuple[bytes, bool]:
    """A stream's content, and whether it was cut; a cut one ends with a mark that says how much."""
    size = os.fstat(fd).st_size
    if size <= most:
        return _first(fd, size), False
    return _first(fd, most) + b"\n[cut: %d of %d bytes shown]\n" % (most, size), True


def read_whole(fd: int | None, most: int) -> bytes | None:
    """A file's content, or None when there is none or it is larger."""
    if fd is None or (size := os.fstat(fd).st_size) > most:
        return None
    return _first(fd, size)


def _first(fd: int, size: int) -> bytes:
    parts: list[bytes] = []
    done = 0
    while done < size and (part := os.pread(fd, min(size - done, _AT_ONCE), done)):
        parts.append(part)
        done += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
