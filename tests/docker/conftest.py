"""What the docker tests share: a real engine, an image of it, and engines that are none."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

import pytest

from verigym.errors import SandboxError
from verigym.sandbox.docker import images
from verigym.sandbox.docker.container import DEFAULT_IMAGE, Done, run
from verigym.sandbox.docker.engine import Engine, connect


def lacking(why: object) -> None:
    """Skip where docker is not to be had, but fail under VERIGYM_TEST_DOCKER=1."""
    demanded = os.environ.get("VERIGYM_TEST_DOCKER", "0") not in ("", "0")
    (pytest.fail if demanded else pytest.skip)(f"no docker here: {why}")


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this machine."""
    try:
        return connect()
    except SandboxError as error:
        lacking(error)
        raise


def checked_image(engine: Engine, variable: str) -> str:
    name = os.environ.get(variable, DEFAULT_IMAGE)
    try:
        images.check(engine, name)
    except SandboxError as error:
        lacking(error)
    return name


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """An image with Python and a C compiler."""
    return checked_image(engine, "VERIGYM_TEST_IMAGE")


@pytest.fixture(scope="session")
def languages_image(engine: Engine) -> str:
    """An image with the tools of all languages."""
    return checked_image(engine, "VERIGYM_TEST_LANGUAGES_IMAGE")


@pytest.fixture(scope="session")
def python(engine: Engine, image: str) -> Callable[..., Done]:
    """Runs Python source in a hardened container of its own."""

    def python(source: str, **options: Any) -> Done:
        return run(engine, image, ["python3", "-I", "-c", source], 30, **options)

    return python


Answer = Callable[[str, str], tuple[int, Any] | None]
"""(method, path without version) -> (status, JSON); None hangs until the end of the test."""


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """Starts something that answers at a unix socket, and makes it the engine to connect to."""
    done = threading.Event()
    servers = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                path = self.path.partition("?")[0]
                found = answer(self.command, path)
                if found is None:
                    done.wait(30)
                    return
                status, value = found
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = respond

            def address_string(self) -> str:
                return "unix"

            def log_message(self, *words: Any) -> None:
                pass

        path = tmp_path / "engine.sock"
        server = ThreadingUnixStreamServer(str(path), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        return f"unix://{path}"

    yield start
    done.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tcp_address(engine: Engine) -> Iterator[str]:
    """The same engine behind a TCP port, as a remote one is."""
    path = engine.address.removeprefix("unix://")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                outer, _ = listener.accept()
                inner = socket.socket(socket.AF_UNIX)
                inner.connect(path)
                for source, target in ((outer, inner), (inner, outer)):
                    threading.Thread(target=pump, args=(source, target), daemon=True).start()

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    threading.Thread(target=serve, daemon=True).start()
    yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
