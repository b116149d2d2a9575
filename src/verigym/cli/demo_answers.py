"""The answers of ``verigym demo``: right ones, ignorant ones, and ones that attack whoever judges them.

Each hostile program goes on to answer *rightly* once its attack has worked: what reads a file of the
host, reaches a socket or forks without end earns 1 where the sandbox lets it through. So an expectation
that fails here is a hole, not a matter of taste.
"""

from __future__ import annotations

import itertools
import socket
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import verigym
from verigym.envs.code import function_task, stdio_task
from verigym.task import Task
from verigym.verdict import Status

RIGHT = (Status.CORRECT,)
WRONG = (Status.WRONG,)
MALFORMED = (Status.MALFORMED,)
TIMEOUT = (Status.TIMEOUT,)
STOPPED = (Status.WRONG, Status.RUNTIME_ERROR, Status.FORBIDDEN, Status.MEMORY_LIMIT)
"""An attack is refused in the way that the tier at hand refuses it; none of these has a reward."""


@dataclass(frozen=True)
class Row:
    """One answer to one task, and the statuses that its verdict may have."""

    family: str
    kind: str
    """``reference``, ``null``, ``near miss`` or ``hostile``."""
    what: str
    """The answer in a few words."""
    task: Task
    answer: str
    expected: tuple[Status, ...]


@dataclass(frozen=True)
class Bait:
    """What hostile answers reach for: a file of this machine, and a server that listens on it."""

    path: str
    port: int


