"""Draws examples of arguments from a spec's Hypothesis strategies, once for each spec and seed.

The spec is a module with ``STRATEGIES``, a tuple of one strategy for each argument. It may import
``reference``, to make inputs by it. What is drawn is written as plain data, so whoever judges by these
examples needs no Hypothesis.
"""

from __future__ import annotations

import os
import sys
import types
from typing import Any

from verigym.sandbox.inside import exchange, plain, wire
from verigym.sandbox.inside.recorder import STORAGE
from verigym.sandbox.inside.wire import RESULT_FD

DRAW = b"from verigym.sandbox.inside import drawing\ndrawing.draw_examples()\n"


def draw_examples() -> None:
    """Write ``{"examples": [[tree, ...], ...]}``, each once, as drawn; or ``{"error": why}``."""
    job = wire.job()
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"/scratch/{STORAGE}"
    try:
        said: dict[str, Any] = {"examples": _drawn(job)}
    except BaseException as error:
        line = exchange.line_of(error, "spec.py")
        at = f" (line {line} of the spec)" if line else ""
        said = {"error": f"{type(error).__name__}: {exchange.text_of(error)}{at}"}
    wire.write(RESULT_FD, plain.dumps(said))
    os._exit(0)


def _drawn(job: dict[str, Any]) -> list[plain.Tree]:
    load_module("reference", job["reference"])
    strategies = tuple(load_module("spec", job["source"]).STRATEGIES)
    import hypothesis
    from hypothesis import strategies as st

    found: dict[bytes, plain.Tree] = {}

    @hypothesis.seed(job["seed"])
    @hypothesis.settings(
        max_examples=job["count"],
        database=None,
        deadline=None,
        print_blob=False,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(st.tuples(*strategies))
    def note(args: tuple[Any, ...]) -> None:
        trees = [plain.encode(value) for value in args]
        found.setdefault(plain.dumps(trees), trees)

    note()
    return list(found.values())


def load_module(name: str, source: str) -> types.ModuleType:
    """A module made from its source, which may be imported by its name from now on."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module
