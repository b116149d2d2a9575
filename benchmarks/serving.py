"""What HTTP costs: one trivial Python program, run directly and through ``verigym serve``.

    python benchmarks/serving.py

Two sides in one run, in turn, so that a noisy machine is noisy for both:

* direct calls of the local sandbox, with as many callers as it has workers (one for each core);
* the same program by ``POST /run_code`` over loopback, with 64 kept connections, each of which asks
  again as soon as it is answered. Clients, server and sandbox share the cores.

With ``--peer PORT`` a third: the same requests to another server on this machine that speaks
``/run_code``, a SandboxFusion that you started, say (``uvicorn sandbox.server.server:app``, with the
isolation of its configuration), in a tenth of the number.

Every reply is checked. The clients are one process with plain non-blocking sockets, so that they cost
little. The ratio is the median over the rounds of the ratio within a round: 1.5 means that HTTP takes
half as long again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the process of the clients needs none of it
    from verigym.sandbox import Sandbox

SOURCE = "print(int(input()) * 2)\n"
STDIN, STDOUT = "21\n", "42\n"
BODY = json.dumps({"code": SOURCE, "language": "python", "stdin": STDIN, "run_timeout": 60}).encode()
EXPECTED = json.dumps({"stdout": STDOUT}, separators=(",", ":")).encode()[1:-1]
SILENT_SECONDS = 30


@dataclass
class Result:
    """Runs per second of both sides, round by round."""

    direct: list[float] = field(default_factory=list)
    http: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Time through HTTP divided by the time of direct calls."""
        return statistics.median(d / h for d, h in zip(self.direct, self.http, strict=True))


def direct(box: Sandbox, count: int) -> float:
    """Runs per second, with a caller for each worker."""
    from verigym.sandbox import Program

    program = Program(SOURCE, stdin=STDIN)

    def calls(number: int) -> None:
        for _ in range(number, count, box.workers):
            assert box.run(program).stdout == STDOUT.encode()

    with ThreadPoolExecutor(box.workers) as pool:
        start = time.perf_counter()
        for done in [pool.submit(calls, number) for number in range(box.workers)]:
            done.result()
        return count / (time.perf_counter() - start)


def through_http(port: int, count: int, connections: int) -> float:
    """Runs per second, measured by a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--client", str(port), str(count), str(connections)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=600,
    )
    return float(done.stdout)


def client(port: int, count: int, connections: int) -> float:
    """Ask ``count`` times in all on so many kept connections; requests per second."""
    request = (
        f"POST /run_code HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    ).encode() + BODY
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, bytearray())
    asked = min(count, connections)
    start = time.perf_counter()
    for key in list(selector.get_map().values())[:asked]:
        key.fileobj.send(request)  # type: ignore[union-attr]
    answered = 0
    while answered < count:
        if not (ready := selector.select(SILENT_SECONDS)):
            raise TimeoutError(f"no reply for {SILENT_SECONDS} s")
        for key, _ in ready:
            if not (part := key.fileobj.recv(65536)):  # type: ignore[union-attr]
                raise ConnectionError("the server ended a connection")
            key.data.extend(part)
            if not _whole(key.data):
                continue
            if not (key.data.startswith(b"HTTP/1.1 200 ") and EXPECTED in key.data):
                raise ValueError(bytes(key.data))
            key.data.clear()
            answered += 1
            if asked < count:
                asked += 1
                key.fileobj.send(request)  # type: ignore[union-attr]
            else:  # a server may close what is idle
                selector.unregister(key.fileobj)
    return count / (time.perf_counter() - start)


def _whole(reply: bytearray) -> bool:
    head, end, body = reply.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


@contextmanager
def server(*options: str) -> Iterator[int]:
    """A ``verigym serve`` of its own on a free port, for the time of a block."""
    command = [sys.executable, "-m", "verigym", "serve", "--port", "0", "--no-auth", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        if not (found := re.search(r"serving on http://127\.0\.0\.1:(\d+)", line)):
            raise RuntimeError(line + process.stderr.read())
        yield int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stderr.close()


def measure(
    rounds: int = 5, runs: int = 1500, connections: int = 64, peer: int | None = None
) -> Result:
    """All sides, in turn."""
    from verigym.sandbox import open as open_sandbox

    result = Result()
    with open_sandbox("local") as box, server() as port:
        direct(box, 4 * box.workers)
        through_http(port, 4 * connections, connections)
        for _ in range(rounds):
            result.direct.append(direct(box, runs))
            result.http.append(through_http(port, runs, connections))
            if peer is not None:
                result.peer.append(through_http(peer, max(runs // 10, connections), connections))
    return result


def main(words: Sequence[str]) -> None:
    """Measure and print; ``words`` are the command's arguments."""
    if words[:1] == ["--client"]:
        print(client(*map(int, words[1:])))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=1500, help="runs for each side in a round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--peer", type=int, metavar="PORT", help="another server with /run_code")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(words)
    result = measure(options.rounds, options.runs, options.connections, options.peer)
    found = {
        "cores": len(os.sched_getaffinity(0)),
        "direct_per_second": round(statistics.median(result.direct)),
        "http_per_second": round(statistics.median(result.http)),
        "ratio": round(result.ratio, 3),
    }
    if result.peer:
        found["peer_per_second"] = round(statistics.median(result.peer), 1)
        ratios = [ours / theirs for ours, theirs in zip(result.http, result.peer, strict=True)]
        found["times_peer"] = round(statistics.median(ratios), 1)
    if options.json:
        print(json.dumps(found))
        return
    print(f"direct      {found['direct_per_second']:>6} runs/s on {found['cores']} cores")
    print(f"POST /run_code {found['http_per_second']:>3} runs/s, {options.connections} connections")
    print(f"ratio       {found['ratio']:>6} (time through HTTP / time of direct calls)")
    if result.peer:
        print(f"the peer    {found['peer_per_second']:>6} runs/s, {options.connections} connections")
        print(f"ratio       {found['times_peer']:>6} (our runs through HTTP / the peer's)")


if __name__ == "__main__":
    main(sys.argv[1:])
