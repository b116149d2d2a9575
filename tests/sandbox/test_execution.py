"""What an execution reports, and that the sandbox itself survives anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from verigym.errors import SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import Limit, Limits, Program, Sandbox, close_shared, shared
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.agents import pool
from verigym.sandbox.agents.procfs import children
from verigym.sandbox.local import tiers
from verigym.sandbox.local.backend import LocalSandbox


def python(box: Sandbox, source: str, **fields: object) -> object:
    return box.run(Program(textwrap.dedent(source), **fields))  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------- what it did


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("pass", 0),
        ("raise SystemExit", 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('words')", 1),
        ("import sys; sys.exit(256 + 7)", 7),
        ("import os; os._exit(9)", 9),
        ("exit(6)", 6),
        ("quit()", 0),
        ("1 / 0", 1),
        ("def f(:", 1),
        ("import atexit, os; atexit.register(os._exit, 5)", 5),
    ],
)
def test_exit_codes(box: Sandbox, source: str, code: int) -> None:
    done = box.run(Program(source))
    assert (done.exit_code, done.signal, done.limit) == (code, None, None)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGABRT, signal.SIGUSR1]
)
def test_signals(box: Sandbox, number: int) -> None:
    done = box.run(Program(f"import os; os.kill(os.getpid(), {int(number)})"))
    assert (done.exit_code, done.signal) == (None, number)


@pytest.mark.fresh
def test_abort_and_segfault_are_reported_as_what_they_are(box: Sandbox) -> None:
    assert box.run(Program("import os; os.abort()")).signal == signal.SIGABRT
    assert box.run(Program("import ctypes; ctypes.string_at(8)")).signal == signal.SIGSEGV


def test_an_interrupt_is_an_ordinary_exception(box: Sandbox) -> None:
    source = (
        "import os\ntry:\n    os.kill(os.getpid(), 2)\nexcept KeyboardInterrupt:\n    print('caught')"
    )
    assert box.run(Program(source)).stdout == b"caught\n"


def test_what_the_judge_ignores_or_blocks_is_not_inherited() -> None:
    source = """
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGALRM])
        from verigym.sandbox import Program, open as open_sandbox
        with open_sandbox("local", workers=1) as box:
            look = "import signal; print(signal.getsignal(2).__name__, signal.getsignal(10).name, signal.pthread_sigmask(0, ()))"
            print(box.run(Program(look)).stdout.decode())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "default_int_handler SIG_DFL set()"


@pytest.mark.fresh
def test_streams_are_apart_and_complete(box: Sandbox) -> None:
    done = box.run(
        Program("import sys; print(sys.stdin.read() * 2); print('err', file=sys.stderr)", stdin="ä\n")
    )
    assert (done.stdout, done.stderr) == ("ä\nä\n\n".encode(), b"err\n")
    assert done.ok


def test_streams_carry_any_bytes(box: Sandbox) -> None:
    every = bytes(range(256))
    done = box.run(Program("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", stdin=every))
    assert done.stdout == every


def test_text_streams_never_fail_on_odd_bytes(box: Sandbox) -> None:
    done = box.run(Program("print(input())", stdin=b"\xff\xfe abc\n"))
    assert done.stdout == b"\xff\xfe abc\n"


def test_large_input_and_output(box: Sandbox) -> None:
    data = os.urandom(3 << 20)
    source = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    done = box.run(Program(source, stdin=data), Limits(output_bytes=4 << 20))
    assert done.stdout == data


def test_output_before_a_crash_is_kept(box: Sandbox) -> None:
    done = box.run(Program("print('before', flush=True); import os; os.abort()"))
    assert done.stdout == b"before\n"


@pytest.mark.fresh
def test_output_is_cut_at_the_exact_limit(box: Sandbox) -> None:
    at, over = (
        box.run(Program(f"print('x' * {n}, end='')"), Limits(output_bytes=100)) for n in (100, 101)
    )
    assert (at.stdout_cut, at.limit, len(at.stdout)) == (False, None, 100)
    assert (over.stdout_cut, over.limit) == (True, Limit.OUTPUT)
    assert over.stdout == b"x" * 100 + b"\n[cut: 100 of 101 bytes shown]\n"


def test_tracebacks_show_the_programs_own_lines(box: Sandbox) -> None:
    done = box.run(Program("def f():\n    raise ValueError('oh')\n\nf()\n"))
    text = done.stderr.decode()
    assert "line 2, in f" in text
    assert "raise ValueError('oh')" in text
    assert "agent.py" not in text


