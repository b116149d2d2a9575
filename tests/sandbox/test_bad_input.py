"""Whatever is asked of a sandbox gets a clear error or the right status, soon."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from containment import contained
from verigym.errors import SandboxError, SandboxUnavailable, UserError, VerigymError
from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox
from verigym.sandbox import open as open_sandbox


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Nothing here takes long."""
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < 20


def outcome(box: Sandbox, program: Program, limits: Limits) -> Execution | VerigymError:
    """The execution, or why there was none."""
    try:
        return box.run(program, limits)
    except VerigymError as error:
        return error


# ------------------------------------------------------------------------- what no program is


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "either source or a command"),
        ({"source": ""}, "either source or a command"),
        ({"source": b""}, "either source or a command"),
        ({"source": "x", "command": ("y",)}, "either source or a command"),
        ({"source": 7}, "source must be text or bytes, not int"),
        ({"source": ["x"]}, "source must be text or bytes, not list"),
        ({"source": "x", "stdin": 7}, "stdin must be text or bytes, not int"),
        ({"source": "x", "data": "text"}, "data must be bytes, not str"),
        ({"command": "ls -l"}, "command is a tuple of words, not str"),
        ({"command": 7}, "command is a tuple of words, not int"),
        ({"command": {"ls": 1}}, "command is a tuple of words, not dict"),
        ({"command": ("a\0b",)}, "non-empty words without NUL"),
        ({"command": ("",)}, "non-empty words without NUL"),
        ({"command": ("ls", 7)}, "non-empty words without NUL"),
        ({"command": ("ls", "\ud800")}, "non-empty words without NUL"),
        ({"command": ("ls", None)}, "non-empty words without NUL"),
        ({"source": "x" * (100 << 20)}, "104857600 bytes long; at most 16777216 are run"),
        ({"command": ("x" * (17 << 20),)}, "at most 16777216 are run"),
    ],
)
def test_what_is_no_program_is_refused_when_it_is_made(fields: dict[str, object], why: str) -> None:
    with pytest.raises(UserError, match=why) as caught:
        Program(**fields)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 500


NUMBERS = (0, -1, float("nan"), float("inf"), 10**400, True, "1", None, b"1", [1], 1e300)


@pytest.mark.parametrize(
    "name",
    [
        *("wall_seconds", "cpu_seconds", "memory_bytes", "address_bytes", "processes"),
        *("file_bytes", "scratch_bytes", "output_bytes", "result_bytes"),
    ],
)
def test_absurd_limits_are_refused_by_name(name: str) -> None:
    for value in NUMBERS:
        if value is None and name == "address_bytes":
            continue
        with pytest.raises(UserError, match=name):
            Limits(**{name: value})  # type: ignore[arg-type]
    if name.endswith("_seconds"):
        return
    with pytest.raises(UserError, match="must be an int"):
        Limits(**{name: 1e6})  # type: ignore[arg-type]


# ------------------------------------------------------------------------ odd, but to be run


def test_an_unknown_command(box: Sandbox) -> None:
    for words in (("no-such-command",), ("./x",), ("/nowhere/x",), ("x" * 5000,), ("a b",), ("-x",)):
        done = box.run(Program(command=words))
        assert (done.exit_code, done.stdout) == (127 if len(words[0]) < 5000 else 126, b""), done
        assert done.stderr


def test_a_command_that_is_no_program(box: Sandbox) -> None:
    for path in ("/", "/usr", "/dev/null"):
        assert box.run(Program(command=(path,))).exit_code == 126


def test_as_many_words_as_the_kernel_refuses(box: Sandbox) -> None:
    done = box.run(Program(command=("true", *["x" * 1000] * 9000)))
    assert done.exit_code == 126
    assert b"too long" in done.stderr


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"\0", b"null bytes"),
        (b"print(1)\0", b"null bytes"),
        (b"\xff\xfe\x00x", b"Error"),
        (bytes(range(256)), b"Error"),
        (b"\x7fELF" + bytes(200), b"Error"),
        (b"# coding: no-such\nprint(1)", b"SyntaxError"),
        (b"(" * 100_000, b"Error"),
        (b"x = " + b"-" * 100_000 + b"1", b"Error"),
        (b"x = " + b"9" * 100_000, b"SyntaxError"),
    ],
)
def test_source_that_is_none(box: Sandbox, source: bytes, said: bytes) -> None:
    done = box.run(Program(source))
    assert done.limit in (None, Limit.MEMORY)
    assert done.exit_code == 1 or done.signal is not None, done
    assert said in done.stderr or done.signal is not None, done
    assert len(done.stderr) < 70_000


def test_source_in_another_encoding(box: Sandbox) -> None:
    assert box.run(Program("# coding: latin-1\nprint(len('ä'))".encode("latin-1"))).stdout == b"1\n"
    assert box.run(Program(b"\xef\xbb\xbfprint('bom')")).stdout == b"bom\n"
    assert box.run(Program("print('\ud800' == chr(0xd800))")).exit_code in (0, 1)


