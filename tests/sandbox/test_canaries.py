"""What hostile programs try. Each test first shows that the attack works where nothing contains it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox

LIMITS = Limits(wall_seconds=5, cpu_seconds=3, memory_bytes=256 << 20)


def unconfined(source: str, seconds: float = 20) -> str:
    """What the program prints without any sandbox."""
    command = [sys.executable, "-c", textwrap.dedent(source)]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds).stdout


def contained(box: Sandbox, source: str, limits: Limits = LIMITS, scratch: bool = False) -> Execution:
    return box.run(Program(textwrap.dedent(source), scratch=scratch), limits)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def processes_named(mark: str) -> list[str]:
    """Host pids of processes whose name (comm) is the mark, zombies left out."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            if f"({mark})" in text and text.rpartition(")")[2].split()[0] != "Z":
                found.append(entry)
    return found


NAME_ITSELF = """
import ctypes
ctypes.CDLL(None).prctl(15, {mark!r}.encode(), 0, 0, 0)
"""


# ------------------------------------------------------------------------------------- reading


def test_a_secret_file_of_the_host_is_out_of_reach(box: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    for folder in (tmp_path, *tmp_path.parents):
        if os.access(folder, os.W_OK) and folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(0o755)
    attack = f"print(open({str(secret)!r}).read())"
    assert "hunter2" in unconfined(attack)
    done = contained(box, attack)
    assert done.exit_code == 1
    assert b"hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/group", "/etc/hosts", "/home", "/proc/self/status", "/sys", "/var"]
)
def test_system_files_are_out_of_reach(box: Sandbox, path: str) -> None:
    attack = f"""
    import os
    print("REACHED", os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}).read()[:9])
    """
    assert "REACHED" in unconfined(attack)
    assert b"REACHED" not in contained(box, attack).stdout


def test_host_processes_cannot_be_listed(box: Sandbox) -> None:
    attack = "import os; print('SEEN', [p for p in os.listdir('/proc') if p.isdigit()])"
    assert str(os.getpid()) in unconfined(attack)
    assert b"SEEN" not in contained(box, attack).stdout


def test_the_environment_holds_nothing_of_ours(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "hunter2")
    attack = "import os; print(dict(os.environ))"
    assert "hunter2" in unconfined(attack)
    done = contained(box, attack)
    assert done.exit_code == 0
    assert set(eval(done.stdout)) <= {
        "HOME",
        "LANG",
        "PATH",
        "TMPDIR",
    }  # our own reading of our own environment


