"""Files into a run and out of it: whatever a program makes of its directory, what comes back is files."""

from __future__ import annotations

import os
import signal
import textwrap
import time

import pytest

from verigym.errors import SandboxUnavailable, UserError
from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox
from verigym.sandbox.files import MAX_FILES

LIMITS = Limits(wall_seconds=20)


def kept(box: Sandbox, source: str, *patterns: str, limits: Limits = LIMITS) -> Execution:
    """A Python program's execution, with the files that match."""
    return box.run(Program(textwrap.dedent(source), keep=patterns or ("*",)), limits)


# ------------------------------------------------------------------------------------------ in


@pytest.mark.fresh
def test_files_lie_in_the_working_directory(full_box: Sandbox) -> None:
    files = {"a": b"text", "b/c/d": bytes(range(256)), "empty": b"", "tool": b"#!/bin/sh\necho tool\n"}
    done = full_box.run(
        Program(
            "import os\nfor folder, _, names in sorted(os.walk('.')):\n    for name in sorted(names):\n"
            "        path = os.path.join(folder, name)\n        print(path, open(path, 'rb').read())\n"
            "print(os.getcwd(), os.access('tool', os.X_OK))",
            files=files,
        ),
        LIMITS,
    )
    told = {f"./{name}": content for name, content in files.items()}
    expected = [f"{name} {told[name]}" for name in ("./a", "./empty", "./tool", "./b/c/d")]
    assert done.stdout.decode().splitlines() == [*expected, "/scratch True"]


def test_a_file_can_be_run_as_a_command(full_box: Sandbox) -> None:
    script = b"#!/bin/sh\necho $1; exit 3\n"
    done = full_box.run(Program(command=("./go", "x"), files={"go": script}), LIMITS)
    assert (done.stdout, done.exit_code) == (b"x\n", 3)


def test_a_module_beside_the_program_is_imported(full_box: Sandbox) -> None:
    done = full_box.run(
        Program("import helper; print(helper.x)", files={"helper.py": b"x = 7"}), LIMITS
    )
    assert done.stdout == b"7\n"


def test_as_many_files_as_are_allowed(full_box: Sandbox) -> None:
    files = {f"{number % 10}/{number}": b"%d" % number for number in range(MAX_FILES)}
    source = "import os; print(sum(int(open(f'{n % 10}/{n}').read()) for n in range(1000)))"
    done = full_box.run(Program(source, files=files), LIMITS)
    assert done.stdout == b"%d\n" % sum(range(MAX_FILES))


def test_files_of_many_bytes(full_box: Sandbox) -> None:
    content = os.urandom(20 << 20)
    source = "import zlib; print(zlib.crc32(open('big', 'rb').read()))"
    import zlib

    done = full_box.run(Program(source, files={"big": content}), Limits(file_bytes=1 << 20))
    assert done.stdout == b"%d\n" % zlib.crc32(content), (
        "what it is given may be larger than it may write"
    )


def test_files_that_do_not_fit_are_refused_before_anything_runs(full_box: Sandbox) -> None:
    with pytest.raises(UserError, match=r"the files take .* scratch_bytes"):
        full_box.run(Program("pass", files={"x": bytes(5000)}), Limits(scratch_bytes=4096))


def test_without_a_scratch_directory_files_are_refused(box: Sandbox) -> None:
    for program in (Program("pass", files={"x": b""}), Program("pass", keep=("*",))):
        if box.capabilities()["scratch"]:
            assert box.run(program, LIMITS).ok
        else:
            with pytest.raises(SandboxUnavailable, match="needs tier 2, this sandbox has tier 1"):
                box.run(program, LIMITS)


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", ".", "..", "./a", "nul\0", "\ud800"),
        *("x" * 256, "d/" * 600 + "x", 7, None, b"bytes"),
    ],
)
def test_names_that_are_no_plain_relative_paths_are_refused(name: object) -> None:
    with pytest.raises(UserError, match="file name") as caught:
        Program("pass", files={name: b""})  # type: ignore[dict-item]
    assert len(str(caught.value)) < 300
    with pytest.raises(UserError, match="file pattern"):
        Program("pass", keep=(name,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"a": b"", "a/b": b""}, "both a file and a directory"),
        ({"a": 7}, "must hold text or bytes, not int"),
        (["a"], "must map names to contents"),
        ({str(n): b"" for n in range(MAX_FILES + 1)}, "at most 1000"),
        ({"/".join("d" * 9) + f"{n}/" * 200 + "x": b"" for n in range(6)}, "directories; at most 1000"),
    ],
)
def test_files_that_cannot_be_are_refused(files: object, why: str) -> None:
    with pytest.raises(UserError, match=why):
        Program("pass", files=files)  # type: ignore[arg-type]


