"""The page on languages tells of every language, and its figures are those that hold."""

from __future__ import annotations

import re
from pathlib import Path

from verigym.envs.code import stdio_task
from verigym.sandbox.languages.records import COMPILING, LANGUAGES, RECORDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "languages.md").read_text()
MiB = 1 << 20


def rows(first: str) -> dict[str, list[str]]:
    """The rows of the table whose head begins with these words, by their first cell."""
    table = PAGE.partition(f"\n| {first}")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {row[0]: row[1:] for row in cells}


def test_every_language_has_a_row_with_its_names_and_commands() -> None:
    found = rows("language |")
    assert [name.strip("`") for name in found] == list(LANGUAGES)
    for record in RECORDS:
        aliases, compiles, runs = found[f"`{record.name}`"]
        assert tuple(re.findall(r"`([^`]+)`", aliases)) == record.aliases
        for cell, words in ((compiles, record.compile), (runs, record.run)):
            told = " ".join(re.findall(r"`([^`]+)`", cell)).split()
            assert set(told) <= {*words}, record.name
        assert bool(compiles) == bool(record.compile)


def test_limits_are_those_that_hold() -> None:
    by_name = {"JavaScript": "javascript", "TypeScript": "typescript", "C++": "cpp"}
    for cell, (memory, processes, beyond, _) in rows("| memory |").items():
        for name in cell.split(", "):
            limits = LANGUAGES[by_name.get(name, name.lower())].limits()
            size, unit = memory.split()
            assert limits.memory_bytes == int(size) * {"MiB": MiB, "GiB": 1024 * MiB}[unit], name
            assert limits.processes == int(processes)
            extra = 0 if beyond == "none" else int(beyond.removesuffix(" GiB")) * 1024 * MiB
            assert limits.address_space == limits.memory_bytes + extra
    assert (COMPILING.cpu_seconds, COMPILING.wall_seconds, COMPILING.memory_bytes) == (20, 60, 1 << 30)
    assert (COMPILING.scratch_bytes, COMPILING.result_bytes) == (512 * MiB, 64 * MiB)


def test_the_example_is_one() -> None:
    source = PAGE.partition("```python\n")[2].partition("```")[0]
    held: dict[str, object] = {"stdio_task": stdio_task}
    exec(compile(source, "languages.md", "exec"), held)
    assert held["task"].spec["language"] == "cpp"  # type: ignore[attr-defined]


def test_the_gate_installs_the_version_of_typescript_that_is_told() -> None:
    gate = (DOCS.parent / ".ci" / "toolchains.sh").read_text()
    version = re.search(r"typescript=([\d.]+)", gate)
    assert version is not None
    assert f"typescript@{version[1]}" in PAGE
