"""The agent: a warm fork server that runs one untrusted program at a time, contained.

This file is run by path, inside the sandbox, by a bare interpreter; it needs the standard library
only. It becomes three kinds of process:

* the **keeper**, which builds the cell (namespaces, read-only root), forks the agent into it and then
  only waits: when the judging side dies it kills the agent, and with it everything inside;
* the **agent**, process 1 of the cell, which forks for each run. It passes on descriptors and numbers
  and *never reads a job's bytes*, so its memory holds nothing of one job for a later one to find;
* the **child**, which confines itself, then reads its own program and runs it.

A run is over when the program's first process is; whatever it left behind is killed in one atomic
``kill(-1)`` before the result is told, so no daemon, pipe or mount outlives a run.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _sitebuiltins
import atexit
import builtins
import ctypes
import errno
import fcntl
import gc
import importlib.util
import json
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
import types
from typing import Any, NoReturn

# The two sides share these through `link.py`, which imports this file as a module.
REQUEST = struct.Struct("<BBIQIQQ")
"""kind, mask of optional descriptors, cpu s, memory, processes, file bytes, scratch bytes."""
EXITED = struct.Struct("<iddq")
"""wait status, user s, system s, peak resident KiB; prefixed by b"E"."""
PYTHON, COMMAND = 0, 1
DATA_FD, RESULT_FD, CHANNEL_FD = 3, 4, 5
FIRST_FREE_FD = 10
SCRATCH = "/scratch"
NOBODY = 65534

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE, MNT_DETACH = 2, 4, 0x4000, 0x40000, 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE, OPEN_TREE_CLONE = -100, 0x1000, 0x8000, 1
CAPABILITY_VERSION_3 = 0x20080522

# System calls that the C library has no name for; these numbers are the same on every architecture.
SYS_OPEN_TREE, SYS_MOVE_MOUNT, SYS_MOUNT_SETATTR = 428, 429, 442
SYS_LANDLOCK_CREATE, SYS_LANDLOCK_ADD, SYS_LANDLOCK_RESTRICT = 444, 445, 446
# These differ.
SYS_PIVOT_ROOT, SYS_SECCOMP, SYS_CAPSET = {
    "x86_64": (155, 317, 126),
    "aarch64": (41, 277, 91),
}.get(os.uname().machine, (-1, -1, -1))

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def _syscall(what: str, number: int, *args: Any) -> int:
    return _check(_libc.syscall(ctypes.c_long(number), *args), what)


def _mount(
    source: bytes | None, target: str, kind: bytes | None, flags: int, data: bytes | None
) -> None:
    _check(_libc.mount(source, target.encode(), kind, ctypes.c_ulong(flags), data), f"mount {target}")


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


# ---------------------------------------------------------------------------------- the cell, once


def enter_namespaces(config: dict[str, Any]) -> None:
    """New user, mount, network, ipc, uts and (for children) pid namespaces, on a read-only root.

    Root builds the cell first and then becomes nobody; anybody else must own a user namespace first.
    Either way no process in the cell has any identity or privilege outside.
    """
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    spaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID
    if os.geteuid() == 0:
        _unshare(spaces)
        socket.sethostname("sandbox")
        build_root(config)
        become_nobody()
        _unshare(CLONE_NEWUSER)
        map_ids(proc, NOBODY, NOBODY)
    else:
        uid, gid = os.geteuid(), os.getegid()
        _unshare(CLONE_NEWUSER | spaces)
        map_ids(proc, uid, gid)
        socket.sethostname("sandbox")
        build_root(config)
    os.close(proc)


def _unshare(flags: int) -> None:
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare namespaces")


def become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _prctl(PR_SET_DUMPABLE, 1)  # or the maps in /proc/self would belong to root


def map_ids(proc: int, uid: int, gid: int) -> None:
    """Map the one outer user and group to nobody inside."""
    _prctl(PR_SET_DUMPABLE, 1)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        fd = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(fd, text.encode())
        os.close(fd)


def build_root(config: dict[str, Any]) -> None:
    """A root of its own: a small read-only tmpfs with read-only binds of what programs need."""
    _mount(None, "/", None, MS_REC | MS_PRIVATE, None)
    trees = [(path, os.path.isdir(path), _clone_tree(path, ATTR_NODEV)) for path in config["binds"]]
    trees += [(path, False, _clone_tree(path, 0)) for path in config["devices"]]
    base = "/tmp"  # any directory does: the sources are already held open
    _mount(b"tmpfs", base, b"tmpfs", MS_NOSUID | MS_NODEV, b"size=1m,mode=755")
    for path, is_directory, tree in trees:
        target = base + path
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        if is_directory:
            os.makedirs(target, 0o755, exist_ok=True)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        _syscall("move_mount", SYS_MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), 4)
        os.close(tree)
    for path, target in config["links"]:
        os.symlink(target, base + path)
    os.mkdir(base + SCRATCH, 0o755)
    for path in ("/tmp", "/dev/shm"):  # semaphores are files there
        os.symlink(SCRATCH, base + path)
    os.chdir(base)
    _syscall("pivot_root", SYS_PIVOT_ROOT, b".", b".")
    _check(_libc.umount2(b".", MNT_DETACH), "detach the old root")
    os.chdir("/")
    _set_mount(AT_FDCWD, b"/", 0, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV)


def _clone_tree(path: str, extra: int) -> int:
    """A detached, read-only copy of the mounts at a path, as a descriptor."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    tree = _syscall(f"open_tree {path}", SYS_OPEN_TREE, AT_FDCWD, path.encode(), flags)
    _set_mount(tree, b"", AT_EMPTY_PATH | AT_RECURSIVE, ATTR_RDONLY | ATTR_NOSUID | extra)
    return tree


