"""The connection to a Docker engine: found as Docker's own tools find it, checked once, then asked.

Whatever goes wrong between us and the engine is said in one line that names the remedy. Each request
has a client of its own (making one takes a tenth of a millisecond, the requests take many), so that an
:class:`Engine` is plain data which threads and forked processes share.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from verigym.errors import SandboxError, SandboxUnavailable

CALL_SECONDS = 60.0
"""How long the engine may take for one request. A busy one takes seconds to start a container."""
CONNECT_SECONDS = 10.0
"""How long it may take to say what it is."""
OLDEST_API = (1, 41)
"""Docker 20.10, and Podman 4: the first that give a container a cgroup namespace of its own and know
seccomp profiles that answer single calls with another error than the rest."""

INSTALL = "pip install 'verigym[docker]'"
START = "start one (`systemctl start docker`, or `dockerd` as root), or set DOCKER_HOST to where one is"


@dataclass(frozen=True)
class Engine:
    """A Docker engine that answered, and what it said of itself. Made by :func:`connect`.

    Raises:
        SandboxError: from every method, when the engine fails to do what it is asked.
    """

    address: str
    """Where it is: ``unix:///var/run/docker.sock``, ``tcp://...``, ``ssh://...``."""
    version: str
    api_version: str
    """The version that we speak with it: the newest that both know."""
    runtimes: frozenset[str]
    remapped: bool
    """Whether it maps users to a small range (rootless, or ``userns-remap``)."""
    cores: int
    """How many processors its machine has."""
    local: bool
    """Whether it shares our kernel and sees our files: bind mounts and unix sockets reach it."""
    access: Mapping[str, Any] = field(repr=False, compare=False)
    """What a client of the SDK must be given to reach it."""

    @contextlib.contextmanager
    def asked_to(self, do: str, seconds: float = CALL_SECONDS) -> Iterator[Any]:
        """A ``docker.APIClient`` of our own for one request, or a few.

        Args:
            do: what we ask for, as in "start a container": for the error.
            seconds: how long each answer may take.

        Raises:
            SandboxUnavailable: when the engine cannot be reached any more.
            SandboxError: when it refuses, or takes longer.
        """
        import docker

        with _explained(self.address, do, seconds):
            client = _client(docker, self.api_version, seconds, self.access)
            with contextlib.closing(client):
                yield client

    def check_local(self) -> None:
        """Raise :class:`SandboxUnavailable` unless files and sockets of ours reach its containers."""
        if not self.local:
            raise SandboxUnavailable(
                f"the Docker engine at {self.address} does not share this machine's kernel and files, "
                "so its containers can be shown no socket of ours: use transport='stream', or leave "
                "transport out"
            )

    def check_runtime(self, runtime: str | None) -> None:
        """Raise :class:`SandboxUnavailable` unless the engine has this OCI runtime."""
        by_shim = runtime is not None and runtime.startswith("io.containerd.")  # found when first used
        if runtime is not None and runtime not in self.runtimes and not by_shim:
            raise SandboxUnavailable(
                f"the Docker engine at {self.address} has no runtime {runtime!r} (it has: "
                f"{', '.join(sorted(self.runtimes))}): install it and name it under `runtimes` in the "
                "engine's daemon.json, then restart the engine; or leave `runtime` out"
            )


def connect() -> Engine:
    """The engine that ``DOCKER_HOST`` or the current context names, else the one of this machine.

    Raises:
        SandboxUnavailable: when the SDK is missing, no engine answers, we may not speak to it, or it is
            too old; the message says what to do.
    """
    try:
        import docker
    except ImportError as error:
        raise SandboxUnavailable(
            f"the docker backend needs Docker's SDK for Python, which is not installed: {INSTALL}"
        ) from error
    access = _access(docker)
    address = str(access.get("base_url") or "unix:///var/run/docker.sock").removeprefix("http+")
    with _explained(address, "say what it is", CONNECT_SECONDS):
        oldest = ".".join(map(str, OLDEST_API))  # a version must be named; none is used here
        with contextlib.closing(_client(docker, oldest, CONNECT_SECONDS, access)) as client:
            about = client.version(api_version=False)
            client._version = api = _common_version(address, about, docker)
            info = client.info()
            local = (
                address.startswith("unix://")
                and info.get("KernelVersion") == os.uname().release
                and _sees_our_files(client, docker)
            )
    options = " ".join(info.get("SecurityOptions") or ())
    return Engine(
        address=address,
        version=str(about.get("Version", "unknown")),
        api_version=api,
        runtimes=frozenset(info.get("Runtimes") or ()),
        remapped="name=rootless" in options or "name=userns" in options,
        cores=int(info.get("NCPU") or 1),
        local=local,
        access=access,
    )


def _client(docker: Any, version: str, seconds: float, access: Mapping[str, Any]) -> Any:
    client = docker.APIClient(version=version, timeout=seconds, **access)
    if access.get("tls"):  # or REQUESTS_CA_BUNDLE would be trusted instead of the engine's authority
        client.request = functools.partial(client.request, verify=client.verify)
    return client


