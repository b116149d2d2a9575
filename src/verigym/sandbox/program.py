"""What a sandbox is given and what it gives back: small frozen records, the same on every backend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from verigym.errors import UserError
from verigym.sandbox.files import check_files, check_patterns

MiB = 1 << 20
MAX_PACKAGES = 16
MAX_PACKED_BYTES = 16 * MiB
"""The longest source or command: more is a mistake, or an attack."""

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)


@dataclass(frozen=True)
class Program:
    """Something untrusted to run: Python source, or a command that the root holds.

    >>> Program("print(input()[::-1])", stdin="abc").source
    b'print(input()[::-1])'

    Raises:
        UserError: when it is neither or both, or a word of the command is empty or holds a NUL.
    """

    source: str | bytes = b""
    """Python source, run as ``__main__``. Text is encoded as UTF-8."""
    command: tuple[str, ...] = ()
    """Words of a command, found on the sandbox's own ``PATH``; no shell is involved."""
    stdin: str | bytes = b""
    scratch: bool = False
    """Give it an empty writable working directory of ``Limits.scratch_bytes``, gone after the run.
    Without it there is no place to write. Needs tier 2."""
    data: bytes | None = None
    """More input, on file descriptor 3."""
    result: bool = False
    """Give it a file to write on descriptor 4, returned as ``Execution.result``: a result that is
    apart from what the program prints."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Files to find in the scratch directory, executable, by their relative paths. Implies scratch."""
    keep: tuple[str, ...] = ()
    """Patterns (``fnmatch``, on the relative path) of the files to give back as ``Execution.files``
    from the scratch directory when the program's first process has ended. Implies scratch."""
    packages: tuple[str, ...] = ()
    """Installed Python packages that it may import, by the names that both ``pip`` and ``import`` know
    them by, with what they require: those of the environment of whoever judges (which needs tier 2),
    or of the containers' image; shown read-only."""

    def __post_init__(self) -> None:
        for name in ("source", "stdin"):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, value.encode("utf-8", "surrogatepass"))
            elif not isinstance(value, bytes):
                raise UserError(f"{name} must be text or bytes, not {type(value).__name__}")
        if self.data is not None and not isinstance(self.data, bytes):
            raise UserError(f"data must be bytes, not {type(self.data).__name__}")
        if isinstance(self.command, str | bytes) or not isinstance(self.command, Sequence):
            raise UserError(f"command is a tuple of words, not {type(self.command).__name__}")
        object.__setattr__(self, "command", tuple(self.command))
        if bool(self.source) == bool(self.command):
            raise UserError("a program has either source or a command")
        if not all(map(_is_word, self.command)):
            raise UserError(
                f"a command is made of non-empty words without NUL, not {repr(self.command)[:200]}"
            )
        if len(self.packed) > MAX_PACKED_BYTES:
            raise UserError(
                f"the program is {len(self.packed)} bytes long; at most {MAX_PACKED_BYTES} are run"
            )
        object.__setattr__(self, "files", check_files(self.files))
        object.__setattr__(self, "keep", check_patterns(self.keep))
        object.__setattr__(self, "packages", _check_packages(self.packages))
        if self.files or self.keep:
            object.__setattr__(self, "scratch", True)

    @property
    def packed(self) -> bytes:
        """What the child reads: the source, or the command's words separated by NUL bytes."""
        if self.command:
            return b"\0".join(word.encode("utf-8", "surrogateescape") for word in self.command)
        return bytes(self.source)  # type: ignore[arg-type]


def _check_packages(names: Any) -> tuple[str, ...]:
    """The names, each once and in order.

    Raises:
        UserError: for what is no short sequence of names.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Sequence) or len(names) > MAX_PACKAGES:
        raise UserError(f"packages is a tuple of at most {MAX_PACKAGES} names, not {repr(names)[:80]}")
    for name in names:
        if type(name) is not str or not _PACKAGE.fullmatch(name):
            raise UserError(f"a package's name is letters, digits, - and _, not {repr(name)[:80]}")
    return tuple(sorted(set(names)))


def _is_word(word: Any) -> bool:
    if type(word) is not str or not word or "\0" in word:
        return False
    try:
        word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class Limits:
    """What one run may use. All are hard: a run that reaches one is stopped or refused more.

    Raises:
        UserError: for a value that is not a number in the stated range.
    """

    wall_seconds: float = 10.0
    """Real time, kept by the judging side."""
    cpu_seconds: float = 10.0
    """Processor time of a process; enforced in whole seconds, reported exactly."""
    memory_bytes: int = 512 * MiB
    """Address space of each process, and what all of them hold together."""
    address_bytes: int | None = None
    """Address space of each process when it may be larger than ``memory_bytes``: runtimes such as
    Java's and Go's reserve far more than they use. None: ``memory_bytes``."""
    processes: int = 32
    """Processes and threads at a time. At tier 1 a program may start threads but no process."""
    file_bytes: int = 16 * MiB
    """Size of any one file, standard output included."""
    scratch_bytes: int = 64 * MiB
    """Size of the scratch directory."""
    output_bytes: int = 64 * 1024
    """How much of each output stream is kept; what is beyond is cut and marked."""
    result_bytes: int = 8 * MiB
    """How much of the result file is read; a larger one counts as an output limit."""

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is None and limit.name == "address_bytes":
                continue
            seconds = limit.name.endswith("_seconds")
            low, high = _RANGES.get(limit.name, (0.001, 3600) if seconds else (1, 1 << 40))
            number = type(value) in ((int, float) if seconds else (int,))
            if not number or not low <= value <= high:  # an int may be too large to be a float
                kind = "a number" if seconds else "an int"
                raise UserError(f"{limit.name} is {value!r}; it must be {kind} from {low} to {high}")

    @property
    def address_space(self) -> int:
        """Bytes of address space that each process may have."""
        return self.memory_bytes if self.address_bytes is None else self.address_bytes


_RANGES: dict[str, tuple[float, float]] = {
    "memory_bytes": (16 * MiB, 1 << 40),
    "address_bytes": (16 * MiB, 1 << 46),
    "scratch_bytes": (4096, 1 << 40),
    "processes": (1, 4096),
}


class Limit(str, Enum):
    """Which limit ended or spoiled a run."""

    WALL = "wall"
    CPU = "cpu"
    MEMORY = "memory"
    PROCESSES = "processes"
    FILE = "file"
    OUTPUT = "output"


@dataclass(frozen=True)
class Execution:
    """What one run did."""

    exit_code: int | None
    """0 to 255, or None when a signal ended it."""
    signal: int | None
    """The signal that ended it, or None."""
    stdout: bytes
    """Up to ``output_bytes``; a longer one ends with a mark that says how much was cut."""
    stderr: bytes
    stdout_cut: bool
    stderr_cut: bool
    result: bytes | None
    """The result file, when the program asked for one; None too when it outgrew its limit."""
    wall_seconds: float
    cpu_seconds: float
    """User and system time of the whole process tree."""
    peak_bytes: int
    """Largest resident set of any process of the run."""
    tier: int
    """The containment that held: see ``docs/sandbox.md``."""
    limit: Limit | None
    """The limit that was hit, if any."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """The files that ``Program.keep`` asked for and the program left; at most ``result_bytes`` in all
    (beyond that none is given, and the limit is ``OUTPUT``)."""

    @property
    def ok(self) -> bool:
        """It ended by itself with exit code 0 and hit no limit."""
        return self.exit_code == 0 and self.limit is None
