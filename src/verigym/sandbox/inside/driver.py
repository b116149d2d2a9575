"""What runs inside the sandbox with test code, apart from the candidate that it tests.

The tests meet a proxy of the candidate's function, and may import what else the solution defines, by
``from solution import ...``. Only plain data and numbers of objects reach this process
(:mod:`verigym.sandbox.inside.peer`), and its result file is its own.
"""

from __future__ import annotations

import json
import os
import sys
import types

from verigym.sandbox.inside import exchange, wire
from verigym.sandbox.inside.peer import Peer


def run_tests() -> None:
    """Run the tests against the proxy and write what happened to the result file."""
    job = wire.job()
    peer = Peer(job["entry_point"], job.get("objects", ()))
    proxy = peer.entry_point
    sys.modules["solution"] = solution_module(peer, job["entry_point"])
    module = sys.modules["tests"] = types.ModuleType("tests")
    names = module.__dict__
    names["candidate"] = proxy
    if "random" in job["tests"] + job["preamble"]:
        import random

        random.seed(job["tests"])  # the same tests for everybody, and nobody can foresee them
    failure = None
    try:
        exec(compile(job["preamble"], "preamble.py", "exec", dont_inherit=True), names)
        names[job["entry_point"]] = proxy
        exec(compile(job["tests"], "tests.py", "exec", dont_inherit=True), names)
        if callable(check := names.get("check")) and check is not proxy:
            check(proxy)
    except BaseException as error:
        failure = {
            "raised": type(error).__name__,
            "text": exchange.text_of(error),
            "line": exchange.line_of(error, "tests.py"),
            "candidate": peer.said if error is peer.raised else None,
        }
    # The rest is asked of the peer, not of the exception, which a test may have swallowed.
    result = {
        "failure": failure,
        "calls": peer.calls,
        "gone": peer.gone,
        "unfit": peer.unfit,
        "missing": peer.missing,
    }
    wire.write(wire.RESULT_FD, json.dumps(result).encode())
    os._exit(0)


def solution_module(peer: Peer, entry_point: str) -> types.ModuleType:
    """The module that tests import the candidate's names from; each is asked for when it is."""
    module = types.ModuleType("solution")
    found: dict[str, object] = {}

    def attribute(name: str) -> object:
        if name == "__all__":  # no more: other names could take the place of the tests' own
            return [entry_point]
        if name not in found:
            found[name] = peer.name(name)
        return found[name]

    module.__dict__["__getattr__"] = attribute
    return module
