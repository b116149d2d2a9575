"""A sandbox that compiles, and the languages that it has; the gate demands all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from verigym.sandbox import Sandbox, SandboxUnavailable, compiled
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.languages import Language, language


@pytest.fixture(scope="module")
def box(need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    """The best sandbox of this machine, of those with scratch directories."""
    need_tier(2)
    with open_sandbox("local", workers=2) as box:
        yield box


@pytest.fixture
def need_language(box: Sandbox) -> Callable[[str], Language]:
    """The record of a language; skips where its tools are lacking, but fails under VERIGYM_TEST_TIER."""

    def check(name: str) -> Language:
        record = language(name)
        try:
            compiled.require(box, record)
        except SandboxUnavailable as error:
            demanded = int(os.environ.get("VERIGYM_TEST_TIER", "0")) > 0
            (pytest.fail if demanded else pytest.skip)(str(error))
        return record

    return check
