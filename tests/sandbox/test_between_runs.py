"""One run leaves nothing to the next: no file, no process, no message, nothing used up, no trace."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from containment import LIMITS, contained, name_itself, processes_named
from verigym.sandbox import Limit, Limits, Program, Sandbox

LOOK = """
import os
seen = []
for folder, folders, names in os.walk("/scratch"):
    seen += [os.path.join(folder, name) for name in folders + names]
about = os.statvfs("/scratch")
print(seen, os.stat("/scratch").st_mode & 0o700 == 0o700, about.f_files - about.f_ffree < 5,
      (about.f_blocks - about.f_bfree) * about.f_frsize < 65536, os.listdir("/dev/shm"))
open("/scratch/x", "w").write("y")
"""
EMPTY = b"[] True True True []\n"

MESSES = {
    "files": "for n in range(50): open(f'file{n}', 'w').write('x' * n)",
    "four thousand inodes": "for n in range(5000): open(str(n), 'w').close()",
    "a full disk": "open('x', 'wb').write(bytes(80 << 20))",
    "deep folders": "import os\nfor n in range(2000):\n    os.mkdir('d'); os.chdir('d')",
    "wide and deep": """
import os
for n in range(40):
    os.makedirs(f"{n}/" + "/".join("abcdefgh"))
    open(f"{n}/a/b/file", "w").write("x")""",
    "closed folders": """
import os
for n in range(20):
    os.makedirs(f"a{n}/b/c")
    open(f"a{n}/b/c/x", "w").close()
    os.chmod(f"a{n}/b/c/x", 0); os.chmod(f"a{n}/b/c", 0); os.chmod(f"a{n}/b", 0); os.chmod(f"a{n}", 0)""",
    "special files": """
import os, socket
os.mkfifo("pipe")
os.symlink("/", "link"); os.symlink("link", "loop"); os.symlink("self", "self")
os.makedirs("folder/with/pipe"); os.mkfifo("folder/with/pipe/x"); os.link("pipe", "folder/hard")
try:
    socket.socket(socket.AF_UNIX).bind("socket")
except OSError:
    pass""",
    "odd names": r"""
import os
for name in (b"\xff", b"new\nline", b"-rf", b" ", b"..x", b"verigym-0", b"verigym-1", b"a" * 255):
    os.makedirs(os.path.join(name, name[:9], b"deep"))""",
    "the folder itself closed": "import os; open('x', 'w').close(); os.chmod('/scratch', 0)",
    "the folder itself replaced": """
import os
for act in (lambda: os.rename("/scratch", "/scratch2"), lambda: os.rmdir("/scratch"),
            lambda: os.symlink("/usr", "/scratch"), lambda: os.rename("/", "/scratch/x")):
    try:
        act()
        print("ACTED")
    except OSError:
        pass
os.makedirs("x/y")
os.chdir("x/y")""",
    "shared memory": """
import multiprocessing, os
open("/dev/shm/x", "w").write("message"); os.mkdir("/dev/shm/folder"); multiprocessing.Lock()""",
    "times": "import os; os.utime('/scratch', (7, 7)); os.utime('/dev/shm', (7, 7))",
    "open files of an orphan": """
