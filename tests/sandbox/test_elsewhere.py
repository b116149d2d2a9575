"""The sandbox as an ordinary user, and where the kernel refuses namespaces, as containers do."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import verigym.sandbox

NOBODY = 65533

TRY = """
import os, sys
from verigym.sandbox import Program, open as open_sandbox
with open_sandbox("local", workers=1) as box:
    assert box.run(Program("print(6 * 7)")).stdout == b"42\\n"
    assert box.run(Program("print(open('/etc/passwd').read())")).exit_code == 1
    assert box.run(Program("import socket; socket.socket()")).exit_code == 1
    left = box.run(Program("import os; os._exit(0 if os.fork() else os.execvp('sleep', ['sleep', '9']))"))
    assert left.exit_code == (0 if box.capabilities()["subprocesses"] else 1), left
    if box.tier >= 2:
        assert box.run(Program("open('x', 'w').write('y')", scratch=True)).ok
        many = box.run(Program("import os, time\\nwhile True: os.fork() or time.sleep(9)"))
        assert many.exit_code == 1, many
    print(os.getuid(), box.tier)
"""

NO_NAMESPACES = """
import ctypes, os, struct
rows = [(0x20, 0, 0, 0), (0x15, 0, 1, UNSHARE), (6, 0, 0, 0x50001), (0x15, 0, 3, CLONE),
        (0x20, 0, 0, 16), (0x45, 0, 1, 0x7E020000), (6, 0, 0, 0x50001), (6, 0, 0, 0x7FFF0000)]
code = b"".join(struct.pack("<HBBI", *row) for row in rows)
buffer = ctypes.create_string_buffer(code, len(code))
class Fprog(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("p", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
fprog = Fprog(len(code) // 8, ctypes.addressof(buffer))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(fprog), 0, 0) == 0
"""


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    """A copy of the sandbox alone that everybody can read; it needs nothing else of the library."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(folder)
        root.chmod(0o755)
        source = Path(verigym.sandbox.__file__).parent
        shutil.copytree(source, root / "verigym/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(source.parent / "errors.py", root / "verigym/errors.py")
        (root / "verigym/__init__.py").touch()
        yield root


def run(package: Path, source: str, user: int | None) -> tuple[int, int]:
    """(user, tier) that the script printed; it runs under the system's own interpreter."""
    command = ["/usr/bin/python3", "-B", "-c", source]
    if not os.path.exists(command[0]):
        pytest.fail("no interpreter that an ordinary user can read: install the system's python3")
    if user is not None and os.geteuid() == 0:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(package)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment, cwd="/")
    assert done.returncode == 0, done.stderr
    found_user, tier = map(int, done.stdout.split())
    return found_user, tier


def without_namespaces() -> str:
    unshare, clone = {"x86_64": (272, 56), "aarch64": (97, 220)}[os.uname().machine]
    return NO_NAMESPACES.replace("UNSHARE", str(unshare)).replace("CLONE", str(clone))


def test_an_ordinary_user_has_tier_2(package: Path, need_tier: Callable[[int], None]) -> None:
    need_tier(2)
    user, tier = run(package, TRY, NOBODY)
    assert user != 0
    assert tier >= 2


def test_where_namespaces_are_refused_an_ordinary_user_has_tier_1(package: Path) -> None:
    assert run(package, without_namespaces() + TRY, NOBODY)[1] == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="about being root")
def test_where_namespaces_are_refused_root_has_tier_1(package: Path) -> None:
    assert run(package, without_namespaces() + TRY, None) == (0, 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="about being root")
def test_root_has_every_tier(package: Path, need_tier: Callable[[int], None]) -> None:
    need_tier(3)
    assert run(package, TRY, None) == (0, 3)
