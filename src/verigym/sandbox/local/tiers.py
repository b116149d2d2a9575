"""Which tiers this machine has: found out by trying, once for each process."""

from __future__ import annotations

import functools
import os
import sys

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox.agents import cell, seccomp
from verigym.sandbox.agents.cgroup import Cgroup
from verigym.sandbox.agents.host import Process
from verigym.sandbox.agents.link import Agent
from verigym.sandbox.program import Limits, Program

WAYS_OUT = (
    "allow unprivileged user namespaces (sysctl user.max_user_namespaces, on Ubuntu also "
    "kernel.apparmor_restrict_unprivileged_userns=0), delegate a cgroup (systemd-run --user --scope -p "
    "Delegate=yes), accept a lower tier, or use another backend; `verigym doctor` shows what is missing"
)


def start(tier: int, core: int, scratch: bool, packages: tuple[str, ...] = ()) -> Agent:
    """An agent on this machine, in a cell of a tier.

    Raises:
        SandboxError: when it cannot be started.
    """
    cgroup = Cgroup() if tier >= 3 else None
    try:
        config = cell.configuration(tier, [core], cgroup, scratch, packages)
        return Agent(Process(), config, cgroup)
    except BaseException:
        if cgroup:
            cgroup.remove()
        raise


@functools.cache
def lacking(tier: int) -> str | None:
    """Why this machine cannot hold a tier, or None when a program just ran in it."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no seccomp, Landlock or namespaces"
    if tier >= 1 and not seccomp.supported():
        return f"no system call filter is known for {os.uname().machine}"
    if tier >= 1 and not cell.landlock_abi():
        return "this kernel has no Landlock (5.13 and later have it, unless booted without it)"
    try:
        agent = start(tier, min(os.sched_getaffinity(0)), scratch=tier >= 2)
        try:
            done = agent.submit(Program("print(40 + 2)", scratch=tier >= 2), Limits()).wait()
        finally:
            agent.kill()
    except Cancelled:  # the caller is out of time, which says nothing about the machine
        raise
    except (SandboxError, OSError) as error:
        return str(error)
    return None if done.stdout == b"42\n" else f"a trial program failed: {done}"


def best_tier(demanded: int | None, unsafe: bool, highest: int = 3) -> int:
    """The best tier of this machine, at least the demanded one.

    Raises:
        SandboxUnavailable: when there is none; the message says why and names the ways out.
        UserError: when the demanded tier does not exist.
    """
    for name, value in (("tier", demanded), ("highest", highest)):
        if value is not None and value not in cell.TIERS:
            raise UserError(f"{name} is {value!r}; it must be one of 0 to 3")
    if unsafe or demanded == 0:
        if not unsafe:
            raise SandboxUnavailable(
                "tier 0 contains nothing but time and memory; pass unsafe=True to accept that"
            )
        return 0
    for tier in range(highest, (demanded or 1) - 1, -1):
        if lacking(tier) is None:
            return tier
    least = demanded or 1
    raise SandboxUnavailable(f"tier {least} is lacking here: {lacking(least)}. Ways out: {WAYS_OUT}")
