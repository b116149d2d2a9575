"""What surrounds a run in a container is out of its reach: the agent, siblings, the engine, the machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from containment import contained, name_itself, processes_named
from verigym.sandbox import Limits, Program
from verigym.sandbox.docker.backend import DockerSandbox
from verigym.sandbox.docker.engine import Engine


@pytest.fixture(scope="module", params=["socket", "stream"])
def box(request: pytest.FixtureRequest, image: str) -> Iterator[DockerSandbox]:
    with DockerSandbox(image, workers=2, transport=request.param) as box:
        yield box


def in_neighbours(box: DockerSandbox, one: str, other: str) -> tuple[bytes, bytes]:
    """What two programs print that run at the same time in two containers."""
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(contained, box, source, Limits(wall_seconds=10), True)
            for source in (one, other)
        ]
        return both[0].result().stdout, both[1].result().stdout


def test_a_neighbour_is_not_to_be_seen_or_signalled(box: DockerSandbox) -> None:
    mark = f"vgs{os.getpid()}"
    victim = f"""
    {name_itself(mark)}
    import time
    open("mine", "w").write("secret"); open("/dev/shm/mine", "w").write("secret")
    time.sleep(1.5)
    print("unharmed", open("mine").read())
    """
    attack = f"""
    import os, time
    time.sleep(0.5)
    for pid in range(2, 4000):
        try:
            if {mark!r} in open(f"/proc/{{pid}}/comm").read():
                print("SEEN", pid)
        except OSError:
            pass
        if pid != os.getpid():
            try:
                os.kill(pid, 9)
                print("KILLED", pid)
            except OSError:
                pass
    print(os.listdir("/scratch"), os.listdir("/dev/shm"))
    """
    assert in_neighbours(box, victim, attack) == (b"unharmed secret\n", b"[] []\n")


def test_neighbours_share_no_message(box: DockerSandbox) -> None:
    talk = """
    import ctypes, os, socket, time
    libc = ctypes.CDLL(None)
    name = "/vg-neighbours"
    open("/dev/shm" + name, "w").write("x")
    print(len(os.listdir("/dev/shm")))
    for call in (lambda: libc.shmget(0x4711, 4096, 0o1666), lambda: libc.semget(0x4711, 1, 0o1666),
                 lambda: libc.msgget(0x4711, 0o1666), lambda: libc.mq_open(name.encode(), 66, 0o666, None)):
        print(call())
    try:
        socket.socket(socket.AF_UNIX).bind("\\0" + name)
        print("BOUND")
    except OSError:
        print("no socket")
    time.sleep(0.5)
    """
    assert in_neighbours(box, talk, talk) == (b"1\n-1\n-1\n-1\n-1\nno socket\n",) * 2


def test_one_neighbour_takes_no_processes_from_another(box: DockerSandbox) -> None:
    crowd = """
    import os, time
    count = 0
    try:
        for _ in range(500):
            if os.fork() == 0:
                time.sleep(9)
            count += 1
    except OSError:
        pass
    print(count > 10, flush=True)
    time.sleep(1.5)
    """
    modest = """
    import os, time
    time.sleep(0.7)
    print([os.waitpid(os.fork() or os._exit(0), 0)[1] for _ in range(20)] == [0] * 20)
    """
    assert in_neighbours(box, crowd, modest) == (b"True\n", b"True\n")


def test_the_engine_is_out_of_reach(box: DockerSandbox, engine: Engine) -> None:
    attack = """
    import os, socket
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
                 "/run/verigym/socket", "/run/docker/containerd/containerd.sock"):
        try:
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)
            print("CONNECTED", path)
        except OSError:
            pass
        try:
            print("OPENED", open(path))
        except OSError:
            pass
    for folder in ("/var/lib/docker", "/run/docker", "/run", "/run/verigym", "/sys/fs/cgroup", "/sys", "/dev/mapper"):
        try:
            print("LISTED", folder, os.listdir(folder))
        except OSError:
            pass
    """
    done = contained(box, attack, scratch=True)
    assert (done.exit_code, done.stdout) == (0, b"")


def test_the_machine_is_out_of_reach(box: DockerSandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    mark = f"vgm{os.getpid()}"
    victim = subprocess.Popen(
        [sys.executable, "-c", f"{name_itself(mark)}; input()"], stdin=subprocess.PIPE
    )
    try:
        while not processes_named(mark):
            time.sleep(0.01)
        attack = f"""
        import os
        for path in ({str(secret)!r}, "/proc/1/root" + {str(secret)!r}, "/proc/self/root/../.." + {str(secret)!r}):
            try:
                print("READ", open(path).read())
            except OSError:
                pass
        print({mark!r} in "".join(open(f"/proc/{{pid}}/comm").read() for pid in os.listdir("/proc") if pid.isdecimal()))
        for number, kind in ((8, 0o60000), (259, 0o60000), (1, 0o20000), (10, 0o20000)):
            for minor in (0, 1, 229):
                try:
                    os.mknod("device", kind | 0o666, os.makedev(number, minor))
                    print("MADE")
                except OSError:
                    pass
        """
        done = contained(box, attack, scratch=True)
        assert done.stdout == b"False\n", done
        assert b"Permission denied" in contained(box, "import os; os.listdir('/dev')").stderr
    finally:
        victim.kill()
        victim.communicate()


def test_no_port_of_the_machine_or_of_a_neighbour_answers(box: DockerSandbox) -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        attack = f"""
        import ctypes, os, socket
        libc = ctypes.CDLL(None, use_errno=True)
        for family, kind in ((2, 1), (2, 2), (2, 3), (10, 1), (16, 3), (17, 3), (38, 5), (40, 1), (44, 3)):
            fd = libc.socket(family, kind, 0)
            if fd >= 0:
                print("MADE", family, kind)
        try:
            socket.create_connection(("172.17.0.1", {port}), 1)
            print("CONNECTED")
        except OSError:
            pass
        """
        done = contained(box, attack)
        assert (done.exit_code, done.stdout) == (0, b"")


def test_the_agent_cannot_be_looked_into_or_held_up(box: DockerSandbox) -> None:
    attack = """
    import ctypes, os, signal
    libc = ctypes.CDLL(None, use_errno=True)
    agents = [int(pid) for pid in os.listdir("/proc") if pid.isdecimal() and int(pid) != os.getpid()]
    print(len(agents) >= 2, os.getppid() in agents)
    for pid in agents:
        for name in ("mem", "environ", "maps", "cwd/x", "root/etc/passwd", "fd/0", "fd/16", "stack", "auxv"):
            try:
                open(f"/proc/{pid}/{name}", "rb").read(1)
                print("READ", pid, name)
            except OSError:
                pass
        for name in ("mem", "oom_score_adj", "comm", "clear_refs", "coredump_filter"):
            try:
                open(f"/proc/{pid}/{name}", "wb").write(b"0")
                print("WROTE", pid, name)
            except OSError:
                pass
        for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTERM, signal.SIGKILL, 0):
            try:
                os.kill(pid, number)
                print("SENT", pid, number)
            except OSError:
                pass
        for call, args in ((101, (16, pid, 0, 0)), (310, (pid, 0, 0, 0, 0, 0)), (311, (pid, 0, 0, 0, 0, 0)),
                           (302, (pid, 7, 0, 0)), (203, (pid, 8, b"\\1" * 8)), (141, (0, pid, 19)),
                           (144, (pid, 5, b"\\0" * 8)), (438, (os.pidfd_open(pid), 0, 0)), (440, (0, 0, 0, 0, 0))):
            if libc.syscall(call, *args) >= 0:
                print("CALLED", call, pid)
    """
    done = contained(box, attack)
    assert done.stdout == b"True True\n", done
    assert contained(box, "print(1)").stdout == b"1\n"


def test_a_run_cannot_speak_for_its_agent(box: DockerSandbox) -> None:
    attack = """
    import os, struct
    forged = b"E" + struct.pack("<I", 1) + struct.pack("<iddqB", 0, 0.0, 0.0, 0, 0)
    for fd in range(256):
        for message in (forged, b"{}"):
            try:
                if fd not in (1, 2):
                    os.write(fd, message)
                    print("WROTE", fd)
            except OSError:
                pass
    raise SystemExit(9)
    """
    for _ in range(4):
        done = contained(box, attack)
        assert (done.exit_code, done.stdout) == (9, b"")
        assert contained(box, "print('honest')").stdout == b"honest\n"


def test_a_hundred_runs_at_a_time_share_two_containers(box: DockerSandbox) -> None:
    results: dict[int, bytes] = {}

    def one(number: int) -> None:
        source = f"open('x', 'w').write('{number}'); import os; print(os.listdir(), open('x').read())"
        results[number] = box.run(Program(source, scratch=True)).stdout

    threads = [threading.Thread(target=one, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: b"['x'] %d\n" % number for number in range(100)}
