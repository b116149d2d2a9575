"""Compile once, run many times: what a compiler left is kept by the content that it came from.

The compiler runs in the sandbox, on the source alone: what it says cannot quote an input. A source
that does not compile, or that the compiler does not manage within its limits, is the candidate's
failure. A compiler that is missing or broken is ours, and found out beforehand: the first time that a
sandbox meets a language, a program of our own is compiled and run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field

from verigym.errors import SandboxUnavailable
from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.languages.once import Once
from verigym.sandbox.languages.records import Language, command
from verigym.sandbox.program import Execution, Limit, Limits, MiB, Program

MAX_MESSAGE = 2000
"""Characters of the compiler's words that are kept: the first errors tell the most."""
CACHE_BYTES = 256 * MiB
_PAGE = 4096
_OUT_OF_TIME = b"CPU time limit exceeded"


@dataclass(frozen=True)
class Compiled:
    """What came of compiling one source in one sandbox."""

    ok: bool
    message: str
    execution: Execution | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    main: str = "main"


@dataclass(frozen=True)
class Build:
    """A program that is ready to run on any input, or the reason why there is none."""

    language: Language
    limits: Limits
    """For each of its runs: the caller's, fitted to the language."""
    compiled: Compiled
    source: bytes

    @property
    def ok(self) -> bool:
        """Whether there is a program. Nothing but ``message`` and ``execution`` counts otherwise."""
        return self.compiled.ok

    @property
    def execution(self) -> Execution | None:
        """The compiler's, perhaps of an earlier build; None where there is nothing to compile."""
        return self.compiled.execution

    @property
    def message(self) -> str:
        """What the compiler said, cut to a bound. It saw the source and nothing else."""
        return self.compiled.message

    def program(self, stdin: str | bytes = b"") -> Program:
        """The program on one input, to be run within :attr:`limits`."""
        if self.language.is_python:
            return Program(self.source or b"\n", stdin=stdin)
        words = command(self.language.run, "", self.compiled.main, self.limits)
        return Program(command=words, files=self.compiled.files, stdin=stdin)

    def run(self, box: Sandbox, stdin: str | bytes = b"") -> Execution:
        """Run it; ``limit`` is then the one that was hit by what the language's runtime says of it.

        Raises:
            SandboxError: when the sandbox failed.
        """
        done = box.run(self.program(stdin), self.limits)
        limit = self.language.limit_of(done)
        return done if limit is done.limit else dataclasses.replace(done, limit=limit)


def build(
    box: Sandbox,
    language: Language,
    source: str | bytes,
    limits: Limits = DEFAULT_LIMITS,
    compile_seconds: float | None = None,
) -> Build:
    """Compile a source, or take what came of it before.

    Args:
        box: where it is compiled, and will run.
        language: a record of :mod:`verigym.sandbox.languages.records`.
        source: the program's text. As UTF-8 when it is text.
        limits: for each run of the program; what is left at its default is fitted to the language.
        compile_seconds: processor time of the compiler; the clock allows three times that.

    Raises:
        SandboxUnavailable: when the sandbox cannot compile or run even a program of our own.
        SandboxError: when the sandbox failed.
    """
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    fitted = language.limits(limits)
    if language.is_python:  # the interpreter finds its own syntax errors, in the run itself
        return Build(language, fitted, Compiled(ok=True, message=""), source)
    require(box, language)
    compiling = language.compile_limits(compile_seconds)
    key = (weakref.ref(box), language, compiling, hashlib.sha256(source).digest())
    made = _cache.get(key, lambda: _compile(box, language, source, compiling))
    room = sum(len(data) + _PAGE for data in made.files.values())
    fitted = dataclasses.replace(fitted, scratch_bytes=fitted.scratch_bytes + room)
    return Build(language, fitted, made, source)


def require(box: Sandbox, language: Language) -> None:
    """Make sure, once, that a sandbox can run programs of a language.

    Raises:
        SandboxUnavailable: when it cannot; the message names the language and what is lacking.
        SandboxError: when the sandbox failed.
    """
    _cache.get((weakref.ref(box), language), lambda: _try(box, language))


