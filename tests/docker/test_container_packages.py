"""Python packages of an image: those that a program names, as links, and none beside them."""

from __future__ import annotations

import io
import tarfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import repository_attacks as attacks
from verigym.envs.code import function_task, repository_task
from verigym.sandbox import Limits, Program, Sandbox, SandboxUnavailable
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.agents import packages as of_ours
from verigym.sandbox.docker import container, packages
from verigym.sandbox.docker.engine import Engine
from verigym.verdict import Verdict
from verigym.verifiers.answer_files import fenced_files
from verigym.verifiers.calls import FunctionVerifier
from verigym.verifiers.repository import RepositoryVerifier

LIMITS = Limits(wall_seconds=60)
SITE = "import site; print(site.getsitepackages()[0])"


def distribution(name: str, files: dict[str, str], requires: str = "") -> dict[str, str]:
    """The files of an installed distribution, by their paths in its folder of packages."""
    about = f"{name.replace('-', '_')}-1.0.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    whole = {
        **files,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}",
    }
    record = "".join(f"{path},,\n" for path in [*whole, f"{about}/RECORD"])
    return {**whole, f"{about}/RECORD": record}


TOYS = {
    **distribution(
        "toy", {"toy/__init__.py": "from needed import N\n", "toy/deep.py": "D = 4\n"}, "needed"
    ),
    **distribution("needed", {"needed.py": "N = 3\n"}),
    **distribution("other", {"other/__init__.py": "O = 5\n"}),
    **distribution("elsewhere-toy", {"another_name.py": "A = 1\n"}),
}


