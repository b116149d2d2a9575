"""Images: what becomes one, what does not, and what that leaves behind."""

from __future__ import annotations

import io
import json
import os
import shlex
import socket
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import verigym
from verigym.cli import main
from verigym.errors import SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import doctor, languages
from verigym.sandbox.docker import images
from verigym.sandbox.docker.container import create, run
from verigym.sandbox.docker.engine import Engine

GOOD = "verigym 3.12.1 7 -"
"""What our check prints where the agent can run."""

# Stands for a python3, without the megabytes of a real one: says what is written in /answer.
C_SOURCE = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    char text[256];
    int file = open("/answer", O_RDONLY);
    int size = read(file, text, sizeof text);
    if (size < 0) return 3;
    write(1, text, size);
    return 0;
}
"""


@pytest.fixture(scope="module")
def speaker(engine: Engine, image: str) -> bytes:
    """A program, compiled in a container, that needs nothing but a kernel."""
    script = f"cd /scratch && cat >a.c <<'END'\n{C_SOURCE}\nEND\ngcc -static -Os -s -o a a.c && cat a"
    done = run(engine, image, ["sh", "-c", script], 60, most=8 << 20)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.fixture
def root(tmp_path: Path, speaker: bytes) -> Path:
    """A root file system whose python3 is a good one, as far as anybody can see."""
    binaries = tmp_path / "root" / "usr" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python3").write_bytes(speaker)
    (binaries / "python3").chmod(0o755)
    (tmp_path / "root" / "answer").write_text(GOOD)
    return tmp_path / "root"


@pytest.fixture
def name(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name for an image, which is gone after the test; nothing else may be left either."""
    monkeypatch.setattr(images, "MADE_BY", f"verigym.test.{os.getpid()}")  # to know our own
    before = image_ids(engine)
    name = f"verigym-test-{os.getpid()}:new"
    yield name
    with engine.asked_to("remove an image") as api:
        if api.images(name):
            api.remove_image(name)
    assert image_ids(engine) <= before


def image_ids(engine: Engine) -> set[str]:
    with engine.asked_to("list images") as api:
        return {about["Id"] for about in api.images(filters={"label": images.MADE_BY})}


def id_of(engine: Engine, name: str) -> str:
    with engine.asked_to("look") as api:
        return str(api.inspect_image(name)["Id"])


class TestCheck:
    def test_a_good_image(self, engine: Engine, image: str) -> None:
        found = images.check(engine, image)
        assert found.version >= images.OLDEST_PYTHON
        assert found.landlock >= 1  # in reach through our own profile
        assert str(found).startswith(f"Python {found.version[0]}.{found.version[1]}.")

    def test_no_image(self, engine: Engine) -> None:
        with pytest.raises(SandboxUnavailable, match=r"no image 'no-such:image'.*verigym image import"):
            images.check(engine, "no-such:image")


