"""What the tests of searching have a worker do."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

from verigym.verifiers.search import Solver


def satisfiable(payload: dict[str, Any]) -> bool:
    with Solver(payload["clauses"], payload["conflicts"]) as solver:
        return solver.satisfiable(payload.get("assumptions", ()))


def many(payload: dict[str, Any]) -> int:
    """How many conflicts are left after solving the same again and again."""
    with Solver(payload["clauses"], payload["conflicts"]) as solver:
        for assumption in payload["assumptions"]:
            solver.satisfiable([assumption])
        return solver.conflicts


def pid(_: None) -> int:
    return os.getpid()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def burn(_: None) -> None:
    while True:
        pass


def hungry(size: int) -> int:
    return len(bytearray(size))


def chatty(_: None) -> str:
    ctypes.CDLL(None).puts(b"c I print")
    print("and so do I")
    return "done"


def crash(_: None) -> None:
    os.abort()
