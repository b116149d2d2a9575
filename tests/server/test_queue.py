"""A bounded queue, deadlines, and clients that leave: nothing piles up, and nobody's work is done in vain."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from live_server import Server, alive, serving, wait_until

from verigym.errors import SandboxError
from verigym.sandbox import Limits, Program
from verigym.sandbox import open as open_sandbox

SLEEP = {"code": "import time; time.sleep(60)", "language": "python", "run_timeout": 60}
SPIN = {"code": "while True: pass", "language": "python", "run_timeout": 60}
QUICK = {"code": "print(42)", "language": "python"}


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """One worker, and room for three more."""
    with serving("--workers", "1", "--queue", "3") as server:
        yield server


def ask(server: Server, request: Any, **headers: str) -> socket.socket:
    """Send a request and do not wait."""
    body = json.dumps(request).encode()
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    head = f"POST /run_code HTTP/1.1\r\nHost: x\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def quiet(server: Server) -> bool:
    return server.health()["in_flight"] == 0 and server.metric("verigym_running") == 0


def test_a_full_queue_says_come_back(small: Server) -> None:
    wait_until(lambda: quiet(small))
    open_requests = [ask(small, SLEEP) for _ in range(4)]
    wait_until(lambda: small.health()["in_flight"] == 4)
    assert small.health()["queue_depth"] == 3
    start = time.monotonic()
    for _ in range(20):
        reply = small.post("/run_code", QUICK)
        assert reply.status == 429
        assert int(reply.headers["Retry-After"]) >= 1
        assert "--queue" in reply.error
    assert time.monotonic() - start < 20
    assert small.metric('verigym_rejected_total{reason="queue full"}') >= 20
    assert small.health()["queue_depth"] == 3
    assert small.get("/healthz").status == 200
    for connection in open_requests:
        connection.close()
    wait_until(lambda: quiet(small))
    assert small.post("/run_code", QUICK).status == 200


def test_the_remote_sandbox_waits_for_its_turn(small: Server) -> None:
    wait_until(lambda: quiet(small))
    with open_sandbox("remote", url=small.url) as box, ThreadPoolExecutor(12) as pool:
        nap = "import time; time.sleep(0.05); print({})"
        shown = list(pool.map(lambda n: box.run(Program(nap.format(n))).stdout, range(24)))
    assert shown == [b"%d\n" % n for n in range(24)]
    assert small.metric('verigym_requests_total{path="/run",status="429"}') > 0


def test_too_many_bytes_at_a_time(small: Server) -> None:
    with serving("--workers", "1", "--max-request-bytes", "10000") as server:
        head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n" + b" " * 9900
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
        for connection in held:
            connection.sendall(head)
        wait_until(lambda: server.metric("verigym_held_bytes") == 8 * 9900)
        assert server.post("/run_code", QUICK).status == 200
        reply = server.post("/run_code", {**QUICK, "stdin": "x" * 1000})
        assert reply.status == 429
        assert "Retry-After" in reply.headers
        for connection in held:
            connection.close()
        wait_until(lambda: server.metric("verigym_held_bytes") == 0)
        assert server.post("/run_code", {**QUICK, "stdin": "x" * 1000}).status == 200


def test_a_client_that_leaves_ends_its_run(small: Server) -> None:
    wait_until(lambda: quiet(small))
    agents = small.descendants()
    for request in (SPIN, SLEEP):
        cancelled = small.metric('verigym_runs_total{outcome="cancelled"}')
        connection = ask(small, request)
        wait_until(lambda: small.metric("verigym_running") == 1)
        connection.close()
        wait_until(lambda: quiet(small), 5)
        assert small.metric('verigym_runs_total{outcome="cancelled"}') == cancelled + 1
    # The agent survived: whoever comes next need not wait for a new one.
    assert agents & alive(small.descendants())
    assert small.post("/run_code", QUICK).json["run_result"]["stdout"] == "42\n"


def test_a_client_that_leaves_the_queue_costs_nothing(small: Server) -> None:
    wait_until(lambda: quiet(small))
    before = small.metric('verigym_runs_total{outcome="ok"}')
    busy = [ask(small, SLEEP)]
    wait_until(lambda: small.metric("verigym_running") == 1)
    waiting = [ask(small, QUICK) for _ in range(3)]
    wait_until(lambda: small.health()["queue_depth"] == 3)
    for connection in waiting:
        connection.close()
    wait_until(lambda: small.health()["queue_depth"] == 0)
    assert small.health()["in_flight"] == 1
    for connection in busy:
        connection.close()
    wait_until(lambda: quiet(small))
    assert small.metric('verigym_runs_total{outcome="ok"}') == before


def test_a_deadline_ends_a_run(small: Server) -> None:
    wait_until(lambda: quiet(small))
    for request in (SPIN, SLEEP):
        start = time.monotonic()
        reply = small.post("/run_code", request, {"X-Verigym-Deadline-Ms": "300"})
        assert reply.status == 504
        assert "deadline" in reply.error
        assert 0.25 < time.monotonic() - start < 20
        wait_until(lambda: quiet(small), 5)
    assert small.post("/run_code", QUICK, {"X-Verigym-Deadline-Ms": "20000"}).status == 200


def test_a_deadline_that_passes_in_the_queue_means_no_run(small: Server) -> None:
    wait_until(lambda: quiet(small))
    before = small.metric('verigym_runs_total{outcome="ok"}')
    busy = [ask(small, SLEEP)]
    wait_until(lambda: small.metric("verigym_running") == 1)
    start = time.monotonic()
    assert small.post("/run_code", QUICK, {"X-Verigym-Deadline-Ms": "200"}).status == 504
    assert time.monotonic() - start < 20
    assert small.post("/run_code", QUICK, {"X-Verigym-Deadline-Ms": "0"}).status == 504
    for connection in busy:
        connection.close()
    wait_until(lambda: quiet(small))
    assert small.metric('verigym_runs_total{outcome="ok"}') == before


def test_the_remote_sandbox_carries_its_deadline(small: Server) -> None:
    wait_until(lambda: quiet(small))
    with open_sandbox("remote", url=small.url, timeout=0.5) as box:
        start = time.monotonic()
        with pytest.raises(SandboxError, match=r"504|no answer"):
            box.run(Program("while True: pass"), Limits(wall_seconds=60, cpu_seconds=60))
        assert time.monotonic() - start < 20
    wait_until(lambda: quiet(small), 5)


def test_memory_stays_where_it_is(small: Server) -> None:
    """Many clients that come and leave, while everything is busy, leave nothing behind."""
    wait_until(lambda: quiet(small))
    busy = [ask(small, SLEEP)]
    wait_until(lambda: small.metric("verigym_running") == 1)
    big = {**QUICK, "stdin": "x" * 1_000_000}

    def resident() -> int:
        status = Path(f"/proc/{small.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def come_and_leave(times: int) -> None:
        for _ in range(times):
            ask(small, big).close()
        wait_until(lambda: small.health()["in_flight"] == 1)

    come_and_leave(20)
    before = resident()
    come_and_leave(100)
    assert resident() - before < 30_000  # of 100 MB that were sent
    for connection in busy:
        connection.close()
    wait_until(lambda: quiet(small))
