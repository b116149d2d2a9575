"""The README is true: its examples run, its commands are the gate's, its links and tables are current."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from pathlib import Path

import pytest

import verigym
from verigym.cli import main
from verigym.family import BUILTIN
from verigym.sandbox.agents import cell

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
GATE = (ROOT / ".ci" / "run").read_text()
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/README.md")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_the_python_examples_print_what_they_say(number: int) -> None:
    source = blocks("python")[number]
    said = [line.rpartition("  # ")[2] for line in source.splitlines() if line.startswith("print(")]
    assert said
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "README.md", "exec"), {})
    assert printed.getvalue().splitlines() == said


def test_the_first_two_shell_blocks_are_one_command_each() -> None:
    demo, tests = blocks("sh")
    for command in (demo, tests):
        assert command.count("\n") == 1
    assert [part.split()[0] for part in demo.split(" && ")] == [
        "python3", ".venv/bin/pip", ".venv/bin/verigym",
    ]  # fmt: skip
    assert demo.split()[-1] == "demo"
    assert [part.split()[0] for part in tests.split(" && ")] == [
        "python3", ".venv-test/bin/pip", ".venv-test/bin/python",
    ]  # fmt: skip
    assert "'.[dev]'" in tests
    assert re.search(r"-m pytest\b", tests.split(" && ")[-1])


def test_the_gate_runs_these_commands() -> None:
    # The gate's own function finds the same blocks as this file does.
    function = re.search(r"^block\(\) \{.*?^\}$", GATE, re.MULTILINE | re.DOTALL)
    assert function is not None
    for number, command in enumerate(blocks("sh"), 1):
        script = f"{function.group()}\nblock {number}"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, check=True)
        assert done.stdout.decode() == command
    # What it uses from an environment is in the one that the second command makes.
    used = set(re.findall(r"\.venv[\w-]*/bin/(\w+)", GATE))
    assert used == {"ruff", "mypy", "python"}
    assert set(re.findall(r"(\.venv[\w-]*)/bin/", GATE)) == {".venv-test"}
    assert GATE.rstrip().endswith('bash -c "$tests"')


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_the_table_of_families_is_complete() -> None:
    rows = re.findall(r"^\| `(\w+/[\w-]+)` \|", README, re.MULTILINE)
    assert set(rows) == set(BUILTIN)


def test_the_table_of_tiers_is_complete() -> None:
    rows = re.findall(r"^\| (\d) \|", README, re.MULTILINE)
    assert [int(row) for row in rows] == [tier for tier in cell.TIERS if tier > 0]


def test_the_commands_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"^\$ verigym (\w+)", README, re.MULTILINE))
    assert len(named) >= 6
    for name in named:
        assert main([name, "--help"]) == 0
    capsys.readouterr()


def test_no_page_names_a_version_that_is_not_this_one() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[?(\d[\w.]*)", changes, re.MULTILINE)[0] == verigym.__version__