import os, time
if os.fork() == 0:
    os.setsid()
    files = [open(str(n), "w") for n in range(50)]
    while True:
        try:
            open(f"again{time.time()}", "w").write("x" * 1000)
        except OSError:
            pass""",
}


@pytest.mark.sampled
@pytest.mark.parametrize("mess", MESSES)
def test_the_next_run_finds_an_empty_directory(full_box: Sandbox, mess: str) -> None:
    limits = Limits(wall_seconds=10, file_bytes=256 << 20)
    for _ in range(2 * full_box.workers):
        done = contained(full_box, MESSES[mess], limits, scratch=True)
        assert b"ACTED" not in done.stdout
        found = contained(full_box, LOOK, scratch=True)
        assert found.stdout == EMPTY, (done, found)


@pytest.mark.fresh
def test_a_fresh_container_is_empty_too(full_box: Sandbox) -> None:
    for _ in range(3):
        assert contained(full_box, LOOK, scratch=True).stdout == EMPTY


def test_the_directory_tells_nothing_by_its_own_record(full_box: Sandbox) -> None:
    record = """
    import os
    about = os.stat("/scratch")
    print(about.st_mtime, about.st_atime, oct(about.st_mode), about.st_nlink, about.st_size)
    """
    leave = "import os; os.mkdir('x'); os.utime('/scratch', (7, 7)); os.chmod('/scratch', 0o777)"
    seen = set()
    for _ in range(4):
        seen.add(contained(full_box, record).stdout)
        contained(full_box, leave, scratch=True)
        seen.add(contained(full_box, record).stdout)
    if "container" in full_box.capabilities():  # the first time is when it was made
        assert len(seen) <= 1 + full_box.workers, seen
    else:
        assert len(seen) <= 2, seen


CHANNELS = {
    "System V shared memory": """