def archive(files: dict[str, str], folders: tuple[tuple[str, str], ...]) -> bytes:
    """A tar of made-up files, and of files and folders of this machine."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for path, text in files.items():
            about = tarfile.TarInfo(path)
            about.size, about.mode = len(text.encode()), 0o644
            tar.addfile(about, io.BytesIO(text.encode()))
        for place, name in folders:
            tar.add(place, name, filter=_readable)
    return held.getvalue()


def _readable(about: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if Path(about.name).name == "__pycache__":
        return None
    about.mode |= 0o755 if about.isdir() else 0o444
    about.uid = about.gid = 0
    return about


@pytest.fixture(scope="module")
def furnished(engine: Engine, image: str) -> Iterator[str]:
    """The image with toys, and with pytest and what it requires, added to its packages."""
    place = container.run(engine, image, ["python3", "-I", "-c", SITE], 60).stdout.decode().strip()
    name = f"verigym-test-packages:{time.time_ns()}"
    with engine.asked_to("furnish an image", 120) as api:
        made = api.create_container(image, ["true"])["Id"]
        try:
            folder = tarfile.TarInfo(place.lstrip("/"))
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            held = io.BytesIO()
            with tarfile.open(fileobj=held, mode="w") as tar:
                tar.addfile(folder)
            api.put_archive(made, "/", held.getvalue())
            api.put_archive(made, place, archive(TOYS, of_ours.found(("pytest",))))
            api.commit(made, *name.split(":"))
        finally:
            api.remove_container(made)
    yield name
    with engine.asked_to("remove an image") as api:
        api.remove_image(name, force=True)  # though the last container may still be on its way out


@pytest.fixture(scope="module", params=["socket", "stream"])
def box(request: pytest.FixtureRequest, furnished: str) -> Iterator[Sandbox]:
    with open_sandbox("docker", image=furnished, workers=1, transport=request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def fresh(furnished: str) -> Iterator[Sandbox]:
    with open_sandbox("docker", image=furnished, workers=1, fresh=True) as opened:
        yield opened


def said(box: Sandbox, source: str, *names: str) -> str:
    done = box.run(Program(source, packages=names), LIMITS)
    return (done.stdout + done.stderr).decode()


def test_a_named_package_can_be_imported_and_no_other(box: Sandbox) -> None:
    assert box.capabilities()["packages"] is True
    assert said(box, "import toy, toy.deep; print(toy.N, toy.deep.D, toy.__file__)", "toy") == (
        "3 4 /packages/toy/__init__.py\n"
    )
    assert "No module named 'toy'" in said(box, "import toy")
    assert "No module named 'toy'" in said(box, "import toy", "needed")
    shown = said(box, "import os, sys; print(sys.path[-1], *sorted(os.listdir('/packages')))", "toy")
    assert shown == "/packages needed-1.0.dist-info needed.py toy toy-1.0.dist-info\n"
    version = "import importlib.metadata as m; print(m.version('needed'), [d.name for d in m.distributions()])"
    assert said(box, version, "needed") == "1.0 ['needed']\n"


def test_nothing_in_it_can_be_changed(box: Sandbox) -> None:
    for change in (
        "open('/packages/toy/__init__.py', 'a')",
        "open('/packages/more.py', 'w')",
        "__import__('os').remove('/packages/toy')",
        "__import__('os').symlink('/scratch', '/packages/more')",
        "__import__('os').rename('/packages/toy', '/packages/x')",
        "__import__('os').rename('/packages/toy', '/scratch/x')",
        "__import__('os').chmod('/packages/toy/__init__.py', 0o777)",
    ):
        text = said(box, f"{change}\nprint('changed')", "toy")
        assert "Error" in text
        assert "changed\n" not in text


def test_what_a_run_does_to_a_package_is_gone_after_it(box: Sandbox) -> None:
    assert said(box, "import toy; toy.x = 1; print(toy.x)", "toy") == "1\n"
    assert "no attribute 'x'" in said(box, "import toy; print(toy.x)", "toy")


def test_in_a_container_of_its_own_a_run_finds_what_it_names(fresh: Sandbox) -> None:
    """Where the next container is started ahead, for the packages that the last run named."""
    for _ in range(2):
        assert said(fresh, "import toy; toy.N += 1; print(toy.N)", "toy") == "4\n"
    assert "No module named 'toy'" in said(fresh, "import toy")
    assert "No module named 'toy'" in said(fresh, "import needed, toy", "needed")
    assert said(fresh, "import toy; print(toy.N)", "toy") == "3\n"


@pytest.mark.parametrize("box", ["socket"], indirect=True)
def test_what_is_missing_is_said(box: Sandbox) -> None:
    for names, words in (
        (("no-such-package",), "'no-such-package', which is not installed in image"),
        (("elsewhere-toy",), "cannot be shown"),
        (("toy", "hypothesis"), "'hypothesis', which is not installed in image"),  # here it is
    ):
        with pytest.raises(SandboxUnavailable, match=words):
            box.run(Program("pass", packages=names), LIMITS)
        with pytest.raises(SandboxUnavailable, match=words):
            box.run_pair(Program("pass"), Program("pass", packages=names), LIMITS)


def test_an_image_is_asked_once(furnished: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(packages, "found", lambda *about: asked.append(about[-1]) or _found(*about))
    with open_sandbox("docker", image=furnished, workers=1) as opened:
        for _ in range(2):
            assert said(opened, "import needed; print(needed.N)", "needed") == "3\n"
            with pytest.raises(SandboxUnavailable, match="not installed"):
                opened.run(Program("pass", packages=("absent",)))
    assert asked == [("needed",), ("absent",)]


_found = packages.found


def test_both_sides_of_a_pair_may_name_packages(box: Sandbox) -> None:
    tests = "import toy\ndef check(f):\n    assert f(2) == 2 * toy.N\n    assert f(0) == 0\n"
    task = function_task("Times three.", "f", tests=tests, packages=["toy"], timeout=60)
    without = function_task("Times three.", "f", tests="assert f(1) == 3", timeout=60)
    answer = "import toy\ndef f(n):\n    return n * toy.N\n"
    verifier = FunctionVerifier(box)
    assert verifier.verify(task, answer).correct
    assert verifier.verify(task, answer.replace("* toy.N", "+ toy.N")).reward == 0
    assert verifier.verify(without, answer).reward == 0


# ------------------------------------------------------------------------------- repositories

TASK = repository_task(
    "double(n) in src/calc.py does not double.",
    attacks.FILES,
    attacks.TESTS,
    attacks.FAIL_TO_PASS,
    pass_to_pass=attacks.PASS_TO_PASS,
    others=attacks.OTHERS,
    python_path=["src"],
    reference={"src/calc.py": attacks.RIGHT},
    limits={"wall_seconds": 60},
)


def test_a_repository_is_judged(box: Sandbox) -> None:
    verifier = RepositoryVerifier(box)
    right = verifier.verify(TASK, fenced_files({"src/calc.py": attacks.RIGHT}))
    assert right.correct, right
    wrong = verifier.verify(TASK, fenced_files({"src/calc.py": attacks.WRONG}))
    assert wrong.reward == 0


ENDING = ("ends in a test", "kills the watcher", "stops the watcher", "lets a copy go on")
ATTACKS = {**{name: attacks.ENDING[name] for name in ENDING}, **attacks.CHANNEL}
"""Those that what contains them could make a difference to."""


@pytest.fixture(scope="module")
def attacked(furnished: str) -> dict[str, Verdict]:
    answers = [
        (TASK, fenced_files({"src/calc.py": f"{attacks.WRONG}\n{textwrap.dedent(source)}"}))
        for source in ATTACKS.values()
    ]
    with open_sandbox("docker", image=furnished, workers=2) as opened:
        found = RepositoryVerifier(opened).verify_many(answers, workers=2)
    return dict(zip(ATTACKS, found, strict=True))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_on_a_repository_earns_nothing(attacked: dict[str, Verdict], name: str) -> None:
    assert attacked[name].reward == 0.0, attacked[name]


def test_where_the_image_has_no_pytest_it_is_an_abstention(image: str) -> None:
    with open_sandbox("docker", image=image, workers=1) as opened:
        verdict = RepositoryVerifier(opened).verify(TASK, fenced_files({"src/calc.py": attacks.RIGHT}))
    assert verdict.abstained
    assert "not installed in image" in verdict.evidence["error"]
