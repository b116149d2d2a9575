"""Where installed Python packages lie, so that a cell can show just these, read-only, and no others.

Of an environment's ``site-packages`` a program sees what the packages that it names consist of, by the
record that their installer left, and what they require. The rest of it may hold anything: the code that
trains, data sets with their answers.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from verigym.errors import SandboxUnavailable

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NOT_SHOWN = ("..", "__pycache__")


@functools.lru_cache(maxsize=64)
def found(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(path here, name there) of each folder or file that the packages and their requirements need.

    The method is that of the packaging standards: the requirements in a distribution's metadata, the
    files in its ``RECORD``. Requirements of extras, and those that are not installed, are left out.

    Raises:
        SandboxUnavailable: when a named package is not installed, or not as files of its own.
    """
    shown: dict[str, str] = {}
    waiting, seen = list(names), set(names)
    while waiting:
        name = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:
            if name in names:
                raise SandboxUnavailable(_missing(name)) from None
            continue
        parts = _parts(one)
        if name in names and not any(module_of(name) == part.partition(".")[0] for part in parts):
            raise SandboxUnavailable(
                f"the Python package {name!r} lies in no files of its own in {sys.prefix} (an "
                "editable installation, or one that is imported by another name), so it cannot be shown"
            )
        shown.update(parts)
        for required in _requirements(one):
            if required not in seen:
                seen.add(required)
                waiting.append(required)
    return tuple(sorted((path, name) for name, path in shown.items()))


def module_of(name: str) -> str:
    """The module that a package is imported as: its name, as an identifier."""
    return name.replace("-", "_")


def _missing(name: str) -> str:
    return (
        f"the program needs the Python package {name!r}, which is not installed in {sys.prefix}: "
        "install it there (pip install), beside verigym"
    )


def _parts(one: Distribution) -> dict[str, str]:
    """Name -> path of the folders and files at the top of a distribution."""
    tops = {file.parts[0] for file in one.files or ()}
    places = {
        top: os.path.realpath(str(one.locate_file(top)))
        for top in tops
        if top not in _NOT_SHOWN and not top.endswith(".pth")
    }
    return {top: path for top, path in places.items() if os.path.exists(path)}


def _requirements(one: Distribution) -> list[str]:
    words = [text for text in one.requires or () if "extra ==" not in text and "extra==" not in text]
    return [match.group() for match in map(_NAME.match, words) if match]
