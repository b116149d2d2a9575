"""An engine of our own, to be stopped, killed and restarted while others use the shared one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from verigym.errors import SandboxError
from verigym.sandbox.docker import container, images
from verigym.sandbox.docker.engine import Engine, connect

IMAGE = "verigym-test:small"

PICK = """
import ctypes, fcntl, io, json, mmap, os, resource, select, socket, struct, sys, tarfile, zlib
library = os.path.dirname(os.__file__)
with open("/proc/self/maps") as maps:
    used = {line.split()[5] for line in maps if len(line.split()) == 6 and ".so" in line}
wanted = {library, os.path.realpath(sys.executable), *(path for path in used if not path.startswith(library))}
for path in ("/bin", "/lib", "/lib64", "/usr/bin/python3", "/lib64/ld-linux-x86-64.so.2",
             "/lib/ld-linux-aarch64.so.1"):
    folder, name = os.path.split(path)
    path = os.path.join(os.path.realpath(folder), name)
    wanted |= {path} if os.path.islink(path) else set()
for folder in {os.path.dirname(path) for path in used}:  # libraries are known by shorter names
    names = {os.path.join(folder, name) for name in os.listdir(folder)}
    wanted |= {path for path in names if os.path.islink(path) and os.path.realpath(path) in used}
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
    for path in sorted(wanted):
        archive.add(path, filter=lambda about: None if "__pycache__" in about.name else about)
"""
"""Prints an archive of what Python needs, and nothing else of an image."""


def small_image(engine: Engine, image: str, folder: Path) -> Path:
    """An archive of the Python of an image: a hundredth of the time that all of it would take."""
    done = container.run(engine, image, ["python3", "-S", "-c", PICK], 60, most=512 << 20)
    assert done.exit_code == 0, done.stderr
    path = folder / "small.tar"
    path.write_bytes(done.stdout)
    return path


class OwnEngine:
    """A dockerd whose files lie in one folder, without network. Its images and volumes survive it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vge", dir="/tmp"))  # a socket's path must be short
        self.address = f"unix://{self.folder}/sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        places = [f"--{name}={self.folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        command = ["dockerd", *places, "--host", self.address, "--iptables=false", "--bridge=none"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        give_up = time.perf_counter() + 30
        while True:
            with contextlib.suppress(SandboxError):
                connect()
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.perf_counter() < give_up, "the engine did not start"
            time.sleep(0.05)

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it; SIGKILL leaves its containers running."""
        assert self.process is not None
        self.send(number)
        self.process.wait(60)
        for name in ("pidfile", "exec-root/containerd/containerd.pid"):
            (self.folder / name).unlink(missing_ok=True)  # who reads it may take a zombie for alive

    def remove(self) -> None:
        """End it, and leave nothing."""
        if self.process is not None and self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.stop()
        for pid in filter(str.isdecimal, os.listdir("/proc")):  # what keeps its containers
            with contextlib.suppress(OSError):
                if f"{self.folder}/" in Path(f"/proc/{pid}/cmdline").read_text():
                    os.kill(int(pid), signal.SIGKILL)
        for line in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
            if (point := line.split()[4]).startswith(f"{self.folder}/"):
                subprocess.run(["umount", "-l", point], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def running(engine: Engine, image: str, environ: dict[str, str]) -> Iterator[OwnEngine]:
    """One with an image of its own; ``DOCKER_HOST`` of the environment leads to it meanwhile."""
    own = OwnEngine()
    before = environ.get("DOCKER_HOST")
    try:
        archive = small_image(engine, image, own.folder)
        environ["DOCKER_HOST"] = own.address
        own.start()
        images.import_root(connect(), archive, IMAGE)
        yield own
    finally:
        own.remove()
        environ.pop("DOCKER_HOST", None)
        if before is not None:
            environ["DOCKER_HOST"] = before
