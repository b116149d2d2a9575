"""The sandbox that verifiers share when they are given none: opened once for each process."""

from __future__ import annotations

import atexit
import os
import threading

from verigym.sandbox.base import Sandbox

_lock = threading.Lock()
_shared: Sandbox | None = None


def shared() -> Sandbox:
    """The process-wide sandbox: a local one, opened when first asked for, unless :func:`share` set
    another. It is closed at exit.

    Raises:
        SandboxUnavailable: when this machine cannot contain anything.
    """
    global _shared
    with _lock:
        if _shared is None:
            from verigym.sandbox.local import LocalSandbox

            _shared = LocalSandbox()
        return _shared


def share(sandbox: Sandbox) -> None:
    """Have :func:`shared` give this sandbox from now on; what it gave before is closed."""
    global _shared
    with _lock:
        before, _shared = _shared, sandbox
    if before is not None and before is not sandbox:
        before.close()


@atexit.register
def close_shared() -> None:
    """Close it and kill what runs in it; the next :func:`shared` opens a new one."""
    global _shared
    with _lock:
        sandbox, _shared = _shared, None
    if sandbox is not None:
        sandbox.close()


def _fresh_lock() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_fresh_lock)