@contextmanager
def bait() -> Iterator[Bait]:
    """A file that everybody may read and a server on the loopback, for the time of a ``with`` block."""
    with (
        tempfile.TemporaryDirectory(prefix="verigym-demo-") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        file = Path(folder, "secret")
        file.write_text("the sandbox leaks\n")
        Path(folder).chmod(0o755)  # so that nothing but the sandbox keeps it
        yield Bait(str(file), server.getsockname()[1])


# ----------------------------------------------------------------------------------------- logic


def sat_rows() -> list[Row]:
    """Answers to formulas: a model is evaluated, a refutation is checked, a label proves nothing."""
    return [*_solve_rows(), *_decide_rows()]


def _solve_rows() -> list[Row]:
    name = "sat/solve"
    family = verigym.family(name, n=60)
    task = family.sample("test", 0)
    model = family.reference(task)
    literals = model.split()[:-1]
    constant = " ".join(str(abs(int(literal))) for literal in literals) + " 0"
    flipped = _one_flipped(task, literals)
    return [
        Row(name, "reference", "a model", task, model, RIGHT),
        Row(name, "null", "every variable true", task, constant, WRONG),
        Row(name, "hostile", "a bare label", task, "s SATISFIABLE", MALFORMED),
        Row(name, "hostile", "two models at once", task, f"{model}\n{flipped}", MALFORMED),
        Row(name, "near miss", "one flipped bit", task, flipped, (Status.PARTIAL, Status.WRONG)),
    ]


def _decide_rows() -> list[Row]:
    name = "sat/decide"
    family = verigym.family(name, n=20)
    found: dict[bool, tuple[Task, str]] = {}
    for index in itertools.count():
        task = family.sample("test", index)
        answer = family.reference(task)
        found.setdefault(answer.startswith("v"), (task, answer))
        if len(found) == 2:
            break
    (yes, model), (no, proof) = found[True], found[False]
    flipped = "v " + _one_flipped(yes, model.split()[1:-1])
    lemmas = proof.split("\n")
    return [
        Row(name, "reference", "a model", yes, model, RIGHT),
        Row(name, "reference", "a refutation", no, proof, RIGHT),
        Row(name, "null", "the empty clause alone", no, "0", WRONG),
        Row(name, "hostile", "a bare label", no, "s UNSATISFIABLE", MALFORMED),
        Row(name, "hostile", "a model, then a refutation", yes, f"{model}\n0", MALFORMED),
        Row(name, "near miss", "a refutation, one lemma less", no, "\n".join(lemmas[1:]), WRONG),
        Row(name, "near miss", "one flipped bit", yes, flipped, WRONG),
    ]


def _one_flipped(task: Task, literals: list[str]) -> str:
    """A model with the first single change after which a clause is false."""
    for index, literal in enumerate(literals):
        changed = {*map(int, literals), -int(literal)} - {int(literal)}
        if not all(changed.intersection(clause) for clause in task.spec["clauses"]):
            return " ".join(map(str, (*literals[:index], -int(literal), *literals[index + 1 :], 0)))
    raise AssertionError("no clause of this formula rests on a single variable")


# ------------------------------------------------------------------------------------------ code

SECONDS = 1
"""Processor time that one answer may take: what an endless loop costs this demonstration."""

CASES = [((1, 2, 3), 2), ((9, 4, 7), 7), ((5, 5, 1), 5)]

TESTS = f"""\
def check(candidate):
    for args, expected in {CASES}:
        assert candidate(*args) == expected
"""

FUNCTION = "def middle(a, b, c):\n{attack}    return sorted((a, b, c))[1]\n"
PROGRAM = "{attack}print(sorted(map(int, input().split()))[1])\n"

ALWAYS_EQUAL = """\
class Yes:
    def __eq__(self, other):
        return True

def middle(a, b, c):
    return Yes()
"""

WALK = """\
import sys
frame = sys._getframe()
while frame is not None:
    for names in (frame.f_locals, frame.f_globals):
        if "expected" in names:
            {found}
    frame = frame.f_back
"""


def _attacks(bait: Bait) -> list[tuple[str, str, tuple[Status, ...]]]:
    """What, statements to put before a right answer, and the statuses that this may end with."""
    bomb = "import os, time\nfor _ in range(100):\n    if os.fork() == 0:\n        time.sleep(2)\n"
    return [
        ("exits early with code 0", "import os\nos._exit(0)", STOPPED),
        ("never ends", "while True:\n    pass", TIMEOUT),
        ("reads a file of the host", f"open({bait.path!r}).read()", STOPPED),
        (
            "connects to a server of the host",
            f'import socket\nsocket.create_connection(("127.0.0.1", {bait.port}), 1)',
            STOPPED,
        ),
        ("forks 100 processes", f"{bomb}        os._exit(0)", STOPPED),
    ]


def code_rows(bait: Bait) -> list[Row]:
    """Answers to programming tasks, judged apart from the tests and the expected values."""
    asked = "Write middle(a, b, c), which returns the second largest of three integers."
    tested = function_task(asked, "middle", tests=TESTS, timeout=SECONDS)
    called = function_task(asked, "middle", cases=CASES, timeout=SECONDS)
    lines = [(" ".join(map(str, args)) + "\n", f"{expected}\n") for args, expected in CASES]
    asked = "Read three integers from one line and print the second largest."
    program = stdio_task(asked, cases=lines, timeout=SECONDS)
    return [
        *_function_rows("code/functions, tests", tested, bait),
        *_function_rows("code/functions, cases", called, bait),
        *_program_rows("code/stdio", program, bait),
    ]


def _function_rows(name: str, task: Task, bait: Bait) -> list[Row]:
    head = "def middle(a, b, c):\n"
    walk = head + _indented(WALK.format(found='return names["expected"]'))
    return [
        Row(name, "reference", "a right function", task, FUNCTION.format(attack=""), RIGHT),
        Row(name, "null", "returns None", task, head + "    return None\n", WRONG),
        Row(name, "hostile", "returns what equals anything", task, ALWAYS_EQUAL, STOPPED),
        Row(name, "hostile", "looks for the expected value", task, walk, STOPPED),
        *(
            Row(name, "hostile", what, task, FUNCTION.format(attack=_indented(code)), ends)
            for what, code, ends in _attacks(bait)
        ),
    ]


def _indented(code: str) -> str:
    return textwrap.indent(f"{code}\n", "    ")


def _program_rows(name: str, task: Task, bait: Bait) -> list[Row]:
    walk = WALK.format(found='raise SystemExit(print(names["expected"]))')
    return [
        Row(name, "reference", "a right program", task, PROGRAM.format(attack=""), RIGHT),
        Row(name, "null", "echoes its input", task, "print(input())", WRONG),
        Row(name, "hostile", "prints every guess", task, "print(*range(10))", WRONG),
        Row(name, "hostile", "looks for the expected value", task, walk, STOPPED),
        *(
            Row(name, "hostile", what, task, PROGRAM.format(attack=f"{code}\n"), ends)
            for what, code, ends in _attacks(bait)
        ),
    ]
