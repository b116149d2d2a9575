"""Whatever is sent gets a refusal in one line that says why: never a 500, never silence."""

from __future__ import annotations

import base64
import json
import socket
import time
from typing import Any

import pytest
from live_server import Server, wait_until

GOOD = {"code": "print(42)", "language": "python"}
PROGRAM = {"source": base64.b64encode(b"print(42)").decode()}
RUN = {"program": PROGRAM, "limits": {}}


@pytest.fixture(autouse=True)
def _unharmed(server: Server) -> Any:
    """After each of these the server still works, and has met nothing unexpected."""
    yield
    assert server.run_code("print(42)")["run_result"]["stdout"] == "42\n"
    assert server.said.count("\n") == 1


@pytest.mark.parametrize("path", ["/run_code", "/run", "/run_pair", "/verify", "/verify_batch"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"nonsense", 400),
        (b"\xff\xfe{}", 400),
        (b'{"code": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
        (b"NaN", 400),
        (b'{"code": Infinity}', 400),
        (b"1" * 5000, 400),
        (b"[" + b"," * 2_000_001 + b"]", 413),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"{}", 422),
        (b'{"__class__": "os.system"}', 422),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)
def test_bodies_that_are_no_requests(server: Server, path: str, body: bytes, status: int) -> None:
    reply = server.post(path, body)
    assert reply.status == status, reply.body
    assert reply.error


HUGE = 10**400


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": 1}, "code must be text"),
        ({"code": None}, "code must be text"),
        ({"code": [["x"]]}, "code must be text"),
        ({"stdin": 5}, "stdin must be text"),
        ({"language": ["python"]}, "language must be text"),
        ({"run_timeout": "10"}, "run_timeout must be a number"),
        ({"run_timeout": True}, "run_timeout must be a number"),
        ({"run_timeout": None}, "run_timeout must be a number"),
        ({"run_timeout": 0}, "run_timeout is 0"),
        ({"run_timeout": -1}, "run_timeout is -1"),
        ({"run_timeout": 1e999}, "no JSON number"),
        ({"run_timeout": HUGE}, "run_timeout is 1000"),
        ({"run_timeout": 301}, "this server allows at most 300"),
        ({"compile_timeout": 1e9}, "compile_timeout is"),
        ({"memory_limit_MB": 1}, "memory_limit_MB"),
        ({"memory_limit_MB": 1.5}, "memory_limit_MB must be a whole number"),
        ({"memory_limit_MB": 1 << 20}, "memory_limit_MB"),
        ({"memory_limit_MB": HUGE}, "memory_limit_MB"),
        ({"memory_limit_MB": 5000}, "this server allows at most"),
        ({"files": []}, "files must be"),
        ({"files": {"a": 1}}, "files['a'] must be base64"),
        ({"files": {"a": "%%%"}}, "is not base64"),
        ({"files": {"../up": "eA=="}}, "without `..`"),
        ({"files": {"a/../../up": "eA=="}}, "without `..`"),
        ({"files": {"/etc/passwd": "eA=="}}, "without `..`"),
        ({"files": {"a\0b": "eA=="}}, "holds a NUL"),
        ({"files": {"": "eA=="}}, "from 1 to"),
        ({"files": {"\ud800": "eA=="}}, "UTF-8"),
        ({"files": {"x" * 5000: "eA=="}}, "from 1 to"),
        ({"files": {str(i): "" for i in range(1001)}}, "at most 1000"),
        ({"fetch_files": "out"}, "fetch_files must be a list"),
        ({"fetch_files": [1]}, "fetch_files must be a list of names"),
        ({"fetch_files": ["../../etc/passwd"]}, "without `..`"),
        ({"fetch_files": ["/etc/passwd"]}, "without `..`"),
        ({"run_timeout_seconds": 1}, "unknown field 'run_timeout_seconds'"),
        ({"x" * 5000: 1}, "unknown field"),
    ],
    ids=str,
)
def test_run_code_refuses_by_name(server: Server, changes: dict[str, Any], words: str) -> None:
    reply = server.post("/run_code", {**GOOD, **changes})
    assert reply.status in (400, 422)
    assert words in reply.error
    assert len(reply.error) < 1100


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"program": None}, "program must be"),
        ({"program": {}}, "either source or a command"),
        ({"program": {"source": "not base64!"}}, "program.source is not base64"),
        ({"program": {"source": 5}}, "program.source must be base64 text"),
        ({"program": {**PROGRAM, "command": ["ls"]}}, "either source or a command"),
        ({"program": {"command": "ls"}}, "program.command must be a list"),
        ({"program": {"command": ["a\0b"]}}, "without NUL"),
        ({"program": {"command": [1]}}, "program.command must be text"),
        ({"program": {**PROGRAM, "scratch": 1}}, "program.scratch must be true or false"),
        ({"program": {**PROGRAM, "keep": ["../x"]}}, "without `..`"),
        ({"program": {**PROGRAM, "files": {"../x": ""}}}, "without `..`"),
        ({"program": {**PROGRAM, "shell": True}}, "program has no field 'shell'"),
        ({"limits": {"wall_seconds": "1"}}, "limits.wall_seconds must be a number"),
        ({"limits": {"wall_seconds": [[1]]}}, "limits.wall_seconds must be a number"),
        ({"limits": {"wall_seconds": -1}}, "wall_seconds is -1"),
        ({"limits": {"wall_seconds": HUGE}}, "wall_seconds is 1000"),
        ({"limits": {"memory_bytes": 1 << 39}}, "this server allows at most"),
        ({"limits": {"output_bytes": 1 << 30}}, "--max output_bytes="),
        ({"limits": {"processes": True}}, "limits.processes must be a number"),
        ({"limits": {"gpus": 1}}, "limits has no field 'gpus'"),
        ({"limits": None}, "limits must be a JSON object"),
        ({"tier": 0}, "unknown field 'tier'"),
    ],
    ids=str,
)
def test_run_refuses_by_name(server: Server, changes: dict[str, Any], words: str) -> None:
    reply = server.post("/run", {**RUN, **changes})
    assert reply.status == 422
    assert reply.json["kind"] == "UserError"
    assert words in reply.error


