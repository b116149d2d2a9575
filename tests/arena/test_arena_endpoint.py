"""A model behind an endpoint: whatever its server does, a turn is an answer or an abstention."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from arena_tasks import ABOVE, problem

from verigym.arena import Config, PlayerFailed, choose, play, read
from verigym.arena.endpoint import MAX_BYTES, Endpoint
from verigym.arena.players import SolverView, TesterView, imported
from verigym.errors import UserError

VIEW = SolverView("id", "Write f.", "f", 1, 0, 7, ({"args": [1], "expected": 2},))


class Server:
    """A server whose replies are told beforehand: (code, body, headers), or a function of the handler."""

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.most = self.now = 0
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with lock:
                    outer.now += 1
                    outer.most = max(outer.most, outer.now)
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.seen.append((self.path, dict(self.headers), body))
                reply = outer.replies.pop(0) if outer.replies else said("hello")
                with lock:
                    outer.now -= 1
                if callable(reply):
                    reply(self)
                    return
                code, data, headers = reply
                self.send_response(code)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


def said(content: Any) -> tuple[int, bytes, dict[str, str]]:
    return 200, json.dumps({"choices": [{"message": {"content": content}}]}).encode(), {}


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.server.shutdown()
    found.server.server_close()


def model(server: Server, **more: Any) -> Endpoint:
    return Endpoint("m", server.url, **{"pause": 0.01, "timeout": 10.0, **more})


def test_it_asks_in_the_usual_form_and_gives_back_the_content(server: Server) -> None:
    player = model(server, options={"temperature": 0.5})
    assert player(VIEW) == "hello"
    ((path, headers, body),) = server.seen
    assert path == "/v1/chat/completions"
    assert "Authorization" not in headers
    assert (body["model"], body["seed"], body["temperature"]) == ("m", 7, 0.5)
    ((message),) = body["messages"]
    assert "Write f." in message["content"]
    assert '"expected": 2' in message["content"]
    attack = TesterView("id", "Write f.", "f", 1, 7, 3, programs=("def f(): pass",))
    player(attack)
    text = server.seen[1][2]["messages"][0]["content"]
    assert "at most 3" in text
    assert "def f(): pass" in text


def test_the_key_comes_from_the_variable_that_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "abc")
    model(server, key_variable="SOME_KEY")(VIEW)
    assert server.seen[0][1]["Authorization"] == "Bearer abc"
    assert "abc" not in repr(model(server, key_variable="SOME_KEY"))
    for value in ("", "a\nb"):
        monkeypatch.setenv("SOME_KEY", value)
        with pytest.raises(UserError, match="SOME_KEY holds no key"):
            model(server, key_variable="SOME_KEY")


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_what_passes_is_tried_again(server: Server, code: int) -> None:
    server.replies = [(code, b"busy", {}), (code, b"busy", {}), said("at last")]
    assert model(server)(VIEW) == "at last"
    assert len(server.seen) == 3


def test_a_connection_that_is_cut_is_tried_again(server: Server) -> None:
    def cut(handler: Any) -> None:
        handler.connection.close()

    def half(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"choices": [{"message": {"content": "half"}}]}')
        handler.wfile.flush()
        handler.connection.shutdown(2)

    server.replies = [cut, half, said("whole")]
    assert model(server)(VIEW) == "whole"


@pytest.mark.parametrize(
    ("reply", "words", "requests"),
    [
        ((401, b"no", {}), "HTTP 401: no", 1),
        ((302, b"", {"Location": "http://127.0.0.1:1/"}), "HTTP 302", 1),
        ((500, b"\xff" * 1000, {}), "HTTP 500", 3),
        ((200, b"nonsense", {}), "no chat completion", 1),
        ((200, b'{"choices": []}', {}), "no chat completion", 1),
        ((200, b"[" * 100_000, {}), "no chat completion", 1),
        (said(3), "content is a int", 1),
        ((200, b"x" * (MAX_BYTES + 10), {}), "longer than", 1),
    ],
)
def test_what_does_not_pass_is_a_failure_of_the_player(
    server: Server, reply: Any, words: str, requests: int
) -> None:
    server.replies = [reply] * 3
    with pytest.raises(PlayerFailed, match=words):
        model(server, tries=3)(VIEW)
    assert len(server.seen) == requests


def test_no_content_is_an_empty_answer(server: Server) -> None:
    server.replies = [said(None)]
    assert model(server)(VIEW) == ""


def drip(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(200):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


@pytest.mark.parametrize("slow", [drip, lambda handler: time.sleep(3)])
def test_a_slow_server_is_left(server: Server, slow: Callable[[Any], None]) -> None:
    server.replies = [slow]
    start = time.monotonic()
    with pytest.raises(PlayerFailed):
        model(server, tries=1, timeout=0.3)(VIEW)
    assert time.monotonic() - start < 2.5


def test_an_interruption_ends_requests_and_pauses(server: Server) -> None:
    for reply, more in ((drip, {}), ((500, b"", {}), {"pause": 30.0})):
        server.replies = [reply]
        player = model(server, tries=3, **more)
        failures: list[Exception] = []

        def ask(player: Endpoint = player, failures: list[Exception] = failures) -> None:
            try:
                player(VIEW)
            except PlayerFailed as error:
                failures.append(error)

        thread = threading.Thread(target=ask)
        before = len(server.seen)
        thread.start()
        while len(server.seen) == before:
            time.sleep(0.01)
        time.sleep(0.1)
        player.cancel()
        thread.join(5)
        assert failures


def test_requests_at_a_time_are_bounded(server: Server) -> None:
    player = model(server, at_a_time=2)
    threads = [threading.Thread(target=player, args=(VIEW,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(server.seen) == 12
    assert server.most <= 2


@pytest.mark.parametrize(
    "url", ["", "ftp://x/v1", "http://", "localhost:8000", "http://u:p@h/v1", "http://h/v1?key=1"]
)
def test_bad_addresses_are_told(url: str) -> None:
    with pytest.raises(UserError, match="no base address"):
        Endpoint("m", url)


def test_a_model_plays_both_roles(server: Server, tmp_path: Path) -> None:
    server.replies = [
        said(f"<think>hm</think>```python\n{ABOVE}\n```"), said("<answer>[[6]]</answer>"),
        (400, b"no", {}), said("I cannot"),
    ]  # fmt: skip
    player = model(server)
    play([problem()], player, player, Config(rounds=2, answers=1), tmp_path, workers=1)
    turns = read(tmp_path)[1]
    assert turns[1]["answers"][0]["joined"]
    assert turns[1]["suite"]["reward"] == 1.0
    assert turns[2]["answers"][0]["status"] == "abstained"
    assert "HTTP 400" in turns[2]["answers"][0]["reason"]
    assert turns[2]["suite"]["status"] == "malformed"


def test_players_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_policies.py").write_text("def solve(view): return view.prompt\nvalue = 3\n")
    monkeypatch.chdir(tmp_path)
    assert choose.solver("my_policies:solve", [])(VIEW) == "Write f."
    found = choose.tester("m@http://localhost:1/v1", [], timeout=3.0)
    assert isinstance(found, Endpoint)
    assert (found.model, found.url, found.timeout) == ("m", "http://localhost:1/v1", 3.0)
    for bad in ("my_policies:none", "no_such_module:f", "my_policies:value", ":", "a:"):
        with pytest.raises(UserError, match="player"):
            imported(bad)
    with pytest.raises(UserError, match="there are mutants, reference"):
        choose.solver("mutnats", [])
