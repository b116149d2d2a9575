"""Programming languages as records: how source becomes a program, and how that program is run.

Adding a language is adding a record; nothing else here or elsewhere knows a language by its name. In
the words of a command ``{file}`` stands for the source file's name without its ending, ``{main}`` for
the name by which the program is started, and ``{heap}`` for how many MiB a runtime may give to the
program's data under the memory limit that holds.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from verigym.errors import UserError
from verigym.sandbox.base import DEFAULT_LIMITS
from verigym.sandbox.languages import java
from verigym.sandbox.program import Execution, Limit, Limits, MiB, Program

COMPILING = Limits(
    wall_seconds=60,
    cpu_seconds=20,
    memory_bytes=1024 * MiB,
    processes=128,
    file_bytes=128 * MiB,
    scratch_bytes=512 * MiB,
    result_bytes=64 * MiB,
)
"""What a compiler may use. The time is the candidate's to waste, so it is short."""
_HEAP = 0.75
"""Of the memory limit; the rest is for the runtime itself."""


@dataclass(frozen=True, eq=False)
class Language:
    """How programs of one language are compiled, run and limited."""

    name: str
    aliases: tuple[str, ...]
    source: str
    """Name of the source file, with ``{file}`` where the source has a say in it."""
    echo: str
    """A program that prints the input that it is given: the first to be tried in a sandbox."""
    nothing: tuple[str, ...]
    """Programs that print nothing or a blank line, whatever they are given."""
    version: Program
    """Prints the version of the tools, on either stream."""
    run: tuple[str, ...] = ()
    """The command that runs what the compiler left; none for the sandbox's own Python."""
    compile: tuple[str, ...] = ()
    """The command that compiles, or only checks, the source; ends with 0 when the source is right."""
    keep: tuple[str, ...] = ()
    """Patterns of the files that a run needs of what the compiler left."""
    support: Mapping[str, str] = field(default_factory=dict)
    """Files of ours that lie beside the source when it is compiled."""
    names: Callable[[bytes], tuple[str, str]] = lambda source: ("main", "main")
    """From the source to ``{file}`` and ``{main}``."""
    fitting: Mapping[str, Any] = field(default_factory=dict)
    """Limits of a run that fit better than the defaults."""
    reserve: int = 0
    """Bytes of address space that the runtime takes beyond the memory it uses."""
    exhausted: str = "(?!)"
    """What the runtime prints on the error stream when the program has used up its memory."""

    @property
    def is_python(self) -> bool:
        """Run by the sandbox's own interpreter, which needs no command and no compiler."""
        return not self.run

    def limits(self, limits: Limits = DEFAULT_LIMITS) -> Limits:
        """The limits with what fits this language where the caller left the default."""
        free = {name: value for name, value in self.fitting.items() if _is_default(limits, name)}
        return self._with_address_space(dataclasses.replace(limits, **free) if free else limits)

    def compile_limits(self, seconds: float | None = None) -> Limits:
        """The limits of the compiler, with a processor time of your own.

        Raises:
            UserError: for seconds that are no number in the range of ``Limits.cpu_seconds``.
        """
        limits = COMPILING
        if seconds is not None:
            limits = dataclasses.replace(limits, cpu_seconds=seconds)  # is a number, or raises
            limits = dataclasses.replace(limits, wall_seconds=min(3 * seconds, 3600))
        return self._with_address_space(limits)

    def limit_of(self, done: Execution) -> Limit | None:
        """The limit that a run has hit in truth, by what its runtime makes of it.

        Most runtimes end in an orderly way when memory is lacking, and say so on their error stream.
        Some go on although nothing more can be printed, and run out of time then.
        """
        if done.stdout_cut and done.limit in (Limit.WALL, Limit.CPU) and not self.is_python:
            return Limit.OUTPUT
        failed = done.limit in (None, Limit.OUTPUT) and done.exit_code != 0
        if failed and re.search(self.exhausted.encode(), done.stderr):
            return Limit.MEMORY
        return done.limit

    def _with_address_space(self, limits: Limits) -> Limits:
        if not self.reserve or limits.address_bytes is not None:
            return limits
        return dataclasses.replace(limits, address_bytes=limits.memory_bytes + self.reserve)


