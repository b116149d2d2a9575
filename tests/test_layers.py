"""Dependencies point one way, and importing the library stays light."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "verigym"

LAYERS: list[set[str]] = [
    {"errors", "seeding"},
    {"task"},
    {"verdict"},
    {"sandbox"},
    {"verifiers"},
    {"family"},
    {"envs"},
    {"trainers", "bench", "arena", "server"},
    {""},  # the package itself, the public face
    {"cli"},
    {"__main__"},
]
"""From the lowest up. A module imports from its own room and from lower layers only."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

HEAVY = {
    *("torch", "ray", "docker", "z3", "hypothesis", "tqdm", "pysat", "argparse", "pandas"),
    *("uvicorn", "uvloop", "httptools"),
}


def room(module: str) -> str:
    """The part of ``verigym`` that a module belongs to."""
    return module.split(".")[1] if "." in module else ""


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules of ours that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "verigym":
            # ``from verigym import x``: a module if there is one, else the public face.
            yield from (
                f"verigym.{alias.name}" if alias.name in RANK else "verigym" for alias in node.names
            )
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def upward(source: str, module: str) -> list[str]:
    """What ``module`` imports although it lies higher, or beside it in another room."""
    mine = room(module)
    return [
        target
        for target in imports(ast.parse(source))
        if target.split(".")[0] == "verigym"
        and room(target) != mine
        and RANK[room(target)] >= RANK[mine]
    ]


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(SOURCE)) for file in FILES])
def test_imports_point_down(file: Path) -> None:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    module = ".".join(("verigym", *(part for part in parts if part != "__init__")))
    assert upward(file.read_text(), module) == []


def test_the_check_can_fail() -> None:
    assert upward("from verigym.cli import main", "verigym.task") == ["verigym.cli"]
    assert upward("def f():\n    import verigym.bench.run", "verigym.envs.base") == [
        "verigym.bench.run"
    ]
    assert upward("from verigym import family", "verigym.verifiers.cnf") == ["verigym.family"]
    assert upward("from verigym import verify", "verigym.bench.run") == ["verigym"]
    assert upward("from verigym.server import x", "verigym.bench.run") == ["verigym.server"]
    assert upward("from verigym.task import Task\nimport json", "verigym.bench.run") == []


def test_nothing_is_imported_relatively() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), file


def test_importing_it_is_light() -> None:
    code = (
        "import sys, time, json\n"
        "import verigym\n"
        "print(json.dumps([time.process_time(), sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    found = []
    for _ in range(3):  # the fastest of three: other work on the machine is not our weight
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.stderr == ""
        seconds, modules = json.loads(done.stdout)
        found.append(seconds)
        assert not HEAVY & set(modules)
    assert min(found) < 0.3


def test_importing_it_loads_no_family_sandbox_or_command() -> None:
    code = "import sys, verigym; print(*(name for name in sys.modules if name.startswith('verigym.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    rooms = {room(name) for name in loaded}
    assert not rooms & {"sandbox", "bench", "cli", "trainers", "server", "arena"}
    assert not any(name.startswith(("verigym.envs.sat", "verigym.envs.code")) for name in loaded)
