"""Work that nobody waits for any more ends at once, and leaves the sandbox as it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from verigym.errors import Cancelled, SandboxError
from verigym.sandbox import Limit, Limits, Program, Sandbox, Scope
from verigym.sandbox.local.backend import LocalSandbox
from verigym.sandbox.scope import current

LONG = Program("import time; time.sleep(60); print('never')")
LIMITS = Limits(wall_seconds=60)
SOON = 3.0
"""Seconds: far less than what is called off would take, far more than a busy machine needs."""


@contextmanager
def soon() -> Iterator[None]:
    """What goes on in here ends soon."""
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < SOON


def after(seconds: float, do: Callable[[], object]) -> None:
    """Do something from another thread."""
    threading.Timer(seconds, do).start()


@pytest.mark.fresh
def test_a_deadline_ends_a_run(box: Sandbox) -> None:
    box.run(Program("pass"))
    with soon(), Scope(0.3), pytest.raises(Cancelled, match="out of time"):
        box.run(LONG, LIMITS)
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_a_deadline_that_has_passed_runs_nothing(box: Sandbox) -> None:
    with soon(), Scope(-1), pytest.raises(Cancelled, match="out of time"):
        box.run(LONG, LIMITS)
    with Scope(0), pytest.raises(Cancelled):
        box.run_pair(LONG, LONG, LIMITS)
    assert box.run(Program("print(1)")).stdout == b"1\n"


@pytest.mark.fresh
def test_another_thread_calls_a_run_off(box: Sandbox) -> None:
    box.run(Program("pass"))
    with soon(), Scope() as scope:
        after(0.2, scope.cancel)
        with pytest.raises(Cancelled, match="called off"):
            box.run(LONG, LIMITS)
        scope.cancel()
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_what_was_called_off_before_does_not_begin(box: Sandbox) -> None:
    with soon(), Scope() as scope:
        scope.cancel()
        for _ in range(3):
            with pytest.raises(Cancelled):
                box.run(LONG, LIMITS)
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_pairs_are_called_off_on_both_sides(box: Sandbox) -> None:
    for subject, driver in ((LONG, LONG), (Program("import os; os.read(5, 1)"), LONG)):
        with soon(), Scope() as scope:
            after(0.2, scope.cancel)
            with pytest.raises(Cancelled):
                box.run_pair(subject, driver, LIMITS)
        with soon(), Scope(0.2), pytest.raises(Cancelled):
            box.run_pair(subject, driver, LIMITS)
        first, second = box.run_pair(
            Program("import os; os.write(5, b'x')"), Program("import os; print(os.read(5, 1))")
        )
        assert (first.ok, second.stdout) == (True, b"b'x'\n")


def test_a_pair_called_off_while_its_subject_lingers(box: Sandbox) -> None:
    with soon(), Scope() as scope:
        after(0.5, scope.cancel)
        with pytest.raises(Cancelled):
            box.run_pair(LONG, Program("print(1)"), LIMITS)
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_the_deadline_of_an_inner_scope_holds(box: Sandbox) -> None:
    with soon(), Scope(60), Scope(0.2), pytest.raises(Cancelled):
        box.run(LONG, LIMITS)
    with Scope(60), Scope(50):
        assert box.run(Program("print(1)")).stdout == b"1\n"


def test_an_inner_scope_never_outlasts_an_outer(box: Sandbox) -> None:
    with soon(), Scope(0.2), Scope(60), pytest.raises(Cancelled):
        box.run(LONG, LIMITS)
    with soon(), Scope() as outer, Scope(60):
        after(0.2, outer.cancel)
        with pytest.raises(Cancelled):
            box.run(LONG, LIMITS)


def test_calling_off_the_inner_leaves_the_outer(box: Sandbox) -> None:
    with Scope(60) as outer:
        with soon(), Scope() as inner:
            after(0.2, inner.cancel)
            with pytest.raises(Cancelled):
                box.run(LONG, LIMITS)
        assert inner.cancelled
        assert not outer.cancelled
        assert box.run(Program("print(1)")).stdout == b"1\n"
    assert current() is not outer


def test_a_program_that_ends_in_time_is_none_the_worse(box: Sandbox) -> None:
    with Scope(30):
        done = box.run(Program("print(1)"), LIMITS)
        assert (done.stdout, done.limit) == (b"1\n", None)
        late = box.run(Program("import time; time.sleep(9)"), Limits(wall_seconds=0.2))
        assert late.limit is Limit.WALL, "its own limit, not ours"


def test_a_scope_is_of_its_thread_only(box: Sandbox) -> None:
    with Scope(-1), ThreadPoolExecutor(1) as pool:
        assert pool.submit(box.run, Program("print(1)")).result().stdout == b"1\n"


def agents(box: LocalSandbox) -> set[int]:
    return {agent.host.pid for slot in box._slots for agent in slot._agents.values()}  # type: ignore[attr-defined]


def test_no_agent_is_started_anew_for_a_run_called_off() -> None:
    with LocalSandbox(workers=1) as box:
        box.run(Program("pass"))
        before = agents(box)
        for delay in (0.0, 0.0005, 0.001, 0.002, 0.005, 0.02):  # before it begins, while, and after
            for _ in range(10):
                with Scope() as scope:
                    timer = threading.Timer(delay, scope.cancel)
                    timer.start()
                    try:
                        with soon():
                            box.run(LONG, LIMITS)
                        pytest.fail("it ran to its end")
                    except Cancelled:
                        timer.join()
        assert agents(box) == before
        assert box.run(Program("print(1)")).stdout == b"1\n"


def test_deadlines_at_every_moment_of_a_run() -> None:
    with LocalSandbox(workers=1) as box:
        box.run(Program("pass"))
        before = agents(box)
        ended = set()
        for step in range(120):
            try:
                with Scope(step * 0.00005):
                    ended.add(box.run(Program("print(1)")).stdout)
            except Cancelled:
                ended.add(None)
        assert ended == {b"1\n", None}
        assert agents(box) == before


def test_waiting_in_line_is_called_off_and_holds_up_nobody() -> None:
    with LocalSandbox(workers=1) as box, ThreadPoolExecutor(4) as pool:
        box.run(Program("pass"))
        first = pool.submit(box.run, Program("import time; time.sleep(1.5); print('first')"))
        time.sleep(0.1)

        def waits(scope: Scope) -> str:
            with scope, soon(), pytest.raises(Cancelled):
                box.run(LONG, LIMITS)
            return f"{time.perf_counter() - started:.1f}"

        started = time.perf_counter()
        called_off = Scope()
        gone = [pool.submit(waits, called_off), pool.submit(waits, Scope(0.3))]
        behind = pool.submit(box.run, Program("print('behind')"))
        time.sleep(0.3)
        called_off.cancel()
        assert [float(done.result()) < 1 for done in gone] == [True, True]
        assert not first.done()
        assert first.result().stdout == b"first\n"
        with soon():
            assert behind.result().stdout == b"behind\n"


def test_many_that_come_and_go_in_line_lose_no_slot() -> None:
    with LocalSandbox(workers=2) as box, ThreadPoolExecutor(16) as pool:

        def one(number: int) -> bytes | None:
            try:
                with Scope((number % 7) * 0.002) as scope:
                    if number % 5 == 0:
                        after((number % 3) * 0.001, scope.cancel)
                    return box.run(Program(f"print({number})")).stdout
            except Cancelled:
                return None

        found = list(pool.map(one, range(400)))
        assert all(done in (None, b"%d\n" % number) for number, done in enumerate(found))
        with soon():
            assert [r.stdout for r in pool.map(lambda _: box.run(Program("print(1)")), "abcd")] == [
                b"1\n"
            ] * 4
        assert len(box._free._idle) == 2


def test_cancelled_is_an_infrastructure_failure() -> None:
    assert issubclass(Cancelled, SandboxError)
