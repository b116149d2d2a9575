"""Connecting to an engine: a real one, none at all, and every kind of wrong one."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from verigym.errors import SandboxError, SandboxUnavailable
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.docker import container
from verigym.sandbox.docker import engine as engines
from verigym.sandbox.docker.engine import Engine, connect


def why_not(monkeypatch: pytest.MonkeyPatch, host: str) -> str:
    """What is said when nothing can be reached there."""
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(SandboxUnavailable) as caught:
        connect()
    return str(caught.value)


class TestARealEngine:
    def test_says_what_it_is(self, engine: Engine) -> None:
        assert engine.version[0].isdigit()
        assert tuple(map(int, engine.api_version.split("."))) >= engines.OLDEST_API
        assert "runc" in engine.runtimes

    def test_sees_the_files_of_this_machine(self, engine: Engine) -> None:
        if not engine.address.startswith("unix://"):
            pytest.skip("the engine is not this machine's")
        assert engine.local

    def test_asking_for_that_makes_nothing(self, engine: Engine) -> None:
        with engine.asked_to("list") as api:
            before = {about["Id"] for about in api.containers(all=True)}
            connect()
            after = api.containers(all=True)
        fresh = [about for about in after if about["Id"] not in before]
        assert not [about for about in fresh if "no-such-image" in about["Image"]]

    def test_an_engine_that_sees_other_files_is_not_local(self, engine: Engine, tmp_path: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can mount")
        # A mount namespace of our own: the folder that is asked about is not there for the engine.
        code = "from verigym.sandbox.docker.engine import connect; print(connect().local)"
        script = 'mount -t tmpfs none "$1" && TMPDIR="$1" exec "$2" -c "$3"'
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", str(tmp_path), sys.executable, code],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout == "False\n"

    def test_an_engine_behind_tcp_is_not_local(
        self, tcp_address: str, image: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", tcp_address)
        remote = connect()
        assert (remote.address, remote.local) == (tcp_address, False)
        done = container.run(remote, image, ["python3", "-c", "print('x' * 300_000)"], 30)
        assert done == container.Done(0, b"x" * 300_000 + b"\n", b"")
        with pytest.raises(SandboxUnavailable, match=r"does not share .*transport='stream'"):
            open_sandbox("docker", image=image, transport="socket")

    def test_serves_many_threads_at_a_time(self, engine: Engine) -> None:
        def ask(_: int) -> str:
            with engine.asked_to("say its version") as api:
                return str(api.version()["Version"])

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(64))) == {engine.version}

    def test_serves_a_forked_process(self, engine: Engine) -> None:
        code = """
            import os
            from verigym.sandbox.docker.engine import connect
            engine = connect()
            def version():
                with engine.asked_to("say its version") as api: return api.version()["Version"]
            if os.fork() == 0: os._exit(0 if version() == engine.version else 1)
            assert os.wait()[1] == 0 and version() == engine.version
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)

    def test_lacks_a_runtime_that_was_not_installed(self, engine: Engine) -> None:
        engine.check_runtime(None)
        engine.check_runtime("runc")
        with pytest.raises(SandboxUnavailable, match=r"has no runtime 'runsc-9' .*runc.*daemon.json"):
            engine.check_runtime("runsc-9")

    def test_refuses_in_one_line(self, engine: Engine) -> None:
        with (
            pytest.raises(SandboxError, match=r"failed to find it: .*no-such-container"),
            engine.asked_to("find it") as api,
        ):
            api.inspect_container("no-such-container")

    def test_is_named_by_a_context(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        import docker

        if not hasattr(docker.ContextAPI, "kwargs_from_context"):
            pytest.skip("this SDK does not know contexts")
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        (tmp_path / "config.json").write_text("{}")
        docker.ContextAPI.create_context("elsewhere", host="unix:///nobody/here.sock")
        assert connect().address == "unix:///var/run/docker.sock"
        monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
        with pytest.raises(SandboxUnavailable, match=r"no socket at unix:///nobody/here\.sock"):
            connect()


class TestNoEngine:
    def test_without_the_sdk(self) -> None:
        code = (
            "import sys; sys.modules['docker'] = None\n"
            "from verigym.sandbox.docker.engine import connect\n"
            "try: connect()\n"
            "except Exception as error: print(type(error).__name__, error)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("SandboxUnavailable the docker backend needs Docker's SDK")
        assert "pip install 'verigym[docker]'" in done.stdout

    def test_without_a_socket(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        said = why_not(monkeypatch, f"unix://{tmp_path}/none.sock")
        assert f"there is no socket at unix://{tmp_path}/none.sock" in said
        assert "systemctl start docker" in said

    def test_with_nobody_at_the_socket(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "dead.sock"
        with socket.socket(socket.AF_UNIX) as abandoned:
            abandoned.bind(str(path))
        said = why_not(monkeypatch, f"unix://{path}")
        assert f"nobody listens at unix://{path}; start one" in said

    def test_while_something_else_is_cleaned_up(self, tmp_path: Path) -> None:
        """What went wrong before is not taken for the reason."""
        path = tmp_path / "docker.sock"
        engine = Engine(
            f"unix://{path}",
            "20.10",
            "1.41",
            frozenset(),
            False,
            1,
            True,
            {"base_url": f"unix://{path}"},
        )
        try:
            raise TimeoutError("the container did not answer in time")
        except TimeoutError:
            with (
                pytest.raises(SandboxUnavailable, match="there is no socket"),
                engine.asked_to("list") as api,
            ):
                api.containers()

    def test_with_nobody_at_the_port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        assert f"nobody listens at tcp://127.0.0.1:{port}" in why_not(
            monkeypatch, f"tcp://127.0.0.1:{port}"
        )

    def test_that_may_not_be_spoken_to(self, fake_engine: Any, tmp_path: Path) -> None:
        address = fake_engine(lambda method, path: (200, {}))
        os.chmod(address.removeprefix("unix://"), 0)
        for folder in (tmp_path, *tmp_path.parents[:-2]):
            os.chmod(folder, os.stat(folder).st_mode | stat.S_IXOTH)
        code = """
            import os, docker
            from verigym.sandbox.docker.engine import connect
            if os.geteuid() == 0: os.setresuid(65534, 65534, 65534)
            try: connect()
            except Exception as error: print(os.geteuid(), type(error).__name__, error)
        """
        command = [sys.executable, "-c", textwrap.dedent(code)]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        user, kind, why = said.split(" ", 2)
        assert (user == "0", kind) == (False, "SandboxUnavailable")
        assert why.startswith(f"permission denied: user {user} may not speak to the Docker engine")
        assert "group `docker`" in why
        assert "DOCKER_HOST" in why

    def test_whose_address_makes_no_sense(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = why_not(monkeypatch, "carrier-pigeon://coop")
        assert "carrier-pigeon://coop" in said
        assert "DOCKER_HOST" in said

    def test_with_settings_that_cannot_be_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", "/no/such/folder")
        assert "DOCKER_CERT_PATH" in why_not(monkeypatch, "tcp://127.0.0.1:1")


def versions(api: str, least: str = "1.12") -> Callable[[str, str], tuple[int, Any]]:
    """An engine of a version, and nothing else."""
    about = {"Version": "9.9", "ApiVersion": api, "MinAPIVersion": least}
    return lambda method, path: (200, about if path.endswith("/version") else {})


class TestAWrongEngine:
    def test_that_is_too_old(self, fake_engine: Any) -> None:
        fake_engine(versions("1.40"))
        with pytest.raises(
            SandboxUnavailable,
            match=r"too old: version 9\.9 speaks API 1\.40, and API 1\.41 is needed \(Docker 20\.10",
        ):
            connect()

    def test_that_is_just_new_enough(self, fake_engine: Any) -> None:
        fake_engine(versions("1.41"))
        found = connect()
        assert found.api_version == "1.41"
        assert not found.local

    def test_that_is_newer_is_spoken_to_in_our_words(self, fake_engine: Any) -> None:
        import docker

        fake_engine(versions("1.999"))
        assert connect().api_version == docker.constants.DEFAULT_DOCKER_API_VERSION

    def test_that_is_too_new(self, fake_engine: Any) -> None:
        fake_engine(versions("1.999", least="1.998"))
        with pytest.raises(SandboxUnavailable, match=r"too new .* pip install --upgrade docker"):
            connect()

    @pytest.mark.parametrize("about", [{}, {"ApiVersion": None}, {"ApiVersion": "one"}])
    def test_that_names_no_version(self, fake_engine: Any, about: Any) -> None:
        fake_engine(lambda method, path: (200, about))
        with pytest.raises(SandboxUnavailable, match="is no Docker engine"):
            connect()

    def test_that_fails(self, fake_engine: Any) -> None:
        fake_engine(lambda method, path: (500, {"message": "out of cheese"}))
        with pytest.raises(SandboxError, match="failed to say what it is: out of cheese"):
            connect()

    def test_that_talks_nonsense(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "s.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()

        def speak() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"220 mail.example.org ESMTP\r\n")
            connection.close()

        threading.Thread(target=speak, daemon=True).start()
        with listener:
            assert str(path) in why_not(monkeypatch, f"unix://{path}")

    def test_that_does_not_answer(self, fake_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engines, "CONNECT_SECONDS", 0.3)
        fake_engine(lambda method, path: None)
        start = time.perf_counter()
        with pytest.raises(SandboxError, match=r"did not say what it is within 0\.3 s"):
            connect()
        assert time.perf_counter() - start < 20

    def test_that_stops_answering(self, fake_engine: Any) -> None:
        about = versions("1.41")
        fake_engine(lambda method, path: None if path.endswith("/start") else about(method, path))
        held = container.Container(connect(), "abc", 1)
        start = time.perf_counter()
        with (
            pytest.raises(SandboxError, match=r"did not start it within 0\.3 s"),
            held.engine.asked_to("start it", 0.3) as api,
        ):
            api.start(held.id)
        assert time.perf_counter() - start < 20

    def test_that_goes_away(self, fake_engine: Any) -> None:
        address = fake_engine(versions("1.41"))
        found = connect()
        os.unlink(address.removeprefix("unix://"))
        with pytest.raises(SandboxUnavailable, match="there is no socket"):
            container.Container(found, "abc", 1).start()

    def test_that_maps_users_is_recognised(self, fake_engine: Any) -> None:
        about = versions("1.41")
        info = {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}
        fake_engine(lambda method, path: (200, info) if path.endswith("/info") else about(method, path))
        found = connect()
        assert found.remapped
        low, high = container.USERS_REMAPPED
        assert all(low <= container._draw_user(found) <= high for _ in range(100))


def test_importing_it_needs_no_sdk() -> None:
    code = (
        "import sys, json; sys.modules['docker'] = sys.modules['requests'] = None\n"
        "from verigym.sandbox.docker import attached, container, engine, images, owner, profile\n"
        "print(json.dumps(sorted(name for name in sys.modules if name.startswith('docker.'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
