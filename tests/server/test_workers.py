"""Worker processes that are stuck, killed, or cannot be started: never a wrong result, and never for long."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from live_server import Server, alive, descendants, serving, wait_until

from verigym.cli import main
from verigym.sandbox.agents.procfs import children
from verigym.server import frames
from verigym.server.replies import Reply, ok
from verigym.server.worker import threads

QUICK = {"code": "print(42)", "language": "python"}
HASTE = "from verigym.server import app, pool\npool.KILL_SECONDS = app.PROBE_SECONDS = 0.3"

# A family whose verifier does what the answer says, and a sandbox that fails while a file is there. Both
# are put into every process of the server before anything else.
PLUGIN = """
import os, sys, time
import verigym.sandbox.backends as backends
from verigym import family, verdict
from verigym.errors import SandboxError
from verigym.family import LoadedFamily, register
from verigym.sandbox.local.backend import LocalSandbox
from verigym.sandbox.program import Limits
from verigym.verifiers.base import Verifier

class Obedient(Verifier):
    name = "obedient"
    def judge(self, task, answer):
        if answer == "spin":
            while True: pass
        if answer == "exit":
            os._exit(3)
        if answer == "leave":
            sys.exit(3)
        if answer == "raise":
            raise RuntimeError("secret")
        return verdict.correct()

class Orders(LoadedFamily):
    name, summary, verifier = "test/orders", "Does what the answer says.", Obedient()
    def reference(self, task): return "x"
    def null_answers(self, task): return []

register(Orders)

class Moody(LocalSandbox):
    name = "moody"
    def __init__(self, flag: str) -> None:
        self.flag = flag
        super().__init__(workers=2)
    def run(self, program, limits=Limits()):
        if os.path.exists(self.flag):
            raise SandboxError("the agent is gone")
        return super().run(program, limits)

backends.BACKENDS["moody"] = "sitecustomize:Moody"
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a server with the plugin."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "sitecustomize.py").write_text(PLUGIN)
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {"PYTHONPATH": path}


@pytest.fixture(scope="module")
def odd(plugin: dict[str, str]) -> Iterator[Server]:
    with serving("--workers", "2", env=plugin, first=HASTE) as server:
        yield server


def order(server: Server, answer: str, **headers: str) -> Any:
    task = {"family": "test/orders", "prompt": "?", "spec": {}}
    return server.post("/verify", {"task": task, "answer": answer}, headers)


def workers(server: Server) -> list[int]:
    return children(server.process.pid)


def settled(server: Server) -> set[int]:
    """The two workers, when both are there to stay: they are ready, and do nothing."""

    def both() -> bool:
        idle = server.health()["in_flight"] == 0 and server.metric("verigym_running") == 0
        return (
            idle
            and server.metric("verigym_ready_workers") == 2
            and server.get("/healthz").status == 200
        )

    wait_until(both, 30)
    return set(workers(server))


SPIN = """
import time
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    pass
print(42)
"""


def spinning(server: Server) -> int:
    """The worker in whose sandbox a program spins, as soon as it does."""
    found: list[int] = []

    def look() -> bool:
        before = {pid: ticks(pid) for pid in workers(server)}
        time.sleep(0.2)
        found[:] = [pid for pid, count in before.items() if count and ticks(pid) - count > 4]
        return len(found) == 1

    wait_until(look, 30)
    return found[0]


def ticks(pid: int) -> int:
    """Processor time of all that a worker has started and that still runs, in hundredths of a second."""
    return sum(map(own_ticks, descendants(pid)))