def _set_mount(fd: int, path: bytes, flags: int, attributes: int) -> None:
    value = struct.pack("<QQQQ", attributes, 0, 0, 0)
    _syscall("mount_setattr", SYS_MOUNT_SETATTR, fd, path, flags, value, ctypes.c_size_t(len(value)))


def drop_capabilities() -> None:
    """No capability, effective, permitted or inheritable."""
    header = struct.pack("<Ii", CAPABILITY_VERSION_3, 0)
    _syscall("capset", SYS_CAPSET, header, bytes(24))


class Program(ctypes.Structure):
    """``struct sock_fprog``: a seccomp filter as the kernel wants it."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


class Filter:
    """A seccomp filter, ready to install; built by the judging side, see ``seccomp.py``."""

    def __init__(self, code: bytes) -> None:
        self._code = ctypes.create_string_buffer(code, len(code))
        self._program = Program(len(code) // 8, ctypes.addressof(self._code))
        self._pointer = ctypes.byref(self._program)

    def install(self) -> None:
        _syscall("seccomp", SYS_SECCOMP, 1, 0, self._pointer)


class Landlock:
    """The paths that a run may reach, as a Landlock ruleset (kernel documentation: landlock.rst)."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._attributes = struct.pack("<QQQ", *config["handled"])[: config["size"]]
        self._scratch_access = config["scratch"]
        self._rules = [(access, os.open(path, os.O_PATH)) for path, access in config["rules"]]
        self._plain = self._build(self._rules)

    def restrict(self, scratch: bool) -> None:
        """Confine this process, and all that it starts, for good."""
        ruleset = self._plain
        if scratch:
            ruleset = self._build([*self._rules, (self._scratch_access, os.open(SCRATCH, os.O_PATH))])
        _syscall("landlock_restrict_self", SYS_LANDLOCK_RESTRICT, ruleset, 0)

    def _build(self, rules: list[tuple[int, int]]) -> int:
        size = ctypes.c_size_t(len(self._attributes))
        ruleset = _syscall("landlock_create_ruleset", SYS_LANDLOCK_CREATE, self._attributes, size, 0)
        for access, fd in rules:
            rule = struct.pack("<Qi", access, fd)
            _syscall("landlock_add_rule", SYS_LANDLOCK_ADD, ruleset, 1, rule, 0)
        return ruleset


