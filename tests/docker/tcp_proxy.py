"""A way to an engine that a test can slow down, block, or cut; with TLS if wanted."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Coroutine
from typing import Any


class Proxy:
    """A TCP port on loopback that leads to a unix socket."""

    def __init__(self, path: str, context: ssl.SSLContext | None = None) -> None:
        self.path, self.context = path, context
        self.rate: float | None = None
        """Bytes per second in each direction of each connection; None is as fast as can be."""
        self.carried = {"there": 0, "back": 0}
        self._flowing: asyncio.Event
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(self._start())
        host, port = self._server.sockets[0].getsockname()
        self.address = f"tcp://{host}:{port}"

    def cut(self) -> None:
        """Break all connections."""

        async def abort() -> None:
            for writer in list(self._open):
                writer.transport.abort()

        self._do(abort())

    def block(self) -> None:
        """Let nothing through any more, without a word."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def unblock(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> asyncio.Server:
        self._flowing = asyncio.Event()
        self._flowing.set()
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self.path)
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(
                self._carry(reader, far_writer, "there"), self._carry(far_reader, writer, "back")
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in (writer, far_writer):
                self._open.discard(each)
                each.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        while data := await reader.read(1 << 15):
            await self._flowing.wait()
            if self.rate:
                await asyncio.sleep(len(data) / self.rate)
            writer.write(data)
            self.carried[way] += len(data)
            await writer.drain()
        with contextlib.suppress(NotImplementedError, OSError):
            if writer.can_write_eof():
                writer.write_eof()
            else:
                writer.close()
