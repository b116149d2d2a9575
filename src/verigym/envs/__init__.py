"""Poses tasks: the families, and the Gymnasium environments around them.

Each group of families is a package here and loads when it is entered: ``verigym.envs.code``.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_GROUPS = ("code", "sat", "testgen")


def __getattr__(name: str) -> ModuleType:
    if name in _GROUPS:
        return importlib.import_module(f"verigym.envs.{name}")
    raise AttributeError(f"module 'verigym.envs' has no attribute {name!r}")
