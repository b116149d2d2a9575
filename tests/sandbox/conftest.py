"""A sandbox for each tier that this machine has; the gate demands all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from verigym.sandbox import Sandbox
from verigym.sandbox import open as open_sandbox


def _opened(tier: int, need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    need_tier(tier)
    with open_sandbox("local", tier=tier, highest=tier, workers=2) as box:
        assert box.tier == tier
        yield box


@pytest.fixture(scope="session", params=[1, 2, 3])
def box(request: pytest.FixtureRequest, need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    """Each tier in turn."""
    yield from _opened(request.param, need_tier)


@pytest.fixture(scope="session", params=[2, 3])
def full_box(request: pytest.FixtureRequest, need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    """The tiers that have scratch directories and subprocesses."""
    yield from _opened(request.param, need_tier)
