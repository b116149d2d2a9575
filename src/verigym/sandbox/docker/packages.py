"""Python packages in containers: those of the image, told by its own interpreter.

A program sees the ones that it names, and what they require, as links below the folder that the local
backend shows them in. An image holds nothing of ours or of the judging environment; so what else lies
in it need not be hidden, only kept off the path.
"""

from __future__ import annotations

import json
import os

from verigym.errors import SandboxError
from verigym.sandbox.agents import cell
from verigym.sandbox.agents.packages import PackageUnavailable, Parts, lacking
from verigym.sandbox.docker import container
from verigym.sandbox.docker.engine import Engine

_SECONDS = 60.0


def found(engine: Engine, image: str, runtime: str | None, names: tuple[str, ...]) -> Parts:
    """Each folder or file of an image that the packages and their requirements need.

    Raises:
        PackageUnavailable: when the image lacks a named package, or has it where no program may read.
        SandboxError: when the engine fails.
    """
    command = ["python3", "-I", "-B", "-c", cell.finder(), *names]
    done = container.run(engine, image, command, _SECONDS, runtime=runtime)
    if done.exit_code != 0:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SandboxError(f"python3 of image {image!r} cannot tell its packages: {last[:200]}")
    said = json.loads(done.stdout)
    if "lacking" in said:
        raise lacking(
            said["lacking"],
            said["formless"],
            f"image {image!r}",
            "install it there, for its python3 (docs/docker.md)",
        )
    parts = tuple((str(path), str(name)) for path, name in said["found"])
    for path, name in parts:
        if not any(os.path.commonpath([path, folder]) == folder for folder in cell.IN_CONTAINER):
            raise PackageUnavailable(
                f"{name!r}, which the Python packages {', '.join(names)} need, lies at {path} in image "
                f"{image!r}, where programs may not read: install them below /usr or /opt"
            )
    return parts
