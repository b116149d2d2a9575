"""The remote sandbox against servers that fail in every way: right results, or a SandboxError."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from live_server import Server, drained, wait_until

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import Limits, Program, Scope
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.remote import transport
from verigym.sandbox.remote.backend import RemoteSandbox
from verigym.sandbox.remote.transport import Transport


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(transport, "LONGEST_PAUSE", 0.05)


@pytest.fixture
def box(server: Server) -> Iterator[RemoteSandbox]:
    with open_sandbox("remote", url=server.url) as opened:
        assert isinstance(opened, RemoteSandbox)
        yield opened


def test_it_says_what_the_server_has(server: Server, box: RemoteSandbox) -> None:
    health = server.health()
    assert (box.name, box.tier, box.workers) == ("remote", health["tier"], 2)
    assert box.capabilities()["network"] is True


def test_bytes_cross_exactly(box: RemoteSandbox) -> None:
    every = bytes(range(256)) * 100
    echo = "import os, sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\nos.write(4, os.read(3, 9999))"
    done = box.run(Program(echo, stdin=every, data=b"\0\xff", result=True), Limits(wall_seconds=20))
    assert (done.stdout, done.result, done.tier) == (every, b"\0\xff", box.tier)


def test_a_tier_can_be_demanded(server: Server) -> None:
    have = server.health()["tier"]
    open_sandbox("remote", url=server.url, tier=have).close()
    with pytest.raises(SandboxUnavailable, match=f"tier {have + 1} is demanded"):
        open_sandbox("remote", url=server.url, tier=have + 1)


def test_many_threads_share_connections(server: Server, box: RemoteSandbox) -> None:
    before = server.metric("verigym_requests_total" + '{path="/run",status="200"}')
    with ThreadPoolExecutor(16) as pool:
        shown = pool.map(lambda n: box.run(Program(f"print({n})")).stdout, range(100))
        assert list(shown) == [b"%d\n" % n for n in range(100)]
    assert server.metric("verigym_requests_total" + '{path="/run",status="200"}') == before + 100
    assert len(box._transport._idle) <= 16


def test_it_goes_on_after_a_fork(box: RemoteSandbox) -> None:
    assert box.run(Program("print(1)")).stdout == b"1\n"
    pid = os.fork()
    if pid == 0:
        ok = all(box.run(Program(f"print({n})")).stdout == b"%d\n" % n for n in range(20))
        os._exit(0 if ok else 1)
    for n in range(20, 40):
        assert box.run(Program(f"print({n})")).stdout == b"%d\n" % n
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_closing_ends_what_runs(server: Server) -> None:
    box = open_sandbox("remote", url=server.url)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(box.run, Program("import time; time.sleep(60)"), Limits(wall_seconds=60))
        wait_until(lambda: server.metric("verigym_running") == 1)
        start = time.monotonic()
        box.close()
        with pytest.raises(SandboxError, match="closed"):
            running.result(10)
    assert time.monotonic() - start < 20
    with pytest.raises(SandboxError, match="closed"):
        box.run(Program("1"))
    box.close()
    wait_until(lambda: server.metric("verigym_running") == 0)


def test_a_scope_calls_it_off(server: Server, box: RemoteSandbox) -> None:
    forever = Program("while True: pass")
    with Scope() as scope:
        timer = threading.Timer(0.3, scope.cancel)
        timer.start()
        start = time.monotonic()
        with pytest.raises(Cancelled):
            box.run(forever, Limits(wall_seconds=60, cpu_seconds=60))
        assert time.monotonic() - start < 20
        timer.join()
    wait_until(lambda: server.metric("verigym_running") == 0)
    with Scope(seconds=0.3), pytest.raises(Cancelled):
        box.run(forever, Limits(wall_seconds=60, cpu_seconds=60))
    wait_until(lambda: server.metric("verigym_running") == 0)
    with Scope(seconds=-1), pytest.raises(Cancelled):
        box.run(Program("1"))
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_what_is_wrong_with_a_request_is_said_once(box: RemoteSandbox) -> None:
    start = time.monotonic()
    with pytest.raises(UserError, match="at most"):
        box.run(Program("1"), Limits(memory_bytes=1 << 39))
    with pytest.raises(UserError, match="413"):
        box.run(Program("1", stdin=b"x" * (9 << 20)))
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8080", "ftp://x", "http://", "http://x:99999", "http://u:p@x", "http://x/?a", "http://x y",
     "http://é", "http://x/#a", None, 5],
)  # fmt: skip
def test_addresses_that_are_none(url: Any) -> None:
    with pytest.raises(UserError, match="url"):
        Transport(url)


def test_settings_that_cannot_be_used() -> None:
    for changes in ({"timeout": 0}, {"timeout": "1"}, {"retries": -1}, {"retries": 1.5}, {"token": "a b"},
                    {"token": "a\nb"}, {"timeout": float("nan")}):  # fmt: skip
        with pytest.raises(UserError):
            Transport("http://127.0.0.1:1", **changes)  # type: ignore[arg-type]


def test_a_path_before_ours_is_kept() -> None:
    seen: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(handler.path)
        reply(handler, 200, b"{}")

    with stand_in(answer) as url:
        Transport(url + "/judges/").call("GET", "/capabilities")
    assert seen == ["/judges/capabilities"]


# ------------------------------------------------------------------------------- servers that fail

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def stand_in(answer: Answer) -> Iterator[str]:
    """A server that answers as it is told."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer(self)

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            return

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            return

    with Quiet(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()


def reply(
    handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, **headers: str
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def hang_up(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@pytest.mark.parametrize("failure", ["hang up", "half a reply", 429, 503])
def test_failures_are_tried_again_under_the_same_key(failure: object) -> None:
    keys: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        keys.append(handler.headers["Idempotency-Key"])
        if len(keys) % 3 == 0:
            reply(handler, 200, b"done")
        elif failure == "hang up":
            hang_up(handler)
        elif failure == "half a reply":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            hang_up(handler)
        else:
            reply(handler, failure, b'{"error": "not now"}', Retry_After="0")  # type: ignore[arg-type]

    with stand_in(answer) as url:
        caller = Transport(url, retries=2)
        assert caller.call("POST", "/run", b"{}") == b"done"
        assert caller.call("POST", "/run", b"{}") == b"done"
    assert len(keys) == 6
    assert len(set(keys[:3])) == len(set(keys[3:])) == 1
    assert keys[0] != keys[3]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"error": "bad"}', UserError),
        (413, b'{"error": "long"}', UserError),
        (422, b'{"error": "no", "kind": "UserError"}', UserError),
        (422, b'{"error": "no", "kind": "SandboxUnavailable"}', SandboxUnavailable),
        (401, b"{}", SandboxUnavailable),
        (404, b"<html>", SandboxUnavailable),
        (301, b"", SandboxError),
        (500, b"\xff", SandboxError),
        (504, b'{"error": "late"}', SandboxError),
    ],
)
def test_what_will_not_change_is_not_tried_again(
    status: int, body: bytes, error: type[Exception]
) -> None:
    count: list[int] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        count.append(1)
        reply(handler, status, body, Location="http://127.0.0.1:1/")

    with stand_in(answer) as url:
        with pytest.raises(error) as caught:
            Transport(url).call("POST", "/run", b"{}")
        assert type(caught.value) is error
        assert str(status) in str(caught.value)
    assert len(count) == 1


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    start = time.monotonic()
    with pytest.raises(SandboxError, match="refused"):
        RemoteSandbox(f"http://127.0.0.1:{port}", retries=3)
    assert time.monotonic() - start < 20


