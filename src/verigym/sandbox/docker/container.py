"""One hardened container: what holds it, and its life from creation to removal.

:func:`create` is the whole policy. A container gets an image, a command, and nothing else: no network,
no capability, no writable place but its own ``/scratch``, no identity that anybody else has.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.errors import SandboxError, SandboxUnavailable
from verigym.sandbox.docker.attached import STDERR, STDOUT, Attached
from verigym.sandbox.docker.engine import Engine
from verigym.sandbox.docker.owner import Owner
from verigym.sandbox.docker.profile import profile
from verigym.sandbox.inside.linux import PACKAGES
from verigym.sandbox.program import MiB

DEFAULT_IMAGE = "verigym-sandbox:latest"
OURS, OWNER, BOX = "verigym.sandbox", "verigym.owner", "verigym.box"
"""Labels: that a container is ours, whose it is, and which of its owner's sandboxes made it."""
SCRATCH = "/scratch"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": SCRATCH}

USERS = (0x70000000, 0x7FFDFFFF)
"""Where users are drawn from, 268 million of them: a range that Linux distributions leave unused
(systemd's UIDS-GIDS). ``RLIMIT_NPROC`` counts by user over the whole machine, so two containers with
one user would take processes from each other, and a fair program would fail. A user whom nobody else
is also owns nothing on the machine, should anything ever leak out."""
USERS_REMAPPED = (10_000, 59_999)
"""The same inside an engine that maps users to a range of the usual 65536."""

_SHM_BYTES = 64 * 1024
_INODES_PER_MIB = 64
_DRAWS = 20
_LIST_SECONDS = 10.0


class CommandMissing(SandboxUnavailable):
    """The image lacks the command that its container is to run."""


@dataclass(frozen=True)
class Container:
    """A container of ours. The engine removes it when it ends, unless it was made to be kept.

    Raises:
        SandboxError: from every method, when the engine fails.
    """

    engine: Engine
    id: str
    user: int
    """Its user and group, which no other container has."""

    def start(self) -> None:
        """Run its command; returns when its first process has been started.

        Raises:
            CommandMissing: when the image lacks the command (with ``init``, that shows only as exit
                code 127).
        """
        import docker

        with self.engine.asked_to(f"start container {self.id[:12]}") as api:
            try:
                api.start(self.id)
            except docker.errors.APIError as error:
                if "exec: " not in str(error.explanation):
                    raise
                raise CommandMissing(f"its image cannot run it: {error.explanation}") from error

    def wait(self, seconds: float) -> int:
        """The exit code of its command, as soon as that has ended; only of one that was to be kept."""
        with self.engine.asked_to(f"wait for container {self.id[:12]}", seconds) as api:
            return int(api.wait(self.id)["StatusCode"])

    def attach(self) -> Attached:
        """Its standard streams; attach before it starts, so that nothing is missed."""
        return Attached(self.engine, self.id)

    def ended(self) -> str | None:
        """How it ended, in words; None while it runs or is about to."""
        import docker

        with self.engine.asked_to(f"look at container {self.id[:12]}") as api:
            try:
                state = api.inspect_container(self.id)["State"]
            except docker.errors.NotFound:
                return "the container has ended"
        if state.get("Status") in ("created", "running"):
            return None
        return f"exit code {state.get('ExitCode')} {state.get('Error', '')}".strip()

    def kill(self) -> None:
        """Kill all processes in it; nothing happens when it has ended already."""
        self._end("kill", lambda api: api.kill(self.id))

    def remove(self) -> None:
        """Kill and remove it; nothing happens when it is gone already."""
        self._end("remove", lambda api: api.remove_container(self.id, force=True, v=True))

    def _end(self, what: str, how: Any) -> None:
        import docker

        with self.engine.asked_to(f"{what} container {self.id[:12]}") as api:
            try:
                how(api)
            except docker.errors.APIError as error:
                if error.status_code not in (404, 409):  # gone, ended, or going
                    raise


