r"""Runs untrusted programs: ``run(Program, Limits) -> Execution``, one contract on every backend.

>>> import verigym.sandbox as sandbox
>>> with sandbox.open("local") as box:
...     box.run(sandbox.Program("print(6 * 7)")).stdout
b'42\n'
"""

from __future__ import annotations

import inspect
from typing import Any

from verigym.errors import SandboxError, SandboxUnavailable, UserError
from verigym.sandbox.base import Sandbox
from verigym.sandbox.program import Execution, Limit, Limits, Program
from verigym.sandbox.shared import close_shared, shared

__all__ = [
    "Execution",
    "Limit",
    "Limits",
    "Program",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "close_shared",
    "open",
    "shared",
]

BACKENDS = ("local",)


def open(backend: str = "local", **options: Any) -> Sandbox:
    """A sandbox on a backend; use it in a ``with`` statement.

    Options of ``"local"``: ``tier`` (the least containment accepted, default the best that this
    machine has), ``workers`` (runs at a time, default one for each core), ``unsafe`` (accept tier 0).

    Raises:
        SandboxUnavailable: when this machine lacks what is demanded.
        UserError: for an unknown backend or option.
    """
    if backend != "local":
        raise UserError(f"no sandbox backend is called {backend!r}; there is: {', '.join(BACKENDS)}")
    from verigym.sandbox.local import LocalSandbox

    known = inspect.signature(LocalSandbox).parameters
    if unknown := sorted(set(options) - set(known)):
        raise UserError(f"sandbox {backend!r} has no option {unknown[0]!r}; it has: {', '.join(known)}")
    return LocalSandbox(**options)