def command(words: tuple[str, ...], file: str, main: str, limits: Limits) -> tuple[str, ...]:
    """The words of a record's command with everything filled in."""
    heap = int(limits.memory_bytes * _HEAP) // MiB
    return tuple(word.format(file=file, main=main, heap=heap) for word in words)


def _is_default(limits: Limits, name: str) -> bool:
    return bool(getattr(limits, name) == getattr(DEFAULT_LIMITS, name))


# ------------------------------------------------------------------------------------ the records


def _prints(*words: str, **more: Any) -> Program:
    return Program(command=words, scratch=True, **more)


PYTHON = Language(
    name="python",
    aliases=("py", "python3"),
    source="main.py",
    echo="import sys; print(sys.stdin.read())",
    nothing=("pass", "print()"),
    version=Program("import sys; print('Python', sys.version.partition(' ')[0])"),
)

C = Language(
    name="c",
    aliases=("gcc", "c17"),
    source="main.c",
    echo="#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c); }",
    nothing=("int main(void) { return 0; }", '#include <stdio.h>\nint main(void) { puts(""); }'),
    version=_prints("gcc", "--version"),
    compile=("gcc", "-std=gnu17", "-O2", "-s", "-w", "-o", "main", "main.c", "-lm"),
    keep=("main",),
    run=("./main",),
)

CPP = Language(
    name="cpp",
    aliases=("c++", "cxx", "g++", "cc", "cpp20", "c++20"),
    source="main.cpp",
    echo="#include <iostream>\nint main() { std::cout << std::cin.rdbuf(); }",
    nothing=("int main() {}", '#include <cstdio>\nint main() { std::puts(""); }'),
    version=_prints("g++", "--version"),
    compile=("g++", "-std=gnu++20", "-O2", "-s", "-w", "-o", "main", "main.cpp", "-lm"),
    keep=("main",),
    run=("./main",),
    exhausted=r"std::bad_alloc",
)

_COMPILE_JS = {"compile.js": Path(__file__).with_name("compile.js").read_text(encoding="utf-8")}
_NODE_COMPILE = ("node", "--no-warnings", "--experimental-vm-modules", "compile.js")
_NODE: dict[str, Any] = {
    "support": _COMPILE_JS,
    "keep": ("main.js", "package.json"),
    "run": ("node", "--stack-size=62000", "--max-old-space-size={heap}", "main.js"),
    "fitting": {"memory_bytes": 1024 * MiB, "processes": 64},
    "reserve": 16 * 1024 * MiB,  # for one memory of WebAssembly it takes 10 GiB
    "exhausted": r"JavaScript heap out of memory|Array buffer allocation failed",
}

JAVASCRIPT = Language(
    name="javascript",
    aliases=("js", "node", "nodejs", "ecmascript"),
    source="main.js",
    echo='process.stdout.write(require("fs").readFileSync(0))',
    nothing=(";", "console.log()"),
    version=_prints("node", "--version"),
    compile=(*_NODE_COMPILE, "main.js"),
    **_NODE,
)

TYPESCRIPT = Language(
    name="typescript",
    aliases=("ts",),
    source="main.ts",
    echo='import * as fs from "fs";\nconst all: string = `${fs.readFileSync(0)}`;\nconsole.log(all);',
    nothing=(";", "console.log()"),
    version=_prints(*_NODE_COMPILE, "--version", files=_COMPILE_JS),
    compile=(*_NODE_COMPILE, "main.ts"),
    **_NODE,
)

_SMALL_JVM = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ActiveProcessorCount=1"),
    *("-Xshare:auto", "-XX:-UsePerfData"),
    # What it has to say itself it shall not say among the program's output.
    *("-XX:+DisplayVMOutputToStderr", "-Xlog:disable", "-Xlog:all=warning:stderr"),
)

