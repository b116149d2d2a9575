"""``/proc`` where a run has one: its own processes, nothing to write, no way into another process."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from containment import contained, name_itself, processes_named, unconfined
from verigym.sandbox import Sandbox


def test_it_is_there_as_far_as_programs_need_it(full_box: Sandbox) -> None:
    done = contained(
        full_box,
        """
        import os
        print(os.readlink("/proc/self") == str(os.getpid()))
        print(open("/proc/self/status").read().startswith("Name:"))
        print(len(open("/proc/self/maps").readlines()) > 5)
        print(os.readlink("/proc/self/exe").rpartition("/")[2].startswith("python"))
        print(sorted(os.listdir("/proc/self/fd"))[:3])
        """,
        scratch=True,
    )
    assert done.stdout == b"True\nTrue\nTrue\nTrue\n['0', '1', '2']\n", done.stderr


def test_only_processes_of_its_own_can_be_looked_into(full_box: Sandbox) -> None:
    attack = """
    import os
    child = os.fork()
    if child == 0:
        import time; time.sleep(9)
    ours = {os.getpid(), child}
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
        for name in ("mem", "environ", "maps", "auxv", "stack", "syscall", "fd", "fdinfo", "task", "cwd",
                     "root", "exe", "map_files", "io", "ns/pid", "timers", "smaps", "pagemap"):
            path = f"/proc/{pid}/{name}"
            try:
                if name == "fd":  # the numbers of those that are open are no secret
                    open(path + "/0", "rb").close() or os.readlink(path + "/0")
                elif name in ("fdinfo", "map_files"):
                    [open(f"{path}/{inner}").read() for inner in os.listdir(path)[:1]]
                elif name in ("cwd", "root", "exe", "ns/pid"):
                    os.readlink(path)
                elif name == "task":
                    os.listdir(path) and open(f"/proc/{pid}/task/{pid}/environ").read()
                elif name == "mem":
                    open(path, "rb").close()
                else:
                    open(path, "rb").read(1)
                print("OWN" if pid in ours else "OTHER", pid, name)
            except OSError:
                pass
    os.kill(child, 9)
    """
    done = contained(full_box, attack, scratch=True)
    assert done.ok, done.stderr
    assert b"OWN" in done.stdout, "the attack works on processes of its own"
    assert b"OTHER" not in done.stdout, done.stdout


def test_the_first_process_is_no_help(full_box: Sandbox) -> None:
    attack = """
    import os
    for path in ("root/etc/shadow", "root/proc/1/environ", "cwd/etc", "environ", "fd/0", "mem", "attr/current"):
        try:
            print("GOT", path, open("/proc/1/" + path, "rb").read(10))
        except OSError:
            pass
    for name in ("kcore", "kallsyms", "kmsg", "keys", "key-users", "sched_debug", "timer_list",
                 "sysrq-trigger", "mounts", "self/mountinfo"):
        try:
            text = open("/proc/" + name, "rb").read(100_000)
        except OSError:
            continue
        if name in ("kcore", "kmsg", "sched_debug", "timer_list", "sysrq-trigger") and text.strip(bytes(1)):
            print("GOT", name)
        if name == "kallsyms" and any(int(line.split()[0], 16) for line in text.splitlines()[:50]):
            print("GOT", name)
        if HERE in text:
            print("GOT", name)
    """
    attack = attack.replace("HERE", repr(os.getcwd().encode()))
    done = contained(full_box, attack, scratch=True)
    assert done.ok, done.stderr
    assert b"GOT" not in done.stdout, done.stdout


def test_nothing_below_it_can_be_written(full_box: Sandbox) -> None:
    attack = """
    import os
    pids = [name for name in os.listdir("/proc") if name.isdecimal()] + ["self", "thread-self", "1"]
    paths = [f"/proc/{pid}/{name}" for pid in pids for name in (
        "mem", "comm", "oom_score_adj", "oom_adj", "coredump_filter", "clear_refs", "autogroup", "timerslack_ns",
        "uid_map", "gid_map", "setgroups", "projid_map", "loginuid", "sched", "make-it-fail", "timens_offsets",
        "attr/current", "attr/exec", "fd/0")]
    for folder, _, names in os.walk("/proc/sys"):
        paths += [os.path.join(folder, name) for name in names]
    paths += ["/proc/sysrq-trigger", "/proc/new", "/proc/self/new", "/proc/irq/default_smp_affinity"]
    tried = 0
    for path in paths:
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_TRUNC):
            try:
                fd = os.open(path, flags)
            except OSError:
                tried += 1
            else:
                os.close(fd)
                print("OPENED", path, flags)
    for act in (os.mkdir, os.rmdir, os.unlink):
        try:
            act("/proc/self/x")
            print("ACTED")
        except OSError:
            tried += 1
    print(tried > 50)
    """
    done = contained(full_box, attack, scratch=True)
    lines = [line for line in done.stdout.decode().splitlines() if "/fd/0" not in line]  # its own input
    assert lines == ["True"], done


def test_memory_of_another_process_of_the_run_cannot_be_written(full_box: Sandbox) -> None:
    attack = """
    import ctypes, os
    word = ctypes.create_string_buffer(b"honest")
    back, front = os.pipe()
    go, ready = os.pipe()
    if (child := os.fork()) == 0:
        os.read(go, 1)
        os.write(front, word.value)
        os._exit(0)
    try:
        with open(f"/proc/{child}/mem", "r+b", buffering=0) as memory:
            memory.seek(ctypes.addressof(word))
            memory.write(b"FORGED")
    except OSError:
        pass
    os.write(ready, b"x")
    print(os.read(back, 9).decode())
    """
    assert unconfined(attack).strip() == "FORGED"
    assert contained(full_box, attack, scratch=True).stdout == b"honest\n"


def test_a_process_of_the_machine_is_not_to_be_found_by_number(full_box: Sandbox) -> None:
    mark = f"vgp{os.getpid()}"
    program = f"{name_itself(mark)}; input()"
    victim = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    try:
        while not processes_named(mark):
            time.sleep(0.01)
        attack = f"""
        for pid in [*range(1, 500), *range({victim.pid} - 500, {victim.pid} + 1)]:
            try:
                if {mark!r} in open(f"/proc/{{pid}}/stat").read():
                    print("FOUND", pid)
            except OSError:
                pass
        """
        assert "FOUND" in unconfined(attack)
        done = contained(full_box, attack, scratch=True)
        assert (done.exit_code, done.stdout) == (0, b"")
    finally:
        victim.kill()
        victim.communicate()


def test_without_a_scratch_directory_there_is_none_or_the_same(box: Sandbox) -> None:
    done = contained(box, "import os; print(len(os.listdir('/proc')))")
    if "container" not in box.capabilities():
        assert done.exit_code == 1
    done = contained(box, "print(open('/proc/1/environ').read())")
    assert done.exit_code == 1
    assert contained(box, "open('/proc/self/comm', 'w').write('x')").exit_code == 1
