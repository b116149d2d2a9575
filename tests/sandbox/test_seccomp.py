"""The filters, decided call by call by a small interpreter of classic BPF, for both architectures."""

from __future__ import annotations

import struct

import pytest

from verigym.sandbox.agents import seccomp
from verigym.sandbox.agents.syscalls import NUMBERS

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, ENOTTY = 0x50001, 0x50026, 0x50019


def decide(code: bytes, arch: int, number: int, *args: int) -> int:
    """The filter's decision on a call, as the kernel would come to it."""
    data = struct.pack("<iIQ6Q", number, arch, 0, *(list(args) + [0] * 6)[:6])
    instructions = list(struct.iter_unpack("<HBBI", code))
    place, accumulator = 0, 0
    while True:
        operation, when, otherwise, value = instructions[place]
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
            place += 1
            continue
        if operation == 0x06:
            return int(value)
        holds = {
            0x15: accumulator == value,
            0x35: accumulator >= value,
            0x45: bool(accumulator & value),
        }[operation]
        place += 1 + (when if holds else otherwise)


@pytest.fixture(params=sorted(ARCH))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def call(machine: str, name: str, *args: int, tier: int = 2, setting_up: bool = False) -> int:
    code = seccomp.inherited_filter(tier, setting_up, machine)
    return decide(code, ARCH[machine], NUMBERS[machine][name], *args)


@pytest.mark.parametrize(
    "name", ["read", "write", "mmap", "openat", "futex", "exit_group", "execve", "wait4"]
)
def test_ordinary_calls_are_allowed(machine: str, name: str) -> None:
    assert call(machine, name) == ALLOW


def test_every_named_call_has_its_number_on_x86_64() -> None:
    groups = (*seccomp._ALLOWED, seccomp.ALTERING, seccomp.SETTING_UP)
    missing = {name for group in groups for name in group.split()} - set(NUMBERS["x86_64"])
    assert not missing


def test_the_two_architectures_agree_where_numbers_are_shared() -> None:
    shared = {name for name, number in NUMBERS["x86_64"].items() if number >= 424}
    assert {n: NUMBERS["x86_64"][n] for n in shared} == {n: NUMBERS["aarch64"][n] for n in shared}


def test_everything_else_is_refused(machine: str) -> None:
    named = set(NUMBERS[machine].values())
    code = seccomp.inherited_filter(2, False, machine)
    for number in set(range(1000)) - named:
        assert decide(code, ARCH[machine], number) == (ENOSYS if number >= 424 else EPERM)


def test_foreign_architectures_are_killed(machine: str) -> None:
    code = seccomp.inherited_filter(2, False, machine)
    for arch in (0x40000003, 0xC000003E, 0xC00000B7, 0):
        if arch != ARCH[machine]:
            assert decide(code, arch, 0) == KILL


def test_x32_numbers_are_killed() -> None:
    code = seccomp.inherited_filter(2, False, "x86_64")
    assert decide(code, ARCH["x86_64"], 0x40000000) == KILL
    assert decide(code, ARCH["x86_64"], 0x40000000 + 59) == KILL


@pytest.mark.parametrize(
    "flag", [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
)
def test_no_namespace_by_clone(machine: str, flag: int) -> None:
    assert call(machine, "clone", flag | 17) == EPERM
    assert call(machine, "clone", 0x3D0F00) == ALLOW  # a thread
    assert call(machine, "clone", 17) == ALLOW  # a fork


def test_calls_are_allowed_by_argument(machine: str) -> None:
    assert call(machine, "socketpair", 1) == ALLOW
    assert call(machine, "socketpair", 2) == EPERM
    assert call(machine, "prlimit64", 0) == ALLOW
    assert call(machine, "prlimit64", 1) == EPERM
    assert call(machine, "ioctl", 0, 0x5401) == ALLOW
    assert call(machine, "ioctl", 0, 0x5412) == ENOTTY  # TIOCSTI types into a terminal
    assert call(machine, "fcntl", 0, 1030) == ALLOW
    for command in (8, 10, 15, 1024, 1026):
        assert call(machine, "fcntl", 0, command) == EPERM
    assert call(machine, "prctl", 15) == ALLOW
    for option in (24, 28, 35, 36, 40, 59):
        assert call(machine, "prctl", option) == EPERM


def test_host_files_are_not_altered_at_tier_1(machine: str) -> None:
    assert call(machine, "fchmodat", tier=1) == EPERM
    assert call(machine, "truncate", tier=1) == EPERM
    assert call(machine, "fchmodat", tier=2) == ALLOW


def test_what_a_child_needs_is_there_only_for_setting_up(machine: str) -> None:
    for name in ("mount", "unshare", "seccomp", "capset"):
        assert call(machine, name) == EPERM
        assert call(machine, name, setting_up=True) == ALLOW
    code, own_pid = seccomp.child_filter(lone=False, machine=machine)
    assert own_pid is None
    for name in ("mount", "unshare", "seccomp"):
        assert decide(code, ARCH[machine], NUMBERS[machine][name]) == EPERM
    assert decide(code, ARCH[machine], NUMBERS[machine]["prctl"], 1) == EPERM
    assert decide(code, ARCH[machine], NUMBERS[machine]["prctl"], 15) == ALLOW
    assert decide(code, ARCH[machine], NUMBERS[machine]["clone"], 17) == ALLOW


def test_a_lone_child_starts_no_process_and_signals_only_itself(machine: str) -> None:
    code, own_pid = seccomp.child_filter(lone=True, machine=machine)
    assert own_pid is not None
    code = code[:own_pid] + struct.pack("<I", 4321) + code[own_pid + 4 :]
    numbers, arch = NUMBERS[machine], ARCH[machine]
    for name in {"fork", "vfork"} & set(numbers):
        assert decide(code, arch, numbers[name]) == EPERM
    assert decide(code, arch, numbers["clone"], 17) == EPERM
    assert decide(code, arch, numbers["clone"], 0x3D0F00) == ALLOW
    for name in ("kill", "tgkill"):
        assert decide(code, arch, numbers[name], 4321) == ALLOW
        for other in (1, 0, 4320, 0xFFFFFFFF):
            assert decide(code, arch, numbers[name], other) == EPERM
    assert decide(code, arch, numbers["read"]) == ALLOW