def test_times_and_memory_are_measured(box: Sandbox) -> None:
    busy = box.run(
        Program(
            "x = bytearray(100 << 20); x[::4096] = b'1' * len(x[::4096])\nfor i in range(10**6): pass"
        )
    )
    idle = box.run(Program("import time; time.sleep(0.3)"))
    assert busy.peak_bytes > 100 << 20 > idle.peak_bytes
    assert busy.cpu_seconds > 0.01
    assert idle.wall_seconds > 0.3 > idle.cpu_seconds


def test_processor_time_of_subprocesses_counts(full_box: Sandbox) -> None:
    done = full_box.run(
        Program(
            "import os\nif os.fork() == 0:\n    for i in range(5 * 10**6): pass\n    os._exit(0)\nos.wait()"
        )
    )
    assert done.cpu_seconds > 0.05


@pytest.mark.fresh
def test_result_file_is_apart_from_output(box: Sandbox) -> None:
    done = box.run(
        Program(
            "import os; print('noise'); os.write(4, b'result'); print(os.read(3, 99))",
            data=b"in",
            result=True,
        )
    )
    assert (done.result, done.stdout) == (b"result", b"noise\nb'in'\n")
    assert box.run(Program("import os; os.fstat(4)")).exit_code == 1
    assert box.run(Program("pass")).result is None


def test_an_oversized_result_is_none_not_a_part(box: Sandbox) -> None:
    done = box.run(
        Program("import os; os.write(4, bytes(5000))", result=True), Limits(result_bytes=4096)
    )
    assert (done.result, done.limit) == (None, Limit.OUTPUT)


@pytest.mark.fresh
def test_state_does_not_leak_between_runs(box: Sandbox) -> None:
    spoil = "import builtins, sys, json\nbuiltins.print = None\njson.dumps = None\nsys.path.clear()\nsys.modules.clear()"
    for _ in range(3):
        box.run(Program(spoil))
    assert box.run(Program("import json; print(json.dumps([1]))")).stdout == b"[1]\n"


def test_hash_seed_is_fixed_and_random_is_not(box: Sandbox) -> None:
    hashes = {box.run(Program("print(hash('x'))")).stdout for _ in range(3)}
    randoms = {box.run(Program("import random; print(random.random())")).stdout for _ in range(3)}
    assert (len(hashes), len(randoms)) == (1, 3)


@pytest.mark.parametrize(
    "module", ["asyncio", "json", "sqlite3", "decimal", "ssl", "unittest", "multiprocessing"]
)
def test_the_standard_library_imports(box: Sandbox, module: str) -> None:
    assert box.run(Program(f"import {module}; print('ok')")).stdout == b"ok\n"


def test_asyncio_runs(box: Sandbox) -> None:
    source = "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 7\nprint(asyncio.run(f()))"
    assert box.run(Program(source)).stdout == b"7\n"


def test_subprocesses_run_where_they_may(full_box: Sandbox) -> None:
    source = "import subprocess; print(subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout)"
    assert full_box.run(Program(source)).stdout == b"hi\n\n"


def test_multiprocessing_works_with_scratch(full_box: Sandbox) -> None:
    source = """
        import multiprocessing
        with multiprocessing.Pool(2) as pool:
            print(pool.map(abs, [-1, -2, 3]))
    """
    done = full_box.run(Program(textwrap.dedent(source), scratch=True))
    assert done.stdout == b"[1, 2, 3]\n", done.stderr


# ------------------------------------------------------------------------------------- commands


@pytest.mark.fresh
def test_a_plain_command(box: Sandbox) -> None:
    done = box.run(Program(command=("sort", "-r"), stdin="a\nc\nb\n"))
    assert (done.stdout, done.exit_code) == (b"c\nb\na\n", 0)


def test_a_shell_with_pipes(full_box: Sandbox) -> None:
    done = full_box.run(
        Program(command=("sh", "-c", "seq 5 | tail -1; echo $HOME; exit 4"), scratch=True)
    )
    assert (done.stdout, done.exit_code) == (b"5\n/scratch\n", 4)


def test_a_command_that_is_not_there(box: Sandbox) -> None:
    done = box.run(Program(command=("no-such-command",)))
    assert done.exit_code == 127
    assert b"no-such-command: No such file" in done.stderr


def test_a_command_ended_by_a_signal(full_box: Sandbox) -> None:
    assert full_box.run(Program(command=("sh", "-c", "kill -TERM $$"))).signal == signal.SIGTERM


# ---------------------------------------------------------------------------------------- pairs


@pytest.mark.fresh
def test_a_pair_talks_over_its_channel(box: Sandbox) -> None:
    subject = Program("import os\nwhile data := os.read(5, 100):\n    os.write(5, data.upper())")
    driver = Program("import os; os.write(5, b'hello'); print(os.read(5, 100))")
    first, second = box.run_pair(subject, driver)
    assert second.stdout == b"b'HELLO'\n"
    assert first.ok


