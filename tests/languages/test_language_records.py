"""The records of languages: found by name, fitted limits, and the little that Java must be read for."""

from __future__ import annotations

import time
from dataclasses import fields, replace

import pytest

from verigym.errors import UserError
from verigym.sandbox import Execution, Limit, Limits
from verigym.sandbox.languages import java
from verigym.sandbox.languages.records import COMPILING, RECORDS, command, language, names

MiB = 1 << 20
NAMES = ("python", "c", "cpp", "javascript", "typescript", "java", "go", "rust", "bash")


def execution(**changes: object) -> Execution:
    given = {field.name: None for field in fields(Execution) if field.name != "files"}
    return Execution(**{**given, "stdout": b"", "stderr": b"", "exit_code": 0, **changes})  # type: ignore[arg-type]


def test_there_are_these_languages() -> None:
    assert names() == NAMES


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("cpp", "cpp"), ("C++", "cpp"), ("js", "javascript"), ("NodeJS", "javascript"), ("node", "javascript"), ("TS", "typescript"),
        ("golang", "go"), ("rs", "rust"), ("sh", "bash"), ("py", "python"), ("Python3", "python"), (" java ", "java"), ("C", "c"),
    ],
)  # fmt: skip
def test_a_language_has_several_names(alias: str, name: str) -> None:
    assert language(alias).name == name


def test_no_name_means_two_languages() -> None:
    known = [alias for record in RECORDS for alias in (record.name, *record.aliases)]
    assert len(known) == len(set(known))
    assert all(alias == alias.lower().strip() for alias in known)


@pytest.mark.parametrize("name", ["", "cobol", "c++\0", "x" * 10_000, None, 5, b"c", ["c"]], ids=repr)
def test_an_unknown_name_is_refused_with_those_that_are_known(name: object) -> None:
    with pytest.raises(UserError, match="there are: python, c, cpp") as caught:
        language(name)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_record_is_complete(record: object) -> None:
    for each in RECORDS:
        assert each.echo
        assert each.nothing
        assert bool(each.run) == (not each.is_python)
        if not each.is_python:
            assert each.keep
            for words in (each.compile, each.run):
                filled = command(words, "File", "pkg.Main", Limits())
                assert not any(
                    "{file}" in word or "{main}" in word or "{heap}" in word for word in filled
                )


def test_limits_left_at_their_default_fit_the_language() -> None:
    java = language("java")
    assert java.limits().memory_bytes == 1024 * MiB
    assert java.limits().address_space > 2048 * MiB
    assert java.limits(Limits(memory_bytes=300 * MiB)).memory_bytes == 300 * MiB
    assert java.limits(Limits(processes=5, wall_seconds=1)).processes == 5
    assert java.limits(Limits(address_bytes=200 * MiB)).address_bytes == 200 * MiB
    assert language("c").limits() == Limits()
    assert language("python").limits() == Limits()


def test_a_heap_is_smaller_than_the_memory() -> None:
    run = language("java").run
    assert "-Xmx768m" in command(run, "Main", "Main", language("java").limits())
    assert "-Xmx48m" in command(
        run, "Main", "Main", language("java").limits(Limits(memory_bytes=64 * MiB))
    )


def test_a_compiler_has_limits_of_its_own() -> None:
    assert language("c").compile_limits() == COMPILING
    asked = language("c").compile_limits(2.5)
    assert (asked.cpu_seconds, asked.wall_seconds) == (2.5, 7.5)
    assert replace(asked, cpu_seconds=20, wall_seconds=60) == COMPILING


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cpp", b"terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc"),
        ("rust", b"memory allocation of 8589934592 bytes failed"), ("javascript", b"FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("typescript", b"RangeError: Array buffer allocation failed"), ("go", b"fatal error: runtime: out of memory"),
        ("java", b'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'), ("bash", b"bash: xrealloc: cannot allocate 18446744071562067968 bytes"),
    ],
)  # fmt: skip
def test_memory_that_is_lacking_is_known_by_what_the_runtime_says(name: str, said: bytes) -> None:
    record = language(name)
    assert record.limit_of(execution(exit_code=1, stderr=b"so:\n" + said)) is Limit.MEMORY
    assert record.limit_of(execution(exit_code=None, signal=6, stderr=said)) is Limit.MEMORY
    assert record.limit_of(execution(exit_code=0, stderr=said)) is None, "it caught the error"
    assert record.limit_of(execution(exit_code=1, stdout=said)) is None
    assert record.limit_of(execution(exit_code=1, stderr=said, limit=Limit.WALL)) is Limit.WALL
    assert language("c").limit_of(execution(exit_code=1, stderr=said)) is None


