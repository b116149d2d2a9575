"""What installed packages consist of: found by the judging side in its own environment; in an image by
this very file, sent as text.

The method is that of the packaging standards: the requirements in a distribution's metadata, the files
in its ``RECORD``. As a program it is given names, and prints what it finds as JSON.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NOT_SHOWN = ("..", "__pycache__")


class Lacking(Exception):
    """A named package is not installed; or it is, but ``formless``: not as files of its own."""

    def __init__(self, name: str, formless: bool) -> None:
        super().__init__(name, formless)
        self.name, self.formless = name, formless


def found(names: Sequence[str]) -> list[tuple[str, str]]:
    """(real path, name to show it by) of each folder or file that packages and their requirements need.

    Requirements of extras, and those that are not installed, are left out.

    Raises:
        Lacking: when a named package cannot be shown.
    """
    shown: dict[str, str] = {}
    waiting, seen = list(names), set(names)
    while waiting:
        name = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:
            if name in names:
                raise Lacking(name, False) from None
            continue
        parts = parts_of(one)
        if name in names and not any(module_of(name) == part.partition(".")[0] for part in parts):
            raise Lacking(name, True)
        shown.update(parts)
        for required in _requirements(one):
            if required not in seen:
                seen.add(required)
                waiting.append(required)
    return sorted((path, name) for name, path in shown.items())


def module_of(name: str) -> str:
    """The module that a package is imported as: its name, as an identifier."""
    return name.replace("-", "_")


def parts_of(one: Distribution) -> dict[str, str]:
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


def main() -> None:
    """Print ``{"found": [[path, name], ...]}`` or ``{"lacking": name, "formless": bool}``."""
    try:
        said: dict[str, object] = {"found": found(sys.argv[1:])}
    except Lacking as error:
        said = {"lacking": error.name, "formless": error.formless}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