def test_keep_is_no_bare_pattern() -> None:
    with pytest.raises(UserError, match="keep is a tuple of patterns, not '\\*'"):
        Program("pass", keep="*")  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------- out


@pytest.mark.fresh
def test_kept_files_come_back_exactly(full_box: Sandbox) -> None:
    done = kept(
        full_box,
        """
        import os
        os.makedirs("b/c")
        open("a", "w").write("text")
        open("b/c/d", "wb").write(bytes(range(256)))
        open("empty", "w").close()
        print("out")
        """,
    )
    assert done.files == {"a": b"text", "b/c/d": bytes(range(256)), "empty": b""}
    assert (done.stdout, done.exit_code, done.limit) == (b"out\n", 0, None)


def test_only_what_matches_is_kept(full_box: Sandbox) -> None:
    source = """
        import os
        os.makedirs("x/y")
        for name in ("main", "main.o", "x/A.class", "x/y/B.class", "[z]"):
            open(name, "w").write(name)
    """
    for patterns, names in (
        (("main",), {"main"}),
        (("*.class",), {"x/A.class", "x/y/B.class"}),
        (("x/y/*", "main*"), {"x/y/B.class", "main", "main.o"}),
        (("[[]z]",), {"[z]"}),
        (("nothing",), set()),
    ):
        assert set(kept(full_box, source, *patterns).files) == names


def test_files_that_were_given_can_be_kept(full_box: Sandbox) -> None:
    program = Program("open('b', 'w').write(open('a').read() * 2)", files={"a": b"x"}, keep=("*",))
    assert full_box.run(program, LIMITS).files == {"a": b"x", "b": b"xx"}


