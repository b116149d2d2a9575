"""How a server ends: gently at the first signal, at once at the second, and by SIGKILL without a trace."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from live_server import Server, alive, drained, wait_until

from verigym.errors import SandboxError
from verigym.sandbox import Limits, Program
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.remote import transport

QUICK = {"code": "print(42)", "language": "python"}
NAP = {"code": "import time; time.sleep(1); print(42)", "language": "python"}
SLEEP = {"code": "import time; time.sleep(60)", "language": "python", "run_timeout": 60}


def send(server: Server, request: Any) -> socket.socket:
    body = json.dumps(request).encode()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection.sendall(head + body)
    return connection


def busy(server: Server, count: int) -> None:
    wait_until(lambda: server.health()["in_flight"] == count)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_answered(number: int) -> None:
    server = Server("--workers", "2")
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    kept.request("GET", "/healthz")
    assert kept.getresponse().read()
    requests = [send(server, NAP) for _ in range(4)]  # two run, two wait
    half = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    half.sendall(b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    busy(server, 5)
    left = server.descendants()
    server.process.send_signal(number)

    def refused() -> bool:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
        except (
            ConnectionRefusedError,
            ConnectionResetError,
        ):  # reset: it was in the line for an accept
            return True
        return False

    wait_until(refused)
    kept.request("GET", "/healthz")
    health = kept.getresponse()
    assert health.status == 503
    assert json.loads(health.read())["status"] == "draining"
    kept.request("POST", "/run_code", json.dumps(QUICK))
    told = kept.getresponse()
    assert told.status == 503
    assert int(told.headers["Retry-After"]) >= 1
    assert told.headers["Connection"] == "close"
    assert json.loads(told.read())["error"]
    for connection in requests:
        answer = drained(connection)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"stdout":"42\\n"' in answer
    assert drained(half).startswith(b"HTTP/1.1 503 ")
    assert server.process.wait(10) == 0
    assert server.said.count("\n") == 1
    wait_until(lambda: not alive(left))


def test_the_second_signal_ends_it_at_once() -> None:
    number = signal.SIGINT
    server = Server("--workers", "2")
    requests = [send(server, SLEEP) for _ in range(4)]
    busy(server, 4)
    left = server.descendants()
    assert left
    server.process.send_signal(number)
    time.sleep(0.3)
    assert server.process.poll() is None
    start = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(10) == 128 + number
    assert time.monotonic() - start < 20
    wait_until(lambda: not alive(left))
    for connection in requests:
        assert b"HTTP/1.1 200" not in drained(connection)


def test_killed_in_the_middle_it_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever asks it again is told of an infrastructure failure."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    server = Server("--workers", "2")
    box = open_sandbox("remote", url=server.url, retries=3)
    assert box.run(Program("print(1)")).stdout == b"1\n"
    requests = [send(server, SLEEP) for _ in range(4)]
    busy(server, 4)
    left = server.descendants()
    assert len(left) >= 4
    server.process.kill()
    server.process.wait(10)
    wait_until(lambda: not alive(left))
    for connection in requests:
        connection.close()
    with pytest.raises(SandboxError):
        box.run(Program("print(1)"))
    box.close()


def restarted(server: Server) -> Server:
    """Kill it at work, and start another at the same address."""
    wait_until(lambda: server.health()["in_flight"] > 0)
    left = server.descendants()
    server.process.kill()
    server.process.wait(10)
    another = Server("--workers", "2", port=server.port)
    wait_until(lambda: not alive(left))
    return another


def test_a_restart_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A batch goes on while its server is killed and comes back: right results, in their places."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.05)
    server = Server("--workers", "2")
    box = open_sandbox("remote", url=server.url, retries=40)
    shown: dict[int, list[bytes]] = {n: [] for n in range(40)}
    lock = threading.Lock()

    def one(n: int) -> None:
        program = Program(f"import time; time.sleep(0.02); print({n} * {n})")
        done = box.run(program, Limits(wall_seconds=5))
        with lock:
            shown[n].append(done.stdout)

    try:
        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(one, n) for n in shown]
            server = restarted(server)
            for future in running:
                future.result(60)
        assert shown == {n: [b"%d\n" % (n * n)] for n in shown}
    finally:
        box.close()
        assert server.stop() == 0


def test_addresses_of_the_next_protocol_work_too() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = Server("--workers", "1", "--host", "::1")
    try:
        connection = http.client.HTTPConnection("::1", server.port, timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        assert f"http://[::1]:{server.port}," in server.said
        with open_sandbox("remote", url=f"http://[::1]:{server.port}") as box:
            assert box.run(Program("print(1)")).stdout == b"1\n"
    finally:
        assert server.stop() == 0
