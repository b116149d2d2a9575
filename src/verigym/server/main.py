"""A server from its start to its end: the socket, the workers, the loop, and the signals that end it.

The first SIGTERM or SIGINT ends it gently: no new connection is taken, requests on open ones are told
to come back later, whatever was accepted is finished. The second ends it at once. Either way nothing
that ran here outlives it: workers end with the server, and the sandbox's agents with their workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
import uvloop

from verigym.errors import UserError
from verigym.server.app import App
from verigym.server.pool import Pool
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
        return uvloop.run(_serve(listener, settings, announce))


async def _serve(listener: socket.socket, settings: Settings, announce: Callable[[str], None]) -> int:
    pool = Pool(settings)
    try:
        await pool.start()
        app = App(pool, settings)
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
            asyncio.get_running_loop().add_signal_handler(number, _on_signal, number, stop, pool)
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        await server.begun.wait()
        announce(_address(listener))
        await stop.wait()
        server.stop_listening()
        await app.drain()
        server.should_exit = True
        await serving
    finally:
        await pool.close()
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


def _on_signal(number: int, stop: asyncio.Event, pool: Pool) -> None:
    if not stop.is_set():
        stop.set()
        return
    ending = asyncio.ensure_future(pool.close(DRAIN_SECONDS))
    ending.add_done_callback(lambda _: os._exit(128 + number))


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
