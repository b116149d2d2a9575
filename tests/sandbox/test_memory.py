"""Memory and address space are apart: what is reserved does not count as what is held."""

from __future__ import annotations

import pytest

from containment import contained
from verigym.sandbox import Limit, Limits, Sandbox

MiB = 1 << 20

RESERVE = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
NONE, READ_WRITE, PRIVATE_ANONYMOUS, NO_RESERVE = 0, 3, 0x22, 0x4000
def reserve(size, rights=NONE):
    return libc.mmap(None, size, rights, PRIVATE_ANONYMOUS | NO_RESERVE, -1, 0) != ctypes.c_void_p(-1).value
"""


@pytest.mark.fresh
def test_address_space_may_be_larger_than_memory(box: Sandbox) -> None:
    source = RESERVE + "print(reserve(8 << 30), reserve(8 << 30, READ_WRITE))"
    without = contained(box, source, Limits(memory_bytes=256 * MiB))
    assert without.stdout == b"False False\n"
    limits = Limits(memory_bytes=256 * MiB, address_bytes=32 << 30)
    assert contained(box, source, limits).stdout == b"True True\n"


@pytest.mark.fresh
def test_what_is_held_counts_even_where_more_may_be_reserved(box: Sandbox) -> None:
    limits = Limits(memory_bytes=128 * MiB, address_bytes=32 << 30, wall_seconds=10)
    source = f"""
    import time
    x = bytearray({300 * MiB})
    for at in range(0, len(x), 4096):
        x[at] = 1
    time.sleep(5)
    print("HELD")
    """
    done = contained(box, source, limits)
    assert (done.limit, done.stdout) == (Limit.MEMORY, b""), done
    assert contained(box, "print(1)", limits).ok


def test_a_program_that_hides_its_memory_is_looked_at_all_the_same(full_box: Sandbox) -> None:
    source = """
    import ctypes, os, time
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: what we are is nobody's business
    for _ in range(4):
        if os.fork() == 0:
            x = bytearray(60 << 20)
            x[::4096] = b"1" * len(x[::4096])
            time.sleep(2)
            os._exit(0)
    if not any([os.wait()[1] for _ in range(4)]):
        print("HELD")
    """
    done = contained(full_box, source, Limits(memory_bytes=128 * MiB, wall_seconds=10))
    assert done.limit is Limit.MEMORY or b"HELD" not in done.stdout, done


def test_what_threads_start_is_looked_at_too(full_box: Sandbox) -> None:
    source = """
    import os, subprocess, sys, threading, time
    HUNGRY = "import sys, time; x = bytearray(60 << 20); x[::4096] = b'1' * len(x[::4096]); time.sleep(2)"
    failed = []
    def start():
        failed.append(subprocess.run([sys.executable, "-S", "-c", HUNGRY]).returncode)
    threads = [threading.Thread(target=start) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    if failed == [0] * 4:
        print("HELD")
    """
    done = contained(full_box, source, Limits(memory_bytes=160 * MiB, wall_seconds=10))
    assert done.limit is Limit.MEMORY or b"HELD" not in done.stdout, done


@pytest.mark.parametrize("size", [16, 20, 32, 48, 64])
def test_little_memory_is_an_answer_and_no_failure_of_ours(box: Sandbox, size: int) -> None:
    done = contained(box, "x = [0] * 10**8", Limits(memory_bytes=size * MiB))
    assert done.limit is Limit.MEMORY or done.signal is not None or done.exit_code, done


def test_a_thread_takes_no_address_space_but_its_stack(box: Sandbox) -> None:
    source = """
    import threading, time
    def work():
        kept = [bytes(1000) for _ in range(100)]
        time.sleep(0.2)
    threads = [threading.Thread(target=work) for _ in range(24)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    """
    assert contained(box, source, Limits()).ok