# -------------------------------------------------------------------------------------- one run


class Child:
    """What a forked child does: confine itself, then run its program. Never returns."""

    def __init__(self, config: dict[str, Any], cgroup_fds: list[int]) -> None:
        self.tier = int(config["tier"])
        self.cgroup_fds = cgroup_fds
        self.landlock = Landlock(config["landlock"]) if self.tier else None
        self.scratch = config["scratch"]
        self.filter = bytes.fromhex(config["child_filter"])
        self.filter_pid = config["child_filter_pid"]  # where the child's own pid goes, or None

    def confine_agent(self, config: dict[str, Any]) -> None:
        """What holds for every run is done once, here, and inherited; that costs a run nothing.

        Only an agent that makes scratch directories leaves the last steps to each child: confined, it
        could no longer mount.
        """
        os.sched_setaffinity(0, config["cores"])
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        if self.landlock and not self.scratch:
            self.landlock.restrict(scratch=False)
            drop_capabilities()
        if self.tier:
            Filter(bytes.fromhex(config["filter"])).install()

    def run(self, request: tuple[int, ...], fds: list[int], state: mmap.mmap) -> NoReturn:
        try:
            kind, mask, *limits = request
            source = self.confine(mask, limits, fds)
            state[0] = 1
        except BaseException as error:
            text = f"{type(error).__name__}: {error}".encode()[: len(state) - 2]
            state[1 : 1 + len(text)] = text
            os._exit(1)
        state.close()  # from here on nothing that the program does can look like our failure
        os.closerange(CHANNEL_FD + 1, 256)
        if kind == PYTHON:
            run_python(source)
        run_command(source)

    def confine(self, mask: int, limits: list[int], fds: list[int]) -> bytes:
        cpu, memory, processes, file_bytes, scratch_bytes = limits
        os.setsid()
        _signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
        source = os.pread(fds[0], os.fstat(fds[0]).st_size, 0)
        lend(mask, fds)
        for fd in self.cgroup_fds:
            os.write(fd, b"0")
        if self.scratch:
            self.mount_scratch(scratch_bytes)
        for what, value in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_FSIZE, file_bytes),
            (resource.RLIMIT_NOFILE, 64),  # each socket pair may hold memory that nothing counts
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (value, value))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        if self.tier >= 2:  # counted in the cell's own user namespace, where keeper and agent live too
            most = processes + 2 + (self.tier >= 3)  # let the cgroup refuse first: it counts refusals
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        if self.landlock and self.scratch:
            self.landlock.restrict(scratch=True)
            drop_capabilities()
        if self.tier == 1:
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # elsewhere the agent's death ends the namespace
        if self.filter:
            self.install_filter()
        return source

    def install_filter(self) -> None:
        code, where = self.filter, self.filter_pid
        if where is not None:
            code = code[:where] + struct.pack("<I", os.getpid()) + code[where + 4 :]
        Filter(code).install()

    def mount_scratch(self, size: int) -> None:
        """A tmpfs of this run's own; it goes with the last process of the run."""
        _unshare(CLONE_NEWNS)
        options = f"size={size},nr_inodes=4096,mode=755".encode()
        _mount(b"tmpfs", SCRATCH, b"tmpfs", MS_NOSUID | MS_NODEV, options)
        os.chdir(SCRATCH)


def lend(mask: int, fds: list[int]) -> None:
    """Put the run's descriptors at their agreed numbers, and nothing where there is none."""
    for target, fd in enumerate(fds[1:4]):
        os.dup2(fd, target)
    optional = iter(fds[4:])
    for bit, target in enumerate((DATA_FD, RESULT_FD, CHANNEL_FD)):
        if mask >> bit & 1:
            os.dup2(next(optional), target)
        else:
            os.close(target)


