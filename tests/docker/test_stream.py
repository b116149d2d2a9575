"""Containers reached over their standard streams: by way of a socket, of TCP and of TLS, and when the way
is slow, blocked or cut. What holds for every backend alike is tested in tests/sandbox.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tcp_proxy import Proxy

from verigym.envs.code import function_task
from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import Limit, Limits, Program
from verigym.sandbox.agents import cell, link
from verigym.sandbox.agents.pool import PooledSandbox
from verigym.sandbox.docker import container, pump, stream
from verigym.sandbox.docker.attached import STDOUT
from verigym.sandbox.docker.backend import DockerSandbox
from verigym.sandbox.docker.contained import Bounds, Settings
from verigym.sandbox.docker.engine import Engine
from verigym.sandbox.docker.stream import Streamed
from verigym.sandbox.inside import frames
from verigym.sandbox.program import MiB
from verigym.sandbox.scope import Scope
from verigym.verdict import Status
from verigym.verifiers.calls import FunctionVerifier

ECHO = Program("import os\nwhile data := os.read(5, 1 << 16):\n    os.write(5, data)")
SLEEP = Program("import time; time.sleep(30)")


@pytest.fixture(scope="module")
def box(image: str) -> Iterator[DockerSandbox]:
    """A sandbox with one worker, over the engine's own socket."""
    with DockerSandbox(image, workers=1, transport="stream") as opened:
        yield opened


