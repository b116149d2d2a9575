"""Programs and sources that mean no good: each fails as what it is, harms nobody, and learns nothing."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from language_programs import LANGUAGES, PROGRAMS

from verigym import Status, Task, Verdict
from verigym.envs.code import stdio_task
from verigym.sandbox import Limits, Sandbox
from verigym.sandbox.languages import Language, compiled
from verigym.verifiers.stdio import StdioVerifier

Need = Callable[[str], Language]
SECRET = "90210417"
TASK_LIMITS = {"wall_seconds": 1.5}


def task_of(language: str, *cases: tuple[str, str], compile_timeout: float = 20) -> Task:
    return stdio_task(
        "Double.", cases or [(f"{SECRET}\n", "180420834\n")], language=language, timeout=2,
        compile_timeout=compile_timeout, limits=TASK_LIMITS,
    )  # fmt: skip


def judge(box: Sandbox, task: Task, answer: str) -> Verdict:
    verdict = StdioVerifier(box).verify(task, answer)
    json.dumps(verdict.to_json(), allow_nan=False, ensure_ascii=False).encode()
    assert SECRET not in verdict.feedback
    return verdict


# ------------------------------------------------------------------------------------- the compiler

BOMBS = {
    "templates": ("cpp", "template<int D, long K> struct T { enum { v = (T<D-1, 2*K>::v + T<D-1, 2*K+1>::v) & 1 }; };\ntemplate<long K> struct T<0, K> { enum { v = 1 }; };\nint main() { return T<24, 1>::v; }"),
    "depth": ("cpp", "template<class T> struct C { C<C<T>> c; };\nint main() { C<int> c; }"),
    "constexpr": ("cpp", "constexpr long f() { long s = 0; for (long i = 0; i < 1L << 60; i++) s += i; return s; }\nconstexpr long x = f();\nint main() { return x; }"),
    "zeros": ("c", '#include "/dev/zero"\nint main(void) {}'),
    "itself": ("c", '#include "main.c"\nint main(void) {}'),
    "macros": ("c", "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(A(x))))\nint main(void) { B(B(int a;)) }"),
    "rust zeros": ("rust", 'static Z: &[u8] = include_bytes!("/dev/zero");\nfn main() { println!("{}", Z.len()); }'),
    "rust constant": ("rust", "const fn f() -> u64 { let mut i = 0u64; while i < u64::MAX { i += 1; } i }\nconst X: u64 = f();\nfn main() { println!(\"{}\", X); }"),
    "java nesting": ("java", "class Main { int x = " + "(" * 100_000 + "1" + ")" * 100_000 + "; }"),
    "typescript nesting": ("typescript", "console.log(" + "(" * 200_000 + "1" + ")" * 200_000 + ");"),
    "go array": ("go", "package main\nvar a [1 << 50]byte\nfunc main() { a[1] = 1 }"),
    "bash nesting": ("bash", "echo " + "$(" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize(("name", "source"), BOMBS.values(), ids=BOMBS)
def test_a_source_that_the_compiler_cannot_manage_is_a_compile_error(
    box: Sandbox, need_language: Need, name: str, source: str
) -> None:
    need_language(name)
    start = time.perf_counter()
    verdict = judge(box, task_of(name, compile_timeout=1), source)
    assert verdict.status is Status.COMPILE_ERROR, verdict
    assert time.perf_counter() - start < 20
    assert len(verdict.feedback) < 1000
    assert len(json.dumps(verdict.to_json())) < 20_000


def test_limits_of_the_compiler_are_told_in_words(box: Sandbox, need_language: Need) -> None:
    for name, bomb, said in (("cpp", "templates", "ran out of time"), ("rust", "rust zeros", "memory")):
        made = compiled.build(box, need_language(name), BOMBS[bomb][1], compile_seconds=1)
        assert not made.ok
        assert said in made.message


READERS = {
    "c": '#include "{}"\nint main(void) {{}}',
    "cpp": '#include "{}"\nint main() {{}}',
    "rust": 'fn main() {{ println!("{{}}", include_str!("{}")); }}',
}


PATHS = ("/etc/passwd", "/dev/stdin", "/proc/self/fd/0", "/proc/1/environ", "/proc/self/environ")


@pytest.mark.parametrize("name", READERS)
def test_a_compiler_finds_nothing_that_is_worth_telling(
    box: Sandbox, need_language: Need, tmp_path: Path, name: str
) -> None:
    need_language(name)
    ours = tmp_path / "ours"
    ours.write_text("password = 31415926\n")
    for path in (*PATHS, str(ours)):
        verdict = judge(box, task_of(name), READERS[name].format(path))
        told = verdict.feedback + json.dumps(dict(verdict.evidence))
        assert verdict.reward == 0.0
        assert SECRET not in told
        assert "31415926" not in told
        assert socket.gethostname() not in told
        assert "PWD" not in told
        assert "root:" not in told or box.name != "local", "a container has a list of users of its own"


# -------------------------------------------------------------------------------------- the program

FORKS = {
    "c": "#include <unistd.h>\nint main(void) { for (;;) fork(); }",
    "bash": ":() { : | : & }; :; while :; do :; done",
    "javascript": 'const { fork } = require("child_process"); for (;;) fork("main.js");',
}


@pytest.mark.parametrize("name", FORKS)
def test_a_fork_bomb_fails_and_is_gone(box: Sandbox, need_language: Need, name: str) -> None:
    need_language(name)
    verdict = judge(box, task_of(name), FORKS[name])
    assert verdict.reward == 0.0
    assert verdict.status in (Status.TIMEOUT, Status.RUNTIME_ERROR, Status.OUTPUT_LIMIT), verdict
    assert verdict.timings["total"] < 15
    for _ in range(box.workers):
        after = judge(box, task_of("bash", ("1\n", "2\n")), PROGRAMS["bash"])
        assert after.correct, "the next one has the cell for itself"


CALLERS = {
    "c": '#include <sys/socket.h>\n#include <netinet/in.h>\n#include <arpa/inet.h>\n#include <stdio.h>\nint main(void) {{ struct sockaddr_in a = {{AF_INET, htons({0})}}; a.sin_addr.s_addr = htonl(0x7f000001); int s = socket(AF_INET, SOCK_STREAM, 0); puts(s >= 0 && !connect(s, (void *)&a, sizeof a) ? "open" : "closed"); }}',
    "javascript": 'require("net").connect({0}, "127.0.0.1").on("error", () => console.log("closed")).on("connect", () => {{ console.log("open"); process.exit(); }});',
    "java": 'class Main {{ public static void main(String[] a) {{ try {{ new java.net.Socket("127.0.0.1", {0}); System.out.println("open"); }} catch (Exception e) {{ System.out.println("closed"); }} }} }}',
    "go": 'package main\nimport ("fmt"; "syscall")\nfunc main() {{ s, e := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); if e == nil {{ e = syscall.Connect(s, &syscall.SockaddrInet4{{Port: {0}, Addr: [4]byte{{127, 0, 0, 1}}}}) }}; if e == nil {{ fmt.Println("open") }} else {{ fmt.Println("closed") }} }}',
    "rust": 'fn main() {{ println!("{{}}", if std::net::TcpStream::connect("127.0.0.1:{0}").is_ok() {{ "open" }} else {{ "closed" }}); }}',
    "bash": "(exec 3<>/dev/tcp/127.0.0.1/{0}) 2>/dev/null && echo open || echo closed",
}  # fmt: skip


@pytest.mark.parametrize("name", CALLERS)
def test_the_network_is_closed(box: Sandbox, need_language: Need, name: str) -> None:
    need_language(name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted: list[object] = []
        threading.Thread(target=lambda: accepted.append(server.accept()), daemon=True).start()
        source = CALLERS[name].format(server.getsockname()[1])
        verdict = judge(box, task_of(name, ("", "closed\n")), source)
        assert verdict.correct, verdict
        assert not accepted
        server.settimeout(0.01)


DESTROYERS = {
    "c": '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { long n; system("rm -rf /scratch/* /scratch/.??* ./* / 2>/dev/null"); scanf("%ld", &n); printf("%ld\\n", 2 * n); }',
    "javascript": 'const fs = require("fs"); for (const f of fs.readdirSync(".")) fs.rmSync(f); fs.writeFileSync("main.js", "console.log(0)"); console.log(2 * Number(fs.readFileSync(0)));',
    "java": 'import java.io.*; class Main { public static void main(String[] a) { int n = new java.util.Scanner(System.in).nextInt(); for (File f : new File(".").listFiles()) f.delete(); System.out.println(2 * n); } }',
    "bash": 'rm -rf ./* / 2>/dev/null; read -r n; echo "echo 0" > main.sh 2>/dev/null; echo $((2 * n))',
}  # fmt: skip


@pytest.mark.parametrize("name", DESTROYERS)
def test_a_program_that_destroys_its_folder_finds_it_whole_in_the_next_case(
    box: Sandbox, need_language: Need, name: str
) -> None:
    need_language(name)
    task = task_of(name, ("1\n", "2\n"), ("2\n", "4\n"), ("3\n", "6\n"))
    assert judge(box, task, DESTROYERS[name]).correct


def test_nothing_is_left_for_the_next_case(box: Sandbox, need_language: Need) -> None:
    need_language("bash")
    places = "seen /tmp/seen ~/seen"
    source = (
        f"cat {places} 2>/dev/null || echo -n; for p in {places}; do echo seen > $p; done; echo new"
    )
    assert judge(box, task_of("bash", ("1", "new"), ("2", "new"), ("3", "new")), source).correct


def test_what_a_program_prints_of_its_input_stays_out_of_the_feedback(
    box: Sandbox, need_language: Need
) -> None:
    tellers = {
        "javascript": 'throw new Error(require("fs").readFileSync(0, "utf8"))',
        "java": "class Main { public static void main(String[] a) { throw new RuntimeException(new java.util.Scanner(System.in).next()); } }",
        "go": 'package main\nimport "fmt"\nfunc main() { var s string; fmt.Scan(&s); panic(s) }',
        "bash": 'read -r n; echo "main.sh: line 1: syntax error: $n" >&2; exit 2',
    }
    for name, source in tellers.items():
        need_language(name)
        verdict = judge(box, task_of(name), source)
        assert verdict.status is Status.RUNTIME_ERROR
        assert SECRET in verdict.evidence["stderr"], "people may read it"


# --------------------------------------------------------------------------------------- the source

COMMENTS = {"bash": "# {}\n"}


ODD = [(name, b"\0") for name in LANGUAGES]
ODD += [(name, b"\xff\xfe\xed\xa0\x80\r\x1a") for name in ("c", "javascript", "java", "rust", "bash")]


@pytest.mark.parametrize(("name", "bytes_"), ODD)
def test_odd_bytes_in_a_source_are_no_failure_of_ours(
    box: Sandbox, need_language: Need, name: str, bytes_: bytes
) -> None:
    record = need_language(name)
    comment = COMMENTS.get(name, "/* {} */\n").encode().replace(b"{}", bytes_)
    source = PROGRAMS[name].encode()
    made = compiled.build(box, record, comment + source)
    if made.ok:
        done = made.run(box, "21\n")
        assert (done.stdout, done.exit_code) in ((b"42\n", 0), (b"", 1))
    else:
        assert made.message


def test_odd_characters_in_an_answer_are_no_failure_of_ours(box: Sandbox, need_language: Need) -> None:
    for name in ("c", "bash", "rust"):
        need_language(name)
        verdict = judge(box, task_of(name), "x" + chr(0) + "\udcff\ud800" + chr(27))
        assert verdict.reward == 0.0


def test_a_source_is_not_taken_for_a_command(box: Sandbox, need_language: Need) -> None:
    for name, source in {
        "java": "public class A$(touch${IFS}x) { }",
        "go": "package main\n//go:generate touch x\n// #cgo LDFLAGS: -Wl,--help\nfunc main() {}",
        "c": '#pragma GCC plugin "/tmp/x.so"\nint main(void) { return 0; }',
        "rust": '#![crate_type = "lib"]\nfn main() {}',
    }.items():
        made = compiled.build(box, need_language(name), source)
        assert not made.ok or made.run(box).exit_code == 0


def test_a_library_is_no_program(box: Sandbox, need_language: Need) -> None:
    for name, source in {
        "go": "package lib\nfunc F() {}",
        "c": "int f(void) { return 1; }",
        "rust": "pub fn f() {}",
        "java": "package lib;",
    }.items():
        need_language(name)
        assert judge(box, task_of(name), source).status is Status.COMPILE_ERROR, name


def test_large_sources_are_taken(box: Sandbox, need_language: Need) -> None:
    record = need_language("c")
    source = PROGRAMS["c"] + "\n// " + "x" * 3_000_000
    assert compiled.build(box, record, source, Limits()).run(box, "4").stdout == b"8\n"
