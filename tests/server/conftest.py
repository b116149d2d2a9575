"""One server for all tests that do not need one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_server import Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving("--workers", "2", "--max-request-bytes", str(8 << 20)) as live:
        yield live