@pytest.fixture(scope="module")
def way(engine: Engine) -> Iterator[Proxy]:
    """A TCP port that leads to the engine."""
    made = Proxy(engine.address.removeprefix("unix://"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def behind(way: Proxy, image: str) -> Iterator[DockerSandbox]:
    """A sandbox with one worker behind that port."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", way.address)
        opened = DockerSandbox(image, workers=1)
    with opened:
        yield opened


@pytest.fixture
def far(behind: DockerSandbox, way: Proxy) -> Iterator[DockerSandbox]:
    """The same, with a warm container, and a way that is as good as can be before and after the test."""
    assert behind.run(Program("print(1)")).ok
    yield behind
    way.rate = None
    way.unblock()


def home(box: DockerSandbox) -> Streamed:
    """Where the agent of runs lives."""
    found = box._slots[0]._agents[("subject", ())].host
    assert isinstance(found, Streamed)
    return found


def once(box: DockerSandbox, program: Program, limits: Limits = Limits()) -> object:  # noqa: B008
    """A run that is not tried again."""
    return PooledSandbox.run(box, program, limits)


def after(seconds: float, do: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, do)
    timer.start()
    return timer


def gone(engine: Engine, identity: str, seconds: float = 15) -> bool:
    """Whether a container ceases to be."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        with engine.asked_to("list containers") as api:
            if identity not in {each["Id"] for each in api.containers(all=True)}:
                return True
        time.sleep(0.1)
    return False


# ------------------------------------------------------------------------------ what is carried

EVERYTHING = Program(
    "import os, sys\n"
    "print(sys.stdin.read()[::-1], os.listdir('.'), open('in/b').read())\n"
    "print('oh', file=sys.stderr)\n"
    "os.write(4, os.read(3, 99) * 2)\n"
    "os.makedirs('out'); open('out/c', 'wb').write(bytes(range(256)))",
    stdin="abc",
    data=b"data\0",
    result=True,
    files={"in/b": b"beside"},
    keep=("out/*",),
)


def carries_everything(box: DockerSandbox) -> None:
    done = box.run(EVERYTHING)
    assert (done.stdout, done.stderr) == (b"cba ['in'] beside\n", b"oh\n")
    assert (done.result, done.files) == (b"data\0data\0", {"out/c": bytes(range(256))})
    assert (done.exit_code, done.limit, done.tier) == (0, None, 1)
    first, second = box.run_pair(ECHO, Program("import os; os.write(5, b'hi'); print(os.read(5, 9))"))
    assert (first.exit_code, second.stdout) == (0, b"b'hi'\n")


def test_everything_is_carried_over_a_socket(box: DockerSandbox) -> None:
    carries_everything(box)


def test_everything_is_carried_over_tcp_by_choice_of_its_own(far: DockerSandbox) -> None:
    assert far.capabilities()["transport"] == "stream"
    carries_everything(far)


def test_everything_is_carried_over_tls(
    engine: Engine, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem"))
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    proxy = Proxy(engine.address.removeprefix("unix://"), context)
    monkeypatch.setenv("DOCKER_HOST", proxy.address)
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))  # others to trust, elsewhere
    try:
        with DockerSandbox(image, workers=1) as box:
            carries_everything(box)
            carries_much(box)
    finally:
        proxy.close()


def make_certificates(folder: Path) -> None:
    """An authority, and one certificate of its for both sides."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    signs = ("-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-x509", *curve, "-subj", "/CN=ca", *signs, "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *curve[:-2], "-subj", "/CN=it", "-keyout", "key.pem", "-out", "it.csr")
    uses = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
    (folder / "ext").write_text(f"{uses}authorityKeyIdentifier=keyid\n")
    sign = ("x509", "-req", "-in", "it.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl(*sign, "-days", "2", "-extfile", "ext", "-out", "cert.pem")


def carries_much(box: DockerSandbox) -> None:
    much = random.Random(7).randbytes(16 * MiB)
    source = (
        "import os, sys\n"
        "given = open(3, 'rb').read(); assert given == sys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write(given); sys.stderr.buffer.write(given[:5 << 20])\n"
        "open(4, 'wb').write(given[::-1])"
    )
    limits = Limits(
        output_bytes=16 * MiB, result_bytes=16 * MiB, file_bytes=16 * MiB, memory_bytes=256 * MiB
    )
    done = box.run(Program(source, stdin=much, data=much, result=True), limits)
    assert (done.exit_code, done.limit, done.stderr[-80:]) == (0, None, much[5 * MiB - 80 : 5 * MiB])
    assert done.stdout == much
    assert done.result == much[::-1]


def test_sixteen_megabytes_go_both_ways_at_once(box: DockerSandbox) -> None:
    carries_much(box)


def test_a_container_is_made_as_large_as_what_a_run_is_given(box: DockerSandbox) -> None:
    given = bytes(150 * MiB)
    source = (
        "import os\nsize = 0\nwhile part := os.read(0, 1 << 20):\n    size += len(part)\nprint(size)"
    )
    done = box.run(Program(source, stdin=given), Limits(memory_bytes=32 * MiB))
    assert done.stdout == b"%d\n" % len(given)


def test_of_a_flood_only_what_is_kept_comes_back(far: DockerSandbox, way: Proxy) -> None:
    source = "import os\nfor fd in (1, 2, 4):\n    os.write(fd, b'x' * (16 << 20))"
    before = way.carried["back"]
    done = far.run(Program(source, result=True), Limits(output_bytes=1000, result_bytes=2000))
    assert way.carried["back"] - before < 100_000
    assert done.stdout == b"x" * 1000 + b"\n[cut: 1000 of 16777216 bytes shown]\n"
    assert (done.stderr, done.result, done.limit) == (done.stdout, None, Limit.OUTPUT)


def test_functions_are_judged_by_code_and_by_cases(box: DockerSandbox) -> None:
    tests = "def check(f):\n    for n in range(30):\n        assert f(n, [n]) == [n, n + 1]\n"
    by_code = function_task("p", entry_point="f", tests=tests)
    by_cases = function_task("p", entry_point="f", cases=[((n, [n]), [n, n + 1]) for n in range(30)])
    judge = FunctionVerifier(box)
    for task in (by_code, by_cases):
        for answer, status in (
            ("def f(n, found): return [n, n + 1]", Status.CORRECT),
            ("def f(n, found): return [n, n]", Status.WRONG),
            ("def f(n, found): found.append(n + 1); return found", Status.CORRECT),
            ("import os\ndef f(n, found): os._exit(0)", Status.RUNTIME_ERROR),
            ("def f(n, found): return f(n, found)", Status.RUNTIME_ERROR),
        ):
            verdict = judge.verify(task, f"```python\n{answer}\n```")
            assert verdict.status is status, (answer, verdict)


# ---------------------------------------------------------------------------------- the channel


def test_much_goes_both_ways_over_a_channel(box: DockerSandbox) -> None:
    driver = """
        import os, threading
        size = 8 << 20
        def send():
            left = size
            while left:
                left -= os.write(5, b"x" * min(left, 100_000))
        sender = threading.Thread(target=send)
        sender.start()
        got = 0
        while got < size:
            got += len(os.read(5, 1 << 16))
        sender.join()
        print(got)
    """
    first, second = box.run_pair(ECHO, Program(textwrap.dedent(driver)))
    assert (first.ok, second.stdout) == (True, b"8388608\n")


def test_whoever_writes_to_nobody_is_told(box: DockerSandbox) -> None:
    driver = """
        import os, time
        while True:
            try:
                os.write(5, b"x" * 1000)
            except OSError as error:
                print(error.strerror, os.read(5, 99))
                break
    """
    done = box.run_pair(Program("import os; os.write(5, b'last')"), Program(textwrap.dedent(driver)))
    assert done[1].stdout in (b"Broken pipe b'last'\n", b"Connection reset by peer b'last'\n")


def test_a_channel_can_be_closed_in_one_direction(box: DockerSandbox) -> None:
    subject = """
        import socket
        channel = socket.socket(fileno=5)
        parts = []
        while part := channel.recv(99):
            parts.append(part)
        channel.sendall(b"".join(parts)[::-1])
    """
    driver = """
        import socket
        channel = socket.socket(fileno=5)
        channel.sendall(b"abc")
        channel.shutdown(socket.SHUT_WR)
        print(channel.recv(99), channel.recv(99))
    """
    first, second = box.run_pair(*(Program(textwrap.dedent(text)) for text in (subject, driver)))
    assert (first.ok, second.stdout) == (True, b"b'cba' b''\n")


def test_whoever_does_not_read_holds_up_its_partner_and_no_memory_of_ours(box: DockerSandbox) -> None:
    driver = "import os, sys\nwhile True:\n    print(os.write(5, b'x' * 4096)); sys.stdout.flush()"
    limits = Limits(wall_seconds=1)
    first, second = box.run_pair(SLEEP, Program(driver), Limits(), limits)
    assert (first.limit, second.limit) == (Limit.WALL, Limit.WALL)
    assert second.stdout.count(b"4096") < 500  # pages of 4 KiB: two MiB, with all buffers on the way
    assert box.run(Program("print(1)")).ok


def test_what_is_said_late_goes_to_nobody_else(box: DockerSandbox) -> None:
    late = Program("import os, time; time.sleep(0.3); os.write(5, b'late')")
    for _ in range(3):
        box.run_pair(late, Program("pass"))
        _, second = box.run_pair(Program("pass"), Program("import os; print(os.read(5, 9))"))
        assert second.stdout == b"b''\n"


# ------------------------------------------------------------------------------------- the clock


def test_a_slow_way_takes_no_time_from_a_run(far: DockerSandbox, way: Proxy) -> None:
    noise = random.Random(1).randbytes(600_000)
    way.rate = 400_000
    source = "import os\nsize = len(open(0, 'rb').read()); os.write(4, bytes(600_000)); print(size)"
    program, limits = Program(source, stdin=noise, result=True), Limits(wall_seconds=1)
    start = time.perf_counter()
    done = far.run(program, limits)
    assert time.perf_counter() - start > 2
    assert (done.stdout, done.result, done.limit) == (b"600000\n", bytes(600_000), None)
    assert done.wall_seconds < 1


def test_the_time_of_a_pair_begins_when_both_are_there(far: DockerSandbox, way: Proxy) -> None:
    far.run_pair(ECHO, Program("pass"))
    driver = Program("import os; os.write(5, b'hi'); print(os.read(5, 9))", data=bytes(500_000))
    waits = Program("import os\nwhile data := os.read(5, 9):\n    os.write(5, data)")
    way.rate = 400_000
    first, second = far.run_pair(waits, driver, Limits(wall_seconds=1))
    assert (first.limit, first.exit_code, second.stdout) == (None, 0, b"b'hi'\n")


def test_a_run_that_takes_too_long_is_killed_there(far: DockerSandbox) -> None:
    before = home(far)
    start = time.perf_counter()
    done = far.run(SLEEP, Limits(wall_seconds=0.5))
    assert 0.5 <= time.perf_counter() - start < 20
    assert (done.limit, done.signal) == (Limit.WALL, signal.SIGKILL)
    assert 0.5 <= done.wall_seconds < 20
    assert home(far) is before


def test_a_command_that_fills_its_output_is_ended(box: DockerSandbox) -> None:
    endless = ("sh", "-c", "trap '' XFSZ; while true; do echo 0123456789; done 2>/dev/null")
    done = box.run(Program(command=endless), Limits(file_bytes=1 * MiB, wall_seconds=20))
    assert (done.limit, len(done.stdout) > 60_000) == (Limit.OUTPUT, True)
    assert done.wall_seconds < 15


# ----------------------------------------------------------------------------------- called off


def test_a_run_is_called_off(box: DockerSandbox) -> None:
    box.run(Program("pass"))
    before = home(box)
    scope = Scope()
    after(0.3, scope.cancel)
    with pytest.raises(Cancelled), scope:
        box.run(SLEEP)
    assert home(box) is before  # the run is dead and the agent well
    assert box.run(Program("print(1)")).stdout == b"1\n"


@pytest.mark.parametrize("how", ["cancelled", "out of time"])
def test_a_request_is_called_off_on_its_way(far: DockerSandbox, way: Proxy, how: str) -> None:
    before = home(far)
    given = Program("pass", stdin=bytes(15 * MiB))  # more than the buffers on the way take at once
    way.rate = 1_000_000
    start = time.perf_counter()
    scope = Scope(0.4 if how == "out of time" else 60)
    if how == "cancelled":
        after(0.4, scope.cancel)
    with pytest.raises(Cancelled), scope:
        far.run(given)
    assert time.perf_counter() - start < 20
    way.rate = None
    assert far.run(Program("print(input())", stdin="new")).stdout == b"new\n"
    assert home(far) is before


# ---------------------------------------------------------------------------------- what breaks


def test_a_container_killed_in_a_run_is_an_error_and_the_run_is_tried_again(
    box: DockerSandbox, engine: Engine
) -> None:
    slow = Program("import time; time.sleep(1); print(1)")
    for run in (once, DockerSandbox.run):
        box.run(Program("pass"))
        killer = after(0.3, home(box)._container.kill)
        if run is once:
            with pytest.raises(SandboxError, match="ended"):
                once(box, slow)
        else:
            assert box.run(slow).stdout == b"1\n"
        killer.join()


def test_a_connection_cut_in_a_run_is_an_error_never_a_result(far: DockerSandbox, way: Proxy) -> None:
    noisy = Program(
        "import os, time\nfor _ in range(10):\n    os.write(1, b'x' * 999); time.sleep(0.1)"
    )
    lost = home(far)._container
    cutter = after(0.4, way.cut)
    with pytest.raises(SandboxError):
        once(far, noisy)
    cutter.join()
    assert gone(lost.engine, lost.id)
    far.run(Program("pass"))
    cutter = after(0.4, way.cut)
    assert far.run(noisy).stdout == b"x" * 9990  # on another container
    cutter.join()


def test_a_connection_cut_in_a_reply_is_an_error_never_a_part(far: DockerSandbox, way: Proxy) -> None:
    way.rate = 2_000_000
    limits = Limits(output_bytes=8 * MiB)
    cutter = after(1.0, way.cut)
    with pytest.raises(SandboxError):
        once(far, Program("import os; os.write(1, b'x' * (8 << 20))"), limits)
    cutter.join()


def test_a_way_that_is_blocked_is_an_error(
    far: DockerSandbox, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump, "STALL_SECONDS", 0.5)
    monkeypatch.setattr(link, "KILL_SECONDS", 0.5)
    way.block()
    timers = [after(2, way.unblock)]  # or the container could not be removed
    with pytest.raises(SandboxError, match="nothing moved"):  # on the way there
        once(far, Program("pass"))
    timers[0].join()
    far.run(Program("pass"))
    timers = [after(0.3, way.block), after(2, way.unblock)]
    with pytest.raises(SandboxError, match="not gone"):  # in the run
        once(far, SLEEP, Limits(wall_seconds=0.6))
    for timer in timers:
        timer.join()


def test_closing_ends_what_runs(image: str) -> None:
    box = DockerSandbox(image, workers=1, transport="stream")
    box.run(Program("pass"))
    before = home(box)._container
    closer = after(0.3, box.close)
    with pytest.raises(SandboxError):
        box.run(SLEEP)
    closer.join()
    assert gone(before.engine, before.id, 3)


OWNER = """
import sys
from verigym.sandbox import Program
from verigym.sandbox.docker.backend import DockerSandbox
box = DockerSandbox(sys.argv[1], workers=1, transport="stream")
box.run(Program("pass"))
print(box._slots[0]._agents[("subject", ())].host._container.id, flush=True)
box.run(Program("import time; time.sleep(60)"))
"""


def test_a_container_goes_with_its_killed_owner(image: str, engine: Engine) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, image], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    identity = owner.stdout.readline().strip()
    assert not gone(engine, identity, 0.5)
    owner.kill()
    owner.communicate()
    assert gone(engine, identity)


def test_a_bridge_that_hears_nothing_ends_its_container(
    far: DockerSandbox, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = dict(cell.bridge_modules())["verigym.sandbox.inside.bridge"]
    hasty = text.replace("SILENCE_SECONDS = 180", "SILENCE_SECONDS = 1")
    assert hasty != text
    modules = [(name, hasty if source == text else source) for name, source in cell.bridge_modules()]
    monkeypatch.setattr(cell, "bridge_modules", lambda: modules)
    monkeypatch.setattr(pump, "SIGN_SECONDS", 0.3)
    host = far._settings.start(far._slots[0]._bounds, 0)
    try:
        time.sleep(2)  # it hears our signs of life
        assert host._container.ended() is None
        assert isinstance(host, Streamed)
        stolen = os.dup(host._pump._stream.fileno())  # keeps the connection, and says nothing
        host.end()
        host.close()
        assert gone(host._container.engine, host._container.id, 5)
        os.close(stolen)
    finally:
        host.remove()


# --------------------------------------------------------------------------------- what is hostile

REACH = """
import os, signal
me, found = os.getpid(), []
others = sorted({int(name) for name in os.listdir("/proc") if name.isdecimal()} - {me})
for pid in others:
    for fd in range(40):
        for flags in (os.O_RDONLY, os.O_WRONLY):
            try:
                os.close(os.open(f"/proc/{pid}/fd/{fd}", flags | os.O_NONBLOCK))
                found.append(f"fd {fd} of {pid}")
            except OSError:
                pass
    for name in ("mem", "environ", "maps", "cwd/.", "root/."):
        try:
            os.read(os.open(f"/proc/{pid}/{name}", os.O_RDONLY), 1)
            found.append(f"{name} of {pid}")
        except OSError as error:
            if error.errno not in (1, 2, 13):
                found.append(f"{name} of {pid}: {error}")
    for name in ("oom_score_adj", "mem", "comm"):
        try:
            os.close(os.open(f"/proc/{pid}/{name}", os.O_WRONLY))
            found.append(f"write {name} of {pid}")
        except OSError:
            pass
    for number in (0, signal.SIGSTOP, signal.SIGALRM, signal.SIGKILL):
        for send in (os.kill, lambda pid, number: signal.pidfd_send_signal(os.pidfd_open(pid), number)):
            try:
                send(pid, number)
                found.append(f"signal {number} to {pid}")
            except OSError:
                pass
try:
    os.kill(-1, signal.SIGSTOP)
except OSError:
    pass
print(len(others), found)
"""


def test_the_bridge_is_out_of_a_runs_reach(box: DockerSandbox, image: str, engine: Engine) -> None:
    beside = "import os, time\nif os.fork() == 0:\n    time.sleep(20)\n    os._exit(0)\n"
    unconfined = container.run(engine, image, ["python3", "-c", beside + REACH], 30)
    assert b"fd 1 of" in unconfined.stdout  # the attack works on a process beside it of the same user
    assert b"signal 0 to" in unconfined.stdout
    box.run(Program("pass"))
    before = home(box)
    done = box.run(Program(REACH))
    assert done.stdout == b"3 []\n", done  # init, the bridge, the agent
    carries_everything(box)
    assert home(box) is before


def test_what_proc_shows_of_the_bridge_is_roots(box: DockerSandbox) -> None:
    look = """
        import os
        agent = os.getppid()
        bridge = open(f"/proc/{agent}/stat").read().rpartition(")")[2].split()[1]
        print(os.getuid() == os.stat(f"/proc/{agent}/environ").st_uid)
        print(os.stat(f"/proc/{bridge}/environ").st_uid)
    """
    assert box.run(Program(textwrap.dedent(look))).stdout == b"True\n0\n"


def test_no_descriptor_of_the_stream_is_inherited(box: DockerSandbox) -> None:
    source = "import os\nprint(sorted(os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')))"
    shown = box.run(Program(source, data=b"x", result=True)).stdout
    assert b"pipe" not in shown
    assert b"socket" not in shown


def test_before_version_6_of_landlock_a_run_is_one_process_and_the_bridge_is_spared(
    image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    greet = stream._greet
    monkeypatch.setattr(stream, "_greet", lambda *args: (5, greet(*args)[1]))
    with DockerSandbox(image, workers=1, transport="stream") as old:
        assert not old.capabilities()["subprocesses"]
        old.run(Program("pass"))
        before = home(old)
        kill = "import os\nfor pid in range(1, 40):\n    try: os.kill(pid, 9)\n    except OSError: pass"
        for source in ("print(1)", "import os; os.fork()", kill, "print(1)"):
            last = old.run(Program(source))
        assert (last.stdout, home(old)) == (b"1\n", before)
        assert old.run(Program(REACH)).stdout == b"3 []\n"
        with pytest.raises(SandboxUnavailable, match="Landlock 6"):
            old.run(Program("pass", keep=("*",)))


# --------------------------------------------------------------------------------- what is lacking


def test_an_image_without_python_is_refused(engine: Engine) -> None:
    with engine.asked_to("import an empty image") as api:
        api.import_image_from_data(bytes(10240), repository="verigym-test", tag="empty")
    try:
        box = DockerSandbox("verigym-test:empty", workers=1, transport="stream")
        with box, pytest.raises(SandboxUnavailable, match="'verigym-test:empty' has no python3"):
            box.run(Program("pass"))
    finally:
        with engine.asked_to("remove an empty image") as api:
            api.remove_image("verigym-test:empty", force=True)


class Said:
    """A stream on which a bridge says one thing."""

    def __init__(self, about: dict[str, object]) -> None:
        self.content = frames.frame(frames.HELLO, 0, json.dumps(about).encode())

    def send(self, data: bytes, deadline: float) -> None:
        """Heard by nobody."""

    def receive(self, deadline: float) -> tuple[int, bytes]:
        return STDOUT, self.content


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"python": [3, 9]}, "python3 of image 'i' is version 3.9; 3.10 or later is needed"),
        ({"landlock": 0}, "has no Landlock to keep runs in one container apart"),
        ({"machine": "riscv64"}, "is a riscv64, for which no filter is known"),
    ],
)
def test_machines_that_cannot_hold_a_run_are_refused(
    engine: Engine, about: dict[str, object], why: str
) -> None:
    settings = Settings(engine, "i", None, Bounds.of(Limits()), Streamed)
    whole = {"python": [3, 11], "landlock": 6, "machine": "aarch64"}
    assert stream._greet(Said(whole), settings) == (6, "aarch64")  # type: ignore[arg-type]
    with pytest.raises(SandboxUnavailable, match=why):
        stream._greet(Said({**whole, **about}), settings)  # type: ignore[arg-type]


def test_unknown_transports_are_refused(image: str) -> None:
    with pytest.raises(UserError, match="transport is 'pigeon'; it must be auto, socket or stream"):
        DockerSandbox(image, transport="pigeon")


def test_a_remote_engine_has_as_many_workers_as_processors(
    way: Proxy, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", way.address)
    with DockerSandbox(image) as box:
        assert box.workers == os.cpu_count()


# ----------------------------------------------------------------------------------- what is left


def test_five_hundred_runs_leave_nothing(box: DockerSandbox) -> None:
    programs = [
        Program("print(1)"),
        EVERYTHING,
        Program("import os; os.fork() or os.abort()"),
        Program("import os; os.write(1, bytes(300_000))"),
    ]

    def run(count: int) -> None:
        for number in range(count):
            box.run(programs[number % 4])
            if number % 10 == 0:
                box.run_pair(ECHO, Program("import os; os.write(5, b'hi'); print(os.read(5, 9))"))

    def held() -> tuple[int, int, bytes]:
        inside = (
            "import os; print(*sorted(os.listdir(f'/proc/{os.getpid()}/fd')), len(os.listdir('/proc')))"
        )
        return (
            len(os.listdir("/proc/self/fd")),
            threading.active_count(),
            box.run(Program(inside)).stdout,
        )

    run(40)
    descriptors, *before = held()
    run(500)
    left, *after_all = held()
    assert (left <= descriptors, after_all) == (True, before)


def test_a_forked_process_has_containers_of_its_own(box: DockerSandbox) -> None:
    box.run(Program("pass"))
    before = home(box)
    if (pid := os.fork()) == 0:
        code = 1
        with contextlib.suppress(BaseException):
            code = 0 if box.run(Program("print(2)")).stdout == b"2\n" and home(box) is not before else 2
            box.close()
        os._exit(code)
    assert box.run(Program("print(1)")).stdout == b"1\n"
    assert os.waitpid(pid, 0)[1] == 0
    assert box.run(Program("print(1)")).stdout == b"1\n"
    assert home(box) is before