def test_tries_are_bounded_in_number_and_time() -> None:
    count: list[float] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        count.append(float(handler.headers["X-Verigym-Deadline-Ms"]))
        reply(handler, 503, b'{"error": "never"}', Retry_After="0")

    with stand_in(answer) as url:
        with pytest.raises(SandboxError, match="never"):
            Transport(url, retries=4).call("POST", "/run", b"{}")
        assert len(count) == 5
        count.clear()
        start = time.monotonic()
        with pytest.raises(SandboxError):
            Transport(url, retries=1000, timeout=0.5).call("POST", "/run", b"{}")
        assert 0.4 < time.monotonic() - start < 20
    assert count == sorted(count, reverse=True)
    assert count[0] <= 500


def test_retry_after_is_kept_to_and_a_scope_interrupts_it() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        reply(handler, 429, b'{"error": "full"}', Retry_After="30")

    with stand_in(answer) as url:
        start = time.monotonic()
        with Scope() as scope:
            timer = threading.Timer(0.2, scope.cancel)
            timer.start()
            with pytest.raises(Cancelled):
                Transport(url).call("POST", "/run", b"{}")
            timer.join()
        assert 0.15 < time.monotonic() - start < 20


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "GRACE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(SandboxError):
            Transport(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3).call("GET", "/x")
        assert time.monotonic() - start < 20


