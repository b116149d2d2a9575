"""The sandbox that verifiers share when they are given none: opened once for each process."""

from __future__ import annotations

import atexit
import os
import threading

from verigym.sandbox.base import Sandbox

_lock = threading.Lock()
_shared: Sandbox | None = None


def shared() -> Sandbox:
    """The process-wide local sandbox, opened when first asked for and closed at exit.

    Raises:
        SandboxUnavailable: when this machine cannot contain anything.
    """
    global _shared
    with _lock:
        if _shared is None:
            from verigym.sandbox.local import LocalSandbox

            _shared = LocalSandbox()
        return _shared


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
