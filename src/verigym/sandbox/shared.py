"""The sandbox that verifiers share when they are given none: opened once for each process."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Any

from verigym.sandbox.backends import check_options, options_from
from verigym.sandbox.backends import open as open_sandbox
from verigym.sandbox.base import Sandbox

VARIABLE = "VERIGYM_SANDBOX"
"""Environment variable: the backend and its options, as in ``docker image=mine:1 workers=4``."""

_lock = threading.Lock()
_shared: Sandbox | None = None
_chosen: tuple[str, dict[str, Any]] | None = None


def shared() -> Sandbox:
    """The process-wide sandbox, opened when first asked for and closed at exit.

    It is the one that :func:`use` chose, else what the environment variable ``VERIGYM_SANDBOX`` names
    (a backend and its options, as in ``docker image=mine:1``), else the local one.

    Raises:
        SandboxUnavailable: when this machine lacks it.
        UserError: when the variable names an unknown backend or option.
    """
    global _shared
    with _lock:
        if _shared is None:
            backend, options = _chosen or _told()
            _shared = open_sandbox(backend, **options)
        return _shared


def use(backend: str, **options: Any) -> None:
    """Choose the process-wide sandbox; one that is open already is closed.

    >>> use("local", workers=2)

    Raises:
        UserError: for an unknown backend or option; then nothing changes.
    """
    global _chosen
    check_options(backend, options)
    close_shared()
    _chosen = (backend, options)


def share(sandbox: Sandbox) -> None:
    """Have :func:`shared` give this open sandbox from now on; what it gave before is closed."""
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


def _told() -> tuple[str, dict[str, Any]]:
    backend, *words = os.environ.get(VARIABLE, "").split() or ["local"]
    return backend, options_from(backend, words)


def _fresh_lock() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_fresh_lock)