def test_no_descriptor_of_ours_is_inherited(box: Sandbox, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        done = contained(
            box,
            """
            import os
            for fd in range(3, 1024):
                try:
                    os.fstat(fd)
                    print("OPEN", fd)
                except OSError:
                    pass
            """,
        )
    assert done.ok, done.stderr
    assert done.stdout == b""


def test_an_earlier_program_left_nothing_in_memory(box: Sandbox) -> None:
    secret = "XYZZY" + "-plugh-" * 3
    assert contained(box, f"s = {secret!r}\nprint(len(s))").ok
    scan = """
    import ctypes, os, sys
    needle = b"-hgulp-YZZYX"  # backwards, or the search would find itself
    found = 0
    libc = ctypes.CDLL(None)
    reader, writer = os.pipe()
    # walk the heap around a fresh object: write() reports EFAULT instead of crashing
    base = id(object()) & ~0xfffff
    for address in range(base - (8 << 20), base + (8 << 20), 4096):
        count = libc.write(writer, ctypes.c_void_p(address), ctypes.c_size_t(4096))
        if count > 0 and needle in os.read(reader, count)[::-1]:
            found += 1
    print("FOUND" if found else "clean")
    """
    assert "FOUND" in unconfined(f"s = {secret!r}\n" + textwrap.dedent(scan))
    assert contained(box, scan).stdout == b"clean\n"


# ------------------------------------------------------------------------------------- network


def test_no_socket_reaches_the_network(box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        port = server.getsockname()[1]
        attack = f"""
        import socket
        socket.create_connection(("127.0.0.1", {port}), 2).sendall(b"hi")
        print("CONNECTED")
        """
        assert "CONNECTED" in unconfined(attack)
        server.accept()[0].close()
        assert b"CONNECTED" not in contained(box, attack).stdout
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_VSOCK", "AF_ALG"]
)
def test_no_kind_of_socket_can_be_made(box: Sandbox, family: str) -> None:
    kind = (
        "SOCK_SEQPACKET"
        if family == "AF_ALG"
        else "SOCK_DGRAM"
        if family != "AF_VSOCK"
        else "SOCK_STREAM"
    )
    attack = f"import socket; socket.socket(socket.{family}, socket.{kind}); print('MADE')"
    if family in ("AF_INET", "AF_UNIX", "AF_NETLINK"):
        assert "MADE" in unconfined(attack)
    assert b"MADE" not in contained(box, attack).stdout


def test_an_abstract_socket_of_the_host_is_out_of_reach(box: Sandbox) -> None:
    name = f"\0verigym-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        attack = f"""
        import socket
        s = socket.socket(socket.AF_UNIX)
        s.connect({name!r})
        print("CONNECTED")
        """
        assert "CONNECTED" in unconfined(attack)
        assert b"CONNECTED" not in contained(box, attack).stdout


# ------------------------------------------------------------------------------------- writing


def test_nothing_outside_scratch_can_be_written(box: Sandbox, tmp_path: Path) -> None:
    attack = f"""
    import os, sys
    for folder in ({str(tmp_path)!r}, "/tmp", "/var/tmp", "/dev/shm", "/usr", "/", "/etc", "/run", sys.prefix):
        try:
            path = os.path.join(folder, "verigym-canary")
            open(path, "w").write("x")
            print("WROTE", path)
            os.remove(path)
        except OSError:
            pass
    """
    assert "WROTE" in unconfined(attack)
    done = contained(box, attack)
    assert done.ok, done.stderr
    assert b"WROTE" not in done.stdout


def test_a_file_of_the_host_cannot_be_altered_unopened(box: Sandbox, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    tmp_path.chmod(0o777)
    attack = f"""
    import os
    for act in (lambda p: os.chmod(p, 0o777), lambda p: os.utime(p, (1, 1)), lambda p: os.truncate(p, 0)):
        for path in ({str(victim)!r}, "/usr/bin/env", os.__file__):
            try:
                act(path)
                print("ALTERED", path)
            except OSError:
                pass
    """
    harmless = attack.replace('"/usr/bin/env", os.__file__', "")
    assert unconfined(harmless).count("ALTERED") == 3
    victim.write_text("precious")
    done = contained(box, attack)
    assert done.ok, done.stderr
    assert b"ALTERED" not in done.stdout
    assert victim.read_text() == "precious"


def test_scratch_is_empty_each_time_and_gone_after(full_box: Sandbox) -> None:
    attack = """
    import os
    print(sorted(os.listdir(".")))
    open("kept", "w").write("for the next run")
    """
    for _ in range(3):
        done = contained(full_box, attack, scratch=True)
        assert done.stdout == b"[]\n", done.stderr


def test_scratch_is_really_writable(full_box: Sandbox) -> None:
    done = contained(
        full_box,
        """
        import os, tempfile
        os.makedirs("a/b")
        open("a/b/c", "w").write("hello")
        os.symlink("a/b/c", "link")
        os.rename("a", "d")
        with tempfile.TemporaryDirectory() as folder:
            open(os.path.join(folder, "x"), "w").write("y")
        print(open("d/b/c").read(), os.getcwd())
        """,
        scratch=True,
    )
    assert done.stdout == b"hello /scratch\n", done.stderr


def test_symlinks_and_hard_links_lead_nowhere_from_scratch(full_box: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    attack = f"""
    import os
    for target in ({str(secret)!r}, "/etc/passwd", "/proc/self/root/etc/passwd", "/../../etc/passwd"):
        for make in (os.symlink, os.link):
            try:
                make(target, "trick")
                print("LED", open("trick").read())
            except OSError:
                pass
            if os.path.lexists("trick"):
                os.remove("trick")
    os.symlink("/usr", "out")
    try:
        open("out/canary", "w")
        print("LED")
    except OSError:
        pass
    """
    os.chdir(tmp_path)
    assert "LED" in unconfined(attack.replace('os.symlink("/usr", "out")', 'os.symlink(".", "out")'))
    done = contained(full_box, attack, scratch=True)
    assert done.ok, done.stderr
    assert b"LED" not in done.stdout


def test_the_disk_cannot_be_filled(full_box: Sandbox, tmp_path: Path) -> None:
    attack = """
    import os
    total = 0
    try:
        for number in range(64):
            with open(f"{number}", "wb") as file:
                for _ in range(8):
                    file.write(bytes(1 << 20))
                    file.flush()
                    total += 1
            if total >= 128:
                break
    except OSError as error:
        print(error.strerror)
    print(total)
    """
    os.chdir(tmp_path)
    assert unconfined(attack).split()[-1] == "128"
    done = contained(full_box, attack, Limits(scratch_bytes=16 << 20, wall_seconds=10), scratch=True)
    assert int(done.stdout.split()[-1]) <= 16, done
    assert b"No space left" in done.stdout


def test_inodes_run_out_too(full_box: Sandbox) -> None:
    attack = """
    try:
        for number in range(100_000):
            open(str(number), "w").close()
    except OSError as error:
        print(number < 5000, error.strerror)
    """
    assert contained(full_box, attack, scratch=True).stdout == b"True No space left on device\n"


def test_one_file_cannot_outgrow_its_limit(full_box: Sandbox) -> None:
    attack = "f = open('x', 'wb'); f.write(bytes(3 << 20)); f.flush(); print('WROTE')"
    done = contained(full_box, attack, Limits(file_bytes=1 << 20), scratch=True)
    assert b"WROTE" not in done.stdout
    assert b"File too large" in done.stderr


def test_endless_output_is_cut_with_a_mark(box: Sandbox) -> None:
    attack = "while True: print('x' * 1000)"
    with subprocess.Popen([sys.executable, "-c", attack], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert len(process.stdout.read(4 << 20)) == 4 << 20
        process.kill()
    start = time.perf_counter()
    done = contained(box, attack, Limits(wall_seconds=5, file_bytes=1 << 20))
    assert time.perf_counter() - start < 5
    assert done.limit is Limit.OUTPUT
    assert done.stdout_cut
    assert len(done.stdout) < 66 * 1024
    assert b"[cut: 65536 of 1048576 bytes shown]" in done.stdout


# ------------------------------------------------------------------------------- other processes


def test_a_daemon_does_not_outlive_its_run(box: Sandbox) -> None:
    mark = f"vgd{os.getpid()}"
    attack = f"""
    {NAME_ITSELF.format(mark=mark).strip().replace(chr(10), chr(10) + "    ")}
    import os, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(30)
        os._exit(0)
    print("LEFT")
    """
    try:
        assert "LEFT" in unconfined(
            attack.replace(
                "time.sleep(30)", "sys.stdout = None; os.close(1); os.close(2); time.sleep(30)"
            )
        )
        assert processes_named(mark)
    finally:
        for pid in processes_named(mark):
            os.kill(int(pid), signal.SIGKILL)
    start = time.perf_counter()
    done = contained(box, attack)
    assert time.perf_counter() - start < 3
    assert done.exit_code == (0 if box.capabilities()["subprocesses"] else 1)
    assert not processes_named(mark)


def test_a_fork_bomb_is_bounded_and_cleared(box: Sandbox) -> None:
    mark = f"vgf{os.getpid()}"
    attack = f"""
    {NAME_ITSELF.format(mark=mark).strip().replace(chr(10), chr(10) + "    ")}
    import os, time
    children = 0
    try:
        for _ in range(BOUND):
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
            children += 1
    except OSError as error:
        print(error.strerror)
    print(children)
    """
    try:
        # bounded even here: 100 children are a demonstration, not an outage
        assert (
            unconfined(
                attack.replace("BOUND", "100").replace("time.sleep(20)", "time.sleep(1)")
            ).split()[-1]
            == "100"
        )
    finally:
        for pid in processes_named(mark):
            os.kill(int(pid), signal.SIGKILL)
    done = contained(box, attack.replace("BOUND", "10**6"), Limits(processes=10, wall_seconds=5))
    assert int(done.stdout.split()[-1]) <= 10, done
    assert not processes_named(mark)


def test_an_exponential_fork_bomb_ends_at_the_deadline(full_box: Sandbox) -> None:
    start = time.perf_counter()
    done = contained(
        full_box,
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        Limits(wall_seconds=1),
    )
    assert done.limit in (Limit.WALL, Limit.CPU)
    assert time.perf_counter() - start < 6
    assert contained(full_box, "print(1)").stdout == b"1\n"


def test_threads_work_and_are_counted(box: Sandbox) -> None:
    done = contained(
        box,
        """
        import threading
        seen = []
        threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(4)]
        [t.start() for t in threads], [t.join() for t in threads]
        print(sorted(seen))
        """,
    )
    assert done.stdout == b"[0, 1, 2, 3]\n", done.stderr


def test_a_memory_bomb_is_stopped(box: Sandbox) -> None:
    attack = "x = bytearray(600 << 20); x[::4096] = b'1' * len(x[::4096]); print('HELD')"
    assert "HELD" in unconfined(attack)
    done = contained(box, attack)
    assert done.limit is Limit.MEMORY
    assert b"HELD" not in done.stdout


def test_many_processes_cannot_add_up_to_a_memory_bomb(full_box: Sandbox) -> None:
    attack = """
    import os, time
    for _ in range(6):
        if os.fork() == 0:
            x = bytearray(100 << 20)
            x[::4096] = b"1" * len(x[::4096])
            time.sleep(3)
            os._exit(0)
    time.sleep(3)
    print("HELD")
    """
    assert "HELD" in unconfined(attack)
    done = contained(full_box, attack, Limits(memory_bytes=200 << 20, wall_seconds=10))
    assert b"HELD" not in done.stdout or done.limit is Limit.MEMORY, done


def test_anonymous_files_are_no_way_around_the_memory_limit(box: Sandbox) -> None:
    attack = "import os; os.memfd_create('x'); print('MADE')"
    assert "MADE" in unconfined(attack)
    assert b"MADE" not in contained(box, attack).stdout


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGSTOP, signal.SIGTERM])
def test_neither_judge_nor_agent_can_be_signalled(box: Sandbox, sent: int) -> None:
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        attack = f"""
        import os
        for pid in (os.getppid(), 1, {victim.pid}, {os.getpid()}, -1, 0):
            try:
                os.kill(pid, {int(sent)}) if pid != 0 else None
            except OSError:
                pass
        print("still here")
        """
        before = contained(box, "print(1)")
        contained(box, attack)
        assert victim.poll() is None
        state = Path(f"/proc/{victim.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state != "T"
        assert contained(box, "print(1)").stdout == before.stdout
        os.kill(victim.pid, signal.SIGKILL)  # and unconfined, the same call works
    finally:
        victim.kill()
        victim.wait()


def test_the_process_group_of_the_judge_is_out_of_reach(box: Sandbox) -> None:
    done = contained(
        box, "import os, signal; print(os.getpgid(0) == os.getpid()); os.kill(0, signal.SIGKILL)"
    )
    assert os.getpid()
    assert done.signal == signal.SIGKILL or b"Operation not permitted" in done.stderr


def test_no_process_can_be_traced_or_read(box: Sandbox) -> None:
    attack = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    pid = os.getppid()
    print("TRACED", libc.ptrace(16, {pid}, 0, 0))
    """
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert "TRACED 0" in unconfined(attack.replace("{pid}", str(victim.pid)))
    finally:
        victim.kill()
        victim.wait()
    for pid in ("pid", "1", str(os.getpid())):
        assert b"TRACED 0" not in contained(box, attack.replace("{pid}", pid)).stdout


