"""The images that containers are made of: imported from a root file system, or built; checked by use.

An image needs a Python for the agent and the tools of the languages to be run, and no file of ours. A
new image gets its name only once a container of it, as hardened as all are, has shown that the agent
can run there: a bad one never takes the place of a good one.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verigym.errors import SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import languages
from verigym.sandbox.docker.container import DEFAULT_IMAGE, ENVIRONMENT, CommandMissing, run
from verigym.sandbox.docker.engine import Engine

MADE_BY = "verigym.image"
"""Label: the version of verigym that made an image."""
OLDEST_PYTHON = (3, 10)
DOCKERFILE = Path(__file__).with_name("Dockerfile")
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "python": ("python3-minimal", "libpython3-stdlib"),
    "c": ("gcc", "libc6-dev"),
    "cpp": ("g++", "libc6-dev"),
    "javascript": ("nodejs",),
    "typescript": ("nodejs", "node-typescript"),
    "java": ("default-jdk-headless",),
    "go": ("golang-go",),
    "rust": ("rustc", "libc6-dev", "gcc"),
    "bash": ("bash",),
}
"""Debian's packages for each language."""

IMPORT_SECONDS = 600.0
BUILD_SECONDS = 1800.0
"""How long a step of a build may say nothing."""
CHECK_SECONDS = 60.0

_UNSEEN = ("dev", "proc", "sys", "run", "tmp")
"""Folders that a container covers with its own, or never needs; the folders themselves are kept."""
_CHUNK = 1 << 20

_CHECK = """
import sys
lacks = []
for name in ("ctypes", "fcntl", "json", "mmap", "resource", "select", "socket", "struct"):
    try:
        __import__(name)
    except ImportError:
        lacks.append(name)
abi = 0
if "ctypes" not in lacks:
    import ctypes
    abi = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
print("verigym %d.%d.%d %d %s" % (sys.version_info[:3] + (max(0, abi), ",".join(lacks) or "-")))
"""


@dataclass(frozen=True)
class Interpreter:
    """The Python that a container of an image runs the agent with."""

    version: tuple[int, int, int]
    landlock: int
    """Version of Landlock that is within reach there; 0 when it is not."""

    def __str__(self) -> str:
        landlock = f"Landlock version {self.landlock}" if self.landlock else "no Landlock"
        return f"Python {'.'.join(map(str, self.version))}, {landlock}"


def check(engine: Engine, image: str, runtime: str | None = None) -> Interpreter:
    """Start a container of an image and see that the agent can run in it.

    Raises:
        SandboxUnavailable: when the image is missing, or has no Python that serves.
        SandboxError: when the engine fails.
    """
    remedy = (
        "the agent inside needs Python 3.10 or later with ctypes (Debian: python3-minimal and "
        "libpython3-stdlib): add it to the image, or choose another"
    )
    try:
        done = run(engine, image, ["python3", "-I", "-S", "-c", _CHECK], CHECK_SECONDS, runtime=runtime)
    except CommandMissing as error:
        where = ENVIRONMENT["PATH"]
        raise SandboxUnavailable(f"image {image!r} has no python3 on {where}; {remedy}") from error
    words = done.stdout.decode("ascii", "replace").split()
    if done.exit_code != 0 or len(words) != 4 or words[0] != "verigym":
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise SandboxUnavailable(
            f"python3 of image {image!r} does not work: exit code {done.exit_code}, "
            f"{said[-1][:200] if said else 'nothing printed'!r}; {remedy}"
        )
    major, minor, micro = map(int, words[1].split("."))
    if (major, minor) < OLDEST_PYTHON:
        raise SandboxUnavailable(f"python3 of image {image!r} is version {words[1]}; {remedy}")
    if words[3] != "-":
        raise SandboxUnavailable(f"python3 of image {image!r} lacks {words[3]}; {remedy}")
    return Interpreter((major, minor, micro), int(words[2]))


# ------------------------------------------------------------------------------------------ import