def test_a_kept_connection_that_was_closed_costs_nothing() -> None:
    count: list[int] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        count.append(1)
        reply(handler, 200, b"ok")
        handler.close_connection = True  # without having said so

    with stand_in(answer) as url:
        caller = Transport(url, retries=1)
        for _ in range(5):
            assert caller.call("GET", "/x") == b"ok"
            time.sleep(0.02)
    assert len(count) == 5


CAPABILITIES = {"tier": 3, "workers": 1, "capabilities": {"tier": 3}}


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"\xff", b"<html>", b'{"execution": null}', b'{"execution": {"exit_code": 0}}',
     b"[" * 100_000, b'{"execution": ' + b"1" * 5000 + b"}"],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_replies_that_are_not_understood(body: bytes) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        about = handler.path == "/capabilities"
        reply(handler, 200, json.dumps(CAPABILITIES).encode() if about else body)

    with stand_in(answer) as url, RemoteSandbox(url) as box:
        for run in (lambda: box.run(Program("1")), lambda: box.run_pair(Program("1"), Program("2"))):
            with pytest.raises(SandboxError, match="not understood") as caught:
                run()
            assert type(caught.value) is SandboxError


def test_a_run_below_the_demanded_tier_does_not_count(server: Server) -> None:
    honest = json.loads(server.post("/run", {"program": {"source": "MQ=="}}).body)
    honest["execution"]["tier"] = 1

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        about = handler.path == "/capabilities"
        reply(handler, 200, json.dumps(CAPABILITIES if about else honest).encode())

    with stand_in(answer) as url:
        with RemoteSandbox(url, tier=2) as box, pytest.raises(SandboxUnavailable, match="tier 2"):
            box.run(Program("1"))
        with RemoteSandbox(url, tier=1) as box:
            assert box.run(Program("1")).tier == 1


# ------------------------------------------------------------------------------ a line that breaks


class Line:
    """Passes bytes on to a server, and can lose a reply or go dead."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.lose = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self.target)) as far:
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()
            while part := far.recv(65536):
                if self.lose > 0:
                    self.lose -= 1
                    near.shutdown(socket.SHUT_RDWR)
                    return  # the work is done, and its reply is lost
                near.sendall(part)

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while part := near.recv(65536):
                far.sendall(part)
            far.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    opened = Line(server.port)
    yield opened
    opened.listener.close()


def test_a_lost_reply_is_asked_for_again_and_nothing_runs_twice(server: Server, line: Line) -> None:
    ran = 'verigym_runs_total{outcome="ok"}'
    asked = 'verigym_requests_total{path="/run",status="200"}'
    with open_sandbox("remote", url=f"http://127.0.0.1:{line.port}") as box:
        assert box.run(Program("print(1)")).stdout == b"1\n"
        for lost in (1, 2, 3):
            before = server.metric(ran), server.metric(asked)
            line.lose = lost
            assert box.run(Program("print(2)")).stdout == b"2\n"
            assert line.lose == 0
            assert server.metric(ran) == before[0] + 1
            assert server.metric(asked) == before[1] + 1 + lost


def test_a_repetition_gets_the_same_bytes(server: Server) -> None:
    request = {"code": "import os; print(os.urandom(9).hex())", "language": "python"}
    key = {"Idempotency-Key": os.urandom(8).hex()}
    first = server.post("/run_code", request, key)
    assert server.post("/run_code", request, key).body == first.body
    assert server.post("/run_code", request).body != first.body
    other = server.post("/run_code", {**request, "stdin": "1"}, key)
    assert other.status == 422
    assert "another request" in other.error
    assert server.post("/run", request, key).status == 422


def test_a_repetition_joins_what_is_under_way(server: Server) -> None:
    request = {
        "code": "import os, time; time.sleep(0.5); print(os.urandom(9).hex())",
        "language": "python",
    }
    key = {"Idempotency-Key": os.urandom(8).hex()}
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(server.post, "/run_code", request, key) for _ in range(4)]
        assert len({one.result().body for one in found}) == 1


def test_a_client_that_leaves_while_another_waits_for_the_same(server: Server) -> None:
    request = {
        "code": "import os, time; time.sleep(1); print(os.urandom(9).hex())",
        "language": "python",
    }
    body = json.dumps(request).encode()
    head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIdempotency-Key: shared-by-two\r\nContent-Length: %d\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as one,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as two,
    ):
        for connection in (one, two):
            connection.sendall(head % len(body) + body)
        wait_until(lambda: server.health()["in_flight"] == 2)
        assert server.metric("verigym_running") == 1
        one.close()
        assert b'"status":"Success"' in drained(two)