@pytest.mark.fresh
def test_a_subject_that_dies_is_an_end_of_file_to_its_driver(box: Sandbox) -> None:
    first, second = box.run_pair(
        Program("import os; os._exit(3)"), Program("import os; print(os.read(5, 1))")
    )
    assert (first.exit_code, second.stdout) == (3, b"b''\n")


def test_a_subject_that_lingers_is_killed(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LINGER_SECONDS", 0.3)  # a server's stays as it is
    start = time.perf_counter()
    pair = Program("import time; time.sleep(60)"), Program("print(1)")
    first, second = box.run_pair(*pair, Limits(wall_seconds=60))
    assert time.perf_counter() - start < 20
    assert (first.limit, second.ok) == (Limit.WALL, True)


def test_the_two_of_a_pair_cannot_reach_each_other(box: Sandbox) -> None:
    subject = Program(
        "import os\nfor pid in range(2, 400):\n    try: os.kill(pid, 9) if pid != os.getpid() else None\n"
        "    except OSError: pass\nos.write(5, b'done')\nos.read(5, 1)"
    )
    _, second = box.run_pair(subject, Program("import os; print(os.read(5, 9))"))
    assert second.stdout == b"b'done'\n"


# ------------------------------------------------------------------------- the sandbox as a whole


def test_unknown_backends_and_options_are_refused() -> None:
    with pytest.raises(UserError, match="no sandbox backend is called 'chroot'"):
        open_sandbox("chroot")
    with pytest.raises(UserError, match="no option 'teir'"):
        open_sandbox("local", teir=2)
    with pytest.raises(UserError, match="tier is 7"):
        open_sandbox("local", tier=7)


def test_a_lacking_tier_is_refused_with_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "lacking", lambda tier: "there is no Landlock" if tier else None)
    with pytest.raises(
        SandboxUnavailable, match=r"tier 2 is lacking here: there is no Landlock. Ways out: "
    ):
        open_sandbox("local", tier=2)
    with pytest.raises(SandboxUnavailable, match="tier 1 is lacking"):
        open_sandbox("local")
    with pytest.raises(SandboxUnavailable, match="unsafe=True"):
        open_sandbox("local", tier=0)


def test_tier_0_runs_only_when_asked_for() -> None:
    with open_sandbox("local", unsafe=True) as box:
        assert box.run(Program("print(1)")).tier == 0
        assert not box.capabilities()["files"]


def test_a_missing_capability_is_refused_not_ignored() -> None:
    with (
        open_sandbox("local", highest=1) as box,
        pytest.raises(SandboxUnavailable, match="needs tier 2, this sandbox has tier 1"),
    ):
        box.run(Program("print(1)", scratch=True))


def test_an_agent_that_dies_is_an_error_and_then_replaced() -> None:
    with LocalSandbox(workers=1) as box:
        assert box.run(Program("print(1)")).ok
        (agent,) = box._slots[0]._agents.values()
        os.kill(agent.host.process.pid, signal.SIGKILL)
        gone = time.perf_counter() + 5
        while _runs(agent.host.pid) and time.perf_counter() < gone:
            time.sleep(0.01)
        with pytest.raises(SandboxError):
            box.run(Program("print(1)"))
        assert box.run(Program("print(2)")).stdout == b"2\n"


def test_an_agent_killed_in_a_run_is_an_error_never_a_result() -> None:
    with LocalSandbox(workers=1) as box:
        box.run(Program("pass"))
        (agent,) = box._slots[0]._agents.values()
        timer = threading.Timer(0.3, os.kill, (children(agent.host.process.pid)[0], signal.SIGKILL))
        timer.start()
        with pytest.raises(SandboxError):
            box.run(Program("import time; time.sleep(5); print('x')"))
        assert box.run(Program("print(2)")).stdout == b"2\n"


def test_a_closed_sandbox_refuses_and_closes_twice() -> None:
    box = LocalSandbox(workers=1)
    box.run(Program("pass"))
    pids = children(os.getpid())
    box.close()
    box.close()
    assert len(children(os.getpid())) < len(pids)
    with pytest.raises(SandboxError, match="closed"):
        box.run(Program("pass"))


def test_closing_ends_what_runs_at_once() -> None:
    box = LocalSandbox(workers=1)
    box.run(Program("pass"))
    failures: list[BaseException] = []

    def wait_long() -> None:
        try:
            box.run(Program("import time; time.sleep(60)"), Limits(wall_seconds=60))
        except SandboxError as error:
            failures.append(error)

    thread = threading.Thread(target=wait_long)
    thread.start()
    time.sleep(0.3)
    start = time.perf_counter()
    box.close()
    thread.join(10)
    assert time.perf_counter() - start < 20
    assert len(failures) == 1