def run_python(source: bytes) -> NoReturn:
    """Run a program as ``python main.py`` would, without the slow parts of start and end."""
    gc.enable()
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = ["main.py"]
    code = 0
    try:
        exec(compile(source, "main.py", "exec", dont_inherit=True), main.__dict__)
    except SystemExit as stop:
        code = _exit_code(stop)
    except BaseException as error:
        code = 1
        report(error, source)
    os._exit(finish(code))


def _exit_code(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    print(stop.code, file=sys.stderr)  # noqa: T201 (what the interpreter does)
    return 1


def report(error: BaseException, source: bytes) -> None:
    """Print the traceback of the program's own frames, with its lines.

    Done by hand because ``import traceback`` would cost a failing program more than everything else.
    """
    try:
        os.write(2, format_error(error, source.decode("utf-8", "replace").splitlines()).encode())
    except BaseException:  # the program may have broken anything, even this
        os.write(2, b"the program failed, and so did its traceback\n")


def format_error(error: BaseException, lines: list[str]) -> str:
    """What the interpreter prints for an uncaught exception, less its carets and its chain."""
    frames = []
    trace = error.__traceback__.tb_next if error.__traceback__ else None  # without our own frame
    while trace is not None:
        code, number = trace.tb_frame.f_code, trace.tb_lineno
        own = code.co_filename == "main.py" and 0 < number <= len(lines)
        shown = f"    {lines[number - 1].strip()}\n" if own else ""
        frames.append(f'  File "{code.co_filename}", line {number}, in {code.co_name}\n{shown}')
        trace = trace.tb_next
    if len(frames) > 40:
        frames[20:-20] = [f"  [{len(frames) - 40} more frames]\n"]
    if isinstance(error, SyntaxError):
        frames.append(
            f'  File "{error.filename}", line {error.lineno}\n    {(error.text or "").strip()}\n'
        )
    kind = type(error)
    name = (
        kind.__name__
        if kind.__module__ in ("builtins", "__main__")
        else f"{kind.__module__}.{kind.__name__}"
    )
    message = str(error)
    last = f"{name}: {message}\n" if message else f"{name}\n"
    return "".join(["Traceback (most recent call last):\n", *frames, last])


def finish(code: int) -> int:
    """Join threads, run exit handlers and flush, as the interpreter does at its end."""
    try:
        if threading := sys.modules.get("threading"):
            threading._shutdown()
        if atexit._ncallbacks():
            atexit._run_exitfuncs()
    except BaseException as error:
        report(error, b"")
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        return code or 120
    return code


def run_command(packed: bytes) -> NoReturn:
    """Replace this process by a command; its words are separated by NUL bytes."""
    words = packed.split(b"\0")
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(words[0], words, os.environ)
    except OSError as error:
        os.write(2, b"%s: %s\n" % (words[0], os.strerror(error.errno or 0).encode()))
        os._exit(127 if error.errno == errno.ENOENT else 126)


# --------------------------------------------------------------------------------------- the loop


def serve(control: socket.socket, child: Child, reaps: bool) -> NoReturn:
    """Answer one request after the other, until the judging side hangs up."""
    state = mmap.mmap(-1, mmap.PAGESIZE)
    room = socket.CMSG_SPACE(8 * 4)
    while True:
        message, ancillary, _, _ = control.recvmsg(REQUEST.size, room)
        if not message:
            os._exit(0)
        fds = [fd for _, _, data in ancillary for fd in memoryview(data).cast("i")]
        state[:] = bytes(len(state))
        pid = os.fork()
        if pid == 0:
            try:
                child.run(REQUEST.unpack(message), fds, state)
            finally:  # whatever the program did to us, it never gets to be the agent
                os._exit(1)
        for fd in fds:
            os.close(fd)
        status, usage = wait(pid)
        if reaps:
            sweep()
        if state[0]:
            spent = EXITED.pack(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss)
            control.send(b"E" + spent)
        else:
            control.send(b"X" + (bytes(state[1:]).rstrip(b"\0") or b"the child died"))


def wait(pid: int) -> tuple[int, resource.struct_rusage]:
    """Wait for one child, reaping every orphan that is handed to us meanwhile."""
    while True:
        done, status, usage = os.wait4(-1, 0)
        if done == pid:
            return status, usage


def sweep() -> None:
    """Kill and reap all that the run left; as process 1, ``kill(-1)`` misses nobody but ourselves."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return
    while True:
        try:
            os.wait4(-1, 0)
        except ChildProcessError:
            return


def keep(judge: int, agent: int) -> NoReturn:
    """The keeper: end with the agent, and end the agent when the judging side is gone."""
    poll = select.poll()
    poll.register(judge, select.POLLIN)
    poll.register(os.pidfd_open(agent), select.POLLIN)
    if any(fd == judge for fd, _ in poll.poll()):
        os.kill(agent, signal.SIGKILL)
    try:  # the agent, and (at tier 1, orphaned by its death) the program that died with it
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        os._exit(0)


def warm_up(config: dict[str, Any]) -> None:
    """Import what programs often use and our own guest modules; compile and run a first program."""
    for name in config["warm"]:
        importlib.import_module(name)
    for name in ("exit", "quit"):  # what the skipped `site` module would have added
        setattr(builtins, name, _sitebuiltins.Quitter(name, "end of file"))
    for name, path in config["preload"]:
        load_guest(name, path)
    text = "import sys\nclass A:\n    def f(self, n):\n        return [f'{i}' for i in range(n)]\n"
    for _ in range(3):
        exec(compile(text + "A().f(3)\nsys.stdout.flush()\n", "main.py", "exec"), {"__name__": "warm"})


def load_guest(name: str, path: str) -> None:
    """Load one of our own files under its dotted name, without its packages' contents."""
    parent = None
    for package in [name[:dot] for dot, letter in enumerate(name) if letter == "."]:
        if package not in sys.modules:
            sys.modules[package] = types.ModuleType(package)
            sys.modules[package].__path__ = []
        parent = sys.modules[package]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OSError(errno.ENOENT, f"no guest module at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    setattr(parent, name.rpartition(".")[2], module)


def reset_signals() -> None:
    """Forget what our parent ignored or blocked: programs must not behave by who started us."""
    for number in signal.valid_signals() - {
        signal.SIGKILL,
        signal.SIGSTOP,
        signal.SIGPIPE,
        signal.SIGXFSZ,
    }:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def main() -> NoReturn:
    """``agent.py CONTROL JUDGE_PID``: the configuration is the first message on the socket."""
    reset_signals()
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    control = socket.socket(fileno=fcntl.fcntl(int(sys.argv[1]), fcntl.F_DUPFD_CLOEXEC, FIRST_FREE_FD))
    os.close(int(sys.argv[1]))
    while (fd := os.open("/dev/null", os.O_RDWR)) < FIRST_FREE_FD:
        pass  # keep the low numbers taken, so that a run's descriptors never collide with ours
    os.close(fd)
    config = json.loads(control.recv(1 << 20))
    try:
        judge = os.pidfd_open(int(sys.argv[2]))
        warm_up(config)
        cgroup_fds = [os.open(path, os.O_WRONLY) for path in config["cgroups"]]
        if config["tier"] >= 2:
            enter_namespaces(config)
        elif config["become_nobody"]:
            become_nobody()
        _prctl(PR_SET_CHILD_SUBREAPER, int(config["tier"] == 1))
        agent = os.fork()
        if agent:
            control.close()
            keep(judge, agent)
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.close(judge)
        _signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))  # deaf to what runs inside
        os.environ.clear()
        os.environ.update(config["environment"])
        child = Child(config, cgroup_fds)
        child.confine_agent(config)
    except OSError as error:
        control.send(json.dumps({"error": str(error)}).encode())
        os._exit(1)
    control.send(b"{}")
    gc.collect()
    gc.freeze()
    gc.disable()
    serve(control, child, reaps=config["tier"] >= 2)


if __name__ == "__main__":
    main()
