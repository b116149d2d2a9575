"""The system calls that a sandboxed program may make, as classic BPF for seccomp.

An allow-list. It is installed once in the agent and inherited by every run, which costs a run nothing
(the kernel keeps a bitmap of the calls that are always allowed). A child that must do some of its own
confining adds a second, tiny filter, which takes away what only that needed. Calls are denied with an
error rather than a kill, so that a program which merely probes (for a socket, say) goes on; a foreign
architecture is killed, because its numbers mean other calls.
"""

from __future__ import annotations

import platform
import struct

from verigym.sandbox.agents.syscalls import NUMBERS

# Classic BPF (linux/filter.h): load a word, jump if equal / greater or equal / any bit set, return.
_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH = 0, 4  # offsets in struct seccomp_data
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS, _ENOTTY = 1, 38, 25
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

FILES = """
    access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fallocate fchdir fdatasync fgetxattr flistxattr flock fstat fstatfs fsync ftruncate
    getcwd getdents getdents64 getxattr lgetxattr link linkat listxattr llistxattr lseek lstat mkdir
    mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev
    pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir sendfile stat
    statfs statx symlink symlinkat sync_file_range umask unlink unlinkat write writev
"""
"""Reaching a file is Landlock's and the mount namespace's business; these act on what is reached."""

ALTERING = """
    chmod chown fchmod fchmodat fchmodat2 fchown fchownat futimesat lchown truncate utime utimensat
    utimes
"""
"""What Landlock does not govern (truncate: not before its third version), so only where the root is a
read-only mount of the cell's own: from tier 2 on."""

MEMORY = "brk madvise membarrier mincore mmap mprotect mremap msync munmap"
"""No memfd_create: its pages would count against no limit that binds without a cgroup."""

PROCESSES = """
    arch_prctl capget execve execveat exit exit_group fork futex get_robust_list getcpu getegid geteuid
    getgid getgroups getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit getrusage
    getsid gettid getuid kill pidfd_open rseq sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getparam sched_getscheduler sched_rr_get_interval sched_yield
    set_robust_list set_tid_address setpgid setrlimit setsid sysinfo tgkill times tkill uname vfork
    wait4 waitid
"""
"""No ptrace, no process_vm_*, no pidfd_getfd; no setpriority or sched_set*, which reach siblings."""

SIGNALS_AND_TIME = """
    alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep pause
    restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend
    rt_sigtimedwait setitimer sigaltstack time timer_create timer_delete timer_getoverrun timer_gettime
    timer_settime timerfd_create timerfd_gettime timerfd_settime
"""

PIPES_AND_WAITING = """
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
    getpeername getrandom getsockname getsockopt pipe pipe2 poll ppoll pselect6 recvfrom recvmsg select
    sendmsg sendto shutdown
"""
"""No socket, connect, bind, listen or accept; socketpair is allowed for AF_UNIX below."""

SETTING_UP = """
    capset landlock_add_rule landlock_create_ruleset landlock_restrict_self mount seccomp unshare
"""
"""What a child needs to confine itself, where that is left to it; taken away again at the end."""

_ALLOWED = (FILES, MEMORY, PROCESSES, SIGNALS_AND_TIME, PIPES_AND_WAITING)

