"""The page about the server is true: its requests get the replies that it shows."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import Server, serving

from verigym.cli import main
from verigym.envs.code import stdio_task

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text()
TASK = stdio_task("Read a number, print its double.", cases=[("21\n", "42\n")])
ADDRESS = "http://127.0.0.1:8080"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def requests() -> Iterator[tuple[list[str], str]]:
    """The words of each ``curl`` and what the page says comes back."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, expected = part.partition("\n")
            yield (
                shlex.split(line.replace('{"family": "code/stdio", ...}', json.dumps(TASK.to_json()))),
                expected,
            )


@pytest.fixture(scope="module")
def fresh() -> Iterator[Server]:
    with serving("--workers", "2") as server:
        yield server


def test_requests_get_the_replies_that_are_shown(fresh: Server) -> None:
    paths = set()
    for words, expected in requests():
        assert words[:2] == ["curl", "-s"]
        path = words[2].removeprefix(ADDRESS)
        paths.add(path)
        if "-d" in words:
            # curl says that it sends a form; that does not matter.
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            reply = fresh.request("POST", path, words[words.index("-d") + 1].encode(), form)
        else:
            reply = fresh.get(path)
        pattern = ".*?".join(map(re.escape, expected.split("...")))
        assert re.fullmatch(pattern, reply.body.decode(), re.DOTALL), (words, reply.body)
    assert paths == set(fresh_paths(fresh))


def fresh_paths(fresh: Server) -> list[str]:
    """Every path that the server says it has."""
    return fresh.get("/nothing").error.partition("there are: ")[2].split(", ")


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_the_python_examples_run(fresh: Server, number: int) -> None:
    source = blocks("python")[number].replace("http://runner:8080", fresh.url)
    names = {"pairs": [(TASK, "print(int(input()) * 2)")]}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "server.md", "exec"), names)
    assert printed.getvalue() in ("", "b'42\\n'\n")
    if "verdicts" in names:
        assert [verdict.reward for verdict in names["verdicts"]] == [1.0]


def test_every_path_and_status_is_explained(fresh: Server) -> None:
    for path in fresh_paths(fresh):
        assert f"{path}`" in PAGE
    for status in (200, 400, 401, 403, 404, 405, 408, 413, 422, 429, 503, 504):
        assert re.search(rf"\b{status}\b", PAGE)


def test_the_series_are_those_that_are_explained(fresh: Server) -> None:
    told = set(re.findall(r"^# TYPE (\S+)", fresh.get("/metrics").body.decode(), re.MULTILINE))
    assert told == set(re.findall(r"`(verigym_[a-z_]+)[`{]", PAGE))


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    out = capsys.readouterr().out
    for option in ("--host", "--port", "--backend", "--option", "--tier", "--workers", "--queue", "--max",
                   "--max-request-bytes", "--token-file", "--no-auth", "--scratch"):  # fmt: skip
        assert f"  {option} " in out
    assert "examples:" in out
    assert "VERIGYM_TOKEN" in out
