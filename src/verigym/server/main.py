"""A server from its start to its end: the socket, the sandbox, the loop, and the signals that end it.

The first SIGTERM or SIGINT ends it gently: no new connection is taken, requests on open ones are told
to come back later, whatever was accepted is finished. The second ends it at once. Either way nothing
that ran here outlives it: the sandbox's agents end with the process that started them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import uvicorn
import uvloop

from verigym import sandbox
from verigym.errors import SandboxError, UserError
from verigym.sandbox.program import Program
from verigym.sandbox.shared import share
from verigym.server.app import App
from verigym.server.box import Capped, Watched
from verigym.server.protocol import BoundedProtocol
from verigym.server.settings import CONNECTIONS, DRAIN_SECONDS, IDLE_SECONDS, Settings

FILES = 2 * CONNECTIONS
"""Descriptors that a full server may need."""


def serve(settings: Settings, announce: Callable[[str], None]) -> int:
    """Serve until a signal ends it, and return the exit code; ``announce`` is told the address.

    Raises:
        UserError: for an address that cannot be listened on, or options that the backend lacks.
        SandboxUnavailable: when this machine lacks what is demanded.
        SandboxError: when the sandbox runs nothing.
    """
    with _listener(settings.host, settings.port) as listener:
        _allow_files()
        box = Watched(sandbox.open(settings.backend, **settings.options))
        with box:
            _try(box)
            share(Capped(box, settings.ceiling))  # what verifiers run goes there too
            return uvloop.run(_serve(listener, box, settings, announce))


async def _serve(
    listener: socket.socket, box: Watched, settings: Settings, announce: Callable[[str], None]
) -> int:
    app = App(box, settings)
    server = _Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=int(DRAIN_SECONDS),
        )
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _on_signal, number, stop, box)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    await server.begun.wait()
    announce(_address(listener))
    await stop.wait()
    server.stop_listening()
    await app.drain()
    server.should_exit = True
    await serving
    app.close()
    return 0


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals and the order of ending to us."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop_listening(self) -> None:
        """Take no new connections; those that are open go on."""
        for server in self.servers:
            server.close()


def _on_signal(number: int, stop: asyncio.Event, box: Watched) -> None:
    if not stop.is_set():
        stop.set()
        return
    closing = threading.Thread(target=box.close, daemon=True)
    closing.start()
    closing.join(DRAIN_SECONDS)
    os._exit(128 + number)


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        raise UserError(
            f"cannot listen on {host[:200]!r}, port {port}: {error}; give another --host or --port"
        ) from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _try(box: Watched) -> None:
    """Run something on every worker, so that a sandbox that does not work is found out now."""
    with ThreadPoolExecutor(box.workers) as pool:
        for done in list(pool.map(lambda _: box.run(Program("print(6 * 7)")), range(box.workers))):
            if done.stdout != b"42\n":
                raise SandboxError(f"the sandbox runs nothing: {done}")