_NAMESPACES = 0x7E020080
"""Every CLONE_NEW* flag, time included."""
_CLONE_THREAD = 0x10000
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: what a C library asks of a stream."""
_FCNTLS = (8, 10, 15, 1024, 1026)
"""Denied: SETOWN, SETSIG and SETOWN_EX send signals to any process; SETLEASE and NOTIFY watch files."""
_PRCTLS = (1, 2, 3, 4, 15, 16, 22, 38, 39)
"""PDEATHSIG and DUMPABLE set and get, NAME set and get, SECCOMP (older way), NO_NEW_PRIVS."""

_SINCE_5_1 = 424
"""Newer calls fail with ENOSYS: a C library that tries one (clone3, say) then falls back."""

Instruction = tuple[int, int, int, int]


def supported(machine: str | None = None) -> bool:
    """Whether the filters are known for this processor architecture."""
    return (machine or platform.machine()) in _AUDIT_ARCH


def inherited_filter(tier: int, setting_up: bool, machine: str | None = None) -> bytes:
    """The allow-list, installed in the agent; ``setting_up`` adds what its children still need."""
    machine = machine or platform.machine()
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":  # the x32 numbers alias others
        code += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL)]
    code += _when(
        machine, "clone", [*_argument(0), (_BITS, 0, 1, _NAMESPACES), _deny(_EPERM), _allow()]
    )
    code += _when(machine, "fcntl", _none_of(1, _FCNTLS))
    code += _when(machine, "ioctl", _only(1, _IOCTLS, _ENOTTY))
    code += _when(machine, "prctl", _only(0, _PRCTLS, _EPERM))
    code += _when(machine, "prlimit64", _only(0, (0,), _EPERM))  # of itself, not of a sibling
    code += _when(machine, "socketpair", _only(0, (1,), _EPERM))  # AF_UNIX
    groups = (*_ALLOWED, SETTING_UP if setting_up else "", ALTERING if tier >= 2 else "")
    names = {name for group in groups for name in group.split()}
    for number in sorted(NUMBERS[machine][name] for name in names if name in NUMBERS[machine]):
        code += [(_EQUAL, 0, 1, number), _allow()]
    code += [(_AT_LEAST, 0, 1, _SINCE_5_1), _deny(_ENOSYS), _deny(_EPERM)]
    return assemble(code)


def child_filter(lone: bool, machine: str | None = None) -> tuple[bytes, int | None]:
    """What a child takes away from itself once it is confined, where it confines itself.

    Always: what only its set-up needed, and the death signal that ties it to its agent. ``lone``
    (tier 1, where no pid namespace catches what a run leaves behind) adds: no new process, and no
    signal to another.
    Returns the filter and, for ``lone``, the offset at which the child writes its own pid.
    """
    machine = machine or platform.machine()
    code: list[Instruction] = [(_LOAD, 0, 0, _NUMBER)]
    for name in ("unshare", "mount", "seccomp"):
        code += [(_EQUAL, 0, 1, NUMBERS[machine][name]), _deny(_EPERM)]
    code += _when(machine, "prctl", [*_argument(0), (_EQUAL, 0, 1, 1), _deny(_EPERM), _allow()])
    own_pid = None
    if lone:
        for name in ("fork", "vfork", "tkill"):
            code += _when(machine, name, [_deny(_EPERM)])
        code += _when(
            machine, "clone", [*_argument(0), (_BITS, 1, 0, _CLONE_THREAD), _deny(_EPERM), _allow()]
        )
        numbers = [NUMBERS[machine][name] for name in ("kill", "tgkill")]
        code += [(_EQUAL, 1, 0, numbers[0]), (_EQUAL, 0, 4, numbers[1]), *_argument(0)]
        own_pid = len(code) * 8 + 4
        code += [(_EQUAL, 1, 0, 0), _deny(_EPERM), _allow()]
    code += [_allow()]
    return assemble(code), own_pid


def assemble(code: list[Instruction]) -> bytes:
    """``struct sock_filter`` for each instruction."""
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)


def _deny(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)


def _argument(index: int) -> list[Instruction]:
    """Load the low half of an argument (all that are checked here are ints)."""
    return [(_LOAD, 0, 0, 16 + 8 * index)]


def _only(index: int, values: tuple[int, ...], error: int) -> list[Instruction]:
    """Allow when an argument is one of the values, else the error."""
    tests = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [*_argument(index), *tests, _deny(error), _allow()]


def _none_of(index: int, values: tuple[int, ...]) -> list[Instruction]:
    """Deny when an argument is one of the values, else allow."""
    tests = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [*_argument(index), *tests, _allow(), _deny(_EPERM)]


def _when(machine: str, name: str, body: list[Instruction]) -> list[Instruction]:
    """A body that decides one call wholly; the number is in the accumulator before and after."""
    if name not in NUMBERS[machine]:
        return []
    return [(_EQUAL, 0, len(body), NUMBERS[machine][name]), *body]
