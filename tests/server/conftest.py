"""One server for all tests that do not need one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_server import Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving("--workers", "2", "--max-request-bytes", str(8 << 20)) as live:
        yield live


@pytest.fixture(scope="session")
def roomy() -> Iterator[Server]:
    """One that takes long requests, and gives every program a directory."""
    with serving("--workers", "1", "--max-request-bytes", str(64 << 20), "--scratch") as live:
        yield live