def import_root(
    engine: Engine,
    source: str | os.PathLike[str],
    name: str = DEFAULT_IMAGE,
    tell: Callable[[int], None] = lambda size: None,
) -> Interpreter:
    """Make an image of a root file system: a folder, or a tar archive of one.

    A folder is archived as it is: owners and modes are kept, no link is followed. What a container
    covers anyway (``/dev``, ``/proc``, ``/sys``, ``/run``, ``/tmp``) is left out.

    Args:
        engine: where.
        source: the folder or the archive.
        name: what to call the image.
        tell: is called with the number of bytes that were sent since the last call.

    Raises:
        UserError: when it is no root file system, or cannot be read.
        SandboxUnavailable: when the agent could not run in it.
        SandboxError: when the engine fails.
    """
    path = Path(source)
    chunks = _archived(path) if path.is_dir() else _read(path)
    previous = _id_of(engine, name)
    with contextlib.closing(chunks), engine.asked_to(f"import {path}", IMPORT_SECONDS) as api:
        labels = [f"LABEL {MADE_BY}={_version()}"]
        reply = api.import_image_from_stream(_counted(chunks, tell), changes=labels)
    return _accept(engine, _imported_id(reply), name, previous)


def _counted(chunks: Iterable[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        tell(len(chunk))


def _archived(root: Path) -> Generator[bytes, None, None]:
    """A folder as an archive."""
    if root.samefile("/"):
        raise UserError(
            f"{str(root)!r} is the root of this very machine: every program would see its secrets; "
            "make a root file system apart (docs/docker.md shows how)"
        )
    if not any((root / place).is_dir() for place in ("bin", "usr/bin")):
        raise UserError(
            f"{str(root)!r} is no root file system: it has neither bin nor usr/bin; give the folder "
            "that debootstrap or the like has made"
        )
    unseen = [f"--exclude=./{name}/*" for name in _UNSEEN]
    return _output_of(["tar", "--numeric-owner", *unseen, "-C", str(root.resolve()), "-c", "."])


def _output_of(command: Sequence[str]) -> Generator[bytes, None, None]:
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        except OSError as error:
            raise UserError(f"cannot run {command[0]}: {error.strerror}; install it") from error
        try:
            while process.stdout and (chunk := process.stdout.read(_CHUNK)):
                yield chunk
            if process.wait() != 0:  # raised before the archive's end is sent: nothing is imported
                errors.seek(0)
                said = errors.read(2000).decode("utf-8", "replace").strip().splitlines()
                raise UserError(f"{command[0]} failed: {said[0] if said else process.returncode}")
        finally:
            process.kill()
            process.communicate()


def _read(path: Path) -> Generator[bytes, None, None]:
    """An archive's bytes as they are; the engine knows the usual compressions."""
    try:
        known = tarfile.is_tarfile(path)
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}") from error
    if not known:
        raise UserError(
            f"{str(path)!r} is no tar archive, plain or compressed by gzip, bzip2 or xz; give one of a "
            "root file system, or the folder itself"
        )
    return _chunks_of(path)


def _chunks_of(path: Path) -> Generator[bytes, None, None]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _imported_id(reply: str) -> str:
    """The image's id, from the last line of the engine's report."""
    for line in reversed(reply.splitlines()):
        said = json.loads(line)
        if "error" in said:
            raise SandboxError(f"the Docker engine failed to import: {said['error']}")
        if str(said.get("status", "")).startswith("sha256:"):
            return str(said["status"])
    raise SandboxError("the Docker engine did not say which image it imported")


# ------------------------------------------------------------------------------------------- build


def build(
    engine: Engine,
    name: str = DEFAULT_IMAGE,
    *,
    wanted: Sequence[str] | None = None,
    file: str | os.PathLike[str] | None = None,
    base: str | None = None,
    network: str | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Interpreter:
    """Build an image, by our own Dockerfile or by yours.

    Args:
        engine: where.
        name: what to call it.
        wanted: the languages that ours installs, beside Python; ``None`` is all.
        file: a Dockerfile of your own instead; its folder is the context.
        base: the image that ours starts from, with Debian's or Ubuntu's packages.
        network: the network of the build's steps, such as ``host``.
        tell: is called with each line of the build's report.

    Raises:
        UserError: for an unknown language, or a Dockerfile that cannot be read.
        SandboxUnavailable: when it cannot be built, or the agent could not run in it.
        SandboxError: when the engine fails.
    """
    options: dict[str, Any] = {"buildargs": {"PACKAGES": " ".join(packages(wanted))}}
    if base is not None:
        options["buildargs"]["BASE"] = base
    if file is None:
        options["fileobj"] = io.BytesIO(DOCKERFILE.read_bytes())
    elif Path(file).is_file():
        options = {"path": str(Path(file).resolve().parent), "dockerfile": Path(file).name}
    else:
        raise UserError(f"no Dockerfile at {str(file)!r}")
    previous = _id_of(engine, name)
    options |= {"network_mode": network, "labels": {MADE_BY: _version()}}
    with engine.asked_to(f"build {name}", BUILD_SECONDS) as api:
        report = api.build(**options, rm=True, forcerm=True, decode=True)
        made = _built_id(report, tell)
    return _accept(engine, made, name, previous)


def packages(wanted: Sequence[str] | None = None) -> list[str]:
    """Debian's packages for some languages, and for Python in any case; ``None`` is all languages.

    Raises:
        UserError: for an unknown language.
    """
    chosen = PACKAGES if wanted is None else [languages.language(name).name for name in wanted]
    return sorted({package for name in ("python", *chosen) for package in PACKAGES[name]})


def _built_id(report: Iterable[Mapping[str, Any]], tell: Callable[[str], None]) -> str:
    made = None
    for said in report:
        if "error" in said:
            raise SandboxUnavailable(
                f"the Docker engine failed to build: {str(said['error']).strip()}; where no registry "
                "can be reached, import a root file system (docs/docker.md shows how)"
            )
        for line in str(said.get("stream", "")).splitlines():
            if line.strip():
                tell(line)
        made = said.get("aux", {}).get("ID", made)
    if made is None:
        raise SandboxError("the Docker engine did not say which image it built")
    return str(made)


# ------------------------------------------------------------------------------- naming and listing


def _id_of(engine: Engine, name: str) -> str | None:
    """The id of the image that has a name, if one has; asked first, so that a bad name fails early."""
    import docker

    with engine.asked_to(f"look up the image {name!r}") as api:
        try:
            if "@" not in name:
                return str(api.inspect_image(name)["Id"])
            why = "a digest cannot be chosen"
        except docker.errors.ImageNotFound:
            return None
        except docker.errors.NullResource:
            why = "it is empty"
        except docker.errors.APIError as error:
            if error.status_code != 400:
                raise
            why = str(error.explanation).rpartition("invalid reference format")[2].strip(": ")
    raise UserError(
        f"{name!r} cannot be an image's name{why and f' ({why})'}; one is like {DEFAULT_IMAGE!r}"
    )


def _accept(engine: Engine, made: str, name: str, previous: str | None) -> Interpreter:
    """Give a new image its name if the agent can run in it; else, and for the previous one, away."""
    from docker.utils import parse_repository_tag

    try:
        found = check(engine, made)
    except BaseException:
        _discard(engine, made)
        raise
    repository, tag = parse_repository_tag(name)
    with engine.asked_to(f"name an image {name!r}") as api:
        api.tag(made, repository, tag)
    if previous is not None and previous != made:
        _discard(engine, previous)
    return found


def _version() -> str:
    return importlib.metadata.version("verigym")


def _discard(engine: Engine, image: str) -> None:
    """Remove an image of ours, unless it has a name or a container: then it stays."""
    import docker

    with engine.asked_to("remove an image") as api:
        try:
            about = api.inspect_image(image)
            if not about["RepoTags"] and MADE_BY in (about["Config"].get("Labels") or {}):
                api.remove_image(image)
        except docker.errors.APIError as error:
            if error.status_code not in (404, 409):
                raise


@dataclass(frozen=True)
class Image:
    """An image that was made here."""

    name: str
    id: str
    bytes: int
    created: int
    """Seconds since 1970."""
    made_by: str
    """The version of verigym that made it."""


def listing(engine: Engine) -> list[Image]:
    """The named images that :func:`import_root` and :func:`build` have made, by name.

    Raises:
        SandboxError: when the engine fails.
    """
    with engine.asked_to("list images") as api:
        found = api.images(filters={"label": MADE_BY})
    return sorted(
        (
            Image(name, about["Id"], about["Size"], about["Created"], about["Labels"][MADE_BY])
            for about in found
            for name in about["RepoTags"] or ()
            if name != "<none>:<none>"
        ),
        key=lambda image: image.name,
    )
