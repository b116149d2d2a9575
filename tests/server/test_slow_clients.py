"""Clients that take their time are waited for, but not for ever. With a server of shorter patience."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator

import pytest
from live_server import Server, drained, serving, wait_until

from verigym.sandbox.program import Limits, Program
from verigym.sandbox.remote import codec

HASTE = """
from verigym.server import bodies, main, protocol
protocol.HEAD_SECONDS = bodies.BODY_SECONDS = 0.4
protocol.CONNECTIONS = 20
main.IDLE_SECONDS = 1
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--workers", "1", first=HASTE) as server:
        yield server


@pytest.fixture
def port(server: Server) -> int:
    return server.port


def connections(server: Server) -> int:
    """How many sockets the server holds."""
    folder = f"/proc/{server.process.pid}/fd"
    found = 0
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            found += os.readlink(f"{folder}/{name}").startswith("socket:")
    return found


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def ended_after(connection: socket.socket) -> tuple[float, bytes]:
    start = time.monotonic()
    answer = drained(connection)
    return time.monotonic() - start, answer


def healthy(connection: socket.socket) -> bool:
    """Whether a reply about the server's health comes, and reads it."""
    answer = b""
    while not answer.endswith(b"}\n"):
        answer += connection.recv(1000)
    return answer.startswith(b"HTTP/1.1 200 ")


def test_nothing_is_sent(port: int) -> None:
    with connect(port) as connection:
        seconds, answer = ended_after(connection)
    assert 0.2 < seconds < 20
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips(port: int) -> None:
    with connect(port) as connection:
        answer = b""
        start = time.monotonic()
        connection.settimeout(0.05)
        while not answer and time.monotonic() - start < 30:
            connection.send(b"G" if time.monotonic() - start < 0.01 else b"E")
            try:
                answer = connection.recv(100)
            except TimeoutError:
                continue
    assert time.monotonic() - start < 20
    assert answer[9:12] in (b"408", b"400")


def test_a_body_that_drips(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        connection.settimeout(0.05)
        answer = b""
        start = time.monotonic()
        while not answer and time.monotonic() - start < 30:
            connection.send(b" ")
            try:
                answer = connection.recv(1000)
            except TimeoutError:
                continue
        assert time.monotonic() - start < 20
        connection.settimeout(2)
        while part := connection.recv(1000):  # head and body may come apart
            answer += part
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive" in answer


def test_a_second_head_that_never_ends(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert healthy(connection)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHo")
        seconds, answer = ended_after(connection)
    assert seconds < 20
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert healthy(connection)
        seconds, answer = ended_after(connection)
    assert 0.5 < seconds < 20
    assert answer == b""


def test_a_reply_that_nobody_reads(server: Server, port: int) -> None:
    program = Program("import os\nfor fd in 1, 2:\n    os.write(fd, b'x' * (4 << 20))")
    limits = Limits(output_bytes=4 << 20)
    body = json.dumps(
        {"program": codec.program_to_json(program), "limits": codec.limits_to_json(limits)}
    ).encode()
    request = b"POST /run HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with connect(port) as reader:
        reader.sendall(request)
        assert len(drained(reader)) > 10 << 20  # all of it, for those who read
    before = connections(server)
    unread = [connect(port) for _ in range(3)]
    for connection in unread:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request)
    wait_until(lambda: server.metric('verigym_requests_total{path="/run",status="200"}') == 4)
    assert connections(server) >= before + 3
    wait_until(lambda: connections(server) == before)
    for connection in unread:
        connection.close()


def test_a_refused_body_that_goes_on(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
        start = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012
            while time.monotonic() - start < 30:
                connection.sendall(b"x" * 1000)
                time.sleep(0.01)
    assert time.monotonic() - start < 20


def test_more_connections_than_there_may_be(port: int) -> None:
    many = [connect(port) for _ in range(20)]
    with connect(port) as another:
        answer = drained(another)
    assert answer.startswith(b"HTTP/1.1 503 ")
    for connection in many:
        connection.close()

    def works() -> bool:
        with connect(port) as again:
            again.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return drained(again).startswith(b"HTTP/1.1 200 ")

    wait_until(works)
