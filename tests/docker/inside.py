"""Looks at a container from inside and tries to break out of it; prints what it found as JSON.

Sent as source: it runs where none of our code is.
"""

import ctypes
import errno
import json
import os
import resource
import shutil
import socket
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
pair = ctypes.create_string_buffer(8)
all_cores = ctypes.create_string_buffer(b"\xff" * 8, 8)


def read(path):
    with open(path) as file:
        return file.read()


def attempt(do, *args):
    try:
        do(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"


def syscall(number, *args):
    """ "done", or the error's name; a call that makes a process ends the new one at once."""
    args = [ctypes.c_char_p(arg) if isinstance(arg, bytes) else ctypes.c_long(arg) for arg in args]
    me = os.getpid()
    result = libc.syscall(ctypes.c_long(number), *args)
    if os.getpid() != me:
        os._exit(0)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else "done"


def write(path):
    with open(path, "w"):
        pass
    os.unlink(path)


def run_from_scratch():
    shutil.copy("/bin/true", "/scratch/true")
    subprocess.run(["/scratch/true"], check=True)
    os.unlink("/scratch/true")


NEWUSER, SIGCHLD, PATH, HERE = 0x10000000, 17, b"/scratch", -100
CALLS = {  # x86_64; each with arguments that it accepts from somebody who may
    "unshare": (272, NEWUSER),
    "unshare mount": (272, 0x20000),
    "setns": (308, 0, 0),
    "clone user namespace": (56, NEWUSER | SIGCHLD, 0, 0, 0, 0),
    "clone3": (435, 0, 0),
    "mount": (165, b"none", PATH, b"tmpfs", 0, 0),
    "umount2": (166, PATH, 0),
    "pivot_root": (155, PATH, PATH),
    "chroot": (161, PATH),
    "open_tree": (428, HERE, b"/", 1),
    "fsopen": (430, b"tmpfs", 0),
    "mount_setattr": (442, HERE, b"/", 0, 0, 0),
    "ptrace": (101, 0, 0, 0, 0),
    "process_vm_readv": (310, os.getppid(), 0, 0, 0, 0, 0),
    "pidfd_getfd": (438, 0, 0, 0),
    "keyctl": (250, 0, -3, 0),
    "add_key": (248, b"user", b"a", b"b", 1, -3),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "userfaultfd": (323, 1),
    "io_uring_setup": (425, 1, 0),
    "open_by_handle_at": (304, HERE, 0, 0),
    "personality": (135, 0x0040000),
    "syslog": (103, 10, 0, 0),
    "kexec_load": (246, 0, 0, 0, 0),
    "init_module": (175, 0, 0, 0),
    "reboot": (169, 0, 0, 0, 0),
    "mq_open": (240, b"q", 0o100 | 2, 0o600, 0),
    "msgget": (68, 0, 0o1600),
    "inet socket": (41, 2, 1, 0),
    "inet6 socket": (41, 10, 1, 0),
    "netlink socket": (41, 16, 3, 0),
    "packet socket": (41, 17, 3, 0),
    "vsock": (41, 40, 1, 0),
    "alg socket": (41, 38, 5, 0),
    # What an agent needs.
    "landlock_create_ruleset": (444, 0, 0, 1),
    "memfd_create": (319, b"x", 0),
    "pidfd_open": (434, os.getpid(), 0),
    "seccomp": (317, 2, 0, b"\x00\x00\xff\x7f"),
    "unix socket": (41, 1, 5, 0),
    "socketpair": (53, 1, 1, 0, ctypes.addressof(pair)),
    "sched_setaffinity": (203, 0, 8, ctypes.addressof(all_cores)),
    "prctl": (157, 36, 1, 0, 0, 0),
}
PLACES = (
    *("/", "/bin", "/usr/bin", "/etc", "/tmp", "/var/tmp", "/root", "/home", "/run", "/dev", "/proc"),
    *("/sys", "/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/dev/mqueue", "/dev/shm", "/scratch"),
)

status = dict(line.split(":\t", 1) for line in read("/proc/self/status").splitlines())
scratch = os.stat("/scratch")
space = os.statvfs("/scratch")
found = {
    "status": status,
    "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "name": socket.gethostname(),
    "cores": sorted(os.sched_getaffinity(0)),
    "score": int(read("/proc/self/oom_score_adj")),
    "interfaces": sorted(os.listdir("/sys/class/net")),
    "servers": read("/etc/resolv.conf").split(),
    "sockets": [path for path in ("/run/docker.sock", "/var/run/docker.sock") if os.path.exists(path)],
    "groups": [line.split(":", 2)[2] for line in read("/proc/self/cgroup").splitlines()],
    "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "limits": {
        name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
        for name in ("NOFILE", "CORE", "MSGQUEUE")
    },
    "mounts": [line.split()[:4] for line in read("/proc/mounts").splitlines()],
    "scratch": [
        scratch.st_mode,
        scratch.st_uid,
        scratch.st_gid,
        space.f_blocks * space.f_bsize,
        space.f_files,
    ],
    "writable": [place for place in PLACES if attempt(write, place.rstrip("/") + "/x") == "done"],
    "run from scratch": attempt(run_from_scratch),
    "become root": attempt(os.setuid, 0),
    "make a device": attempt(os.mknod, "/scratch/null", 0o20666, os.makedev(1, 3)),
    "calls": {name: syscall(*call) for name, call in CALLS.items() if os.uname().machine == "x86_64"},
}
print(json.dumps(found))
