"""Who may use the server: whoever says its token. Tokens never stand on a command line."""

from __future__ import annotations

import hmac
import ipaddress
import os
import socket
from pathlib import Path

from verigym.errors import UserError

VARIABLE = "VERIGYM_TOKEN"
LEAST_CHARS = 16


def token(file: str | None, anybody: bool, host: str) -> str | None:
    """The token that clients must say, from a file or else the environment; None lets everybody in.

    The variable is taken out of the environment, so that no child inherits it.

    Raises:
        UserError: for a token that cannot be used, or none where strangers could connect.
    """
    inherited = os.environ.pop(VARIABLE, None)
    if anybody:
        if file is not None:
            raise UserError("--no-auth and --token-file contradict each other; give one of them")
        return None
    if file is not None:
        return _usable(_read(file), f"the token in {file!r}")
    if inherited is not None:
        return _usable(inherited.strip(), f"the token in {VARIABLE}")
    if not only_this_machine(host):
        raise UserError(
            f"--host {host} lets other machines in, and there is no token: give --token-file FILE, set "
            f"{VARIABLE}, or say --no-auth if everybody who can connect may run programs here"
        )
    return None


def only_this_machine(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only.

    Raises:
        UserError: for a name that nobody knows.
    """
    if not host:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UserError(f"--host {host[:200]!r} is no address of this machine: {error}") from None
    return all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found)


class Guard:
    """Compares what a client says with the token, in a time that tells nothing about it."""

    def __init__(self, token: str | None) -> None:
        self.open = token is None
        self._expected = (token or "").encode()

    def admits(self, authorization: bytes) -> bool:
        """Whether the value of an ``Authorization`` header names the token."""
        if self.open:
            return True
        scheme, _, said = authorization.partition(b" ")
        return hmac.compare_digest(said.strip(), self._expected) and scheme.lower() == b"bearer"


def _read(file: str) -> str:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(4096).decode("ascii").strip()
    except UnicodeDecodeError:
        raise UserError(f"the token in {file!r} must be printable ASCII") from None


def _usable(token: str, what: str) -> str:
    if not (token.isascii() and token.isprintable()) or " " in token or len(token) < LEAST_CHARS:
        raise UserError(
            f"{what} must be one word of at least {LEAST_CHARS} printable ASCII characters, for "
            "example from: openssl rand -hex 32"
        )
    return token