@pytest.mark.parametrize(
    ("name", "number", "args"),
    [
        ("ptrace", 101, "0, 0, 0, 0"),
        ("process_vm_readv", 310, "1, 0, 0, 0, 0, 0"),
        ("mount", 165, "b'tmpfs', b'/tmp', b'tmpfs', 0, 0"),
        ("umount2", 166, "b'/tmp', 2"),
        ("pivot_root", 155, "b'.', b'.'"),
        ("chroot", 161, "b'/'"),
        ("unshare user", 272, "0x10000000"),
        ("setns", 308, "0, 0"),
        ("bpf", 321, "0, 0, 0"),
        ("keyctl", 250, "0, 0, 0"),
        ("io_uring_setup", 425, "1, 0"),
        ("perf_event_open", 298, "0, 0, 0, 0, 0"),
        ("userfaultfd", 323, "0"),
        ("memfd_create", 319, "b'x', 0"),
        ("open_tree", 428, "-100, b'/', 1"),
        ("fsopen", 430, "b'tmpfs', 0"),
        ("pidfd_getfd", 438, "0, 0, 0"),
        ("clone3", 435, "0, 0"),
        ("kexec_load", 246, "0, 0, 0, 0"),
        ("sethostname", 170, "b'x', 1"),
        ("sched_setaffinity", 203, "0, 8, b'\\xff' * 8"),
        ("setpriority", 141, "0, 0, 19"),
        ("seccomp", 317, "1, 0, 0"),
        ("shmget", 29, "0, 4096, 0o1600"),
        ("mq_open", 240, "b'x', 66, 0o600, 0"),
        ("clone into a user namespace", 56, "0x10000011, 0, 0, 0, 0"),
        ("prlimit of another", 302, "1, 7, 0, 0"),
        ("quotactl", 179, "0, 0, 0, 0"),
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_a_dangerous_system_call_is_denied(box: Sandbox, name: str, number: int, args: str) -> None:
    done = contained(
        box,
        f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        result = libc.syscall({number}, {args})
        print(result, ctypes.get_errno())
        """,
    )
    assert done.stdout in (b"-1 1\n", b"-1 38\n"), (name, done)


def test_foreign_system_call_numbers_kill(box: Sandbox) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("x32 numbers exist on x86_64 only")
    done = contained(box, "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)")
    assert done.signal == signal.SIGSYS


def test_a_new_user_namespace_or_mount_cannot_be_made(box: Sandbox) -> None:
    attack = """
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    print("UNSHARED", libc.unshare(0x10000000 | 0x20000), libc.mount(b"x", b"/tmp", b"tmpfs", 0, 0))
    """
    assert "UNSHARED 0 0" in unconfined(attack)
    assert b"UNSHARED -1 -1" in contained(box, attack).stdout
    if box.capabilities()["scratch"]:
        assert b"UNSHARED -1 -1" in contained(box, attack, scratch=True).stdout


def test_no_privilege_is_left(box: Sandbox) -> None:
    attack = """
    import ctypes, os, struct
    libc = ctypes.CDLL(None)
    header, data = struct.pack("<Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
    print(libc.syscall(125, header, data), data.raw.count(0), os.getuid() if False else "-")
    """
    if os.uname().machine == "x86_64":
        assert contained(box, attack).stdout == b"0 24 -\n"
    done = contained(box, "import os\ntry: os.setuid(0); print('ROOT')\nexcept OSError: print('no')")
    assert done.stdout == b"no\n"


# --------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("while True: pass", Limit.CPU),
        ("import time; time.sleep(60)", Limit.WALL),
        ("import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n"
         "    except (OSError, ValueError): pass\nwhile True: pass", Limit.CPU),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", Limit.CPU),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()", Limit.WALL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", Limit.WALL),
    ],
)  # fmt: skip
def test_no_program_outstays_its_limits(box: Sandbox, source: str, limit: Limit) -> None:
    wall = (
        2 if limit is Limit.WALL else 15
    )  # processor time runs slower than the clock on a busy machine
    start = time.perf_counter()
    done = contained(box, source, Limits(cpu_seconds=1, wall_seconds=wall))
    assert time.perf_counter() - start < wall + 2
    assert done.limit is limit, done


def test_runs_side_by_side_do_not_see_each_other(full_box: Sandbox) -> None:
    found: list[Execution] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(
                contained(
                    full_box,
                    """
                    import os, time
                    open("mine", "w").write(str(os.getpid()))
                    time.sleep(0.3)
                    print(sorted(os.listdir(".")))
                    """,
                    scratch=True,
                )
            )
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done.stdout for done in found] == [b"['mine']\n"] * 2