def test_a_refused_process_is_named_where_a_cgroup_counts_it(need_tier: Callable[[int], None]) -> None:
    need_tier(3)
    with LocalSandbox(workers=1, tier=3) as box:
        source = "import os, time\nwhile True: os.fork() or time.sleep(5)"
        assert box.run(Program(source), Limits(processes=5)).limit is Limit.PROCESSES


def test_a_refused_process_or_killed_child_is_not_blamed_on_the_next_run(
    need_tier: Callable[[int], None],
) -> None:
    need_tier(3)
    with LocalSandbox(workers=1, tier=3) as box:
        limits = Limits(processes=2, memory_bytes=128 << 20)
        hungry = "import os\nif os.fork() == 0:\n    x = b'1' * (100 << 20)\n    y = x + x\nos.wait()"
        for source in (
            hungry,
            "import os\ntry:\n    while True: os.fork() or os._exit(os.wait and 0)\nexcept OSError: pass",
        ):
            box.run(Program(source), limits)
            assert box.run(Program("raise SystemExit(3)"), limits).limit is None


def test_many_threads_share_one_sandbox(box: Sandbox) -> None:
    results: dict[int, bytes] = {}

    def one(number: int) -> None:
        results[number] = box.run(Program(f"print({number})")).stdout

    threads = [threading.Thread(target=one, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: b"%d\n" % n for n in range(40)}


def test_callers_take_turns() -> None:
    with LocalSandbox(workers=1) as box:
        box.run(Program("pass"))
        counts = [0, 0, 0, 0]
        end = time.perf_counter() + 1.5
        together = threading.Barrier(4)

        def keep_running(caller: int) -> None:
            together.wait(10)
            while time.perf_counter() < end:
                box.run(Program("pass"))
                counts[caller] += 1

        threads = [threading.Thread(target=keep_running, args=(caller,)) for caller in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert min(counts) > 10
        assert max(counts) <= min(counts) + 5, counts


def test_a_forked_process_gets_agents_of_its_own() -> None:
    with LocalSandbox(workers=1) as box:
        assert box.run(Program("print(1)")).ok
        pid = os.fork()
        if pid == 0:
            ok = box.run(Program("print(2)")).stdout == b"2\n"
            box.close()
            os._exit(0 if ok else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert box.run(Program("print(3)")).stdout == b"3\n"


def test_the_shared_sandbox_opens_again_after_closing() -> None:
    first = shared()
    assert shared() is first
    close_shared()
    assert shared() is not first
    assert shared().run(Program("print(1)")).ok


RUNNER = """
import sys, time
from verigym.sandbox import Program, open as open_sandbox
box = open_sandbox("local", workers=2)
box.run(Program("pass"))
print("ready", flush=True)
{then}
"""


@pytest.mark.parametrize(
    ("then", "sent"),
    [
        ("box.run(Program('import time; time.sleep(60)'))", signal.SIGKILL),
        ("box.run(Program('import time; time.sleep(60)'))", signal.SIGINT),
        ("box.run(Program('import time; time.sleep(60)'))", signal.SIGTERM),
        ("time.sleep(60)", signal.SIGKILL),
        ("time.sleep(60)", signal.SIGINT),
        ("sys.exit(0)", None),
        ("import os; os._exit(0)", None),
    ],
)
def test_nothing_is_left_when_the_judge_ends(then: str, sent: int | None) -> None:
    # Whoever runs these tests may ignore Ctrl-C, and a child would inherit that.
    process = subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "-c", RUNNER.format(then=then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    before = _below(process.pid)
    if sent is not None:
        time.sleep(0.2)
        before = _below(process.pid)
        assert before
        process.send_signal(sent)
    process.communicate(timeout=20)
    deadline = time.perf_counter() + 5
    while (left := [pid for pid in before if _runs(pid)]) and time.perf_counter() < deadline:
        time.sleep(0.02)
    assert not left


def _below(pid: int) -> list[int]:
    found = children(pid)
    return found + [deeper for child in found for deeper in _below(child)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = (1,\n", "SyntaxError: '(' was never closed"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("raise KeyError('é')", "KeyError: 'é'"),
        ("class E(Exception): pass\nraise E", "E\n"),
        ("class E(Exception):\n    def __str__(self): raise self\nraise E", "so did its traceback"),
        ("import json; json.loads('{')", "json.decoder.JSONDecodeError: Expecting property name"),
        (
            "import sys; sys.stderr = None; sys.stdout = None; 1 / 0",
            "ZeroDivisionError: division by zero",
        ),
    ],
)
def test_uncaught_exceptions_are_named(box: Sandbox, source: str, expected: str) -> None:
    done = box.run(Program(source))
    assert done.exit_code == 1
    assert expected in done.stderr.decode()
    assert len(done.stderr) < 5000