def test_as_long_a_source_as_is_taken(box: Sandbox) -> None:
    source = b"#" + b"x" * ((16 << 20) - 20) + b"\nprint(1)\n"
    assert box.run(Program(source)).stdout == b"1\n"


def test_output_that_is_no_text(box: Sandbox) -> None:
    odd = b"\xff\xfe\x00\xc3\x28\xed\xa0\x80\r\n\x1b[2J" + bytes(range(128, 256))
    done = box.run(Program(f"import os; os.write(1, {odd!r}); os.write(2, {odd!r})"))
    assert (done.stdout, done.stderr) == (odd, odd)


def test_input_that_nobody_reads(box: Sandbox) -> None:
    data = bytes(8 << 20)
    done = box.run(Program("print(1)", stdin=data, data=data))
    assert done.stdout == b"1\n"


def test_standard_streams_closed_or_moved_about(box: Sandbox) -> None:
    done = box.run(Program("import os\nfor fd in range(3): os.close(fd)\nos._exit(3)"))
    assert (done.exit_code, done.stdout, done.stderr) == (3, b"", b"")
    done = box.run(Program("import os; os.lseek(1, 50, 0); os.write(1, b'x'); os.ftruncate(1, 60)"))
    assert done.stdout == bytes(50) + b"x" + bytes(9)


def test_a_stream_made_huge_without_writing(box: Sandbox) -> None:
    done = box.run(Program("import os; os.ftruncate(1, 1 << 30); os.write(1, b'x')"))
    assert done.exit_code == 1, "it may not outgrow file_bytes"
    done = box.run(Program("import os; os.ftruncate(1, 16 << 20)"))
    assert done.limit is Limit.OUTPUT
    assert len(done.stdout) < 70_000


# ------------------------------------------------------------------------------ limits at the edge


def test_the_shortest_time(box: Sandbox) -> None:
    for _ in range(3):
        done = outcome(box, Program("while True: pass"), Limits(wall_seconds=0.001))
        if isinstance(done, SandboxError):  # nothing is known about the program
            assert "had not begun" in str(done)
        else:
            assert done.limit is Limit.WALL
    pair = (Program("import os; os.read(5, 1)"), Program("while True: pass"))
    with contextlib.suppress(SandboxError):
        _, driver = box.run_pair(*pair, Limits(wall_seconds=0.001))
        assert driver.limit is Limit.WALL
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_the_smallest_limits(box: Sandbox) -> None:
    limits = Limits(
        cpu_seconds=0.001, memory_bytes=16 << 20, processes=1, file_bytes=1, scratch_bytes=4096,
        output_bytes=1, result_bytes=1,
    )  # fmt: skip
    done = box.run(Program("print('xyz')", result=True), limits)
    assert done.limit is not None, done
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_one_process_is_enough_for_one(box: Sandbox) -> None:
    done = box.run(Program("print(1)"), Limits(processes=1))
    assert done.stdout == b"1\n"
    if box.capabilities()["subprocesses"] and "container" not in box.capabilities():
        done = box.run(Program("import os; os.fork()"), Limits(processes=1))
        assert done.exit_code == 1


def test_the_largest_limits_are_held_or_refused(box: Sandbox) -> None:
    largest = {
        "wall_seconds": 3600, "cpu_seconds": 3600, "memory_bytes": 1 << 40, "address_bytes": 1 << 46,
        "processes": 4096, "file_bytes": 1 << 40, "scratch_bytes": 1 << 40, "output_bytes": 1 << 40,
        "result_bytes": 1 << 40,
    }  # fmt: skip
    about = box.capabilities()
    for name, value in largest.items():
        done = outcome(box, Program("print(1)", result=True), Limits(**{name: value}))  # type: ignore[arg-type]
        if isinstance(done, SandboxUnavailable):
            assert "container" in about  # which is made for so much and no more
            assert name in ("memory_bytes", "processes", "scratch_bytes")
            assert f"open it with {name}={value}, or lower the limit" in str(done)
        elif isinstance(done, UserError):  # a server's ceiling
            assert box.name == "remote"
            assert f"limits.{name} is {value}" in str(done)
        else:
            assert done.stdout == b"1\n", (name, done)
    if about["scratch"] and "container" not in about and box.name != "remote":
        done = contained(box, "print(1)", Limits(scratch_bytes=1 << 40), scratch=True)
        assert done.stdout == b"1\n"


def test_options_that_are_none(docker_image: str) -> None:
    for options in (
        {"workers": 0},
        {"workers": -1},
        {"workers": "2"},
        {"workers": True},
        {"workers": 1.5},
    ):
        for backend, more in (("local", {}), ("docker", {"image": docker_image})):
            with pytest.raises(UserError, match="workers is"):
                open_sandbox(backend, **more, **options)
    with pytest.raises(SandboxUnavailable, match="has no image 'no-such-image:1'"):
        open_sandbox("docker", image="no-such-image:1")
