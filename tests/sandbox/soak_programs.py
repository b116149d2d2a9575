"""What a soak runs, again and again: honest programs, hostile ones, and what must come of each."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass

from verigym.errors import Cancelled
from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox, Scope

MiB = 1 << 20
ROOMY = Limits(wall_seconds=30, cpu_seconds=20)


@dataclass(frozen=True)
class Case:
    """A program, and whether an execution of it is right."""

    program: Program
    right: Callable[[Execution], bool]
    limits: Limits = ROOMY


def prints(program: Program, output: bytes) -> Case:
    """A program that ends well."""
    return Case(program, lambda done: done.ok and done.stdout == output)


HONEST = [
    prints(Program("print(input()[::-1])", stdin="abc\n"), b"cba\n"),
    Case(Program("print(1)\nraise SystemExit(3)"), lambda d: (d.stdout, d.exit_code) == (b"1\n", 3)),
    Case(Program("import os\nprint(1, flush=True)\nos.abort()"), lambda d: d.signal == signal.SIGABRT),
    prints(Program("open('x', 'w').write('y')\nprint(open('x').read())", scratch=True), b"y\n"),
    prints(Program("import os\nos.fork() or os._exit(0)\nprint(os.wait()[1])"), b"0\n"),
    Case(
        Program("import os\nos.write(4, os.read(3, 9))", result=True, data=b"data"),
        lambda d: d.result == b"data",
    ),
    prints(Program(command=("echo", "hi")), b"hi\n"),
    prints(Program("import helper; print(helper.x)", files={"helper.py": b"x = 7"}), b"7\n"),
    Case(
        Program("open('a', 'w').write('kept')", keep=("a",)),
        lambda d: d.files == {"a": b"kept"} and d.ok,
    ),
    prints(Program("x = bytearray(30 << 20)\nprint(len(x))"), b"31457280\n"),
]

DAEMON = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\nprint(1)"
BOMB = "import os, time\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(60)\nexcept OSError:\n    print(1)"
MESS = """
import os
for n in range(30):
    os.makedirs(f"{n}/a/b")
    open(f"{n}/a/x", "w").write("x" * 999)
    os.chmod(f"{n}/a", 0)
os.mkfifo("pipe"); os.symlink("/", "link"); os.chmod(".", 0)
print(1)"""
POISON = "for n in ('fnmatch', 'os', 'stat', 'json'): open(n + '.py', 'w').write('raise SystemExit(7)')\nprint(1)"

HOSTILE = [
    prints(Program(DAEMON), b"1\n"),
    Case(Program(BOMB), lambda d: d.stdout == b"1\n", Limits(processes=8, wall_seconds=30)),
    Case(
        Program("x = []\nwhile True: x.append(bytearray(1 << 20))"),
        lambda d: d.limit is Limit.MEMORY,
        Limits(memory_bytes=64 * MiB, wall_seconds=30),
    ),
    Case(
        Program("while True: print('x' * 1000)"),
        lambda d: d.limit is Limit.OUTPUT,
        Limits(file_bytes=MiB, wall_seconds=30),
    ),
    prints(Program(MESS, scratch=True), b"1\n"),
    Case(
        Program("import time; time.sleep(60)"),
        lambda d: d.limit is Limit.WALL,
        Limits(wall_seconds=0.05),
    ),
    Case(
        Program("import os\nos.fork() or os.kill(-1, 9)\nos.kill(os.getpid(), 9)"),
        lambda d: d.signal == 9,
    ),
    Case(Program("import ctypes; ctypes.string_at(8)"), lambda d: d.signal == signal.SIGSEGV),
    Case(
        Program("import os; os.kill(os.getppid(), 9); import time; time.sleep(9)", keep=("*",)),
        lambda d: d.signal == 9 and not d.files,
    ),
    prints(Program(POISON, keep=("*.txt",)), b"1\n"),
    Case(
        Program("for n in range(3000): open(str(n), 'w').close()", keep=("*",)),
        lambda d: d.limit is Limit.OUTPUT and not d.files,
    ),
    Case(
        Program(
            "import os\nfor fd in range(99):\n    try: os.close(fd)\n    except OSError: pass\nos._exit(5)"
        ),
        lambda d: d.exit_code == 5,
    ),
    prints(
        Program(
            "import os\nfor n in range(99): open(str(n), 'w').close()\nfor n in range(50):\n"
            "    os.mkdir('d'); os.chdir('d')\nprint(1)",
            scratch=True,
        ),
        b"1\n",
    ),
    Case(
        Program("open('x', 'wb').write(bytes(8 << 20))", scratch=True),
        lambda d: not d.ok,
        Limits(scratch_bytes=4 * MiB, wall_seconds=30),
    ),
    Case(
        Program("import os\nos.write(4, bytes(9 << 20))", result=True),
        lambda d: d.limit is Limit.OUTPUT,
    ),
    Case(Program("import os\nwhile True: os.open('/dev/null', 0)"), lambda d: d.exit_code == 1),
    Case(
        Program("import socket\nkeep = []\nwhile True: keep += socket.socketpair()"),
        lambda d: d.exit_code == 1,
    ),
    Case(Program("def f(): f()\nf()"), lambda d: d.exit_code == 1),
    prints(
        Program(
            "import threading, time\nprint(1, flush=True)\nfor _ in range(9):\n"
            "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
        ),
        b"1\n",
    ),
]

MIXED = [*HONEST, *HONEST, *HOSTILE, *HONEST, *HONEST, *HONEST]
TALK = (
    Program("import os\nwhile data := os.read(5, 100):\n    os.write(5, data.upper())"),
    Program("import os; os.write(5, b'hello'); print(os.read(5, 100))"),
)


def one(box: Sandbox, number: int) -> None:
    """Run the program whose turn it is; every so often a pair, or one that is called off."""
    if number % 50 == 49:
        first, second = box.run_pair(*TALK, ROOMY)
        assert first.ok, first
        assert second.stdout == b"b'HELLO'\n", second
        return
    if number % 50 == 24:
        try:
            with Scope(0.02):
                box.run(Program("import time; time.sleep(60)"), Limits(wall_seconds=60))
        except Cancelled:
            return
        raise AssertionError("it ran to its end")
    case = MIXED[number % len(MIXED)]
    done = box.run(case.program, case.limits)
    assert case.right(done), (case.program, done)