def create(
    engine: Engine,
    image: str,
    command: Sequence[str],
    *,
    memory_bytes: int = 1024 * MiB,
    processes: int = 128,
    scratch_bytes: int = 64 * MiB,
    packages: bool = False,
    cores: Sequence[int] | None = None,
    runtime: str | None = None,
    binds: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    stdin_open: bool = False,
    auto_remove: bool = True,
    init: bool = True,
) -> Container:
    """Make a hardened container; it does not run yet.

    Args:
        engine: where.
        image: a name or id of an image that the engine has.
        command: what its first process (below ``init``) executes; no shell, no entry point.
        memory_bytes: for all that runs in it and all that lies in ``/scratch``; no swap beyond.
        processes: processes and threads at a time, ``init`` included.
        scratch_bytes: size of ``/scratch``, a directory in memory that is its user's alone.
        packages: give it ``/packages`` too, likewise in memory, for links to Python packages.
        cores: the cores that it may run on; ``None`` is all.
        runtime: an OCI runtime other than the engine's default, such as ``runsc``.
        binds: files or folders of the engine's machine to show, read-only, by their place in the
            container. A unix socket can be connected to all the same.
        labels: more labels than ours.
        stdin_open: keep its standard input open for :meth:`Container.attach`.
        auto_remove: have the engine remove it when it ends.
        init: put the engine's ``init`` above the command, to reap orphans and pass signals on.

    Raises:
        SandboxUnavailable: when the image or the runtime is missing.
        SandboxError: when the engine fails.
    """
    from docker.types import Mount

    engine.check_runtime(runtime)
    config = {
        "image": image,
        "entrypoint": [command[0]],
        "command": list(command[1:]),
        "hostname": "sandbox",
        "working_dir": SCRATCH,
        "stdin_open": stdin_open,
        "labels": {**(labels or {}), OURS: "1", OWNER: str(Owner.ourselves())},
        "stop_signal": "SIGKILL",
        "healthcheck": {"test": ["NONE"]},
    }
    host = {
        **_confinement(),
        "mounts": [
            Mount(target, source, type="bind", read_only=True)
            for target, source in (binds or {}).items()
        ],
        "pids_limit": processes,
        "mem_limit": memory_bytes,
        "memswap_limit": memory_bytes,  # memory and swap together: so no swap
        "cpuset_cpus": None if cores is None else ",".join(map(str, cores)),
        "runtime": runtime,
        "init": init,
        "auto_remove": auto_remove,
    }
    with engine.asked_to(f"create a container of image {image}") as api:
        config["environment"] = {**_environment_of(api, image), **ENVIRONMENT}
        for _ in range(_DRAWS):
            user = _draw_user(engine)
            host["tmpfs"] = {SCRATCH: _scratch_options(scratch_bytes, user)}
            if packages:
                host["tmpfs"][PACKAGES] = _packages_options(user)
            if (made := _try_to_create(api, user, config, host)) is not None:
                return Container(engine, made, user)
    raise SandboxError(f"no user was free for a container in {_DRAWS} draws")


def require(engine: Engine, image: str) -> None:
    """Raise :class:`SandboxUnavailable` unless the engine has an image that may become a container."""
    with engine.asked_to(f"look at image {image}") as api:
        _environment_of(api, image)


def _environment_of(api: Any, image: str) -> dict[str, None]:
    """The variables that an image would set, each to be taken away again.

    Raises:
        SandboxUnavailable: when the image is missing, or would bring writable places with it.
    """
    import docker

    try:
        wants = api.inspect_image(image)["Config"] or {}
    except docker.errors.ImageNotFound as error:
        raise missing_image(image) from error
    if wants.get("Volumes"):
        raise SandboxUnavailable(
            f"image {image!r} declares volumes ({', '.join(wants['Volumes'])}): programs could write "
            "there without limit, and read what others wrote; make it without"
        )
    return {variable.partition("=")[0]: None for variable in wants.get("Env") or ()}


def _confinement() -> dict[str, Any]:
    """What contains every container alike, for ``create_host_config``."""
    from docker.types import Ulimit

    return {
        "network_mode": "none",
        "dns": ["127.0.0.1"],  # or it would be told those of the engine's machine
        "dns_search": ["."],
        "ipc_mode": "private",
        "cgroupns": "private",
        "shm_size": _SHM_BYTES,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges", f"seccomp={profile()}"],
        "ulimits": [
            Ulimit(name="nofile", soft=1024, hard=1024),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="msgqueue", soft=0, hard=0),
        ],
        "oom_score_adj": 500,  # a program can run again; the machine's other work perhaps not
        "log_config": {"Type": "none", "Config": {}},
        "restart_policy": {"Name": "no"},
    }


