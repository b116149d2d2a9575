"""Compile once, run many times: what is kept, what is not, and whose failure it is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from language_programs import PROGRAMS

from verigym import Status, Task
from verigym.envs.code import stdio_task
from verigym.errors import SandboxError, SandboxUnavailable
from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.base import DEFAULT_LIMITS
from verigym.sandbox.languages import Language, compiled, language
from verigym.sandbox.languages import records as languages
from verigym.verifiers.stdio import StdioVerifier

Need = Callable[[str], Language]
MiB = 1 << 20


class Counting(Sandbox):
    """Another sandbox that tells what it is asked to run, and fails when it is told to."""

    name = "counting"

    def __init__(self, inner: Sandbox) -> None:
        self.inner, self.tier, self.workers = inner, inner.tier, inner.workers
        self.ran: list[str] = []
        self.fails: list[Exception] = []
        self.lock = threading.Lock()

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        with self.lock:
            self.ran.append("compile" if program.keep else "run")
            error = self.fails.pop() if self.fails else None
        if error:
            raise error
        return self.inner.run(program, limits)

    def run_pair(self, *args: Any, **options: Any) -> tuple[Execution, Execution]:
        return self.inner.run_pair(*args, **options)

    def capabilities(self) -> Mapping[str, Any]:
        return self.inner.capabilities()

    def close(self) -> None:
        pass


@pytest.fixture
def counting(box: Sandbox) -> Counting:
    return Counting(box)


RIGHT = PROGRAMS["c"]


def fresh(source: str = RIGHT) -> str:
    """A source that no test before has compiled."""
    return f"{source}\n// {time.perf_counter_ns()}"


def test_a_program_is_compiled_once_and_run_many_times(counting: Counting, need_language: Need) -> None:
    record, source = need_language("c"), fresh()
    for number in (1, 2, 3):
        made = compiled.build(counting, record, source)
        assert made.ok
        assert made.execution is not None
        assert made.message == ""
        done = counting.run(made.program(f"{number}\n"), made.limits)
        assert done.stdout == f"{2 * number}\n".encode()
    assert counting.ran == ["compile", "run", "compile", "run", "run", "run"], "a trial, then ours"


def test_all_cases_of_a_task_share_one_compilation(counting: Counting, need_language: Need) -> None:
    need_language("c")
    task = stdio_task("p", [(f"{n}", f"{2 * n}") for n in range(5)], language="c")
    answer = fresh()
    assert StdioVerifier(counting).verify(task, answer).correct
    assert StdioVerifier(counting).verify(task, f"```c\n{answer}\n```").correct
    assert counting.ran.count("compile") == 2, "a trial and the answer"
    assert counting.ran.count("run") == 11


def test_threads_that_compile_the_same_compile_it_once(counting: Counting, need_language: Need) -> None:
    record, source = need_language("c"), fresh()
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: compiled.build(counting, record, source), range(6)))
    assert len({id(build.compiled) for build in made}) == 1
    assert counting.ran.count("compile") == 2


def test_what_differs_is_compiled_apart(counting: Counting, need_language: Need) -> None:
    record, source = need_language("c"), fresh()
    other = replace(record, compile=(*record.compile, "-g"))
    builds = [
        compiled.build(counting, record, source),
        compiled.build(counting, record, source + " "),
        compiled.build(counting, other, source),
        compiled.build(counting, record, source, compile_seconds=3),
        compiled.build(Counting(counting.inner), record, source),
    ]
    assert len({id(build.compiled) for build in builds}) == 5
    assert len({id(build.compiled) for build in builds[:4]}) == 4
    same = compiled.build(counting, record, source.encode(), Limits(wall_seconds=1))
    assert same.compiled is builds[0].compiled, "limits of the run do not matter to the compiler"
    assert same.limits.wall_seconds == 1


def test_a_compile_error_is_kept_too(counting: Counting, need_language: Need) -> None:
    record, source = need_language("c"), fresh("int main(void) { return }")
    for _ in range(3):
        made = compiled.build(counting, record, source)
        assert not made.ok
        assert "main.c:1:" in made.message
    assert counting.ran.count("compile") == 2


def test_a_failure_of_ours_is_not_kept(counting: Counting, need_language: Need) -> None:
    record, source = need_language("c"), fresh()
    compiled.require(counting, record)
    counting.fails = [SandboxError("lost")]
    with pytest.raises(SandboxError, match="lost"):
        compiled.build(counting, record, source)
    assert compiled.build(counting, record, source).ok


def test_a_failure_of_ours_is_an_abstention_unless_it_passes(
    counting: Counting, need_language: Need
) -> None:
    need_language("c")
    task = stdio_task("p", [("1", "2")], language="c")
    counting.fails = [SandboxError("lost")]
    assert StdioVerifier(counting).verify(task, fresh()).correct, "it is tried again"
    counting.fails = [SandboxError("lost"), SandboxError("lost")]
    verdict = StdioVerifier(counting).verify(task, fresh())
    assert (verdict.status, verdict.reward) == (Status.SANDBOX_ERROR, None)


def test_what_the_clock_ended_is_not_kept(counting: Counting, need_language: Need) -> None:
    record, source = need_language("bash"), fresh("true").replace("//", "#")
    compiled.require(counting, record)
    sleepy = replace(record, compile=("bash", "-c", "sleep 30"))
    compiled._cache.get((compiled.weakref.ref(counting), sleepy), lambda: compiled.Compiled(True, ""))
    for _ in range(2):
        made = compiled.build(counting, sleepy, source, compile_seconds=0.1)
        assert made.message.startswith("The compiler ran out of time.")
        assert made.execution is not None
        assert made.execution.limit is Limit.WALL
    assert counting.ran.count("compile") == 3


def test_artefacts_have_room_beside_the_scratch_that_was_asked_for(
    box: Sandbox, need_language: Need
) -> None:
    record = need_language("c")
    made = compiled.build(box, record, fresh(), Limits(scratch_bytes=8192))
    assert made.limits.scratch_bytes > 8192 + 10_000
    assert made.run(box, "4").stdout == b"8\n"


def test_python_is_not_compiled(counting: Counting) -> None:
    made = compiled.build(counting, language("python"), "print(2 * int(input()))")
    assert (made.ok, made.execution, made.message) == (True, None, "")
    assert not counting.ran
    assert made.program("3") == Program("print(2 * int(input()))", stdin="3")
    assert made.limits == Limits()
    assert made.run(counting, "3").stdout == b"6\n"
    assert compiled.build(counting, language("python"), "").run(counting).exit_code == 0


def test_what_a_forked_child_compiles_is_its_own(box: Sandbox, need_language: Need) -> None:
    record, source = need_language("c"), fresh()
    compiled.build(box, record, source)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with open_sandbox("local", workers=1) as own:
                code = 0 if compiled.build(own, record, source).run(own, "4").stdout == b"8\n" else 1
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


# ------------------------------------------------------------------------------------ broken tools

BROKEN = {
    "missing": ({"compile": ("no-such-compiler", "main.c")}, "no-such-compiler"),
    "silent": ({"compile": ("false",)}, "a trial program does not compile"),
    "lazy": ({"compile": ("true",)}, "There is nothing in it to run"),
    "complaining": ({"compile": ("sh", "-c", "echo cannot find crt1.o >&2; exit 1")}, "cannot find crt1.o"),
    "wrong": ({"compile": ("sh", "-c", "cp /usr/bin/true main")}, "a trial program does not run"),
    "crashing": ({"compile": ("sh", "-c", "kill -SEGV $$")}, "ended by signal 11"),
    "no runtime": ({"run": ("no-such-runtime", "main")}, "no-such-runtime"),
    "chatty": ({"run": ("sh", "-c", "echo warning; ./main")}, "a trial program does not run"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_tool_is_our_failure(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, need_language: Need, changes: Any, said: str
) -> None:
    broken = replace(need_language("c"), **changes)
    with pytest.raises(SandboxUnavailable, match=r"^c is not available in this sandbox: ") as caught:
        compiled.build(box, broken, RIGHT)
    assert said in str(caught.value)
    with pytest.raises(SandboxUnavailable):  # it is looked at again: somebody may have installed it
        compiled.require(box, broken)
    monkeypatch.setitem(languages._KNOWN, "c", broken)  # type: ignore[arg-type]
    task = stdio_task("p", [("1", "2")], language="c")
    for answer in (RIGHT, "int main(void) { return }", "nonsense"):
        verdict = StdioVerifier(box).verify(task, answer)
        assert (verdict.status, verdict.reward) == (Status.SANDBOX_ERROR, None)
        assert said in verdict.evidence["error"]


def test_a_sandbox_without_scratch_abstains(need_tier: Callable[[int], None]) -> None:
    need_tier(1)
    task = stdio_task("p", [("1", "2")], language="c")
    with open_sandbox("local", tier=1, highest=1, workers=1) as small:
        with pytest.raises(SandboxUnavailable, match=r"^c is not available in this sandbox: .*tier 2"):
            compiled.build(small, language("c"), RIGHT)
        assert StdioVerifier(small).verify(task, RIGHT).reward is None
        compiled.require(small, language("python"))


def test_a_spec_with_an_unknown_language_is_no_success(box: Sandbox) -> None:
    task = stdio_task("p", [("1", "2")], language="c")
    for change in ({"language": "cobol"}, {"language": None}, {"compile_timeout": "1"}, {"compile_timeout": {}}, {"compile_timeout": 10**400}):  # fmt: skip
        broken = Task(family=task.family, prompt="p", spec={**task.spec, **change})
        assert StdioVerifier(box).verify(broken, RIGHT).status is Status.VERIFIER_ERROR
