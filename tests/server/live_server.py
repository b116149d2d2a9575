"""A real server process, and plain requests to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verigym.sandbox.agents.procfs import children

ECHO = "import sys; sys.stdout.write(sys.stdin.read())"


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The one line that explains a refusal."""
        words = self.json["error"]
        assert isinstance(words, str)
        assert "\n" not in words
        assert 10 < len(words) < 1100
        return words


class Server:
    """``verigym serve`` on a free port."""

    def __init__(
        self, *options: str, port: int = 0, env: dict[str, str] | None = None, first: str = "pass"
    ) -> None:
        """``first`` is Python that the server's process runs before anything else."""
        self.log = tempfile.NamedTemporaryFile("r", suffix=".log")  # noqa: SIM115
        code = f"import sys\n{first}\nfrom verigym.cli import main\nsys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, "serve", "--port", str(port), *options]
        with open(self.log.name, "wb") as log:
            clean = {k: v for k, v in os.environ.items() if k != "VERIGYM_TOKEN"}
            self.process = subprocess.Popen(command, stderr=log, env={**clean, **(env or {})})
        wait_until(lambda: "serving on" in self.said or self.process.poll() is not None, 30)
        found = re.search(r"serving on http://[^ ]*:(\d+),", self.said)
        assert found, self.said
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return Path(self.log.name).read_text()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 60,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, value: Any, headers: dict[str, str] | None = None) -> Reply:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.request("POST", path, body, headers)

    def run_code(self, code: str, language: str = "python", **fields: Any) -> Any:
        """The reply to a request that must succeed."""
        reply = self.post("/run_code", {"code": code, "language": language, **fields})
        assert reply.status == 200, reply.body
        return reply.json

    def raw(self, data: bytes, timeout: float = 10) -> bytes:
        """All that comes back for some bytes until the server ends the connection or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(data)
            return drained(connection)

    def health(self) -> Any:
        return self.get("/healthz").json

    def metric(self, line: str) -> float:
        """The value of one series of ``/metrics``, 0 when it is not there."""
        found = re.search(rf"^{re.escape(line)} (\S+)$", self.get("/metrics").body.decode(), re.M)
        return float(found[1]) if found else 0.0

    def descendants(self) -> set[int]:
        return descendants(self.process.pid)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


@contextmanager
def serving(*options: str, **kwargs: Any) -> Iterator[Server]:
    """A server for the time of a block; it must end well and leave nothing."""
    server = Server(*options, **kwargs)
    try:
        yield server
    finally:
        left = server.descendants()
        code = server.stop()
        server.log.close()
    assert code == 0
    wait_until(lambda: not alive(left), 10)


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for child in children(pid):
        found |= {child} | descendants(child)
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run; zombies have ended."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found.add(pid)
    return found


def drained(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except (TimeoutError, ConnectionError):
        pass
    return b"".join(parts)
