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
    {"difficulty"},
    {"task"},
    {"verdict"},
    {"sandbox"},
    {"verifiers"},
    {"mutation"},
    {"family"},
    {"envs"},
    {"trainers", "bench", "server", "audit", "harden"},
    {"arena"},
    {""},  # the package itself, the public face
    {"cli"},
    {"__main__"},
]
"""From the lowest up. A module imports from its own room and from lower layers only."""

SANDBOX: list[set[str]] = [
    {"inside"},
    {"files", "scope"},
    {"program"},
    {"base"},
    {"agents", "languages", "remote"},
    {"local", "docker"},
    {"backends"},
    {"shared"},
    {""},
    {"doctor"},
]
"""The same within ``verigym.sandbox``."""


def ranks(layers: list[set[str]]) -> dict[str, int]:
    return {name: rank for rank, names in enumerate(layers) for name in names}


RANK = ranks(LAYERS)

HEAVY = {
    *("torch", "ray", "docker", "z3", "hypothesis", "tqdm", "pysat", "argparse", "pandas"),
    *("uvicorn", "uvloop", "httptools", "gymnasium", "numpy"),
}


def room(module: str, package: str = "verigym") -> str:
    """The part of a package that a module belongs to."""
    return module.removeprefix(package).removeprefix(".").partition(".")[0]


def imports(tree: ast.AST, package: str, rank: dict[str, int]) -> Iterator[str]:
    """The modules of ours that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == package:
            # ``from verigym import x``: a module if there is one, else the public face.
            yield from (
                f"{package}.{alias.name}" if alias.name in rank else package for alias in node.names
            )
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def upward(
    source: str, module: str, package: str = "verigym", layers: list[set[str]] = LAYERS
) -> list[str]:
    """What ``module`` imports although it lies higher, or beside it in another room."""
    rank = ranks(layers)
    mine = room(module, package)
    return [
        target
        for target in imports(ast.parse(source), package, rank)
        if f"{target}.".startswith(f"{package}.")
        and room(target, package) != mine
        and rank[room(target, package)] >= rank[mine]
    ]


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(SOURCE)) for file in FILES])
def test_imports_point_down(file: Path) -> None:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    module = ".".join(("verigym", *(part for part in parts if part != "__init__")))
    assert upward(file.read_text(), module) == []
    if room(module) == "sandbox":
        assert upward(file.read_text(), module, "verigym.sandbox", SANDBOX) == []


def test_the_check_can_fail() -> None:
    assert upward("from verigym.cli import main", "verigym.task") == ["verigym.cli"]
    assert upward("def f():\n    import verigym.bench.run", "verigym.envs.base") == [
        "verigym.bench.run"
    ]
    assert upward("from verigym import family", "verigym.verifiers.cnf") == ["verigym.family"]
    assert upward("from verigym import verify", "verigym.bench.run") == ["verigym"]
    assert upward("from verigym.server import x", "verigym.bench.run") == ["verigym.server"]
    assert upward("from verigym.task import Task\nimport json", "verigym.bench.run") == []
    inner = ("verigym.sandbox", SANDBOX)
    assert upward("from verigym.sandbox import agents", "verigym.sandbox.inside.child", *inner)
    assert upward("from verigym.sandbox import Limits", "verigym.sandbox.docker.engine", *inner)
    assert upward("import verigym.sandbox.docker.engine", "verigym.sandbox.local.tiers", *inner)
    assert not upward("from verigym.sandbox import inside", "verigym.sandbox.agents.cell", *inner)


def test_nothing_is_imported_relatively() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), file


def test_importing_it_is_light() -> None:
    code = (
        "import sys, time, json\n"
        "import {}\n"
        "print(json.dumps([time.process_time(), sorted({{name.split('.')[0] for name in sys.modules}})]))"
    )
    found: dict[str, list[float]] = {"verigym": [], "gymnasium": []}
    for name in [*found] * 3:  # the fastest of three: other work on the machine is not our weight
        done = subprocess.run(
            [sys.executable, "-c", code.format(name)], capture_output=True, text=True, check=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.stderr == ""
        seconds, modules = json.loads(done.stdout)
        found[name].append(seconds)
        assert name != "verigym" or not HEAVY & set(modules)
    # What Gymnasium takes says how fast the machine is just now.
    assert min(found["verigym"]) < max(0.3, min(found["gymnasium"]))


def test_importing_it_loads_no_family_sandbox_or_command() -> None:
    code = "import sys, verigym; print(*(name for name in sys.modules if name.startswith('verigym.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    rooms = {room(name) for name in loaded}
    assert not rooms & {"sandbox", "bench", "cli", "trainers", "server", "arena"}
    assert not any(name.startswith(("verigym.envs.sat", "verigym.envs.code")) for name in loaded)
