"""Who is let in: everybody on this machine, or whoever says the token; and how the command refuses."""

from __future__ import annotations

import builtins
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live_server import Server, serving

from verigym.cli import main
from verigym.errors import SandboxUnavailable, UserError
from verigym.sandbox import Program
from verigym.sandbox import open as open_sandbox
from verigym.server import auth
from verigym.server.auth import Guard

TOKEN = "0123456789abcdef-token"
GOOD = {"code": "print(42)", "language": "python"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with serving("--workers", "1", env={"VERIGYM_TOKEN": TOKEN}) as server:
        yield server


def test_the_token_opens(guarded: Server) -> None:
    for said in (f"Bearer {TOKEN}", f"bearer  {TOKEN} "):
        assert guarded.post("/run_code", GOOD, {"Authorization": said}).status == 200


@pytest.mark.parametrize(
    "said",
    [None, "", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}",
     "Bearer \xff\xfe", f"Bearer {TOKEN} {TOKEN}", "Bearer " + "x" * 20_000],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/run_code", "/run", "/verify", "/nothing"])
def test_anything_else_does_not(guarded: Server, said: str | None, path: str) -> None:
    reply = guarded.post(path, GOOD, {} if said is None else {"Authorization": said})
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in reply.error


def test_health_is_for_everybody_and_numbers_are_not(guarded: Server) -> None:
    assert guarded.get("/healthz").status == 200
    assert guarded.get("/metrics").status == 401
    assert guarded.get("/capabilities").status == 401
    told = guarded.get("/metrics", Authorization=f"Bearer {TOKEN}").body.decode()
    assert 'verigym_rejected_total{reason="token"}' in told


def test_the_token_is_not_to_be_seen(guarded: Server) -> None:
    """Taken out of the environment, it is in no process that the server started."""
    assert TOKEN not in guarded.said
    assert TOKEN.encode() not in Path(f"/proc/{guarded.process.pid}/cmdline").read_bytes()
    assert len(guarded.descendants()) >= 3
    for one in guarded.descendants():
        assert TOKEN.encode() not in Path(f"/proc/{one}/cmdline").read_bytes()
        assert TOKEN.encode() not in Path(f"/proc/{one}/environ").read_bytes()


def test_the_remote_sandbox_says_it(guarded: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_sandbox("remote", url=guarded.url, token=TOKEN) as box:
        assert box.run(Program("print(1)")).stdout == b"1\n"
    with pytest.raises(SandboxUnavailable, match="token"):
        open_sandbox("remote", url=guarded.url)
    with pytest.raises(SandboxUnavailable, match="token") as caught:
        open_sandbox("remote", url=guarded.url, token="another")
    assert "another" not in str(caught.value)
    monkeypatch.setenv("VERIGYM_TOKEN", TOKEN)
    with open_sandbox("remote", url=guarded.url) as box:
        assert box.tier == guarded.health()["tier"]


def test_a_token_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIGYM_TOKEN", "another-token-of-some-length")
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    assert auth.token(str(file), False, "0.0.0.0") == TOKEN
    assert "VERIGYM_TOKEN" not in os.environ


def test_the_guard_compares_bytes() -> None:
    guard = Guard(TOKEN)
    assert guard.admits(b"Bearer " + TOKEN.encode())
    assert not guard.admits(b"Bearer " + TOKEN.encode() + "é".encode())
    assert not guard.admits(b"")
    assert Guard(None).admits(b"")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "8.8.8.8"])
def test_strangers_need_a_token(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VERIGYM_TOKEN", raising=False)
    with pytest.raises(UserError, match="--no-auth"):
        auth.token(None, False, host)
    assert auth.token(None, True, host) is None
    monkeypatch.setenv("VERIGYM_TOKEN", TOKEN)
    assert auth.token(None, False, host) == TOKEN
    assert "VERIGYM_TOKEN" not in os.environ


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_this_machine_alone_needs_none(host: str) -> None:
    assert auth.token(None, False, host) is None


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one line that ``verigym serve`` ends with."""

    def run(*options: str) -> str:
        assert main(["serve", *options]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("verigym: error: ")
        return err

    return run


def test_refusals_to_start(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VERIGYM_TOKEN", raising=False)
    (tmp_path / "short").write_text("secret")
    (tmp_path / "words").write_text("two words of a token")
    (tmp_path / "empty").write_text("")
    (tmp_path / "bytes").write_bytes(b"\xff" * 20)
    for file, words in (
        ("short", "at least 16"), ("words", "one word"), ("empty", "at least 16"), ("bytes", "ASCII"),
        ("missing", "No such file"),
    ):  # fmt: skip
        assert words in refused("--token-file", str(tmp_path / file))
    assert "contradict" in refused("--token-file", str(tmp_path / "short"), "--no-auth")
    assert "--token-file" in refused("--host", "0.0.0.0", "--port", "0")
    assert "no address" in refused("--host", "no.such.host.invalid")
    assert "port is 70000" in refused("--port", "70000")
    assert "whole number" in refused("--port", "-1")
    assert "whole number" in refused("--queue", "0")
    assert "max_request_bytes" in refused("--max-request-bytes", "10")
    assert "no limit is called so" in refused("--max", "gpus=1")
    assert "wall_seconds is -1" in refused("--max", "wall_seconds=-1")
    assert "is no option" in refused("--option", "gpus=1")
    assert "workers" in refused("--option", "workers=two")
    assert "--backend" in refused("--backend", "cloud")
    assert "tier is 9" in refused("--tier", "9", "--port", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "--port" in refused("--port", str(taken.getsockname()[1]))


def test_the_extra_that_is_missing_is_named(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "uvicorn":
            raise ModuleNotFoundError(f"No module named {name!r}", name="uvicorn")
        return real(name, *args, **kwargs)

    for module in [name for name in sys.modules if name.startswith(("uvicorn", "verigym.server.main"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'verigym[serve]'" in refused()


def test_the_command_line_stays_light() -> None:
    code = "import sys, verigym.cli; print(sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"uvicorn", "uvloop", "httptools"} & set(json.loads(done.stdout.replace("'", '"')))


def test_the_ceiling_is_what_was_said() -> None:
    with serving("--workers", "1", "--max", "wall_seconds=1", "--max", "output_bytes=100") as server:
        about = server.get("/capabilities").json
        assert about["ceiling"]["wall_seconds"] == 1
        reply = server.post("/run_code", {**GOOD, "run_timeout": 1.5})
        assert reply.status == 422
        assert "at most 1 " in reply.error
        shown = server.run_code("print('x' * 500)", run_timeout=1)["run_result"]["stdout"]
        assert shown.startswith("x" * 100 + "\n[cut: 100 of 501")
        with (
            open_sandbox("remote", url=server.url) as box,
            pytest.raises(UserError, match="--max wall_seconds=10"),
        ):
            box.run(Program("1"))