JAVA = Language(
    name="java",
    aliases=("openjdk", "jvm"),
    source="{file}.java",
    echo="public class Main { public static void main(String[] a) throws Exception {"
    " System.in.transferTo(System.out); System.out.flush(); } }",
    nothing=(
        "class Main { public static void main(String[] a) {} }",
        "class Main { public static void main(String[] a) { System.out.println(); } }",
    ),
    version=_prints("javac", *(f"-J{word}" for word in _SMALL_JVM), "-version"),
    compile=(
        *("javac", *(f"-J{word}" for word in _SMALL_JVM), "-J-Xmx{heap}m", "-J-Xss16m"),
        *("-encoding", "UTF-8", "-proc:none", "-nowarn", "-d", ".", "{file}.java"),
    ),
    keep=("*.class",),
    names=java.names,
    run=("java", *_SMALL_JVM, "-Xss64m", "-Xmx{heap}m", "-cp", ".", "{main}"),
    fitting={"memory_bytes": 1024 * MiB, "processes": 64},
    reserve=4096 * MiB,
    exhausted=r"java\.lang\.OutOfMemoryError(?!: unable to create)",
)

_GO_BUILD = (
    *("env", "GO111MODULE=off", "CGO_ENABLED=0", "GOMAXPROCS=1", "GOTOOLCHAIN=local"),
    "GODEBUG=installgoroot=all",  # from 1.20 on: take the compiled standard library where there is one
)

GO = Language(
    name="go",
    aliases=("golang",),
    source="main.go",
    echo='package main\nimport ("io"; "os")\nfunc main() { io.Copy(os.Stdout, os.Stdin) }',
    nothing=("package main\nfunc main() {}", "package main\nfunc main() { println() }"),
    version=_prints("go", "version"),
    compile=(
        *_GO_BUILD,
        "go",
        "build",
        "-buildmode=exe",
        "-p=1",
        "-ldflags=-s -w",
        "-o",
        "main",
        "main.go",
    ),
    keep=("main",),
    run=("env", "GOMAXPROCS=1", "GOMEMLIMIT={heap}MiB", "./main"),
    fitting={"memory_bytes": 1024 * MiB, "processes": 64},
    reserve=1024 * MiB,
    exhausted=r"fatal error: (runtime: )?(out of memory|cannot allocate memory)",
)

RUST = Language(
    name="rust",
    aliases=("rs", "rustc"),
    source="main.rs",
    echo="use std::io::*;\nfn main() { copy(&mut stdin(), &mut stdout()).unwrap(); }",
    nothing=("fn main() {}", "fn main() { println!(); }"),
    version=_prints("rustc", "--version"),
    compile=(
        *(
            "rustc",
            "--edition=2021",
            "--crate-type=bin",
            "-O",
            "-C",
            "strip=symbols",
            "-C",
            "codegen-units=1",
        ),
        *("--cap-lints=allow", "-o", "main", "main.rs"),
    ),
    keep=("main",),
    run=("./main",),
    reserve=1024 * MiB,
    exhausted=r"memory allocation of \d+ bytes failed",
)

BASH = Language(
    name="bash",
    aliases=("sh", "shell"),
    source="main.sh",
    echo="cat",
    nothing=("true", "echo"),
    version=_prints("bash", "--version"),
    compile=("bash", "-n", "main.sh"),
    keep=("main.sh",),
    run=("bash", "main.sh"),
    exhausted=r"cannot allocate \d+ bytes|Cannot allocate memory",
)

RECORDS = (PYTHON, C, CPP, JAVASCRIPT, TYPESCRIPT, JAVA, GO, RUST, BASH)

LANGUAGES: Mapping[str, Language] = MappingProxyType({record.name: record for record in RECORDS})
_KNOWN = {alias: record for record in RECORDS for alias in (record.name, *record.aliases)}


def names() -> tuple[str, ...]:
    """The names of all languages."""
    return tuple(LANGUAGES)


def language(name: str) -> Language:
    """The language of a name or alias, in small or capital letters.

    >>> language("C++").name, language("golang").name
    ('cpp', 'go')

    Raises:
        UserError: for a name that no language has.
    """
    found = _KNOWN.get(name.strip().lower()) if isinstance(name, str) else None
    if found is None:
        shown = repr(name)[:80]
        raise UserError(f"no language is called {shown}; there are: {', '.join(names())}")
    return found
