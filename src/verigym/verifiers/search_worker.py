"""The worker behind :mod:`verigym.verifiers.search`: a request a line, until nobody asks any more."""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import signal
import sys
from typing import Any

from verigym.verifiers.search import MEMORY, OutOfBudget


def main() -> None:
    """Answer the requests on stdin, on what was stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who started us; they end us
    _lower(resource.RLIMIT_AS, MEMORY)
    _lower(resource.RLIMIT_CORE, 0)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a solver that prints does not garble the replies
    for line in sys.stdin:
        request = json.loads(line)
        _limit_cpu(request["seconds"])
        out.write(json.dumps(_answer(request)) + "\n")
        out.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    module, _, name = request["function"].partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
        return {"result": function(request["payload"])}
    except OutOfBudget as error:
        return {"budget": str(error)}
    except MemoryError:
        return {"budget": f"the search took more than {MEMORY >> 30} GiB of memory"}
    except Exception as error:  # whatever it is, the one who asked must hear of it
        return {"error": f"{type(error).__name__}: {error}"[:2000]}


def _limit_cpu(seconds: float) -> None:
    """End this process by SIGXCPU when the request has used so many CPU seconds more."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(usage.ru_utime + usage.ru_stime + seconds))


def _lower(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    main()
