"""What a confined child becomes: a Python program, or a command; and how its end is told."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import resource
import signal
import sys
import types
from typing import NoReturn

STACK_BYTES = 64 << 20
"""For a command: programs in other languages recurse deeper than the usual 8 MiB let them. Python keeps
what there is, because each of its threads would take as much address space."""

LONGEST_LINE = 400
"""Characters of a line of source that a traceback shows."""


def run_python(source: bytes) -> NoReturn:
    """Run a program as ``python main.py`` would, without the slow parts of start and end."""
    gc.enable()
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = ["main.py"]
    code = 0
    try:
        exec(compile(source, "main.py", "exec", dont_inherit=True), main.__dict__)
    except SystemExit as stop:
        code = _exit_code(stop)
    except BaseException as error:
        code = 1
        report(error, source)
    os._exit(finish(code))


def _exit_code(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    print(stop.code, file=sys.stderr)  # noqa: T201 (what the interpreter does)
    return 1


def report(error: BaseException, source: bytes) -> None:
    """Print the traceback of the program's own frames, with its lines.

    Done by hand because ``import traceback`` would cost a failing program more than everything else.
    """
    try:
        os.write(2, format_error(error, source.decode("utf-8", "replace").splitlines()).encode())
    except BaseException:  # the program may have broken anything, even this
        os.write(2, b"the program failed, and so did its traceback\n")


def format_error(error: BaseException, lines: list[str]) -> str:
    """What the interpreter prints for an uncaught exception, less its carets and its chain."""
    frames = []
    trace = error.__traceback__.tb_next if error.__traceback__ else None  # without our own frame
    while trace is not None:
        code, number = trace.tb_frame.f_code, trace.tb_lineno
        own = code.co_filename == "main.py" and 0 < number <= len(lines)
        shown = f"    {_line(lines[number - 1])}\n" if own else ""
        frames.append(f'  File "{code.co_filename}", line {number}, in {code.co_name}\n{shown}')
        trace = trace.tb_next
    if len(frames) > 40:
        frames[20:-20] = [f"  [{len(frames) - 40} more frames]\n"]
    if isinstance(error, SyntaxError):
        frames.append(
            f'  File "{error.filename}", line {error.lineno}\n    {_line(error.text or "")}\n'
        )
    kind = type(error)
    name = (
        kind.__name__
        if kind.__module__ in ("builtins", "__main__")
        else f"{kind.__module__}.{kind.__name__}"
    )
    message = str(error)
    last = f"{name}: {message}\n" if message else f"{name}\n"
    return "".join(["Traceback (most recent call last):\n", *frames, last])


def _line(text: str) -> str:
    """A line of source, short enough that showing it is no flood of output."""
    text = text.strip()
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}..."


def finish(code: int) -> int:
    """Join threads, run exit handlers and flush, as the interpreter does at its end."""
    try:
        if threading := sys.modules.get("threading"):
            threading._shutdown()
        if atexit._ncallbacks():
            atexit._run_exitfuncs()
    except BaseException as error:
        report(error, b"")
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        return code or 120
    return code


def run_command(packed: bytes) -> NoReturn:
    """Replace this process by a command; its words are separated by NUL bytes."""
    words = packed.split(b"\0")
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    most = resource.getrlimit(resource.RLIMIT_STACK)[1]
    size = STACK_BYTES if most == resource.RLIM_INFINITY else min(STACK_BYTES, most)
    resource.setrlimit(resource.RLIMIT_STACK, (size, most))
    try:
        os.execvpe(words[0], words, os.environ)
    except OSError as error:
        os.write(2, b"%s: %s\n" % (words[0], os.strerror(error.errno or 0).encode()))
        os._exit(127 if error.errno == errno.ENOENT else 126)