def test_a_command_can_leave_files(full_box: Sandbox) -> None:
    done = full_box.run(Program(command=("sh", "-c", "echo hi > out; exit 5"), keep=("out",)), LIMITS)
    assert (done.exit_code, done.files) == (5, {"out": b"hi\n"})


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_exit_codes_pass_the_collector(full_box: Sandbox, code: int) -> None:
    done = kept(full_box, f"open('x', 'w').write('y'); raise SystemExit({code})")
    assert (done.exit_code, done.signal, done.limit) == (code, None, None)
    assert done.files == {"x": b"y"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
def test_signals_pass_the_collector(full_box: Sandbox, number: int) -> None:
    source = (
        f"import os, signal; open('x', 'w').write('y'); signal.signal({int(number)}, signal.SIG_DFL)"
    )
    if number == signal.SIGKILL:
        source = "import os; open('x', 'w').write('y')"
    done = kept(full_box, f"{source}; os.kill(os.getpid(), {int(number)})")
    assert (done.exit_code, done.signal, done.limit) == (None, number, None)
    assert done.files == {"x": b"y"}


def test_limits_hold_beside_the_collector(full_box: Sandbox) -> None:
    start = time.perf_counter()
    wall = kept(
        full_box, "open('x', 'w'); import time; time.sleep(60)", limits=Limits(wall_seconds=0.3)
    )
    assert time.perf_counter() - start < 20
    assert (wall.limit, wall.files) == (Limit.WALL, {})
    cpu = kept(full_box, "while True: pass", limits=Limits(cpu_seconds=1, wall_seconds=20))
    assert cpu.limit is Limit.CPU
    memory = kept(full_box, "x = bytearray(300 << 20)", limits=Limits(memory_bytes=128 << 20))
    assert memory.limit is Limit.MEMORY
    many = (
        "import os\ntry:\n    for n in range(99): os.fork() or os._exit(__import__('time').sleep(9))\n"
    )
    refused = kept(
        full_box, many + "except OSError: print(n)", limits=Limits(processes=5, wall_seconds=5)
    )
    assert int(refused.stdout) <= 5


def test_a_kept_file_may_be_as_large_as_one_may_be_read(full_box: Sandbox) -> None:
    source = "open('x', 'wb').write(b'7' * SIZE)"
    limits = Limits(result_bytes=3 << 20, file_bytes=64 << 20)
    fits = kept(full_box, source.replace("SIZE", str((3 << 20) - 100)), limits=limits)
    assert (len(fits.files["x"]), fits.limit) == ((3 << 20) - 100, None)
    larger = kept(full_box, source.replace("SIZE", str((3 << 20) + 1)), limits=limits)
    assert (larger.files, larger.limit, larger.exit_code) == ({}, Limit.OUTPUT, 0)


def test_several_kept_files_count_together(full_box: Sandbox) -> None:
    source = "for n in range(4): open(str(n), 'wb').write(bytes(1 << 20))"
    done = kept(full_box, source, limits=Limits(result_bytes=3 << 20, file_bytes=1 << 20))
    assert (done.files, done.limit) == ({}, Limit.OUTPUT)
    done = kept(full_box, source, "[01]", limits=Limits(result_bytes=3 << 20, file_bytes=1 << 20))
    assert (set(done.files), done.limit) == ({"0", "1"}, None)


def test_holes_are_not_copied_before_they_are_counted(full_box: Sandbox) -> None:
    source = "import os\nfor n in range(900):\n    open(str(n), 'w').close()\n    os.truncate(str(n), 15 << 20)"
    start = time.perf_counter()
    done = kept(full_box, source)
    assert time.perf_counter() - start < 12  # 13 GB would take longer
    assert (done.files, done.limit) == ({}, Limit.OUTPUT)


@pytest.mark.parametrize(("count", "limit"), [(MAX_FILES, None), (2 * MAX_FILES, Limit.OUTPUT)])
def test_many_kept_files_are_all_given_or_none(
    full_box: Sandbox, count: int, limit: Limit | None
) -> None:
    done = kept(full_box, f"for n in range({count}): open(str(n), 'w').write(str(n))")
    assert done.limit is limit
    expected = {} if limit else {str(n): str(n).encode() for n in range(count)}
    assert done.files == expected


def test_what_is_no_plain_file_is_left_out(full_box: Sandbox) -> None:
    done = kept(
        full_box,
        """
        import os, socket
        open("file", "w").write("x")
        os.symlink("file", "link")
        os.symlink("/etc/passwd", "out")
        os.symlink("/proc/self/environ", "proc")
        os.symlink(".", "loop")
        os.symlink("nowhere", "dangling")
        os.mkfifo("pipe")
        os.makedirs("folder/main")
        open("secret", "w").write("x")
        os.chmod("secret", 0)
        os.mkdir("closed")
        open("closed/x", "w").write("x")
        os.chmod("closed", 0)
        for kind in (0o20000, 0o60000):
            try:
                os.mknod(f"device{kind}", kind | 0o666, os.makedev(1, 3))
            except OSError:
                pass
        print(sorted(os.listdir()))
        """,
    )
    assert done.exit_code == 0, done.stderr
    assert (done.files, done.limit) == ({"file": b"x"}, None)


def test_names_of_any_bytes(full_box: Sandbox) -> None:
    done = kept(
        full_box,
        r"""
        for name in (b"new\nline", b"\xff\xfe", "\u00e4 \u4e16".encode(), b"quote'\"\\", b"-rf", b"y" * 255, b"*"):
            open(name, "wb").write(name)
        """,
    )
    names = ("new\nline", "\u00e4 \u4e16", "quote'\"\\", "-rf", "y" * 255, "*")
    assert done.files == {
        name: name.encode() for name in names
    }  # what is no text has no name to come by


def test_deep_folders(full_box: Sandbox) -> None:
    done = kept(
        full_box,
        """
        import os
        for depth in range(200):
            open("x", "w").write(str(depth))
            os.mkdir("d")
            os.chdir("d")
        """,
    )
    assert {len(name) // 2 for name in done.files} == set(range(33))
    assert all(content == b"%d" % (len(name) // 2) for name, content in done.files.items())


def test_a_directory_that_was_closed_gives_nothing_back(full_box: Sandbox) -> None:
    done = kept(
        full_box, "import os; open('x', 'w').write('y'); os.chmod('/scratch', 0); print('closed')"
    )
    assert (done.stdout, done.files, done.limit) == (b"closed\n", {}, None)
    assert kept(full_box, "open('x', 'w').write('z')").files == {"x": b"z"}


def test_a_file_that_an_orphan_keeps_changing(full_box: Sandbox) -> None:
    source = """
        import os
        open("honest", "w").write("here")
        open("x", "wb").write(bytes(1 << 20))
        for number in range(3):
            if os.fork() == 0:
                os.setsid()
                while True:
                    os.truncate("x", 0)
                    with open("x", "wb") as file:
                        file.write(b"9" * (number << 20))
                    os.rename("x", "y")
                    os.rename("y", "x")
    """
    for _ in range(5):
        done = kept(full_box, source)
        assert done.files["honest"] == b"here"
        assert set(done.files) <= {"honest", "x", "y"}
        assert done.limit is None


def test_a_program_that_kills_its_collector_gets_nothing(full_box: Sandbox) -> None:
    done = kept(
        full_box,
        "import os, time; open('x', 'w').write('y'); os.kill(os.getppid(), 9); print('on'); time.sleep(9)",
    )
    assert done.wall_seconds < 20
    assert (done.signal, done.files, done.limit) == (signal.SIGKILL, {}, None)


def test_a_program_that_stops_its_collector_runs_out_of_time(full_box: Sandbox) -> None:
    source = "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)"
    done = kept(full_box, source, limits=Limits(wall_seconds=0.5))
    assert (done.limit, done.files) == (Limit.WALL, {})
    assert kept(full_box, "print(1)").stdout == b"1\n"


def test_nothing_that_a_program_leaves_is_run_by_its_collector(full_box: Sandbox) -> None:
    evil = """
import os
for fd in range(3, 256):
    try:
        os.write(fd, b"E" + bytes(40))
    except OSError:
        pass
os.write(1, b"RUN")
"""
    source = f"""
        import os, sys
        for name in ({{*sys.stdlib_module_names}} | {{"sitecustomize", "usercustomize"}}) - {{"__main__"}}:
            if not name.startswith("_"):
                open(name + ".py", "w").write({evil!r})
        raise SystemExit(9)
    """
    for _ in range(2):
        done = kept(full_box, source, "*.txt")
        assert (done.exit_code, done.stdout) == (9, b"")
    assert kept(full_box, "print('honest')").stdout == b"honest\n"


def test_its_collector_holds_nothing_worth_taking(full_box: Sandbox) -> None:
    source = """
        import os
        for pid in (os.getppid(), 1):
            try:
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    print(pid, fd, os.readlink(f"/proc/{pid}/fd/{fd}"))
            except OSError:
                pass
            for name in ("mem", "oom_score_adj", "comm", "fd/1"):
                try:
                    with open(f"/proc/{pid}/{name}", "wb"):
                        print("OPENED", pid, name)
                except OSError:
                    pass
    """
    done = kept(full_box, source)
    assert done.ok, done.stderr
    lines = [line for line in done.stdout.decode().splitlines() if "fd/1" not in line]
    assert not [line for line in lines if "OPENED" in line or "socket" in line or "cgroup" in line], (
        lines
    )
