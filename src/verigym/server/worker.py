"""A worker process: a sandbox, the threads that use it, and a socket to the server.

The server reads requests and writes replies; everything else happens here: decoding, running, judging.
Processes of their own, and not threads of the server's, because threads of one interpreter take turns,
and because a verifier that does not come to an end can then be ended. One thread takes frames in and
calls jobs off, the others work. When the server is gone, however it went, the socket says so, and the
worker ends with all that runs in it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verigym import sandbox
from verigym.errors import SandboxError, VerigymError
from verigym.sandbox.base import Sandbox
from verigym.sandbox.program import Program
from verigym.sandbox.remote import codec
from verigym.sandbox.scope import Scope
from verigym.sandbox.shared import share
from verigym.server import frames, judging
from verigym.server.box import Capped
from verigym.server.fusion import RunCode
from verigym.server.native import Native
from verigym.server.replies import Reply, refusal

Handler = Callable[[bytes], Reply]

_log = logging.getLogger(__name__)


def main() -> int:
    """Serve the server whose socket is the descriptor on the command line, until it is gone."""
    logging.basicConfig(format="verigym: worker: %(levelname)s: %(message)s", level=logging.ERROR)
    connection = socket.socket(fileno=int(sys.argv[1]))
    incoming = connection.makefile("rb")
    *_, size = frames.HEAD.unpack(_exactly(incoming, frames.HEAD.size))
    settings = json.loads(_exactly(incoming, size))
    try:
        with _on(settings["core"]):
            box = sandbox.open(settings["backend"], **settings["options"])
        try_out(box)
    except VerigymError as error:
        said = {"error": str(error), "kind": type(error).__name__}
        connection.sendall(frames.greeting(json.dumps(said).encode()))
        return 1
    with box:
        capped = Capped(box, codec.limits_from_json(settings["ceiling"]))
        share(capped)  # what verifiers run goes there too
        about = {
            "backend": box.name,
            "tier": box.tier,
            "workers": box.workers,
            "capabilities": dict(box.capabilities()),
        }
        connection.sendall(frames.greeting(json.dumps(about).encode()))
        Worker(connection, incoming, capped, settings["scratch"]).serve()
    return 0


@contextlib.contextmanager
def _on(core: int | None) -> Iterator[None]:
    """Be on one core for a while: a sandbox pins what it runs to the cores that it finds."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, [core])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def try_out(box: Sandbox) -> None:
    """Run something on every worker, so that a sandbox that does not work is found out now."""
    with ThreadPoolExecutor(box.workers) as pool:
        for done in list(pool.map(lambda _: box.run(Program("print(6 * 7)")), range(box.workers))):
            if done.stdout != b"42\n":
                raise SandboxError(f"the sandbox runs nothing: {done}")


class Worker:
    """The jobs of one process."""

    def __init__(self, connection: socket.socket, incoming: Any, box: Capped, scratch: bool) -> None:
        self._connection, self._incoming = connection, incoming
        native, run_code = Native(box), RunCode(box, scratch)
        self._handlers: dict[str, Handler] = {
            "/run_code": run_code.answer,
            "/run": native.run,
            "/run_pair": native.run_pair,
            "/verify": judging.verify,
            "/verify_item": judging.verify_item,
        }
        self._jobs: queue.SimpleQueue[tuple[int, Handler, bytes, Scope]] = queue.SimpleQueue()
        self._scopes: dict[int, Scope] = {}
        self._sending = threading.Lock()
        for _ in range(threads(box.workers)):
            threading.Thread(target=self._work, daemon=True).start()

    def serve(self) -> None:
        """Take frames in until there are no more, then call off what is left."""
        while len(head := self._incoming.read(frames.HEAD.size)) == frames.HEAD.size:
            kind, place, seconds, number, size = frames.HEAD.unpack(head)
            if kind == frames.JOB:
                scope = self._scopes[number] = Scope(seconds)
                body = _exactly(self._incoming, size)
                self._jobs.put((number, self._handlers[frames.PATHS[place]], body, scope))
            elif (running := self._scopes.get(number)) is not None:
                running.cancel()
        for scope in list(self._scopes.values()):
            scope.cancel()

    def _work(self) -> None:
        while True:
            number, handler, body, scope = self._jobs.get()
            answer = _answer(handler, body, scope)
            del self._scopes[number], body, scope  # not held while waiting for the next
            try:
                with self._sending:
                    self._connection.sendall(frames.reply(number, answer))
            except OSError:  # the server is gone, and we are about to go
                return
            del answer


def threads(workers: int) -> int:
    """How many threads use a sandbox that runs so many programs at a time.

    With several, one more than that: while a result is handed over, the sandbox is not idle.
    """
    return workers + 1 if workers > 1 else 1


def _answer(handler: Handler, body: bytes, scope: Scope) -> Reply:
    """The reply to a job, whatever happens."""
    try:
        with scope:
            scope.check()
            return handler(body)
    except Exception as error:
        answer = refusal(error).reply
        if answer.status == 500:
            _log.exception("a request failed")
        return answer
    except BaseException as error:  # no plugin may end one of our threads
        _log.exception("a request failed")
        return refusal(RuntimeError(type(error).__name__)).reply


def _exactly(incoming: Any, size: int) -> bytes:
    payload: bytes = incoming.read(size)
    if len(payload) < size:
        raise EOFError
    return payload


if __name__ == "__main__":
    try:
        code = main()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        code = 1
    os._exit(code)  # what still runs here belongs to nobody
