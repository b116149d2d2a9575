"""Specs as people write them: a folder, or a record with the same parts.

A folder holds ``statement.md`` (what is asked), ``spec.py`` (a Python module with ``@given`` tests that
import ``from solution``), ``reference.py`` (a right answer), ``spec.json`` (its kind, entry points and
perhaps more), perhaps ``lazy/*.py``, answers that must earn nothing, and perhaps ``ports/cpp.cpp`` or
the like, right answers in other languages. Those that ship with this package lie in ``shipped/``.
Nothing here is imported or run; that is done in the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path
from typing import Any

from verigym.envs.records import Source, arguments, read_records
from verigym.errors import FamilyError

SHIPPED = Path(__file__).parent / "shipped"
MAX_FILE = 1 << 20
KINDS = ("properties", "contracts", "metamorphic", "differential", "stateful")
_NEEDED = {"statement": str, "tests": str, "reference": str, "entry_points": list}
_OPTIONS = (
    *("name", "kind", "lazy", "tags", "objects", "packages", "literals", "timeout", "metadata"),
    *("compare", "ports"),
)


@dataclass(frozen=True)
class Spec:
    """One spec, as text."""

    name: str
    kind: str
    statement: str
    tests: str
    reference: str
    entry_points: tuple[str, ...]
    """Names of the functions or classes that an answer must define; the first is called most."""
    lazy: Mapping[str, str] = field(default_factory=dict)
    """Name -> source of answers that must earn nothing."""
    tags: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    """Names of what gives the tests objects, as for :func:`verigym.envs.code.function_task`."""
    packages: tuple[str, ...] = ()
    """Installed packages that answers and tests may import."""
    literals: bool = True
    """Whether literals of an answer's source may take the place of like values in examples."""
    timeout: float = 5.0
    """Seconds of processor time for all examples of one answer."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    compare: str | Mapping[str, Any] | None = None
    """Of a differential spec: the rule that results are compared by."""
    ports: Mapping[str, str] = field(default_factory=dict)
    """Of a differential spec: name of a language -> a right answer in it."""

    @property
    def prompt(self) -> str:
        """What the policy is asked, with what it is to answer with."""
        names = " and ".join(f"`{name}`" for name in self.entry_points)
        asks = f"Answer with Python code that defines {names}, in one fenced block."
        return f"{self.statement.strip()}\n\n{asks}"


def read_specs(data: Source | None, kind: str) -> list[Spec]:
    """The specs of a kind: those that ship (``data`` is None), or somebody's own.

    Args:
        data: a folder that is a spec or holds some; a JSONL file; a list of records.
        kind: what a record or folder that names no kind is; of others, those of this kind are read.

    Raises:
        FamilyError: when one is not as it should be, or there is none.
    """
    source: Source = SHIPPED if data is None else data
    if isinstance(source, str | Path) and Path(source).is_dir():
        records: Iterator[tuple[str, Mapping[str, Any]]] = _folders(Path(source))
    else:
        records = read_records(source)
    found = [_spec(record, where, kind) for where, record in records]
    wanted = [spec for spec in found if spec.kind == kind]
    if not wanted:
        others = sorted({spec.kind for spec in found})
        raise FamilyError(f"no spec of kind {kind!r} in the data; it has {', '.join(others) or 'none'}")
    return wanted


def _folders(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if (path / "spec.py").exists():
        yield str(path), folder_record(path)
        return
    for folder in sorted(path.iterdir()):
        if (folder / "spec.py").exists():
            yield str(folder), folder_record(folder)


def folder_record(path: Path) -> dict[str, Any]:
    """The record of a spec's folder.

    Raises:
        FamilyError: when a file is missing, too long, or not what it must be.
    """
    try:
        told = json.loads(_text(path / "spec.json"))
    except ValueError as error:
        raise FamilyError(f"{path / 'spec.json'}: not JSON: {error}") from None
    if not isinstance(told, dict):
        raise FamilyError(f"{path / 'spec.json'} must hold an object")
    lazy, ports = sorted((path / "lazy").glob("*.py")), sorted((path / "ports").glob("*.*"))
    return {
        "name": path.name,
        "statement": _text(path / "statement.md"),
        "tests": _text(path / "spec.py"),
        "reference": _text(path / "reference.py"),
        "lazy": {file.stem: _text(file) for file in lazy},
        "ports": {file.stem: _text(file) for file in ports},
        **told,
    }


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise FamilyError(f"{path} is longer than {MAX_FILE} bytes")
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise FamilyError(f"cannot read {path}: {error}") from None


def _spec(record: Mapping[str, Any], where: str, kind: str) -> Spec:
    told = arguments(record, where, _NEEDED, _OPTIONS)
    told.setdefault("name", where)
    told.setdefault("kind", kind)
    if told["kind"] not in KINDS:
        raise FamilyError(f"{where}: kind is {told['kind']!r}; it must be one of {', '.join(KINDS)}")
    lazy = told.get("lazy", {})
    if isinstance(lazy, list | tuple):
        lazy = {f"lazy {number}": source for number, source in enumerate(lazy, 1)}
    if not isinstance(lazy, Mapping) or not all(isinstance(one, str) for one in lazy.values()):
        raise FamilyError(f"{where}: lazy must be a list of sources, or a mapping of names to them")
    told["lazy"] = dict(lazy)
    ports = told.get("ports", {})
    if not isinstance(ports, Mapping) or not all(isinstance(one, str) for one in ports.values()):
        raise FamilyError(f"{where}: ports must be a mapping of languages to sources")
    told["ports"] = dict(ports)
    for name in ("entry_points", "tags", "objects", "packages"):
        values = told.get(name, ())
        if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
            raise FamilyError(f"{where}: {name} must be a list of names")
        told[name] = tuple(values)
    names = told["entry_points"]
    if not names or not all(name.isidentifier() and not iskeyword(name) for name in names):
        raise FamilyError(f"{where}: entry_points must be names of functions or classes, at least one")
    if not isinstance(told.get("literals", True), bool):
        raise FamilyError(f"{where}: literals must be true or false")
    return Spec(**told)