def _try(box: Sandbox, language: Language) -> Compiled:
    try:
        why = _trial(box, language)
    except SandboxUnavailable as error:
        why = str(error)
    if why:
        raise SandboxUnavailable(f"{language.name} is not available in this sandbox: {why}")
    return Compiled(ok=True, message="")


def _trial(box: Sandbox, language: Language) -> str:
    """Compile and run a program of our own: why that fails, or nothing."""
    source, word = language.echo.encode(), b"42"
    made = Compiled(ok=True, message="")
    if not language.is_python:
        made = _compile(box, language, source, language.compile_limits())
    if not made.ok:
        return f"a trial program does not compile: {made.message}"
    done = Build(language, language.limits(), made, source).run(box, word + b"\n")
    if done.ok and done.stdout.strip() == word:
        return ""
    ended = f"exit code {done.exit_code}, signal {done.signal}, limit {done.limit}"
    return f"a trial program does not run: {ended}\n{_said(done)}".rstrip()


def _compile(box: Sandbox, language: Language, source: bytes, limits: Limits) -> Compiled:
    file, main = language.names(source)
    name = language.source.format(file=file)
    if not language.compile:
        return Compiled(ok=True, message="", files={name: source}, main=main)
    program = Program(
        command=command(language.compile, file, main, limits),
        files={**language.support, name: source},  # type: ignore[dict-item]
        keep=language.keep,
    )
    done = box.run(program, limits)
    done = dataclasses.replace(done, limit=_limit(done, limits))
    ok = done.ok and bool(done.files)
    return Compiled(ok, _message(done, ok), _bare(done), done.files if ok else {}, main)


def _limit(done: Execution, limits: Limits) -> Limit | None:
    """The limit that stopped a compiler."""
    if done.limit is Limit.OUTPUT and (done.files or done.exit_code):
        return None  # it only said too much
    spent = done.cpu_seconds >= 0.8 * limits.cpu_seconds  # the kernel ends it by a coarser clock,
    spent = spent or _OUT_OF_TIME in done.stderr  # or ended a child of the compiler's, as that one says
    return Limit.CPU if done.limit is None and done.exit_code and spent else done.limit


_REASONS = {
    Limit.WALL: "The compiler ran out of time.",
    Limit.CPU: "The compiler ran out of time.",
    Limit.MEMORY: "The compiler ran out of memory.",
    Limit.PROCESSES: "The compiler started too many processes.",
    Limit.FILE: "The compiler wrote too large a file.",
    Limit.OUTPUT: "The compiler wrote too much.",
}


def _message(done: Execution, ok: bool) -> str:
    """Why a compiler stopped, and what it said."""
    reason = _REASONS[done.limit] if done.limit else ""
    if done.signal is not None and not reason:
        reason = f"The compiler was ended by signal {done.signal}."
    elif done.exit_code == 0 and not ok and not reason:
        reason = "There is nothing in it to run."
    return "\n".join(filter(None, (reason, _said(done))))


def _bare(done: Execution) -> Execution:
    return dataclasses.replace(done, files={})


def _said(done: Execution) -> str:
    streams = (stream.decode("utf-8", "replace").strip() for stream in (done.stderr, done.stdout))
    said = "\n".join(filter(None, streams))
    return said if len(said) <= MAX_MESSAGE else f"{said[:MAX_MESSAGE]}... ({len(said)} characters)"


def _size(made: Compiled) -> int | None:
    """Bytes; None for what the clock ended, because a machine may have been busy."""
    done = made.execution
    if done is not None and done.limit is Limit.WALL:
        return None
    said = len(done.stderr) + len(done.stdout) if done else 0
    return 1000 + said + len(made.message) + sum(map(len, made.files.values()))


_cache: Once[Compiled] = Once(CACHE_BYTES, _size)