class TestImport:
    def test_a_folder(self, engine: Engine, root: Path, name: str) -> None:
        sent = []
        found = images.import_root(engine, root, name, sent.append)
        assert found == images.Interpreter((3, 12, 1), 7)
        assert sum(sent) > (root / "usr/bin/python3").stat().st_size
        (listed,) = [image for image in images.listing(engine) if image.name == name]
        assert (listed.id, listed.made_by) == (id_of(engine, name), verigym.__version__)

    def test_keeps_owners_and_modes_and_follows_no_link(
        self, engine: Engine, root: Path, name: str, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("not for anybody")
        etc = root / "etc"
        etc.mkdir()
        (etc / "out").symlink_to(tmp_path / "secret")
        (etc / "folder").symlink_to("/etc")
        (etc / "su").write_text("x")
        os.link(etc / "su", etc / "same")
        if os.geteuid() == 0:
            os.chown(etc / "su", 12, 34)
        (etc / "su").chmod(0o4750)
        (root / "dev").mkdir()
        (root / "dev" / "left-out").write_text("x")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(etc / "socket"))
        images.import_root(engine, root, name)
        members = files_of(engine, name)
        assert members["etc/out"].linkname == str(tmp_path / "secret")
        assert members["etc/folder"].linkname == "/etc"
        assert not any(member.startswith("etc/folder/") for member in members)
        su = members["etc/su"]
        assert stat.S_IMODE(su.mode) == 0o4750
        assert (su.uid, su.gid) == ((12, 34) if os.geteuid() == 0 else (os.getuid(), os.getgid()))
        assert {members["etc/same"].type, su.type} == {tarfile.REGTYPE, tarfile.LNKTYPE}
        assert "dev" in members
        assert "dev/left-out" not in members
        assert "etc/socket" not in members

    @pytest.mark.parametrize("compression", ["", "gz", "xz"])
    def test_an_archive(
        self, engine: Engine, root: Path, name: str, tmp_path: Path, compression: str
    ) -> None:
        archive = tmp_path / "root.tar"
        with tarfile.open(archive, f"w:{compression}") as tar:
            tar.add(root, ".")
        assert images.import_root(engine, archive, name).version == (3, 12, 1)

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            ("verigym 3.9.2 7 -", r"python3 of image .* is version 3\.9\.2; .* needs Python 3\.10"),
            ("verigym 3.11.2 0 ctypes", "lacks ctypes; .*libpython3-stdlib"),
            ("Segmentation fault", r"does not work: exit code 0, 'Segmentation fault'"),
            ("", "does not work: exit code 0, 'nothing printed'"),
            (None, "does not work: exit code 3"),
        ],
    )
    def test_a_python_that_does_not_serve(
        self, engine: Engine, root: Path, name: str, answer: str | None, why: str
    ) -> None:
        (root / "answer").unlink()
        if answer is not None:
            (root / "answer").write_text(answer)
        with pytest.raises(SandboxUnavailable, match=why):
            images.import_root(engine, root, name)

    def test_no_python(self, engine: Engine, root: Path, name: str) -> None:
        (root / "usr/bin/python3").unlink()
        with pytest.raises(
            SandboxUnavailable, match=r"has no python3 on /usr/local/bin:/usr/bin:/bin; "
        ):
            images.import_root(engine, root, name)

    def test_a_bad_one_does_not_replace_a_good_one(self, engine: Engine, root: Path, name: str) -> None:
        images.import_root(engine, root, name)
        good, all_images = id_of(engine, name), image_ids(engine)
        (root / "answer").write_text("verigym 2.7.18 0 -")
        with pytest.raises(SandboxUnavailable):
            images.import_root(engine, root, name)
        assert id_of(engine, name) == good
        assert image_ids(engine) == all_images

    def test_a_good_one_replaces_and_removes(self, engine: Engine, root: Path, name: str) -> None:
        images.import_root(engine, root, name)
        old, count = id_of(engine, name), len(image_ids(engine))
        (root / "answer").write_text("verigym 3.13.0 7 -")
        assert images.import_root(engine, root, name).version == (3, 13, 0)
        assert id_of(engine, name) != old
        assert len(image_ids(engine)) == count

    def test_what_is_in_use_is_left(self, engine: Engine, root: Path, name: str) -> None:
        images.import_root(engine, root, name)
        old = id_of(engine, name)
        held = create(engine, name, ["python3"])
        (root / "answer").write_text("verigym 3.13.0 7 -")
        images.import_root(engine, root, name)
        assert old in image_ids(engine)
        held.remove()
        with engine.asked_to("remove it") as api:
            api.remove_image(old)

    def test_an_archiver_that_fails_imports_nothing(
        self, engine: Engine, root: Path, name: str, tmp_path: Path, monkeypatch: Any
    ) -> None:
        # It has written a good archive by then, but not of everything.
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "tar").write_text('#!/bin/sh\n/bin/tar "$@"\necho "tar: ./etc/shadow: no" >&2; exit 2')
        (tools / "tar").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
        with pytest.raises(UserError, match=r"tar failed: tar: \./etc/shadow: no"):
            images.import_root(engine, root, name)

    def test_a_missing_archiver(self, engine: Engine, root: Path, name: str, monkeypatch: Any) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(UserError, match=r"cannot run tar: No such file.*; install it"):
            images.import_root(engine, root, name)

    def test_what_is_no_root_file_system(self, engine: Engine, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("/")
        (tmp_path / "text").write_text("no archive")
        for source, why in (
            ("/", "root of this very machine"),
            (tmp_path / "link", "root of this very machine"),
            (tmp_path, "is no root file system: it has neither bin nor usr/bin"),
            (tmp_path / "none", "cannot read .*: No such file or directory"),
            (tmp_path / "text", "is no tar archive"),
        ):
            with pytest.raises(UserError, match=why):
                images.import_root(engine, source)

    @pytest.mark.parametrize("bad", ["", "Upper", "two words", "a:b:c", "a@sha256:" + "0" * 64])
    def test_what_is_no_name(self, engine: Engine, root: Path, bad: str) -> None:
        with pytest.raises(UserError, match="cannot be an image's name"):
            images.import_root(engine, root, bad)

    def test_an_engine_that_dies_meanwhile(
        self, root: Path, fake_engine: Callable[..., str], monkeypatch: Any
    ) -> None:
        from verigym.sandbox.docker.engine import connect

        about = {"Version": "9", "ApiVersion": "1.41"}

        def answer(method: str, path: str) -> tuple[int, Any]:
            if path.endswith("/images/create"):
                return 500, {"message": "no space left on device"}
            return (200, about) if "image" not in path else (404, {"message": "no such image"})

        fake_engine(answer)
        with pytest.raises(SandboxError, match="engine"):
            images.import_root(connect(), root, "x")


class TestBuild:
    def test_by_a_file_of_ones_own(self, engine: Engine, image: str, name: str, tmp_path: Path) -> None:
        (tmp_path / "hello").write_text("world")
        file = tmp_path / "My.Dockerfile"
        file.write_text(f"FROM {image}\nCOPY hello /hello\n")
        told: list[str] = []
        images.build(engine, name, file=file, tell=told.append)
        assert any("COPY hello" in line for line in told)
        assert run(engine, name, ["cat", "/hello"], 30).stdout == b"world"
        assert name in [found.name for found in images.listing(engine)]

    def test_by_ours(self, engine: Engine, image: str, name: str, tmp_path: Path) -> None:
        # The gate builds with the real apt-get; this one only says what it was asked for.
        (tmp_path / "apt-get").write_text('#!/bin/sh\necho "asked to $@"\n')
        (tmp_path / "apt-get").chmod(0o755)
        file = tmp_path / "Dockerfile"
        file.write_text(f"FROM {image}\nCOPY apt-get /usr/bin/\n")
        images.build(engine, f"{name}-base", file=file)
        told: list[str] = []
        options = {"base": f"{name}-base", "network": "none", "tell": told.append}
        images.build(engine, name, wanted=["C", "python3"], **options)
        with engine.asked_to("remove it") as api:
            api.remove_image(f"{name}-base", noprune=True)
        asked = "install -y --no-install-recommends gcc libc6-dev libpython3-stdlib python3-minimal"
        assert f"asked to {asked}" in told
        assert "asked to update" in told
        assert images.check(engine, name) == images.check(engine, image)

    def test_without_ctypes(self, engine: Engine, image: str, name: str, tmp_path: Path) -> None:
        file = tmp_path / "Dockerfile"
        file.write_text(f"FROM {image}\nRUN rm -r /usr/lib/python3*/ctypes\n")
        with pytest.raises(SandboxUnavailable, match=r"lacks ctypes; the agent inside needs"):
            images.build(engine, name, file=file, network="none")

    def test_a_step_that_fails(self, engine: Engine, image: str, name: str, tmp_path: Path) -> None:
        file = tmp_path / "Dockerfile"
        file.write_text(f"FROM {image}\nRUN exit 9\n")
        with pytest.raises(SandboxUnavailable, match=r"failed to build: .*returned a non-zero code: 9"):
            images.build(engine, name, file=file, network="none")

    def test_a_base_that_cannot_be_had(self, engine: Engine, name: str) -> None:
        with pytest.raises(SandboxUnavailable, match="where no registry can be reached, import"):
            images.build(engine, name, base="localhost:1/no/such:image")

    def test_wrong_words(self, engine: Engine, name: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no language is called 'klingon'"):
            images.build(engine, name, wanted=["klingon"])
        with pytest.raises(UserError, match="no Dockerfile at"):
            images.build(engine, name, file=tmp_path / "none")

    def test_every_language_has_packages(self) -> None:
        assert set(images.PACKAGES) == set(languages.names())
        assert images.packages(["C++"]) == ["g++", "libc6-dev", "libpython3-stdlib", "python3-minimal"]
        assert set(images.packages()) == {word for words in images.PACKAGES.values() for word in words}


def test_the_tools_of_all_languages_work_in_a_container(engine: Engine, languages_image: str) -> None:
    versions = {record.name: record.version for record in languages.RECORDS if not record.is_python}
    script = []
    for language, program in versions.items():
        for file, content in program.files.items():
            script.append(f"cat > {file} <<'END'\n{content.decode()}\nEND")
        script.append(f"{shlex.join(program.command)} >said 2>&1 && echo {language} || cat said")
    done = run(engine, languages_image, ["sh", "-c", "\n".join(script)], 60)
    assert done.stdout.decode().split() == list(versions), done


class TestCommand:
    def test_import_and_list(
        self, engine: Engine, root: Path, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["image", "import", str(root), "--name", name]) == 0
        assert capsys.readouterr().out == f"{name} is ready: Python 3.12.1, Landlock version 7\n"
        assert main(["image", "list", "--json"]) == 0
        assert name in [found["name"] for found in json.loads(capsys.readouterr().out)]
        assert main(["image", "list"]) == 0
        assert name in capsys.readouterr().out

    def test_build(
        self, engine: Engine, image: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "Dockerfile"
        file.write_text(f"FROM {image}\n")
        words = ["image", "build", "--file", str(file), "--name", name]
        assert main(words) == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"{name} is ready: Python 3.")
        assert f"FROM {image}" in err
        assert main([*words, "--quiet"]) == 0
        assert capsys.readouterr().err == ""
        assert main([*words, "--base", image]) == 1
        assert "name yours after FROM" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ([], "required: ACTION"),
            (["import"], "required: PATH"),
            (["import", "/"], "root of this very machine"),
            (["build", "--languages", "klingon"], "no language is called 'klingon'"),
            (["build", "--languages", "c", "--file", "x"], "not allowed with"),
        ],
    )
    def test_mistakes_are_one_line(
        self, engine: Engine, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["image", *words]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert why in err
        assert err.count("\n") == 1

    def test_no_engine(self, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
        assert main(["image", "list"]) == 1
        assert "no Docker engine: there is no socket at" in capsys.readouterr().err


class TestDoctor:
    def test_tells_of_engine_and_image(self, engine: Engine, image: str, monkeypatch: Any) -> None:
        monkeypatch.setattr(doctor, "DEFAULT_IMAGE", image)
        rows = {row["name"]: row for row in doctor.docker()}
        assert all(row["available"] for row in rows.values())
        assert engine.version in rows["engine"]["detail"]
        assert f"{image}: Python 3." in rows["image"]["detail"]

    def test_tells_what_is_lacking(self, engine: Engine, monkeypatch: Any) -> None:
        monkeypatch.setattr(doctor, "DEFAULT_IMAGE", "no-such:image")
        rows = {row["name"]: row for row in doctor.docker()}
        assert (rows["engine"]["available"], rows["image"]["available"]) == (True, False)
        assert "verigym image import" in rows["image"]["detail"]
        monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
        (row,) = doctor.docker()
        assert (row["name"], row["available"]) == ("engine", False)


def files_of(engine: Engine, image: str) -> dict[str, tarfile.TarInfo]:
    """What an image holds."""
    with engine.asked_to("export") as api:
        made = api.create_container(image, ["x"])["Id"]
        try:
            exported = b"".join(api.export(made))
        finally:
            api.remove_container(made)
    with tarfile.open(fileobj=io.BytesIO(exported)) as tar:
        return {member.name.rstrip("/"): member for member in tar.getmembers()}