import ctypes
libc = ctypes.CDLL(None)
print("OPEN", libc.shmget(0x7777, 4096, 0o1600 | 0o600) >= 0)""",
    "System V semaphores": "import ctypes; print('OPEN', ctypes.CDLL(None).semget(0x7777, 1, 0o1600) >= 0)",
    "System V messages": "import ctypes; print('OPEN', ctypes.CDLL(None).msgget(0x7777, 0o1600) >= 0)",
    "POSIX messages": "import ctypes; print('OPEN', ctypes.CDLL(None).syscall(240, b'x', 66, 0o600, 0) >= 0)",
    "keys": "import ctypes; print('OPEN', ctypes.CDLL(None).syscall(248, b'user', b'vg', b'x', 1, -3) >= 0)",
    "abstract sockets": "import socket; s = socket.socket(socket.AF_UNIX); s.bind('\\0vg'); print('OPEN True')",
    "temporary files": "open('/tmp/vg-channel', 'w').write('x'); print('OPEN', True)",
    "shared memory files": "open('/dev/shm/vg-channel', 'w').write('x'); print('OPEN', True)",
    "the host name": "import socket; socket.sethostname('message'); print('OPEN', True)",
    "priorities": "import os; os.setpriority(0, os.getppid(), 5); print('OPEN', True)",
    "extended attributes": "import os; os.setxattr('/scratch', 'user.vg', b'x'); print('OPEN', True)",
    "the last process number": "open('/proc/sys/kernel/ns_last_pid', 'w').write('9000'); print('OPEN', True)",
    "core pattern": "open('/proc/sys/kernel/core_pattern', 'w').write('x'); print('OPEN', True)",
    "to be killed last": "open('/proc/self/oom_score_adj', 'w').write('-900'); print('OPEN', True)",
    "to be killed last, old": "open(f'/proc/{__import__(\"os\").getppid()}/oom_adj', 'w').write('-9'); print('OPEN', True)",
}  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_channel_leads_to_the_next_run(box: Sandbox, channel: str) -> None:
    assert b"OPEN True" not in contained(box, CHANNELS[channel]).stdout


def test_locks_on_common_files_go_with_their_run(box: Sandbox) -> None:
    source = """
    import fcntl, sys, os
    with open(os.__file__) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("locked", flush=True)
        os._exit(0)
    """
    for _ in range(4):
        assert contained(box, source).stdout == b"locked\n"


@pytest.mark.parametrize(
    "way",
    [
        "os.fork() and os._exit(0)",
        "os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0)",
        "os.setsid() if os.getpid() != os.getsid(0) else None; os.fork() and os._exit(0); os.setpgid(0, 0)",
        "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 13, 15)]; os.fork() and os._exit(0)",
        "os.fork() and os._exit(0); signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
        "os.fork() and os._exit(0); os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_no_daemon_acts_on_the_next_run(full_box: Sandbox, way: str) -> None:
    mark = f"vgn{time.monotonic_ns() % 10**9}"
    attack = f"""
    import os, signal, time
    {way}
    {name_itself(mark)}
    while True:
        for pid in filter(str.isdecimal, os.listdir("/proc")) if os.path.exists("/proc") else range(1, 99):
            if int(pid) != os.getpid():
                for number in (signal.SIGSTOP, signal.SIGKILL):
                    try:
                        os.kill(int(pid), number)
                    except OSError:
                        pass
    """
    for scratch in (False, True):
        contained(full_box, attack, scratch=scratch)
        assert processes_named(mark) == []
        for number in range(2 * full_box.workers):
            done = contained(full_box, f"print({number})", scratch=scratch)
            assert done.stdout == b"%d\n" % number, done


@pytest.mark.parametrize(
    "sent", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGCONT, signal.SIGINT]
)
def test_nothing_of_ours_can_be_signalled_from_inside(box: Sandbox, sent: int) -> None:
    attack = f"""
    import ctypes, os
    libc = ctypes.CDLL(None)
    me = os.getpid()
    for pid in [*range(1, 60), os.getppid(), os.getpgid(0), os.getsid(0)]:
        if pid != me:
            for act in (lambda: os.kill(pid, {int(sent)}), lambda: os.killpg(pid, {int(sent)}),
                        lambda: libc.syscall(234, pid, pid, {int(sent)}),
                        lambda: libc.syscall(424, os.pidfd_open(pid), {int(sent)}, 0, 0)):
                try:
                    act()
                except OSError:
                    pass
    try:
        os.kill(-1, {int(sent)})
    except OSError:
        pass
    print("still here")
    """
    before = time.perf_counter()
    for _ in range(box.workers):
        assert contained(box, attack).stdout in (b"still here\n", b"")
    for number in range(2 * box.workers):
        assert contained(box, f"print({number})").stdout == b"%d\n" % number
    assert time.perf_counter() - before < 20


EXHAUST = {
    "processes": (
        "import os, time\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(60)\nexcept OSError: print('full')",
        {},
    ),
    "threads": (
        "import threading, time\ntry:\n    while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "except (RuntimeError, MemoryError): print('full')",
        {},
    ),
    "memory": ("x = []\ntry:\n    while True: x.append(bytearray(1 << 20))\nexcept MemoryError: print('full')", {}),
    "memory of many": (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = bytearray(100 << 20)\n"
        "        x[::4096] = b'1' * len(x[::4096])\n        time.sleep(5)\n        os._exit(0)\ntime.sleep(5)",
        {},
    ),
    "descriptors": (
        "import os\ntry:\n    while True: os.open('/dev/null', 0)\nexcept OSError: print('full')", {}
    ),
    "socket pairs": (
        "import socket\nkeep = []\ntry:\n    while True:\n        a, b = socket.socketpair(); keep += [a, b]\n"
        "        a.setblocking(False)\n        try:\n            while True: a.send(bytes(65536))\n"
        "        except BlockingIOError: pass\nexcept OSError: print('full')",
        {},
    ),
    "pipes": (
        "import os, fcntl\ntry:\n    while True:\n        r, w = os.pipe(); os.set_blocking(w, False)\n"
        "        try:\n            while True: os.write(w, bytes(65536))\n        except BlockingIOError: pass\n"
        "except OSError: print('full')",
        {},
    ),
    "inodes": ("try:\n    for n in range(10**6): open(str(n), 'w').close()\nexcept OSError: print('full')", {"scratch": True}),
    "scratch": ("open('x', 'wb').write(bytes(200 << 20))", {"scratch": True}),
    "output": ("import sys\nwhile True: sys.stdout.write('x' * 65536)", {}),
    "timers": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nfor _ in range(100000):\n    t = ctypes.c_void_p()\n"
        "    if libc.syscall(222, 1, None, ctypes.byref(t)): break",
        {},
    ),
}  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("what", EXHAUST)
def test_what_one_run_uses_up_the_next_one_has(full_box: Sandbox, what: str) -> None:
    source, fields = EXHAUST[what]
    limits = Limits(wall_seconds=1, cpu_seconds=5, memory_bytes=256 << 20, processes=20)
    for _ in range(full_box.workers):
        full_box.run(Program(source, **fields), limits)  # type: ignore[arg-type]
    fair = """
    import os, threading
    x = bytearray(64 << 20)
    files = [open("/dev/null") for _ in range(40)]
    threads = [threading.Thread(target=print, args=(n,)) for n in range(3)]
    [t.start() for t in threads], [t.join() for t in threads]
    for n in range(100):
        open(str(n), "w").write("x" * 10_000)
    pids = [os.fork() or os._exit(0) for _ in range(5)]
    print([os.waitpid(pid, 0)[1] for pid in pids])
    """
    for _ in range(2 * full_box.workers):
        done = contained(full_box, fair, LIMITS, scratch=True)
        assert done.stdout.endswith(b"[0, 0, 0, 0, 0]\n"), done
        assert done.ok


SCAN = """
import ctypes, mmap, os
libc = ctypes.CDLL(None)
libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t] * 2
libc.memmem.restype = libc.sbrk.restype = ctypes.c_void_p

