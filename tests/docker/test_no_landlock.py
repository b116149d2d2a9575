"""Containers whose kernel has no Landlock, as gVisor's: one run each, alone, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from verigym.errors import SandboxUnavailable
from verigym.sandbox import Limits, Program, Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.docker import container, profile

LANDLOCK = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}


def without_landlock() -> str:
    """Our profile, but a container that it holds finds no Landlock."""
    found = json.loads(profile.profile())
    for rule in found["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in LANDLOCK]
    found["syscalls"].append({"names": sorted(LANDLOCK), "action": "SCMP_ACT_ERRNO", "errnoRet": 38})
    return json.dumps(found)


@pytest.fixture
def box(image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(container, "profile", without_landlock)
    with open_sandbox("docker", image=image, workers=1, fresh=True, transport="stream") as opened:
        yield opened


def test_it_runs_programs_alone(box: Sandbox) -> None:
    assert box.run(Program("print(int(input()) * 2)", stdin="21")).stdout == b"42\n"
    assert box.capabilities()["subprocesses"] is False
    forked = box.run(Program("import os; os.fork()"))
    assert forked.exit_code == 1
    assert b"PermissionError" in forked.stderr
    with pytest.raises(SandboxUnavailable, match="subprocesses"):
        box.run(Program(command=("true",), keep=("x",)))
    assert box.capabilities()["packages"] is False
    with pytest.raises(SandboxUnavailable, match="Landlock"):
        box.run(Program("pass", packages=("pip",)))


LOOKS = """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) != os.getpid():
        for name in ("mem", "environ", "maps", "fd", "root"):
            try:
                path = f"/proc/{pid}/{name}"
                print(pid, name, os.listdir(path) if name in ("fd", "root") else open(path, "rb").read(1))
            except OSError:
                pass
        try:
            os.kill(int(pid), 9)
            print(pid, "killed")
        except OSError:
            pass
print("done")
"""


def test_a_run_neither_sees_nor_signals_the_agent(box: Sandbox) -> None:
    assert box.run(Program(LOOKS)).stdout == b"done\n"


def test_a_run_that_never_ends_is_killed(box: Sandbox) -> None:
    done = box.run(Program("while True: pass"), Limits(wall_seconds=0.5))
    assert done.limit is not None
    assert done.limit.value == "wall"


def test_warm_containers_need_landlock(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "profile", without_landlock)
    with (
        open_sandbox("docker", image=image, workers=1, transport="stream") as warm,
        pytest.raises(SandboxUnavailable, match="fresh=True"),
    ):
        warm.run(Program("print(1)"))
