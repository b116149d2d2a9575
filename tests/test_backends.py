"""Choosing a sandbox: by name, by an environment variable, on the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

import verigym
from verigym.cli import main
from verigym.envs.code import stdio_task
from verigym.errors import UserError
from verigym.sandbox import Program, Sandbox, SandboxUnavailable, close_shared, shared, use
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.backends import BACKENDS, options_from

TASK = stdio_task("Double.", [("2\n", "4\n")], reference="print(int(input()) * 2)")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    module = sys.modules["verigym.sandbox.shared"]
    close_shared()
    module._chosen = None  # type: ignore[attr-defined]


def test_every_backend_has_a_class_with_its_name() -> None:
    from importlib import import_module

    for name, place in BACKENDS.items():
        module, _, kind = place.partition(":")
        found = getattr(import_module(module), kind)
        assert issubclass(found, Sandbox)
        assert found.name == name


@pytest.mark.parametrize(
    ("backend", "options", "words"),
    [
        ("locale", {}, "no sandbox backend is called 'locale'; there is: local, docker, remote"),
        ("local", {"image": "x"}, "sandbox 'local' has no option 'image'; it has: tier, workers"),
        ("remote", {}, "sandbox 'remote' needs the option 'url'"),
    ],
)
def test_what_does_not_exist_is_named(backend: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        open_sandbox(backend, **options)


def test_options_in_words_are_read_by_their_types() -> None:
    words = ["image=mine:1", "workers=2", "fresh=yes", "memory_bytes=1000000000"]
    assert options_from("docker", words) == {
        "image": "mine:1",
        "workers": 2,
        "fresh": True,
        "memory_bytes": 1_000_000_000,
    }
    assert options_from("docker", ["fresh=off", "image=a=b"]) == {"fresh": False, "image": "a=b"}


@pytest.mark.parametrize(
    "word",
    ["workers", "workers=", "workers=two", "workers=1.5", "fresh=perhaps", "=1", "colour=red", ""],
)
def test_options_in_wrong_words_are_refused(word: str) -> None:
    with pytest.raises(UserError):
        options_from("docker", [word])


def test_use_replaces_the_shared_sandbox() -> None:
    use("local", workers=1)
    first = shared()
    assert first.workers == 1
    assert first.run(Program("print(1)")).ok
    use("local", workers=3, highest=1)
    assert (shared().workers, shared().tier) == (3, 1)
    with pytest.raises(verigym.sandbox.SandboxError, match="closed"):
        first.run(Program("print(1)"))


def test_use_of_an_unknown_backend_changes_nothing() -> None:
    use("local", workers=1)
    with pytest.raises(UserError):
        use("nowhere")
    assert shared().workers == 1


def told(value: str, code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import verigym\nfrom verigym.sandbox import shared\n" + code]
    environment = {"VERIGYM_SANDBOX": value, "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_the_environment_variable_chooses() -> None:
    done = told("local workers=1 highest=1", "print(shared().name, shared().workers, shared().tier)")
    assert done.stdout == "local 1 1\n", done.stderr


def test_a_wrong_variable_is_named_and_no_reward_comes_of_it() -> None:
    assert "no sandbox backend is called 'nowhere'" in told("nowhere", "shared()").stderr


def test_a_sandbox_that_is_lacking_is_an_abstention() -> None:
    use("local", tier=3, highest=1)
    with pytest.raises(SandboxUnavailable):
        shared()
    verdict = verigym.verify(TASK, "print(4)")
    assert verdict.reward is None


def test_the_command_line_chooses(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["demo", "--backend", "local", "--option", "highest=1", "--no-progress"])
    assert code == 0
    assert "sandbox: local, tier 1" in capsys.readouterr().out
    assert main(["demo", "--backend", "nowhere"]) == 1
    assert "no sandbox backend is called 'nowhere'" in capsys.readouterr().err
    assert main(["demo", "--option", "colour=red"]) == 1
    assert "'colour=red' is no option of sandbox 'local'" in capsys.readouterr().err
