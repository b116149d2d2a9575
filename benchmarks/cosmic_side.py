"""cosmic-ray on references and their published tests: a part of ``benchmarks/testgen.py``.

Each reference is a module, its published test a script that imports it; cosmic-ray finds its mutants
(``init``, which is not timed here) and runs the script on each (``exec``, which is).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COSMIC_RAY = "cosmic-ray==8.7.0"
_CONFIG = """\
[cosmic-ray]
module-path = "mod.py"
timeout = 2.0
excluded-modules = []
test-command = "{python} test_mod.py"
[cosmic-ray.distributor]
name = "local"
"""


def environment(cache: Path) -> Path:
    """The folder of programs of a virtual environment with cosmic-ray, made when it is not there."""
    place = cache / f"{COSMIC_RAY.replace('==', '-')}-python{sys.version_info[0]}.{sys.version_info[1]}"
    ready = place / "ready"
    if not ready.exists():
        sys.stderr.write(f"making an environment with {COSMIC_RAY} in {place}\n")
        venv.create(place, with_pip=True, clear=True)
        pip = [place / "bin" / "python", "-m", "pip", "install", "--quiet", COSMIC_RAY]
        subprocess.run(pip, check=True)
        ready.touch()
    return place / "bin"


def measure(problems: Sequence[dict[str, Any]], programs: Path) -> dict[str, Any]:
    """Mutants judged by cosmic-ray, and its seconds on the clock and of processor time."""
    count, killed, wall, cpu = 0, 0, 0.0, 0.0
    for problem in problems:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            test = f"{problem['test']}\nfrom mod import *\ncheck({problem['entry_point']})\n"
            (place / "mod.py").write_text(problem["reference"])
            (place / "test_mod.py").write_text(test)
            (place / "config.toml").write_text(_CONFIG.format(python=programs / "python"))
            _run(programs, place, "init", "config.toml", "session.sqlite")
            before, start = _children(), time.perf_counter()
            _run(programs, place, "exec", "config.toml", "session.sqlite")
            wall += time.perf_counter() - start
            cpu += _children() - before
            told = _run(programs, place, "dump", "session.sqlite").splitlines()
            count += len(told)
            killed += sum('"test_outcome": "killed"' in line for line in told)
    return {"mutants": count, "killed": killed, "wall": wall, "cpu": cpu}


def _run(programs: Path, place: Path, *words: str) -> str:
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # a module that is changed within a second
    done = subprocess.run(
        [programs / "cosmic-ray", *words], cwd=place, env=quiet, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
