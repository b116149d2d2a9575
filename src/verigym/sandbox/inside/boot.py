"""The first thing that runs inside: takes the agent's modules from the judging side, and starts it.

This file is given to a bare interpreter as text (``python -c``), so that nothing of ours has to lie
in the sandbox's own file system. ``boot fds CONTROL LIFELINE JUDGE`` is handed two sockets and the
judging process's id; ``boot unix PATH`` connects to two at a path. The first message on the control
socket is the modules with their names (packed), and the configuration, as JSON. ``boot stream``
becomes the bridge, whose modules come first on standard input, after their length in eight bytes.
"""

import binascii
import json
import os
import socket
import sys
import types
import zlib
from typing import Any

MOST = 1 << 20


def load(name: str, source: str) -> None:
    """Make a module from its source, without its packages' own contents."""
    parent = None
    for package in [name[:dot] for dot, letter in enumerate(name) if letter == "."]:
        if package not in sys.modules:
            sys.modules[package] = types.ModuleType(package)
            sys.modules[package].__path__ = []
            if parent is not None:
                setattr(parent, package.rpartition(".")[2], sys.modules[package])
        parent = sys.modules[package]
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    setattr(parent, name.rpartition(".")[2], module)


def connect(path: str) -> socket.socket:
    """A connection to the judging side, which listens at a path."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(path)
    return connection


def main(how: str, *words: str) -> None:
    """Connect, load, and become the agent."""
    judge = 0
    if how == "stream":
        become_bridge()
    if how == "fds":
        control, lifeline = (socket.socket(fileno=int(word)) for word in words[:2])
        judge = int(words[2])
    else:
        control, lifeline = connect(words[0]), connect(words[0])
    start(control, lifeline, judge, json.loads(control.recv(MOST)))


def become_bridge() -> None:
    """Take the bridge's modules and become it; never returns. It forks the agent."""
    modules = json.loads(take(int.from_bytes(take(8), "little")))
    for name, source in modules:
        load(name, source)
    from verigym.sandbox.inside import bridge

    bridge.main(start)


def take(count: int) -> bytes:
    """So many bytes from standard input, and not one more."""
    found = b""
    while len(found) < count:
        part = os.read(0, count - len(found))
        if not part:
            sys.exit("nobody speaks to us")
        found += part
    return found


def start(control: socket.socket, lifeline: socket.socket, judge: int, setup: Any) -> None:
    """Load the modules and become the agent; never returns."""
    sys.path[:] = [path for path in sys.path if path]
    for name, source in json.loads(zlib.decompress(binascii.a2b_base64(setup["modules"]))):
        load(name, source)
    from verigym.sandbox.inside import agent

    agent.main(control, lifeline, judge, setup["config"])


if __name__ == "__main__":
    main(*sys.argv[1:])