def _access(docker: Any) -> dict[str, Any]:
    """Where the engine is and how to authenticate: read once, so that all requests go to one engine."""
    try:
        access: dict[str, Any] = docker.utils.kwargs_from_env()
        from_context = getattr(docker.ContextAPI, "kwargs_from_context", None)  # since SDK 7.2
        if "base_url" not in access and from_context is not None:
            access = {**from_context(), **access}
    except (docker.errors.DockerException, OSError) as error:
        raise SandboxUnavailable(
            f"the settings of the Docker client are wrong: {error}; correct DOCKER_HOST, "
            "DOCKER_CONTEXT, DOCKER_TLS_VERIFY or DOCKER_CERT_PATH"
        ) from error
    return access


def _common_version(address: str, about: Mapping[str, Any], docker: Any) -> str:
    """The newest API version that the engine and the SDK both speak."""
    newest_of_sdk = docker.constants.DEFAULT_DOCKER_API_VERSION
    theirs = _number(about.get("ApiVersion"))
    if theirs is None:
        raise SandboxUnavailable(
            f"what answers at {address} is no Docker engine: it names no API version; "
            "correct DOCKER_HOST"
        )
    if theirs < OLDEST_API:
        raise SandboxUnavailable(
            f"the Docker engine at {address} is too old: version {about.get('Version')} speaks "
            f"API {_text(theirs)}, and API {_text(OLDEST_API)} is needed (Docker 20.10 or later, for "
            "cgroup namespaces and for seccomp profiles with an error for each call); update it"
        )
    ours = _number(newest_of_sdk) or OLDEST_API
    if (least := _number(about.get("MinAPIVersion"))) is not None and least > ours:
        raise SandboxUnavailable(
            f"the Docker engine at {address} is too new for the SDK {docker.__version__}: it "
            f"speaks API {_text(least)} and later, the SDK up to {_text(ours)}; "
            "pip install --upgrade docker"
        )
    return _text(min(theirs, ours))


def _number(version: Any) -> tuple[int, ...] | None:
    parts = str(version).split(".")
    return tuple(map(int, parts)) if all(p.isascii() and p.isdigit() for p in parts) else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _sees_our_files(client: Any, docker: Any) -> bool:
    """Whether a bind mount of ours would reach the engine: it may see other files than we do, when we
    are in a container, or it is behind a tunnel.

    We ask it for a container with a folder of ours, of an image that cannot be there. It looks for the
    folder first: it misses the image only if it has found the folder.
    """

    def missed_only_the_image(path: str) -> bool:
        mount = docker.types.Mount(target="/x", source=path, type="bind", read_only=True)
        try:
            client.create_container(
                f"verigym-no-such-image-{secrets.token_hex(8)}",
                host_config=client.create_host_config(mounts=[mount]),
            )
        except docker.errors.ImageNotFound:
            return True
        except docker.errors.APIError:
            return False
        return False

    with tempfile.TemporaryDirectory(prefix="verigym-") as folder:
        return missed_only_the_image(folder) and not missed_only_the_image(f"{folder}/absent")


@contextlib.contextmanager
def _explained(address: str, do: str, seconds: float) -> Iterator[None]:
    """Turn whatever the SDK raises into one line that says what to do."""
    import docker
    import requests

    earlier = sys.exc_info()[1]  # what we may be cleaning up after has nothing to do with it
    try:
        yield
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise _explanation(error, earlier, address, do, seconds) from error


def _explanation(
    error: BaseException, earlier: BaseException | None, address: str, do: str, seconds: float
) -> SandboxError:
    import docker
    import requests

    def caused_by(kind: type[BaseException]) -> bool:
        return _cause(error, kind, earlier)

    if isinstance(error, docker.errors.APIError):
        return SandboxError(
            f"the Docker engine at {address} failed to {do}: {error.explanation or error}"
        )
    if isinstance(error, requests.Timeout) or caused_by(TimeoutError):
        return SandboxError(f"the Docker engine at {address} did not {do} within {seconds:g} s")
    if caused_by(PermissionError):
        return SandboxUnavailable(
            f"permission denied: user {os.geteuid()} may not speak to the Docker engine at {address}; "
            "join the group `docker` (`usermod -aG docker USER`, then log in again: it is as powerful "
            "as root), or run an engine of your own and set DOCKER_HOST (rootless mode)"
        )
    if caused_by(FileNotFoundError):
        return SandboxUnavailable(f"no Docker engine: there is no socket at {address}; {START}")
    if caused_by(ConnectionRefusedError):
        return SandboxUnavailable(f"no Docker engine: nobody listens at {address}; {START}")
    return SandboxUnavailable(
        f"no Docker engine answers at {address}: {error}; {START}, and check DOCKER_TLS_VERIFY and "
        "DOCKER_CERT_PATH if it is remote"
    )


def _cause(
    error: BaseException, kind: type[BaseException], earlier: BaseException | None = None
) -> bool:
    """Whether an error of some kind is at the bottom of another: HTTP libraries wrap them in turn.

    One that was being handled before, ``earlier``, is none of its causes.
    """
    queue: list[Any] = [error]
    seen = {id(earlier)}
    while queue:
        found = queue.pop()
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        if isinstance(found, kind):
            return True
        seen.add(id(found))
        queue += [*found.args, found.__cause__, found.__context__, getattr(found, "reason", None)]
    return False