def own_ticks(pid: int) -> int:
    """Processor time of one process."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except OSError:
        return 0


def test_a_verifier_that_does_not_end_is_ended(odd: Server) -> None:
    assert order(odd, "x").json["reward"] == 1.0
    before = settled(odd)
    start = time.monotonic()
    reply = order(odd, "spin", **{"X-Verigym-Deadline-Ms": "200"})
    assert reply.status == 504
    assert time.monotonic() - start < 20
    # The process that spins is killed, another takes its place, and the one beside it worked on.
    wait_until(lambda: len(set(workers(odd)) - before) == 1 and len(alive(before)) == 1, 20)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: order(odd, "x").json["correct"], range(40)))
    wait_until(lambda: odd.health()["in_flight"] == 0)


def test_a_client_that_leaves_a_verifier_that_does_not_end(odd: Server) -> None:
    before = settled(odd)
    body = b'{"task": {"family": "test/orders", "prompt": "?", "spec": {}}, "answer": "spin"}'
    head = b"POST /verify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", odd.port)) as connection:
        spent = {pid: own_ticks(pid) for pid in before}
        connection.sendall(head + body)
        wait_until(lambda: any(own_ticks(pid) > spent[pid] + 10 for pid in before))
    wait_until(lambda: alive(before) != before, 20)
    settled(odd)


def test_what_ends_a_process_is_an_infrastructure_failure(odd: Server) -> None:
    reply = order(odd, "exit")
    assert reply.status == 503
    assert reply.json["kind"] == "SandboxError"
    wait_until(lambda: order(odd, "x").json["correct"])
    items = [{"task": {"family": "test/orders", "prompt": "?", "spec": {}}, "answer": answer}
             for answer in ("x", "exit", "x", "raise", "x")]  # fmt: skip
    verdicts = odd.post("/verify_batch", {"items": items}).json["verdicts"]
    assert [verdict["reward"] for verdict in verdicts] == [1.0, None, 1.0, None, 1.0]
    assert verdicts[1]["status"] == "sandbox_error"
    assert verdicts[3]["status"] == "verifier_error"


def test_what_tries_to_end_a_thread_does_not(odd: Server) -> None:
    before = settled(odd)
    reply = order(odd, "leave")
    assert reply.status == 500
    assert "InternalError" in reply.body.decode()
    assert set(workers(odd)) == before
    assert order(odd, "x").json["correct"]


def test_workers_that_are_killed_are_replaced(odd: Server) -> None:
    for _ in range(3):
        settled(odd)
        left = odd.descendants()
        for pid in workers(odd):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda left=left: not alive(left))  # type: ignore[misc]
        wait_until(lambda: odd.get("/healthz").status == 200, 20)
        assert odd.run_code("print(42)")["run_result"]["stdout"] == "42\n"


def test_a_run_whose_worker_is_killed_is_no_result(odd: Server) -> None:
    settled(odd)
    with ThreadPoolExecutor(1) as pool:
        spin = {"code": SPIN.format(seconds=60), "language": "python", "run_timeout": 60}
        running = pool.submit(odd.post, "/run_code", spin)
        first = spinning(odd)
        os.kill(first, signal.SIGKILL)
        # It is begun once more, by another process; then it is a failure.
        assert spinning(odd) != first
        assert not running.done()
        for pid in workers(odd):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert running.result(20).status == 503
    settled(odd)


def test_a_run_whose_worker_is_killed_is_run_by_another(odd: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(odd.run_code, SPIN.format(seconds=2))
        os.kill(spinning(odd), signal.SIGKILL)
        assert running.result(30)["run_result"]["stdout"] == "42\n"
    settled(odd)


def test_a_sandbox_that_breaks_is_seen_and_recovers(plugin: dict[str, str], tmp_path: Path) -> None:
    """Its backend has one worker process with several threads, as all but the local one have."""
    flag = tmp_path / "broken"
    with serving("--backend", "moody", "--option", f"flag={flag}", env=plugin, first=HASTE) as server:
        assert server.health() | {"tier": 0} == {
            "status": "ok", "backend": "moody", "tier": 0, "workers": 2, "queue_depth": 0, "in_flight": 0,
        }  # fmt: skip
        assert len(workers(server)) == 1
        with ThreadPoolExecutor(16) as pool:
            shown = pool.map(
                lambda n: server.run_code(f"print({n})")["run_result"]["stdout"], range(50)
            )
            assert list(shown) == [f"{n}\n" for n in range(50)]
        flag.touch()
        reply = server.run_code("print(1)")
        assert (reply["status"], reply["run_result"]) == ("SandboxError", None)
        assert reply["message"] == "the agent is gone"
        for _ in range(2):
            run = server.post("/run", {"program": {"source": "MQ=="}})
            assert run.status == 503
            assert run.json["kind"] == "SandboxError"
            assert "Retry-After" in run.headers
        health = server.get("/healthz")
        assert (health.status, health.json["status"]) == (503, "broken")
        flag.unlink()
        wait_until(lambda: server.get("/healthz").status == 200)
        assert server.run_code("print(1)")["status"] == "Success"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tier", "3", "--option", "highest=1"], "tier"),
        (["--option", "workers=0"], "workers is 0"),
        (
            ["--backend", "remote", "--option", "url=http://127.0.0.1:9", "--option", "retries=0"],
            "no answer",
        ),
        (["--backend", "remote"], "url"),
    ],
)
def test_a_sandbox_that_cannot_be_opened_is_said_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(children(os.getpid()))
    assert main(["serve", "--port", "0", *options]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert set(children(os.getpid())) == before


def test_a_server_in_front_of_another(odd: Server) -> None:
    options = ["--backend", "remote", "--option", f"url={odd.url}"]
    with serving(*options) as front:
        assert front.health()["backend"] == "remote"
        assert front.run_code("print(42)")["run_result"]["stdout"] == "42\n"


def test_threads_for_a_sandbox() -> None:
    assert [threads(workers) for workers in (1, 2, 8)] == [1, 3, 9]


@pytest.mark.parametrize(
    "answer",
    [ok({"a": 1}), ok({}, "ok"), ok({}, "judged", "abstained"), Reply(503, b"{}", retry_after=1),
     Reply(422, b"\n\n,", ("x",)), Reply(200, b"\0" * 1000)],
)  # fmt: skip
def test_replies_cross_frames_exactly(answer: Reply) -> None:
    frame = frames.reply(7, answer)
    kind, status, again, number, size = frames.HEAD.unpack_from(frame)
    assert (kind, number, frames.HEAD.size + size) == (frames.REPLY, 7, len(frame))
    assert frames.read_reply(status, again, frame[frames.HEAD.size :]) == answer


def test_long_replies_arrive_whole(odd: Server) -> None:
    """Longer than any buffer between a worker and the server, several at a time."""
    code = "import sys; sys.stdout.write('x' * 1_000_000); sys.stderr.write('y' * 1_000_000)"
    with ThreadPoolExecutor(4) as pool:
        for reply in pool.map(lambda _: odd.run_code(code), range(8)):
            assert reply["run_result"]["stdout"] == "x" * 1_000_000
            assert reply["run_result"]["stderr"] == "y" * 1_000_000


def sockets(pid: int) -> set[str]:
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return {link for link in found if link.startswith("socket:")}


def test_workers_hold_nothing_of_the_servers(odd: Server) -> None:
    """A worker that starts while connections are open must not keep them open."""
    killed = settled(odd)
    with socket.create_connection(("127.0.0.1", odd.port)):
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not killed & set(workers(odd)), 20)
        fresh = settled(odd)
        ours = sockets(odd.process.pid)
        assert len(ours) >= 4  # one that listens, one open, two to workers
        assert all(sockets(pid) for pid in fresh)
        assert not any(sockets(pid) & ours for pid in fresh)