def test_a_java_thread_that_could_not_start_is_no_lack_of_memory() -> None:
    said = b"java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory"
    assert language("java").limit_of(execution(exit_code=1, stderr=said)) is None


@pytest.mark.parametrize("limit", [Limit.WALL, Limit.CPU])
def test_a_runtime_that_goes_on_although_it_cannot_print_has_printed_too_much(limit: Limit) -> None:
    done = execution(exit_code=None, signal=9, limit=limit, stdout_cut=True)
    assert language("go").limit_of(done) is Limit.OUTPUT
    assert language("go").limit_of(replace(done, stdout_cut=False)) is limit
    assert language("python").limit_of(done) is limit, "as it always was"


MAIN = "public static void main(String[] args) {}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"class Main {{ {MAIN} }}", ("Main", "Main")),
        (f"public class Solution {{ {MAIN} }}", ("Solution", "Solution")),
        (f"public  final\nclass A {{ {MAIN} }}", ("A", "A")),
        (f"class Node {{ int v; }} public class Solve {{ {MAIN} }}", ("Solve", "Solve")),
        (f"public class Tree {{ int v; }} class Main {{ {MAIN} }}", ("Tree", "Main")),
        (f"public class Out {{ static class In {{ }} {MAIN} }}", ("Out", "Out")),
        (f"public class Out {{ static class In {{ {MAIN} }} {MAIN} }}", ("Out", "Out")),
        (f"public interface I {{ void main(); }} class M {{ {MAIN} }}", ("I", "I")),
        (f"package a.b; public enum E {{ X; {MAIN} }}", ("E", "a.b.E")),
        (f"public record R(int x) {{ {MAIN} }}", ("R", "R")),
        (f"@Deprecated(since=\"x\") @A({{1}}) public class B {{ {MAIN} }}", ("B", "B")),
        (f"// public class No {{\n/* public class No2 {{ */ public class Yes {{ {MAIN} }}", ("Yes", "Yes")),
        (f'class T {{ String s = "}} public class No {{"; char c = \'"\'; char d = \'}}\'; {MAIN} }}', ("Main", "T")),
        (f'class T {{ String s = """\n public class No {{ " """; {MAIN} }}', ("Main", "T")),
        (f"public class Größe {{ {MAIN} }}", ("Größe", "Größe")),
        (f"public class $a_1 {{ {MAIN} }}", ("$a_1", "$a_1")),
        (f"import java.util.*; class My {{ {MAIN} }} class Other {{ }}", ("Main", "My")),
        (f"public class {'x' * 300} {{ {MAIN} }}", ("Main", "Main")),
        ("", ("Main", "Main")), ("no java", ("Main", "Main")), ("public class", ("Main", "Main")), ("}}}}{{{{ /* ", ("Main", "Main")),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_java_names(source: str, expected: tuple[str, str]) -> None:
    assert java.names(source.encode()) == expected


@pytest.mark.parametrize(
    "piece",
    ["/*", '"""', '"', "'", "public ", "final ", "class ", "package ", "void ", "package a", "\\", "{", "a.", " ", "\n", "public class A", '"\\', "//"],
    ids=repr,
)  # fmt: skip
def test_java_is_read_in_linear_time(piece: str) -> None:
    source = (piece * (200_000 // len(piece))).encode()
    start = time.process_time()
    java.names(source)
    java.names(b"package " + source)
    java.names(b"class " + source)
    assert time.process_time() - start < 2


def test_names_of_files_stay_in_their_folder() -> None:
    for source in (b"public class ../../x { }", b"public class a/b {}", b"package ..; public class X {}", b"public class \xff\xfe {}", b"public class a\0b {}"):  # fmt: skip
        file, main = java.names(source)
        assert "/" not in file + main
        assert "\0" not in file + main
        assert file not in (".", "..")
