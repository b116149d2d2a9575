"""Installed packages in a sandbox: those that a program names, read-only, and nothing beside them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import distribution
from typing import Any

import pytest

from verigym.errors import UserError
from verigym.sandbox import Limits, Program, Sandbox, SandboxUnavailable
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.agents import packages
from verigym.sandbox.agents.pool import MOST_AGENTS, Slot
from verigym.sandbox.inside import installed

LIMITS = Limits(wall_seconds=60)


@pytest.fixture(scope="module", params=[2, 3])
def local(request: pytest.FixtureRequest, need_tier: Any) -> Iterator[Sandbox]:
    need_tier(request.param)
    with open_sandbox("local", tier=request.param, highest=request.param, workers=1) as opened:
        yield opened


def said(box: Sandbox, source: str, *names: str) -> str:
    done = box.run(Program(source, packages=names), LIMITS)
    return (done.stdout + done.stderr).decode()


def test_a_named_package_can_be_imported_and_no_other(local: Sandbox) -> None:
    assert (
        said(local, "import pytest; print(pytest.__version__)", "pytest") == f"{pytest.__version__}\n"
    )
    assert "No module named 'pytest'" in said(local, "import pytest")
    assert "No module named 'pytest'" in said(local, "import pytest", "iniconfig")
    assert "No module named 'verigym.task'" in said(local, "import verigym.task", "pytest")


def test_no_other_folder_of_the_environment_is_in_sight(local: Sandbox) -> None:
    shown = said(local, "import os; print(*os.listdir('/packages'))", "pytest").split()
    assert {"pytest", "_pytest", "pluggy", "iniconfig"} <= set(shown)
    assert not {"hypothesis", "numpy", "gymnasium"} & set(shown)
    where = str(packages.found(("pytest",))[0][0]).rpartition("/")[0]
    hidden = f"import os; print(os.path.exists({where!r}))"
    assert said(local, hidden, "pytest") == "False\n"


def test_nothing_in_it_can_be_changed(local: Sandbox) -> None:
    for change in (
        "open('/packages/pytest/__init__.py', 'a')",
        "open('/packages/more.py', 'w')",
        "__import__('os').remove('/packages/pytest/__init__.py')",
        "__import__('os').rename('/packages/pytest', '/packages/x')",
    ):
        assert "OSError" in said(local, change, "pytest") or "PermissionError" in said(
            local, change, "pytest"
        )


def test_the_standard_library_and_the_program_come_first(local: Sandbox) -> None:
    path = said(local, "import sys; print(*sys.path)", "pytest").split()
    assert path[-1] == "/packages"
    shadow = Program(
        "import pytest; print(pytest.x)", files={"iniconfig.py": b"x = 1"}, packages=("pytest",)
    )
    assert "no attribute 'x'" in local.run(shadow, LIMITS).stderr.decode()


def test_what_a_run_does_to_a_package_is_gone_after_it(local: Sandbox) -> None:
    assert said(local, "import pytest; pytest.x = 1; print(pytest.x)", "pytest") == "1\n"
    assert "no attribute 'x'" in said(local, "import pytest; print(pytest.x)", "pytest")


def test_compiled_packages_work(local: Sandbox) -> None:
    pytest.importorskip("numpy")
    assert said(local, "import numpy; print(int(numpy.arange(4).sum()))", "numpy") == "6\n"


def test_the_order_of_names_is_no_matter() -> None:
    names = ("pytest", "iniconfig", "pytest")
    assert Program("1", packages=names).packages == ("iniconfig", "pytest")


class Idle:
    """An agent that does nothing."""

    killed = False

    def kill(self) -> None:
        self.killed = True


def test_a_slot_keeps_few_agents_and_those_that_were_used_last() -> None:
    started: list[Any] = []

    def start(*key: Any) -> Any:
        started.append(Idle())
        return started[-1]

    slot = Slot(start)
    programs = [Program("pass", packages=(f"p{number}",)) for number in range(MOST_AGENTS + 1)]
    first, *others = [slot._agent("subject", program) for program in programs[:-1]]
    assert slot._agent("subject", programs[0]) is first  # of a pair, say
    slot._agent("driver", programs[-1])
    assert not first.killed
    assert [agent.killed for agent in others] == [True] + [False] * (MOST_AGENTS - 2)
    assert len(slot._agents) == MOST_AGENTS
    assert slot._agent("subject", programs[1]) is started[-1]  # a new one


@pytest.mark.parametrize(
    ("name", "words"),
    [("no-such-package", "not installed"), ("verigym", "cannot be shown")],
)
def test_what_is_missing_is_said(local: Sandbox, name: str, words: str) -> None:
    if name == "verigym" and len(installed.parts_of(distribution(name))) > 1:
        pytest.skip("this environment has a copy of verigym, which can be shown")
    with pytest.raises(SandboxUnavailable, match=words):
        local.run(Program("pass", packages=(name,)))


@pytest.mark.parametrize(
    "names",
    ["pytest", ("",), ("../x",), ("a/b",), (1,), ("x" * 200,), tuple("abcdefghijklmnopqrstuvw")],
)
def test_names_that_are_none_are_refused(names: Any) -> None:
    with pytest.raises(UserError, match="package"):
        Program("pass", packages=names)


def test_packages_are_shown_or_refused_as_declared(box: Sandbox) -> None:
    program = Program("import iniconfig; print(1)", packages=("iniconfig",))
    if box.capabilities()["packages"] and "container" not in box.capabilities():
        assert box.run(program, LIMITS).stdout == b"1\n"
        return
    # Containers show those of their image, and the tests' image need not have this one: another does
    # in tests/docker.
    program = Program("1", packages=("surely-not-there",))
    with pytest.raises(SandboxUnavailable, match="package"):
        box.run(program)
    with pytest.raises(SandboxUnavailable, match="package"):
        box.run_pair(Program("pass"), program)