def test_a_body_that_is_too_long_is_refused_before_it_is_read(server: Server) -> None:
    source = "x" * (9 << 20)
    assert server.post("/run_code", {**GOOD, "code": source}).status == 413
    head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n"
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head)
        assert connection.recv(12) == b"HTTP/1.1 413"
    assert time.monotonic() - start < 20


def test_a_body_in_pieces_is_counted_while_it_comes(server: Server) -> None:
    head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head)
        connection.settimeout(0.2)
        sent, answer = 0, b""
        while not answer and sent < 100:
            connection.sendall(piece)
            sent += 1
            try:
                answer = connection.recv(12)
            except TimeoutError:
                continue
        assert answer == b"HTTP/1.1 413"
        assert sent <= 12
    wait_until(lambda: server.metric("verigym_held_bytes") == 0)


def test_a_program_above_the_sandboxes_own_bound(roomy: Server) -> None:
    reply = roomy.post("/run_code", {**GOOD, "code": "#" * (17 << 20)})
    assert reply.status == 422
    assert "bytes long; at most" in reply.error
    assert roomy.metric("verigym_held_bytes") == 0


@pytest.mark.parametrize("length", [b"-1", b"x", b"1" * 30, b"99999999999"])
def test_lengths_that_are_none(server: Server, length: bytes) -> None:
    answer = server.raw(b"POST /run HTTP/1.1\r\nHost: x\r\nContent-Length: %b\r\n\r\n" % length, 1)
    assert answer.split(b"\r\n")[0] in (
        b"HTTP/1.1 400 Bad Request",
        b"HTTP/1.1 413 Request Entity Too Large",
        b"HTTP/1.1 413 Content Too Large",
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"\x00" * 1000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /run HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /run HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http(server: Server, data: bytes) -> None:
    answer = server.raw(data, 2)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 100_000,
        b"GET /healthz HTTP/1.1\r\nX-Long: " + b"a" * 100_000,
        b"GET /healthz HTTP/1.1\r\n" + b"X-Many: 1\r\n" * 10_000,
    ],
    ids=["path", "one header", "many headers"],
)
def test_a_head_without_an_end(server: Server, head: bytes) -> None:
    answer = server.raw(head, 5)
    assert answer.startswith(b"HTTP/1.1 431 ")


def test_paths_and_methods(server: Server) -> None:
    for path in ("/", "/run_code/", "/../etc/passwd", "/%2e%2e/x", "/run_jupyter", "/é"):
        assert server.raw(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path.encode())[
            9:12
        ] in (b"404", b"400")
    assert server.get("/run_code").status == 405
    assert server.request("DELETE", "/run_code").status == 405
    assert server.post("/healthz", {}).status == 405
    assert "/verify_batch" in server.get("/nothing").error
    head = server.request("HEAD", "/healthz")
    assert (head.status, head.body) == (200, b"")


def test_web_pages_are_turned_away(server: Server) -> None:
    reply = server.post("/run_code", GOOD, {"Origin": "http://evil.example"})
    assert reply.status == 403


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_keys_that_cannot_be_kept(server: Server, key: str) -> None:
    assert server.post("/run_code", GOOD, {"Idempotency-Key": key}).status == 422


@pytest.mark.parametrize("deadline", ["", "-1", "soon", "1.5", "1" * 13, "0x10", "\u0661"])
def test_deadlines_that_are_none(server: Server, deadline: str) -> None:
    reply = server.post(
        "/run_code", GOOD, {"X-Verigym-Deadline-Ms": deadline.encode().decode("latin-1")}
    )
    assert reply.status == 422
    assert "milliseconds" in reply.error


def test_a_client_that_leaves_in_the_middle_of_its_body(server: Server) -> None:
    head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head)
    wait_until(lambda: server.health()["in_flight"] == 0)
    wait_until(lambda: server.metric("verigym_held_bytes") == 0)


def test_what_is_sent_ahead_is_not_read(server: Server) -> None:
    one = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
    bodies = [json.dumps({**GOOD, "code": f"print({i})"}).encode() for i in range(1000)]
    before = server.metric('verigym_runs_total{outcome="ok"}')
    start = time.monotonic()
    answer = server.raw(b"".join(one % (len(body), body) for body in bodies))
    assert time.monotonic() - start < 20  # the server ends the connection
    assert answer.count(b"HTTP/1.1 ") == 1
    assert json.loads(answer.splitlines()[-1])["run_result"]["stdout"] == "0\n"
    assert server.metric('verigym_runs_total{outcome="ok"}') == before + 1
