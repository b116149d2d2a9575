"""Hardened containers, looked at from inside, and what becomes of them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from verigym.errors import SandboxError, SandboxUnavailable
from verigym.sandbox.agents import seccomp
from verigym.sandbox.docker import container
from verigym.sandbox.docker.attached import STDERR, STDOUT
from verigym.sandbox.docker.container import CommandMissing, Container, Done, create, run
from verigym.sandbox.docker.engine import Engine
from verigym.sandbox.docker.owner import Owner
from verigym.sandbox.docker.profile import profile
from verigym.sandbox.program import MiB

INSIDE = (Path(__file__).parent / "inside.py").read_text()
NEEDED = {
    *("landlock_create_ruleset", "memfd_create", "pidfd_open", "seccomp", "unix socket"),
    *("socketpair", "sched_setaffinity", "prctl"),
}
"""The calls that the agent needs; all others that are tried must fail."""


@pytest.fixture(scope="module")
def seen(python: Callable[..., Done]) -> dict[str, Any]:
    """What a hardened container shows and allows."""
    done = python(INSIDE, memory_bytes=256 * MiB, scratch_bytes=8 * MiB, cores=[0])
    assert (done.exit_code, done.stderr) == (0, b"")
    return dict(json.loads(done.stdout))


@pytest.fixture
def calls(seen: dict[str, Any]) -> dict[str, str]:
    """What became of each system call that was tried."""
    if not seen["calls"]:
        pytest.skip("the calls are written down by their numbers on x86_64")
    return dict(seen["calls"])


@pytest.fixture(scope="module")
def seen_unconfined(engine: Engine, image: str) -> dict[str, Any]:
    """The same in a container that nothing holds back."""
    with engine.asked_to("run it") as api:
        everything = api.create_host_config(
            network_mode="none", cap_add=["SYS_ADMIN"], security_opt=["seccomp=unconfined", "apparmor=unconfined"],
            tmpfs={"/scratch": "mode=777"},
        )  # fmt: skip
        made = api.create_container(image, ["python3", "-I", "-c", INSIDE], host_config=everything)[
            "Id"
        ]
        try:
            api.start(made)
            assert api.wait(made)["StatusCode"] == 0, api.logs(made)
            return dict(json.loads(api.logs(made, stderr=False)))
        finally:
            api.remove_container(made, force=True)


class TestFromInside:
    def test_it_is_nobody(self, seen: dict[str, Any]) -> None:
        (user, *users), groups, more = seen["ids"]
        low, high = container.USERS
        assert low <= user <= high
        assert set(users) | set(groups) | set(more) == {user}
        assert seen["become root"] == "EPERM"

    def test_it_has_no_privilege(self, seen: dict[str, Any]) -> None:
        status = seen["status"]
        assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")

    def test_it_can_write_nowhere_but_in_its_scratch(self, seen: dict[str, Any]) -> None:
        assert seen["writable"] == ["/dev/shm", "/scratch"]
        shm = next(options for _, place, _, options in seen["mounts"] if place == "/dev/shm")
        assert "size=64k" in shm.split(",")
        root = next(options for _, place, _, options in seen["mounts"] if place == "/")
        assert root.split(",")[0] == "ro"

    def test_its_scratch_is_its_own_and_bounded(self, seen: dict[str, Any]) -> None:
        user = seen["ids"][0][0]
        mode, *rest = seen["scratch"]
        assert mode & 0o7022 == 0
        assert rest == [user, user, 8 * MiB, 512]
        options = next(words for _, place, _, words in seen["mounts"] if place == "/scratch").split(",")
        assert {"nosuid", "nodev"} <= set(options)
        assert "noexec" not in options
        assert seen["run from scratch"] == "done"
        assert seen["make a device"] == "EPERM"

    def test_it_has_no_network(self, seen: dict[str, Any]) -> None:
        assert set(seen["interfaces"]) <= {
            "lo",
            "tunl0",
            "sit0",
            "ip6tnl0",
            "gre0",
            "gretap0",
            "erspan0",
        }
        assert seen["servers"] == ["nameserver", "127.0.0.1"]
        assert seen["sockets"] == []

    def test_it_sees_nothing_of_its_surroundings(self, seen: dict[str, Any]) -> None:
        assert seen["name"] == "sandbox"
        assert seen["folder"] == "/scratch"
        assert seen["environment"] == {**container.ENVIRONMENT, "HOSTNAME": "sandbox"}
        assert seen["processes"] == [1]
        assert set(seen["groups"]) == {"/"}

    def test_it_is_bounded(self, seen: dict[str, Any]) -> None:
        assert seen["cores"] == [0]
        assert seen["score"] == 500
        assert seen["limits"] == {"NOFILE": [1024, 1024], "CORE": [0, 0], "MSGQUEUE": [0, 0]}

    def test_what_the_agent_needs_works(self, calls: dict[str, str]) -> None:
        assert {name: calls[name] for name in NEEDED} == dict.fromkeys(NEEDED, "done")

    def test_every_other_call_is_refused(self, calls: dict[str, str]) -> None:
        refused = {name: result for name, result in calls.items() if name not in NEEDED}
        assert refused.pop("clone3") == "ENOSYS"
        # Calls newer than all that the profile names look to a program as if the kernel were old.
        assert len(refused) > 30
        assert set(refused.values()) <= {"EPERM", "ENOSYS"}, refused

    def test_unconfined_the_same_calls_are_not(
        self, calls: dict[str, str], seen_unconfined: dict[str, Any]
    ) -> None:
        free = {name: done for name, done in seen_unconfined["calls"].items() if name not in NEEDED}
        passed = {name for name, done in free.items() if done not in ("EPERM", "ENOSYS")}
        assert {"unshare", "mount", "ptrace", "chroot", "inet socket", "keyctl", "open_tree"} <= passed
        assert len(passed) > 25, set(calls) - passed

    def test_calls_of_another_architecture_kill(self, engine: Engine, image: str) -> None:
        if os.uname().machine != "x86_64":
            pytest.skip("only x86_64 has a second set of numbers")
        source = (
            'int main(void) { long r; __asm__ volatile("int $0x80" : "=a"(r) : "0"(20)); return 7; }'
        )
        script = f"cd /scratch && echo '{source}' > a.c && gcc a.c && ./a.out"
        done = run(engine, image, ["sh", "-c", script], 30)
        assert done.exit_code == 128 + signal.SIGSYS, done


def test_the_profile_allows_what_the_inner_filters_do() -> None:
    allowed = {name for rule in json.loads(profile())["syscalls"] for name in rule["names"]}
    inner = {name for group in (*seccomp._ALLOWED, seccomp.ALTERING) for name in group.split()}
    assert inner <= allowed
    assert not allowed & {"mount", "unshare", "setns", "ptrace", "bpf", "keyctl", "io_uring_setup"}
    assert not allowed & {"perf_event_open", "userfaultfd", "process_vm_readv", "pidfd_getfd"}


class TestBounds:
    def test_memory_and_no_swap_beyond(self, python: Callable[..., Done]) -> None:
        done = python("b'x' * (400 << 20)", memory_bytes=64 * MiB)
        assert done.exit_code == 128 + signal.SIGKILL
        assert python("b'x' * (32 << 20)", memory_bytes=128 * MiB).exit_code == 0

    def test_scratch_counts_as_memory(self, python: Callable[..., Done]) -> None:
        fill = "f = open('/scratch/x', 'wb')\nfor _ in range(80): f.write(bytes(1 << 20)); f.flush()"
        done = python(fill, memory_bytes=64 * MiB, scratch_bytes=256 * MiB)
        assert done.exit_code == 128 + signal.SIGKILL

    def test_scratch_space_and_files(self, python: Callable[..., Done]) -> None:
        fill = """
            import errno, os
            def fill(do):
                try:
                    for n in range(100_000): do(n)
                except OSError as error: return n, errno.errorcode[error.errno]
            with open("/scratch/x", "wb", 0) as file: print(*fill(lambda n: file.write(bytes(1 << 20))))
            os.unlink("/scratch/x")
            print(*fill(lambda n: os.mkdir(f"/scratch/{n}")))
        """
        done = python(textwrap.dedent(fill), scratch_bytes=4 * MiB)
        assert done.stdout == b"4 ENOSPC\n255 ENOSPC\n", done

    def test_processes(self, python: Callable[..., Done]) -> None:
        bomb = """
            import os, signal, time
            count = 0
            try:
                while count < 1000:
                    if os.fork() == 0: time.sleep(60)
                    count += 1
            except OSError as error: print(count, error.strerror)
            os.kill(0, signal.SIGKILL)
        """
        done = python(textwrap.dedent(bomb).replace("    print", "    print"), processes=20)
        assert done.stdout == b"19 Resource temporarily unavailable\n", done


class TestLife:
    def test_from_creation_to_removal(self, engine: Engine, image: str) -> None:
        held = create(engine, image, ["python3", "-c", "import time; time.sleep(60)"])
        assert held.ended() is None
        held.start()
        assert held.ended() is None
        held.kill()
        wait_until(lambda: held.ended() is not None)
        held.kill()  # of what has ended: nothing happens
        held.remove()
        held.remove()
        wait_until(lambda: not exists(engine, held))  # the engine may be at it already

    def test_it_is_removed_when_it_ends(self, engine: Engine, image: str) -> None:
        held = create(engine, image, ["true"])
        held.start()
        wait_until(lambda: not exists(engine, held))

    def test_users_are_never_shared(self, engine: Engine, image: str, monkeypatch: Any) -> None:
        draws = iter([7_000_001, 7_000_001, 7_000_001, 7_000_002])
        monkeypatch.setattr(container, "_draw_user", lambda engine: next(draws))
        first = create(engine, image, ["true"])
        try:
            second = create(engine, image, ["true"])
            second.remove()
        finally:
            first.remove()
        assert (first.user, second.user) == (7_000_001, 7_000_002)

    def test_a_user_of_ones_own_is_needed(self, engine: Engine, image: str, monkeypatch: Any) -> None:
        # With one user, what one container runs leaves another no process: RLIMIT_NPROC knows no
        # containers. (The name keeps that from happening; here it is made different.)
        count = "import os, resource; resource.setrlimit(resource.RLIMIT_NPROC, (3, 3)); os.fork()"
        busy = "import os, time; [os.fork() for _ in range(3)]; time.sleep(30)"
        first = create(engine, image, ["python3", "-c", busy], init=False)
        first.start()
        try:
            time.sleep(0.3)
            assert run(engine, image, ["python3", "-c", count], 30).exit_code == 0
            monkeypatch.setattr(container, "_draw_user", lambda engine: first.user)
            monkeypatch.setattr(container, "_name_of", lambda user: f"verigym-test-{os.getpid()}")
            assert b"BlockingIOError" in run(engine, image, ["python3", "-c", count], 30).stderr
        finally:
            first.remove()

    def test_a_missing_image(self, engine: Engine) -> None:
        with pytest.raises(
            SandboxUnavailable, match=r"no image 'no-such:1'.*verigym image build.*import"
        ):
            create(engine, "no-such:1", ["true"])

    def test_a_missing_command(self, engine: Engine, image: str) -> None:
        held = create(engine, image, ["no-such-command"], init=False)
        with pytest.raises(CommandMissing, match="no-such-command"):
            held.start()
        held.remove()

    def test_a_missing_runtime(self, engine: Engine, image: str) -> None:
        if "runsc" in engine.runtimes:
            pytest.skip("this engine has runsc")
        with pytest.raises(SandboxUnavailable, match="no runtime 'runsc'"):
            create(engine, image, ["true"], runtime="runsc")

    def test_binds_are_read_only_but_sockets_in_them_answer(
        self, engine: Engine, image: str, tmp_path: Path
    ) -> None:
        inner = tmp_path / "inner"
        inner.mkdir(mode=0o777)
        os.chmod(inner, 0o777)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(inner / "socket"))
            os.chmod(inner / "socket", 0o666)
            listener.listen()
            code = """
                import socket
                line = socket.socket(socket.AF_UNIX); line.connect("/run/inner/socket")
                line.sendall(b"hello")
                try: open("/run/inner/x", "w")
                except OSError as error: line.sendall(error.strerror.encode())
            """
            done = run(
                engine, image, ["python3", "-c", textwrap.dedent(code)], 30,
                binds={"/run/inner": str(inner)},
            )  # fmt: skip
            assert done == Done(0, b"", b"")
            listener.settimeout(5)
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(100) == b"helloRead-only file system"

    def test_what_an_image_wants_is_not_what_counts(self, engine: Engine, image: str) -> None:
        name = built(engine, f"FROM {image}", "ENV SECRET=1 PATH=/evil HOME=/root", 'ENTRYPOINT ["false"]',
                     "USER root", "WORKDIR /etc", "LABEL verigym.owner=nobody", "HEALTHCHECK CMD true")  # fmt: skip
        try:
            done = run(
                engine, name, ["python3", "-c", "import os; print(*os.environ, os.getcwd())"], 30
            )
            assert set(done.stdout.split()) == {b"PATH", b"HOSTNAME", b"LANG", b"HOME", b"/scratch"}
            with engine.asked_to("look") as api:
                held = create(engine, name, ["true"])
                about = api.inspect_container(held.id)["Config"]
                held.remove()
            assert about["Labels"][container.OWNER] == str(Owner.ourselves())
            assert about["Healthcheck"]["Test"] == ["NONE"]
            assert about["User"] == f"{held.user}:{held.user}"
        finally:
            discard(engine, name)

    def test_an_image_with_volumes_is_refused(self, engine: Engine, image: str) -> None:
        name = built(engine, f"FROM {image}", "VOLUME /data")
        try:
            with pytest.raises(SandboxUnavailable, match=r"declares volumes \(/data\)"):
                create(engine, name, ["true"])
        finally:
            discard(engine, name)


class TestRun:
    def test_gives_what_it_printed(self, python: Callable[..., Done]) -> None:
        done = python("import sys; print('x' * 100_000); print('no', file=sys.stderr); sys.exit(3)")
        assert done == Done(3, b"x" * 100_000 + b"\n", b"no\n")

    def test_what_takes_too_long_is_ended(self, engine: Engine, image: str) -> None:
        before = mine(engine)
        with pytest.raises(SandboxError, match=r"python3 in image .* took over 1 s"):
            run(engine, image, ["python3", "-c", "import time; time.sleep(60)"], 1)
        assert mine(engine) <= before

    def test_what_prints_too_much_is_ended(self, engine: Engine, image: str) -> None:
        before = mine(engine)
        with pytest.raises(SandboxError, match="printed over 1000 bytes"):
            run(engine, image, ["python3", "-c", "while True: print('x' * 99)"], 30, most=1000)
        assert mine(engine) <= before


class TestAttached:
    def test_streams_go_both_ways(self, engine: Engine, image: str) -> None:
        echo = "import sys; sys.stderr.write('!'); sys.stdout.write(sys.stdin.read()[::-1])"
        held = create(engine, image, ["python3", "-c", echo], stdin_open=True)
        deadline = time.perf_counter() + 30
        got = {STDOUT: b"", STDERR: b""}
        with held.attach() as streams:
            held.start()
            streams.send(b"ab" * 50_000, deadline)
            streams.hang_up()
            while (piece := streams.receive(deadline)) is not None:
                got[piece[0]] += piece[1]
        assert got == {STDOUT: b"ba" * 50_000, STDERR: b"!"}

    def test_a_deadline_holds(self, engine: Engine, image: str) -> None:
        held = create(engine, image, ["sleep", "60"], stdin_open=True)
        try:
            with held.attach() as streams:
                held.start()
                start = time.perf_counter()
                with pytest.raises(TimeoutError):
                    streams.receive(start + 0.2)
                with pytest.raises(TimeoutError):  # nobody reads it: all buffers are full at some point
                    streams.send(bytes(64 << 20), start + 1)
                assert time.perf_counter() - start < 20
        finally:
            held.remove()

    def test_the_end_of_the_container_is_seen(self, engine: Engine, image: str) -> None:
        held = create(engine, image, ["sleep", "60"], stdin_open=True)
        with held.attach() as streams:
            held.start()
            held.kill()
            assert streams.receive(time.perf_counter() + 30) is None


class TestOwner:
    def test_is_written_and_read(self) -> None:
        us = Owner.ourselves()
        assert Owner.parse(str(us)) == us
        assert not us.dead
        assert us.pid == os.getpid()

    @pytest.mark.parametrize("text", ["", "x", "a:b:c:d:e", "a:b:c:1", "a:b:c:1:2:3"])
    def test_nonsense_is_nobody(self, text: str) -> None:
        assert Owner.parse(text) is None

    def test_a_number_that_was_given_again_is_somebody_else(self) -> None:
        us = Owner.ourselves()
        assert altered(us, started=us.started - 1).dead

    def test_the_dead_and_those_that_nobody_has_buried(self) -> None:
        with subprocess.Popen(["sleep", "60"]) as child:
            us = Owner.ourselves()
            started = int(Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19])
            owner = altered(us, pid=child.pid, started=started)
            assert not owner.dead
            child.kill()
            wait_until(lambda: owner.dead)  # a zombie: we have not waited for it
        assert owner.dead

    def test_of_other_machines_and_namespaces_nothing_is_known(self) -> None:
        us = Owner.ourselves()
        gone = altered(us, pid=2**22 + 1)
        assert gone.dead
        assert not altered(gone, namespace="1").dead
        assert not altered(gone, namespace="").dead
        assert not altered(gone, machine="another", boot="another").dead
        assert not altered(gone, machine="", boot="another").dead

    def test_another_boot_of_this_machine_is_over(self) -> None:
        us = Owner.ourselves()
        if not us.machine:
            pytest.skip("this machine has no id")
        assert altered(us, boot="another").dead

    def test_in_another_pid_namespace(self) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can make one")
        code = "from verigym.sandbox.docker.owner import Owner; print(Owner.ourselves())"
        done = subprocess.run(
            ["unshare", "-pf", "--mount-proc", sys.executable, "-c", code],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        other = Owner.parse(done.stdout.strip())
        assert other is not None
        assert other.namespace != Owner.ourselves().namespace
        assert not other.dead  # though the process is gone: we cannot know


class TestReaper:
    @pytest.fixture
    def owned(
        self, engine: Engine, image: str, monkeypatch: Any
    ) -> Iterator[Callable[[Owner], Container]]:
        """Makes containers of somebody else's."""
        made = []

        def owned(owner: Any) -> Container:
            with monkeypatch.context() as patch:
                patch.setattr(container.Owner, "ourselves", lambda: owner)
                made.append(create(engine, image, ["sleep", "60"]))
            return made[-1]

        yield owned
        for held in made:
            held.remove()

    def test_takes_what_a_killed_process_has_left(self, engine: Engine, image: str) -> None:
        code = """
            import sys, time
            from verigym.sandbox.docker.container import create
            from verigym.sandbox.docker.engine import connect
            engine = connect()
            running, made = (create(engine, sys.argv[1], ["sleep", "60"]) for _ in range(2))
            running.start()
            print(running.id, made.id, flush=True)
            time.sleep(60)
        """
        alive = create(engine, image, ["sleep", "60"])
        command = [sys.executable, "-c", textwrap.dedent(code), image]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            left = set(process.stdout.readline().split())
            assert len(left) == 2
            container.reap(engine)
            assert left <= ours(engine)  # their owner lives
            process.kill()
        assert container.reap(engine) >= 2
        assert not left & ours(engine)
        assert alive.id in ours(engine)
        alive.remove()

    def test_spares_all_that_may_live(self, engine: Engine, owned: Any) -> None:
        us = Owner.ourselves()
        gone = altered(us, pid=2**22 + 1)
        spared = [
            us,
            altered(gone, namespace="1"),
            altered(gone, machine="another", boot="another"),
            "no owner's name",
        ]
        kept = [owned(owner) for owner in spared]
        taken = [owned(owner) for owner in (gone, altered(us, started=us.started - 1))]
        assert container.reap(engine) >= len(taken)
        there = ours(engine)
        assert {held.id for held in kept} <= there
        assert not {held.id for held in taken} & there

    def test_two_at_a_time_do_not_mind_each_other(self, engine: Engine, owned: Any) -> None:
        gone = altered(Owner.ourselves(), pid=2**22 + 1)
        for _ in range(4):
            owned(gone)
        code = "from verigym.sandbox.docker import container, engine; container.reap(engine.connect())"
        reapers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
        assert [reaper.wait(60) for reaper in reapers] == [0, 0]


def altered(owner: Owner, **changes: Any) -> Owner:
    import dataclasses

    return dataclasses.replace(owner, **changes)


def ours(engine: Engine, label: str = container.OURS) -> set[str]:
    with engine.asked_to("list containers") as api:
        return {about["Id"] for about in api.containers(all=True, filters={"label": label})}


def mine(engine: Engine) -> set[str]:
    """The containers of this very process."""
    return ours(engine, f"{container.OWNER}={Owner.ourselves()}")


def exists(engine: Engine, held: Container) -> bool:
    with engine.asked_to("list containers") as api:
        return held.id in {about["Id"] for about in api.containers(all=True)}


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    give_up = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < give_up, "it did not happen in time"
        time.sleep(0.02)


def built(engine: Engine, *lines: str) -> str:
    """A small image."""
    import io

    with engine.asked_to("build") as api:
        report = api.build(fileobj=io.BytesIO("\n".join(lines).encode()), decode=True, rm=True)
        return str([part["aux"]["ID"] for part in report if "aux" in part][-1])


def discard(engine: Engine, image: str) -> None:
    with engine.asked_to("remove an image") as api:
        api.remove_image(image, force=True)
