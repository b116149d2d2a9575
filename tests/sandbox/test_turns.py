"""All cores are used, nobody waits for a stranger's long run, and nobody pushes in."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from verigym.errors import Cancelled
from verigym.sandbox import Limits, Program, Scope
from verigym.sandbox.agents.procfs import descendants
from verigym.sandbox.agents.turns import Turns
from verigym.sandbox.local.backend import LocalSandbox


def test_there_are_as_many_workers_as_cores_that_we_may_use() -> None:
    with LocalSandbox() as box:
        assert box.workers == len(os.sched_getaffinity(0))
    source = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from verigym.sandbox.local.backend import LocalSandbox\nprint(LocalSandbox().workers)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_each_worker_has_a_core_of_its_own() -> None:
    cores = sorted(os.sched_getaffinity(0))
    with LocalSandbox() as box, ThreadPoolExecutor(box.workers) as pool:
        together = threading.Barrier(box.workers)

        def core(_: int) -> list[int]:
            together.wait(10)
            source = "import os, time; time.sleep(0.3); print(*os.sched_getaffinity(0))"
            return [int(word) for word in box.run(Program(source)).stdout.split()]

        assert sorted(pool.map(core, range(box.workers))) == [[core] for core in cores]


def test_processes_that_run_one_program_at_a_time_do_not_share_one_core() -> None:
    cores = os.sched_getaffinity(0)
    if len(cores) == 1:
        pytest.skip("there is one core only")
    found: set[bytes] = set()
    with LocalSandbox() as box:
        for _ in range(40):  # a process's number is as good as random
            if len(found) > 1:
                break
            reader, writer = os.pipe()
            if (child := os.fork()) == 0:
                try:
                    os.write(
                        writer, box.run(Program("import os; print(os.sched_getaffinity(0))")).stdout
                    )
                    box.close()
                finally:
                    os._exit(0)
            os.close(writer)
            with open(reader, "rb") as file:
                found.add(file.read())
            os.waitpid(child, 0)
    assert len(found) > 1
    assert found <= {b"{%d}\n" % core for core in cores}


def test_a_batch_keeps_every_worker_busy() -> None:
    with LocalSandbox(workers=2) as box, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: box.run(Program("pass")), range(4)))
        source = "import time; a = time.monotonic(); time.sleep(0.25); print(a, time.monotonic())"
        said = [done.stdout for done in pool.map(lambda _: box.run(Program(source)), range(8))]
        spans = sorted(tuple(map(float, text.split())) for text in said)
        side_by_side = sum(b[0] < a[1] for a, b in pairwise(spans))
        assert side_by_side >= 4


def test_short_runs_are_not_kept_waiting_by_a_long_one() -> None:
    with LocalSandbox(workers=2) as box, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: box.run(Program("pass")), range(4)))
        long = pool.submit(box.run, Program("import time; time.sleep(2); print('long')"))
        time.sleep(0.1)
        short = list(pool.map(lambda n: box.run(Program(f"print({n})")).stdout, range(20)))
        assert not long.done()
        assert short == [b"%d\n" % n for n in range(20)]
        assert long.result().stdout == b"long\n"


def test_a_hundred_and_twenty_eight_workers_on_few_cores() -> None:
    count = 128
    with LocalSandbox(workers=count, highest=2) as box, ThreadPoolExecutor(count) as pool:
        together = threading.Barrier(count)

        def one(number: int) -> bytes:
            together.wait(30)
            source = f"import time; time.sleep(0.2); print({number})"
            return box.run(Program(source), Limits(wall_seconds=60)).stdout

        assert list(pool.map(one, range(count))) == [b"%d\n" % n for n in range(count)]
        kept = [agent.host.process.pid for slot in box._slots for agent in slot._agents.values()]
        assert 2 < len(kept) <= count
    assert not [pid for pid in kept if descendants(pid)]


def test_slots_are_given_in_the_order_of_asking() -> None:
    turns: Turns[str] = Turns(["only"])
    held = turns.take()
    order: list[int] = []
    threads = []
    for number in range(20):
        thread = threading.Thread(
            target=lambda n=number: (turns.take(), order.append(n), turns.give("only"))
        )
        thread.start()
        threads.append(thread)
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.give(held)
    for thread in threads:
        thread.join()
    assert order == list(range(20))
    assert turns._idle == ["only"]


def test_no_slot_is_lost_or_given_twice() -> None:
    slots = [object() for _ in range(3)]
    turns: Turns[object] = Turns(slots)
    out: set[int] = set()
    lock = threading.Lock()
    wrong: list[str] = []

    def one(number: int) -> None:
        try:
            with Scope(0.0005 * (number % 11)) as scope:
                if number % 4 == 0:
                    threading.Timer(0.0003 * (number % 5), scope.cancel).start()
                slot = turns.take()
        except Cancelled:
            return
        with lock:
            if id(slot) in out:
                wrong.append("given twice")
            out.add(id(slot))
        time.sleep(0.0005)
        with lock:
            out.discard(id(slot))
        turns.give(slot)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(one, range(2000)))
    assert not wrong
    assert {id(slot) for slot in turns._idle} == {id(slot) for slot in slots}
    assert not turns._waiting


@pytest.mark.parametrize("left", [0.05, 0.0, -1.0])
def test_who_is_out_of_time_leaves_the_line(left: float) -> None:
    turns: Turns[str] = Turns(["only"])
    turns.take()
    with Scope(left), pytest.raises(Cancelled, match="out of time"):
        turns.take()
    assert not turns._waiting
    turns.give("only")
    assert turns.take() == "only"