def _scratch_options(size: int, user: int) -> str:
    # Older versions of runc give it mode 0755 instead; nobody else is in there anyway.
    inodes = max(64, size // MiB * _INODES_PER_MIB)
    return f"size={size},nr_inodes={inodes},mode=0700,uid={user},gid={user},nosuid,nodev,exec"


def _packages_options(user: int) -> str:
    return f"size=64k,nr_inodes=4096,mode=0755,uid={user},gid={user},nosuid,nodev,noexec"


def _draw_user(engine: Engine) -> int:
    low, high = USERS_REMAPPED if engine.remapped else USERS
    return low + secrets.randbelow(high - low + 1)


def _name_of(user: int) -> str:
    return f"verigym-{user}"


def _try_to_create(api: Any, user: int, config: dict[str, Any], host: dict[str, Any]) -> str | None:
    """The new container's id, or None when another has this user: the name says whose it is, and
    the engine never gives one name twice.
    """
    import docker

    try:
        made = api.create_container(
            **config,
            name=_name_of(user),
            user=f"{user}:{user}",
            host_config=api.create_host_config(**host),
        )
    except docker.errors.ImageNotFound as error:
        raise missing_image(config["image"]) from error
    except docker.errors.APIError as error:
        if error.status_code == 409:
            return None
        raise
    return str(made["Id"])


def missing_image(image: str) -> SandboxUnavailable:
    """The error that says how to get an image."""
    return SandboxUnavailable(
        f"the Docker engine has no image {image!r}: make one with `verigym image build`, or, where no "
        "registry can be reached, from a root file system with `verigym image import` (docs/docker.md)"
    )


@dataclass(frozen=True)
class Done:
    """What a command did in a container of its own."""

    exit_code: int
    stdout: bytes
    stderr: bytes


def run(
    engine: Engine,
    image: str,
    command: Sequence[str],
    seconds: float,
    most: int = MiB,
    **options: Any,
) -> Done:
    """Run one trusted command in a hardened container of its own: to look at an image from inside.

    Args:
        engine: where.
        image: a name or id.
        command: its words, looked up on the ``PATH`` of all containers.
        seconds: how long it may take in all.
        most: how many bytes it may print.
        options: for :func:`create`.

    Raises:
        CommandMissing: when the image lacks the command.
        SandboxError: when it takes too long or prints too much, or the engine fails.
    """
    deadline = time.perf_counter() + seconds
    said: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray()}
    container = create(engine, image, command, init=False, auto_remove=False, **options)
    try:
        with container.attach() as streams:
            container.start()
            while (piece := streams.receive(deadline)) is not None:
                said[piece[0]] += piece[1]
                if sum(map(len, said.values())) > most:
                    raise SandboxError(f"{command[0]} in image {image!r} printed over {most} bytes")
        code = container.wait(max(1.0, deadline - time.perf_counter()))
    except TimeoutError as error:
        raise SandboxError(f"{command[0]} in image {image!r} took over {seconds:g} s") from error
    finally:
        container.remove()
    return Done(code, bytes(said[STDOUT]), bytes(said[STDERR]))


def reap(engine: Engine) -> int:
    """Remove the containers of owners that are known to be dead; returns how many.

    Raises:
        SandboxError: when the engine fails.
    """
    with engine.asked_to("list containers") as api:
        found = api.containers(all=True, filters={"label": f"{OURS}=1"})
    dead = [about for about in found if _abandoned(about)]
    for about in dead:
        Container(engine, about["Id"], user=-1).remove()
    return len(dead)


def remove_all(engine: Engine, box: str) -> None:
    """Remove what is left of one of our own sandboxes: a container that the engine made when nobody
    waited for its answer any more, say.

    Raises:
        SandboxError: when the engine fails.
    """
    labels = [f"{OWNER}={Owner.ourselves()}", f"{BOX}={box}"]  # in a forked child, not the parent's
    with engine.asked_to("list containers", _LIST_SECONDS) as api:
        found = api.containers(all=True, filters={"label": labels})
    for about in found:
        Container(engine, about["Id"], user=-1).remove()


def _abandoned(about: Mapping[str, Any]) -> bool:
    owner = Owner.parse((about.get("Labels") or {}).get(OWNER, ""))
    return owner is not None and owner.dead
