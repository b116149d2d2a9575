r"""Runs untrusted programs: ``run(Program, Limits) -> Execution``, one contract on every backend.

>>> import verigym.sandbox as sandbox
>>> with sandbox.open("local") as box:
...     box.run(sandbox.Program("print(6 * 7)")).stdout
b'42\n'
"""

from __future__ import annotations

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable
from verigym.sandbox.backends import BACKENDS, open
from verigym.sandbox.base import Sandbox
from verigym.sandbox.program import Execution, Limit, Limits, Program
from verigym.sandbox.scope import Scope
from verigym.sandbox.shared import close_shared, shared, use

__all__ = [
    "BACKENDS",
    "Cancelled",
    "Execution",
    "Limit",
    "Limits",
    "Program",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "Scope",
    "close_shared",
    "open",
    "shared",
    "use",
]
