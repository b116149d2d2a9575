"""The exploit catalogue where code runs in containers, and on a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from paths import PATHS

from verigym.audit import Report, audit
from verigym.audit.exploits import EXPLOITS
from verigym.errors import SandboxError
from verigym.sandbox.docker import images
from verigym.sandbox.docker.container import DEFAULT_IMAGE
from verigym.sandbox.docker.engine import connect


@pytest.fixture
def image() -> str:
    """The image for tests; its lack is an error under VERIGYM_TEST_DOCKER=1."""
    name = os.environ.get("VERIGYM_TEST_IMAGE", DEFAULT_IMAGE)
    try:
        images.check(connect(), name)
    except SandboxError as error:
        demanded = os.environ.get("VERIGYM_TEST_DOCKER", "0") not in ("", "0")
        (pytest.fail if demanded else pytest.skip)(f"no docker here: {error}")
    return name


@pytest.fixture
def url() -> Iterator[str]:
    """A server of this command."""
    command = [sys.executable, "-m", "verigym", "serve", "--port", "0", "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = ""
            while not (found := re.search(r"serving on (http://[^ ,]+)", said)):
                line = process.stderr.readline() if process.stderr else ""
                assert line, said
                said += line
            yield found[1]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def attacked(path: str, sandbox: tuple[str, list[str]]) -> Report:
    family, records = PATHS[path]
    report = audit(family, data=records, checks=["exploits"], sandbox=sandbox, workers=1, deadline=60)
    assert report.passed, report.text()
    assert report.results[0].judged == len(EXPLOITS)
    return report


@pytest.mark.heavy
def test_no_exploit_earns_anything_in_a_container(image: str) -> None:
    attacked("function tests", ("docker", [f"image={image}", "workers=2"]))


def test_no_exploit_earns_anything_on_a_server(url: str) -> None:
    attacked("function cases", ("remote", [f"url={url}"]))