def region():
    memory = mmap.mmap(-1, 4096)
    return memory, ctypes.addressof(ctypes.c_char.from_buffer(memory))

# Read straight into places that are known: what is looked for is nowhere else in this process.
(needle, needle_at), (page, page_at) = region(), region()
length = os.readv(0, [needle])
reader, writer = os.pipe()
found = pages = 0

def look(start, end):
    global found, pages
    for address in range(start & ~4095, end, 4096):
        if address in (needle_at, page_at):
            continue
        if libc.write(writer, ctypes.c_void_p(address), ctypes.c_size_t(4096)) == 4096:
            os.readv(reader, [page])
            pages += 1
            found += bool(libc.memmem(page_at, 4096, needle_at, length))

look(id(object()) - (8 << 20), id(object()) + (8 << 20))
top = libc.sbrk(0)
look(top - (16 << 20), top)
print("FOUND" if found else "clean", pages > 500)
"""


def test_a_run_sees_no_trace_of_an_earlier_ones_request(box: Sandbox) -> None:
    secret = "XYZZY-plugh-frotz" * 4
    needle = "frotzXYZZY-plugh"
    for _ in range(3):
        done = box.run(
            Program(f"# {secret}\nprint(input())", stdin=secret, data=secret.encode(), result=True)
        )
        assert done.stdout.decode().strip() == secret
    shown = subprocess.run(
        [sys.executable, "-c", f"kept = ['{secret}' + str(n) for n in range(9)]\n{SCAN}"],
        input=needle,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("FOUND"), shown
    for _ in range(2):
        assert box.run(Program(SCAN, stdin=needle), LIMITS).stdout == b"clean True\n"


def test_a_fresh_process_each_time(box: Sandbox) -> None:
    source = "import sys; print(getattr(sys, 'mark', None)); sys.mark = 'left'"
    assert {contained(box, source).stdout for _ in range(6)} == {b"None\n"}


def test_a_run_that_outgrew_its_memory_does_not_spoil_the_next(full_box: Sandbox) -> None:
    hungry = "import os\nfor _ in range(6): os.fork()\nx = bytearray(50 << 20); x[::4096] = b'1' * len(x[::4096])\nimport time; time.sleep(3)"
    # Much time: the kernel may look for memory for seconds before it gives up.
    limits = Limits(memory_bytes=128 << 20, processes=64, wall_seconds=30)
    done = contained(full_box, hungry, limits)
    assert done.limit in (Limit.MEMORY, Limit.PROCESSES), done
    for _ in range(4):
        assert contained(full_box, "x = bytearray(100 << 20); print(len(x))", limits).ok
