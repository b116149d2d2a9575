"""What runs beside the programs of a special judge: a checker, or the two sides of a dialogue.

In a dialogue the channel to the other side becomes standard input and output. A checker or interactor
in Python gets the arguments of its command line here, and when it breaks it ends with the exit code
that says so; the interpreter's own, 1, would be a ruling.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import TextIO

from verigym.sandbox.inside import programs

DATA_FD, CHANNEL_FD = 3, 5
TALK_SOURCE = b"from verigym.sandbox.inside import dialogue\ndialogue.talk_source()\n"
TALK_COMMAND = b"from verigym.sandbox.inside import dialogue\ndialogue.talk_command()\n"
JURY_SOURCE = b"from verigym.sandbox.inside import dialogue\ndialogue.jury_source()\n"
BROKEN, ENDED_TOO_SOON = 3, 8
"""Exit codes as testlib.h has them: the checker or interactor failed, and its partner went away."""
FLOODED = 99
"""Of our own: the interactor could not hold what it was told."""


def talk_source() -> None:
    """Become a Python program, given as data, at one end of a dialogue."""
    source = _data()
    _join()
    programs.run_python(source)


def talk_command() -> None:
    """Become a command, its words given as data, at one end of a dialogue."""
    words = _data()
    _join()
    programs.run_command(words)


def jury_source() -> None:
    """Become a checker or an interactor in Python: ``{"source", "arguments", "talks"}`` as data."""
    job = json.loads(_data())
    if job["talks"]:
        _join()
    sys.argv = ["judge.py", *job["arguments"]]
    scope = {"__name__": "__main__", "__builtins__": __builtins__}
    try:
        exec(compile(job["source"], "judge.py", "exec", dont_inherit=True), scope)
        ruling = 0
    except SystemExit as stop:
        ruling = _ruling(stop.code)
    except (BrokenPipeError, ConnectionResetError) as error:
        programs.report(error, b"")
        ruling = ENDED_TOO_SOON if job["talks"] else BROKEN
    except MemoryError as error:
        programs.report(error, b"")
        ruling = FLOODED if job["talks"] else BROKEN
    except BaseException as error:
        programs.report(error, b"")
        ruling = BROKEN
    with contextlib.suppress(OSError):  # nobody may be there any more to read the last words
        sys.stdout.flush()
    os._exit(ruling)


def _ruling(code: object) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    os.write(2, str(code).encode("utf-8", "replace"))
    return BROKEN


def _data() -> bytes:
    with open(DATA_FD, "rb") as file:
        return file.read()


def _join() -> None:
    """Standard input and output are made anew: those of before believe in files."""
    os.dup2(CHANNEL_FD, 0)
    os.dup2(CHANNEL_FD, 1)
    os.close(CHANNEL_FD)
    sys.stdin = _text(0, "r", sys.stdin)
    sys.stdout = _text(1, "w", sys.stdout)


def _text(fd: int, mode: str, like: TextIO) -> TextIO:
    raw = io.FileIO(fd, mode, closefd=False)
    buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffered, encoding=like.encoding, errors=like.errors)
