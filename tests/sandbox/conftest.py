"""One sandbox of every backend, so that the same tests hold all of them to one contract.

``box`` runs a test on each of them. The backends of a test are all but ``docker-fresh``, where a run
costs a container: that one runs what is marked ``fresh``. What is marked ``sampled`` runs on two of
them, and on the others in the soak. ``full_box`` leaves out those that lack
scratch directories or subprocesses; that they refuse these is a test of its own (test_capabilities).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from verigym.sandbox import Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.agents.link import Agent
from verigym.sandbox.agents.pool import PooledSandbox, Slot

FULL = ("local-2", "local-3", "docker", "docker-stream", "docker-fresh", "remote")
BACKENDS = ("local-1", *FULL)
SAMPLE = ("local-3", "docker")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the backends of each test that wants a box."""
    if "box" not in metafunc.fixturenames:
        return
    fresh = metafunc.definition.get_closest_marker("fresh") is not None
    sampled = metafunc.definition.get_closest_marker("sampled") is not None
    names = FULL if "full_box" in metafunc.fixturenames else BACKENDS
    chosen = [
        pytest.param(name, marks=[pytest.mark.soak] * (sampled and name not in SAMPLE))
        for name in names
        if fresh or name != "docker-fresh"
    ]
    metafunc.parametrize("box", chosen, indirect=True, scope="session")


@pytest.fixture(scope="session")
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of one backend, with two workers."""
    kind, _, detail = request.param.partition("-")
    if kind == "local":
        request.getfixturevalue("need_tier")(int(detail))
        with open_sandbox("local", tier=int(detail), highest=int(detail), workers=2) as opened:
            assert opened.tier == int(detail)
            yield opened
    elif kind == "docker":
        image = request.getfixturevalue("docker_image")
        options = {"fresh": detail == "fresh", "transport": "stream" if detail == "stream" else "auto"}
        with open_sandbox("docker", image=image, workers=2, **options) as opened:
            yield opened
    else:
        with open_sandbox("remote", url=request.getfixturevalue("server")) as opened:
            yield opened


@pytest.fixture(scope="session")
def full_box(box: Sandbox) -> Sandbox:
    """A sandbox that has scratch directories and subprocesses."""
    if not (box.capabilities()["scratch"] and box.capabilities()["subprocesses"]):
        pytest.skip("it declares that it lacks subprocesses; test_capabilities sees them refused")
    return box


@pytest.fixture(autouse=True)
def steady(request: pytest.FixtureRequest) -> Iterator[None]:
    """No program breaks an agent: a failure that is made good by a new one would not be seen."""
    if "box" not in request.fixturenames:
        yield
        return
    box = request.getfixturevalue("box")
    before = agents(box)
    yield
    after = agents(box)
    for slot, (size, those) in before.items():
        assert after[slot][0] != size or those <= after[slot][1], "an agent broke and was replaced"


def agents(box: Sandbox) -> dict[Slot, tuple[object, set[Agent]]]:
    """Those of a warm sandbox's slots, and how large their containers are."""
    if not isinstance(box, PooledSandbox) or box.capabilities().get("fresh"):
        return {}
    return {slot: (getattr(slot, "_bounds", None), set(slot._agents.values())) for slot in box._slots}


@pytest.fixture(scope="session")
def docker_image() -> str:
    """An image that an engine here has; skips without, but fails under VERIGYM_TEST_DOCKER=1."""
    from verigym.sandbox import SandboxError
    from verigym.sandbox.docker import container, engine, images

    image = os.environ.get("VERIGYM_TEST_IMAGE", container.DEFAULT_IMAGE)
    try:
        images.check(engine.connect(), image)
    except SandboxError as error:
        demanded = os.environ.get("VERIGYM_TEST_DOCKER", "0") not in ("", "0")
        (pytest.fail if demanded else pytest.skip)(f"no docker here: {error}")
    return image


@pytest.fixture(scope="session")
def server(need_tier: Callable[[int], None]) -> Iterator[str]:
    """The address of a ``verigym serve`` on this machine, over the local sandbox of tier 2."""
    need_tier(2)
    command = [sys.executable, "-m", "verigym", "serve", "--port", "0"]
    options = ["--tier", "2", "--option", "highest=2", "--workers", "2"]
    process = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said.startswith("verigym: serving on "), said
        yield said.split()[3].rstrip(",")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
