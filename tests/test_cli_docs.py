"""The documentation says what happens: its commands and examples are run."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from verigym.cli import main

DOCS = Path(__file__).resolve().parents[1] / "docs"


def commands(text: str) -> list[tuple[str, str]]:
    """Each ``$ verigym ...`` of the console blocks, with the output that follows it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            found.append((line, output))
    return found


def test_the_commands_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = commands((DOCS / "cli.md").read_text())
    assert len(shown) >= 5
    monkeypatch.chdir(tmp_path)
    Path("answers.jsonl").write_text('{"index": 0, "answer": "v 1 0"}\n')
    for line, expected in shown:
        command, _, file = line.partition(" > ")
        code = main(shlex.split(command)[1:])
        out, err = capsys.readouterr()
        if file:
            Path(file).write_text(out)
        else:
            flags = doctest.ELLIPSIS
            assert doctest.OutputChecker().check_output(expected, out + err, flags), (line, out + err)
        assert code == (1 if "error:" in expected else 0), line
    assert Path("verdicts.jsonl").read_text().count("\n") == 1


def test_the_examples_with_gymnasium_hold() -> None:
    result = doctest.testfile(str(DOCS / "gymnasium.md"), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0
