"""What a backend declares is so: what it has works, and what it lacks is refused, not ignored."""

from __future__ import annotations

import contextlib

import pytest

from containment import contained
from verigym.sandbox import Limit, Limits, Program, Sandbox, SandboxUnavailable

ALWAYS = {
    *("tier", "files", "network", "system_calls", "signals", "process_list", "subprocesses"),
    *("descendants_killed", "scratch", "scratch_bounded", "process_count"),
    *("memory_per_process", "memory_in_all", "memory_bounded"),
}


def test_every_backend_declares_the_same_things(box: Sandbox) -> None:
    about = box.capabilities()
    assert set(about) >= ALWAYS
    assert about["tier"] == box.tier == box.run(Program("pass")).tier
    assert all(type(about[name]) is bool for name in ALWAYS - {"tier"})


def test_what_is_declared_cannot_be_changed(box: Sandbox) -> None:
    before = dict(box.capabilities())
    with contextlib.suppress(TypeError):
        box.capabilities()["files"] = False  # type: ignore[index]
    assert dict(box.capabilities()) == before


def test_subprocesses_run_or_are_refused_as_declared(box: Sandbox) -> None:
    done = contained(box, "import os; os.fork() or os._exit(0); print(os.wait()[1])")
    if box.capabilities()["subprocesses"]:
        assert done.stdout == b"0\n"
    else:
        assert done.exit_code == 1
        assert b"PermissionError" in done.stderr


def test_scratch_is_given_or_refused_as_declared(box: Sandbox) -> None:
    writing = "open('x', 'w').write('y'); print(open('x').read())"
    assert (
        contained(box, writing).exit_code == 1
    )  # without scratch there is no place to write, anywhere
    for program in (
        Program(writing, scratch=True),
        Program(writing, files={"z": b""}),
        Program(writing, keep=("x",)),
    ):
        if box.capabilities()["scratch"]:
            assert box.run(program).stdout == b"y\n"
        else:
            with pytest.raises(SandboxUnavailable, match="scratch"):
                box.run(program)
            with pytest.raises(SandboxUnavailable, match="scratch"):
                box.run_pair(Program("pass"), program)


@pytest.mark.parametrize("keep", [(), ("x",)])
def test_processes_and_threads_are_counted_as_declared(box: Sandbox, keep: tuple[str, ...]) -> None:
    if keep and not box.capabilities()["scratch"]:
        keep = ()
    source = """if True:
    import threading, time
    started = 1
    try:
        for _ in range(40):
            threading.Thread(target=time.sleep, args=(0.2,)).start()
            started += 1
    except RuntimeError:
        pass
    print(started)
    """
    done = box.run(Program(source, keep=keep), Limits(processes=10))
    exact = 11 if "container" in box.capabilities() else 10  # one more may be there, to carry a stream
    if box.capabilities()["subprocesses"]:
        assert int(done.stdout) in (10, exact), done
    else:  # there is one process, and its memory bounds its threads
        assert 2 <= int(done.stdout) <= 41


def test_memory_of_many_processes_is_bounded_or_watched_as_declared(full_box: Sandbox) -> None:
    source = """
    import os
    for _ in range(4):
        if os.fork() == 0:
            x = bytearray(100 << 20)
            x[::4096] = b"1" * len(x[::4096])
            os.write(1, b"H")
            import time; time.sleep(SECONDS)
            os._exit(0)
    for _ in range(4):
        os.wait()
    """
    limits = Limits(memory_bytes=200 << 20, wall_seconds=10)
    for seconds in (0.01, 1):
        done = contained(full_box, source.replace("SECONDS", str(seconds)), limits)
        if full_box.capabilities()["memory_bounded"]:
            assert done.stdout.count(b"H") < 4, done
        elif seconds == 1:  # what lasts is seen
            assert done.limit is Limit.MEMORY, done
