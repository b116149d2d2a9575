"""Where installed Python packages lie, so that a cell can show just these, read-only, and no others.

Of an environment's ``site-packages`` a program sees what the packages that it names consist of, by the
record that their installer left, and what they require. The rest of it may hold anything: the code that
trains, data sets with their answers.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any

from verigym.errors import SandboxUnavailable
from verigym.sandbox.inside import installed

WARM = {
    "pytest": ("pytest", "difflib", "faulthandler", "pdb", "unittest", "xml.etree.ElementTree"),
    "hypothesis": ("hypothesis", "hypothesis.stateful", "hypothesis.internal.conjecture.engine"),
}
"""What an agent imports where it shows a package: nothing that starts threads, as numpy does."""

Parts = tuple[tuple[str, str], ...]
"""(path where it lies, name to show it by) of each."""


class PackageUnavailable(SandboxUnavailable):
    """A package that a program names cannot be shown to it."""


@functools.lru_cache(maxsize=64)
def found(names: tuple[str, ...]) -> Parts:
    """Each folder or file of this environment that the packages and their requirements need.

    Raises:
        PackageUnavailable: when a named package is not installed, or not as files of its own.
    """
    try:
        return tuple(installed.found(names))
    except installed.Lacking as error:
        where = "install it there (pip install), beside verigym"
        raise lacking(error.name, error.formless, sys.prefix, where) from None


def lacking(name: str, formless: bool, place: str, remedy: str) -> PackageUnavailable:
    """The error for a package that cannot be shown."""
    if formless:
        return PackageUnavailable(
            f"the Python package {name!r} has no record of files of its own in {place} (an editable "
            "installation, a package of Debian's, or one that is imported by another name), so it "
            "cannot be shown: install it with pip"
        )
    return PackageUnavailable(
        f"the program needs the Python package {name!r}, which is not installed in {place}: {remedy}"
    )


def to_show(names: Sequence[str], parts: Parts) -> dict[str, Any]:
    """What an agent is told of the packages that its programs may import."""
    return {
        "packages": list(parts),
        "modules": [installed.module_of(name) for name in names],
        "warm_packages": [module for name in names for module in WARM.get(name, ())],
    }
