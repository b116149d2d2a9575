"""Programs in every language: right, wrong, and each way to fail, judged as what they did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from language_programs import (
    BROKEN,
    CRASH,
    DEEP,
    EXIT,
    FLOOD,
    LANGUAGES,
    LOOP,
    MEMORY,
    OVERFLOW,
    PROGRAMS,
)

from verigym import Status, Task, Verdict
from verigym.envs.code import Stdio, stdio_task
from verigym.sandbox import Sandbox
from verigym.sandbox.languages import Language
from verigym.verifiers.stdio import StdioVerifier

MiB = 1 << 20
CASES = [("1\n", "2\n"), ("-3\n", "-6\n"), ("10\n20\n", "20\n40\n")]
Need = Callable[[str], Language]


def task_of(language: str, cases: Any = CASES, timeout: float = 5, **limits: Any) -> Task:
    return stdio_task("Print the double.", cases, language=language, timeout=timeout, limits=limits)


def judge(box: Sandbox, task: Task, answer: str) -> Verdict:
    verdict = StdioVerifier(box).verify(task, answer)
    json.dumps(verdict.to_json(), allow_nan=False, ensure_ascii=False).encode()
    return verdict


FAMILY = Stdio([{"prompt": "p", "cases": CASES}])
FAILURES = {
    CRASH: Status.RUNTIME_ERROR,
    EXIT: Status.RUNTIME_ERROR,
    LOOP: Status.TIMEOUT,
    MEMORY: Status.MEMORY_LIMIT,
    FLOOD: Status.OUTPUT_LIMIT,
    OVERFLOW: Status.RUNTIME_ERROR,
}
WAYS = [(name, way) for name in LANGUAGES for way in FAILURES if (name, way) != ("bash", OVERFLOW)]
LIMITS: dict[int, dict[str, Any]] = {
    MEMORY: {"memory_bytes": 256 * MiB, "timeout": 15},
    LOOP: {"timeout": 1},
    OVERFLOW: {"timeout": 15},  # Go lets its stack grow to 1 GB
}
Verdicts = dict[tuple[str, Any], "Future[Verdict]"]


@pytest.fixture(scope="module")
def verdicts(box: Sandbox) -> Iterator[Verdicts]:
    """On each way of each program; judged on all cores while the tests look at the first."""
    with ThreadPoolExecutor(box.workers + 1) as pool:

        def submit(task: Task, answer: str) -> Future[Verdict]:
            return pool.submit(judge, box, task, answer)

        found = {(name, "right"): submit(task_of(name), PROGRAMS[name]) for name in LANGUAGES}
        for name, way in WAYS:
            cases = [("1\n", "2\n"), (f"1\n{way}\n", f"2\n{2 * way}\n")]
            found[name, way] = submit(task_of(name, cases, **LIMITS.get(way, {})), PROGRAMS[name])
        for name in LANGUAGES:
            found[name, "broken"] = submit(task_of(name), BROKEN[name])
            for number, answer in enumerate(FAMILY.null_answers(task_of(name))):
                found[name, number] = submit(task_of(name), answer)
        yield found
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_right_program_is_correct(
    box: Sandbox, verdicts: Verdicts, need_language: Need, name: str
) -> None:
    need_language(name)
    verdict = verdicts[name, "right"].result()
    assert verdict.status is Status.CORRECT, verdict
    assert [case.name for case in verdict.cases] == ["case 0", "case 1", "case 2"]
    assert verdict.evidence["isolation"] == "separate"
    assert verdict.evidence["tier"] == box.tier


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_a_failing_program_fails_as_what_it_did(
    verdicts: Verdicts, need_language: Need, name: str, way: int
) -> None:
    need_language(name)
    verdict = verdicts[name, way].result()
    # What C does after malloc has failed is its own business.
    expected = Status.RUNTIME_ERROR if (name, way) == ("c", MEMORY) else FAILURES[way]
    assert verdict.status is expected, verdict
    assert verdict.reward == 0.0
    assert [case.status for case in verdict.cases] == [Status.CORRECT, expected]


@pytest.mark.sampled
@pytest.mark.parametrize("name", LANGUAGES)
def test_a_wrong_program_is_wrong(box: Sandbox, need_language: Need, name: str) -> None:
    need_language(name)
    verdict = judge(box, task_of(name, [("1\n", "2\n"), ("2\n", "5\n")]), PROGRAMS[name])
    assert verdict.status is Status.WRONG
    assert verdict.feedback == "It printed something else than expected. 1 of 2 cases passed before."


@pytest.mark.parametrize("name", [name for name in LANGUAGES if name != "bash"])
def test_a_deep_recursion_is_no_failure(box: Sandbox, need_language: Need, name: str) -> None:
    need_language(name)
    cases = [(f"{DEEP}\n", f"{2 * DEEP}\n300000\n")]
    assert judge(box, task_of(name, cases), PROGRAMS[name]).correct


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_compile_error_is_told_in_the_compilers_words(
    verdicts: Verdicts, need_language: Need, name: str
) -> None:
    record = need_language(name)
    verdict = verdicts[name, "broken"].result()
    assert verdict.feedback.startswith("It does not compile: ")
    assert record.source.format(file="Solution") in verdict.feedback, "the compiler names the place"
    assert verdict.evidence["compiler"]
    assert len(verdict.feedback) < 1000
    assert not verdict.cases


@pytest.mark.parametrize("name", LANGUAGES)
def test_null_answers_earn_nothing(
    box: Sandbox, verdicts: Verdicts, need_language: Need, name: str
) -> None:
    need_language(name)
    found = [verdicts[name, number].result() for number in range(6)]
    assert [verdict.reward for verdict in found] == [0.0] * 6
    assert [verdict.status for verdict in found][3:] == [Status.WRONG] * 3, "they run, and are wrong"
    echo = task_of(name, [("a b\n", "a b\n")])
    answers = FAMILY.null_answers(task_of(name))
    assert len(set(answers)) == 6
    assert FAMILY.null_answers(echo) == answers[:5], "an echo is no null answer to a task for one"
    assert judge(box, echo, answers[5]).correct


# ------------------------------------------------------------------------- what programs may be like


@pytest.mark.sampled
def test_java_classes_have_the_names_that_they_have(box: Sandbox, need_language: Need) -> None:
    need_language("java")
    say = 'public static void main(String[] a) { System.out.println("ok"); }'
    task = task_of("java", [("", "ok\n")])
    for source in (
        f"class Other {{ {say} }}",
        f"package a.b.c; public class Größe {{ {say} }}",
        f"public class Helper {{ }} class Sol {{ static class In {{ }} {say} }}",
        f"record R(int x) {{ {say} }}",
    ):
        assert judge(box, task, source).correct, source
    assert judge(box, task, "class Main { }").status is Status.RUNTIME_ERROR
    assert judge(box, task, "package a.b;").status is Status.COMPILE_ERROR


@pytest.mark.sampled
@pytest.mark.parametrize(
    "source",
    [
        'const fs = require("fs"); console.log(2 * Number(fs.readFileSync(0)));',
        'import fs from "fs";\nconsole.log(2 * Number(fs.readFileSync(0)));',
        'import { readFileSync } from "node:fs";\nconsole.log(2 * Number(await readFileSync(0)));',
        'let s = ""; process.stdin.on("data", d => s += d).on("end", () => console.log(2 * Number(s)));',
        'require("readline").createInterface({ input: process.stdin }).on("line", l => console.log(2 * l));',
    ],
)
def test_javascript_is_written_in_several_ways(box: Sandbox, need_language: Need, source: str) -> None:
    need_language("javascript")
    need_language("typescript")
    task = task_of("javascript", [("21\n", "42\n")])
    assert judge(box, task, source).correct
    assert judge(box, task_of("typescript", [("21\n", "42\n")]), source).correct


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("let a = 1;\nlet a = 2;", "main.js:2\nlet a = 2;\n    ^\n\nSyntaxError: Identifier 'a' has already been declared"),
        ('import fs from "fs";\nif (', "main.js: SyntaxError: Unexpected end of input"),
        ("const x = await 1; export { x y }", "main.js: SyntaxError: Unexpected identifier"),
    ],
)  # fmt: skip
def test_syntax_errors_of_javascript_are_told(
    box: Sandbox, need_language: Need, source: str, said: str
) -> None:
    need_language("javascript")
    verdict = judge(box, task_of("javascript"), source)
    assert verdict.status is Status.COMPILE_ERROR
    assert said in verdict.feedback


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("source", "status"),
    [
        ('declare const require: any;\nconsole.log(2 * Number(require("fs").readFileSync(0)));', Status.CORRECT),
        ('const wrong: string = 42;\nconsole.log(wrong);', Status.CORRECT),
        ('type A<T> = T extends 0 ? 1 : A<A<A<T>>>; let x: A<5>; console.log(42)', Status.CORRECT),
        ('namespace N { export const x = 42 }\nconsole.log(N.x as number)', Status.CORRECT),
        ('import * as rl from "readline";\nfor await (const l of rl.createInterface({ input: process.stdin })) console.log(2 * +l);', Status.CORRECT),
        ('let x: number = 1;\nlet x: number = 2;', Status.COMPILE_ERROR),
        ('console.log(' + '(' * 100_000 + '1' + ')' * 100_000 + ')', Status.COMPILE_ERROR),
        ('function f( { }', Status.COMPILE_ERROR),
    ],
    ids=range(8),
)  # fmt: skip
def test_types_are_stripped_and_not_checked(
    box: Sandbox, need_language: Need, source: str, status: Status
) -> None:
    need_language("typescript")
    assert judge(box, task_of("typescript", [("21\n", "42\n")]), source).status is status


def test_large_static_arrays_are_allowed(box: Sandbox, need_language: Need) -> None:
    task = task_of("c", [("3\n", "3\n")], timeout=5)
    need_language("c")
    say = 'int main(void) { int n; scanf("%d", &n); for (long i = 0; i < sizeof a; i += 4096) ((volatile char *)a)[i]++; printf("%d\\n", n); }'
    assert judge(box, task, f"#include <stdio.h>\nchar a[50 << 20]; {say}").correct
    assert judge(box, task, f"#include <stdio.h>\nint a[12 << 20] = {{1}}; {say}").correct, (
        "in the file"
    )
    assert (
        judge(box, task, f"#include <stdio.h>\nchar a[1L << 30]; {say}").status is Status.RUNTIME_ERROR
    )


def test_threads_run(box: Sandbox, need_language: Need) -> None:
    need_language("go")
    need_language("java")
    go = 'package main\nimport ("fmt"; "sync")\nfunc main() { var w sync.WaitGroup; var m sync.Mutex; s := 0\nfor i := 0; i < 1000; i++ { w.Add(1); go func() { m.Lock(); s++; m.Unlock(); w.Done() }() }\nw.Wait(); fmt.Println(s) }'
    assert judge(box, task_of("go", [("", "1000\n")]), go).correct
    java = "class T { static int s; public static void main(String[] a) throws Exception { Thread[] t = new Thread[8]; for (int i = 0; i < 8; i++) { t[i] = new Thread(() -> { synchronized (T.class) { s++; } }); t[i].start(); } for (Thread x : t) x.join(); System.out.println(s); } }"
    assert judge(box, task_of("java", [("", "8\n")]), java).correct


def test_the_word_behind_a_fence_is_not_looked_at(box: Sandbox, need_language: Need) -> None:
    need_language("cpp")
    task = task_of("cpp")
    right = PROGRAMS["cpp"]
    for word in ("cpp", "c++", "C", "", "text", "python"):
        assert judge(box, task, f"```{word}\n{right}\n```").correct, word
    # The last block is the answer, whatever it says that it is.
    assert judge(box, task, f"```cpp\n{right}\n```\n```bash\ng++ main.cpp\n```").status is (
        Status.COMPILE_ERROR
    )


def test_streams_have_their_names(box: Sandbox, need_language: Need) -> None:
    for name, source in {
        "javascript": 'console.log(2 * Number(require("fs").readFileSync("/dev/stdin", "utf8")));',
        "c": '#include <stdio.h>\nint main(void) { int n; fscanf(fopen("/dev/stdin", "r"), "%d", &n); fprintf(fopen("/dev/stdout", "w"), "%d", 2 * n); }',
        "bash": 'echo thinking > /dev/stderr; read -r n < <(cat /dev/stdin); echo $((2 * n))',
    }.items():  # fmt: skip
        need_language(name)
        verdict = judge(box, task_of(name, [("21\n", "42\n")]), source)
        assert verdict.correct, verdict
