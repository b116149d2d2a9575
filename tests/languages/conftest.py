"""Sandboxes that compile, and the languages that they have; the gate demands all of them.

Programs that are right and programs that fail (test_languages) are judged on this machine and in
containers of an image with all languages; what else there is to test, on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from verigym.sandbox import Sandbox, SandboxError, SandboxUnavailable
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.docker.container import DEFAULT_IMAGE
from verigym.sandbox.languages import Language, compiled, language


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the sandboxes of a module."""
    if "box" in metafunc.fixturenames:
        both = metafunc.module.__name__ in ("test_languages", "test_special_judges")
        sampled = metafunc.definition.get_closest_marker("sampled") is not None
        contained = pytest.param("docker", marks=[pytest.mark.soak] * sampled)
        names = ["local", contained] if both else ["local"]
        metafunc.parametrize("box", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def box(request: pytest.FixtureRequest, need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    """The best sandbox of this machine, of those with scratch directories; or containers."""
    if request.param == "docker":
        yield from _containers()
        return
    need_tier(2)
    with open_sandbox("local", workers=2) as box:
        yield box


def _containers() -> Iterator[Sandbox]:
    image = os.environ.get("VERIGYM_TEST_LANGUAGES_IMAGE", DEFAULT_IMAGE)
    try:
        box = open_sandbox("docker", image=image, workers=2)
    except SandboxError as error:
        demanded = os.environ.get("VERIGYM_TEST_DOCKER", "0") not in ("", "0")
        (pytest.fail if demanded else pytest.skip)(f"no docker here: {error}")
    with box:
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
