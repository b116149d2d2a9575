"""The examples run, each as a script of its own, and show what they say."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from verigym.errors import SandboxUnavailable

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))


def run(name: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        cwd=cwd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_is_short_and_says_what_it_shows(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    assert text.startswith('"""')
    assert len(text.splitlines()) < 60


def test_only_the_right_function_earns_anything(tmp_path: Path) -> None:
    lines = run("01_verify_code.py", tmp_path).splitlines()
    rewards = {line[:20].strip(): re.search(r"reward (\S+)", line) for line in lines}
    earned = {name: found and float(found.group(1)) for name, found in rewards.items()}
    assert earned.pop("right") == 1.0
    assert len(earned) == 5
    assert set(earned.values()) == {0.0}


def test_the_environment_pays_for_proofs_alone(tmp_path: Path) -> None:
    out = run("02_sat_gymnasium.py", tmp_path)
    assert "reference  4 judged, mean reward 1.0\n" in out
    assert "null       4 judged, mean reward 0.0\n" in out
    assert "The refutation holds." in out
    assert "The model satisfies every clause." in out


def test_the_reward_function_judges_a_batch(tmp_path: Path) -> None:
    lines = run("03_reward_function.py", tmp_path).splitlines()
    assert [line.split()[-1] for line in lines[:3]] == ["1.0", "1.0", "0.0"]
    assert lines[3] == "3 of 3 judged, mean reward 0.67"


def test_the_reward_function_keeps_order_and_abstentions(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*args: object, **kwargs: object) -> None:
        raise SandboxUnavailable("none here")

    example = module("03_reward_function")
    monkeypatch.setattr("verigym.verifiers.stdio.shared", unavailable)
    code, first, second = (row["task"] for row in example.dataset())
    program = "print(2 * int(input()))"
    assert example.reward_function([program, "0", program], [code, first, code]) == [None, 0.0, None]
    assert example.reward_function(["0", program, "0"], [second, code, first]) == [0.0, None, 0.0]
    assert example.reward_function([], []) == []
