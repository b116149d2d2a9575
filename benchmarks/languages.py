"""What a program costs in each language: to compile it, and to run it, in the sandbox and without.

    python benchmarks/languages.py
    python benchmarks/languages.py --languages c,java --rounds 9 --json

Two sides in one run, in turn, so that a noisy machine is noisy for both, and each on one core:

* the local sandbox at its best tier: the compiler in a fresh scratch directory, then the program from
  what the compiler left, in another;
* the same commands as plain subprocesses in a temporary folder, with no containment and no limits.

The program reads a number and prints its double. Figures are medians over the rounds, ratios medians of
the ratio within a round. "again" is a build of a source that was built before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from verigym.sandbox import Limits, Sandbox, SandboxUnavailable
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.languages import compiled
from verigym.sandbox.languages.records import Language, command, language, names

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "languages"))
from language_programs import PROGRAMS

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
STDIN, STDOUT = b"21\n", b"42\n"
RUNS = 5
"""Of each program, as if a task had as many cases."""


def milliseconds(start: float) -> float:
    return (time.perf_counter() - start) * 1e3


def sandboxed(box: Sandbox, record: Language, source: str) -> dict[str, float]:
    start = time.perf_counter()
    build = compiled.build(box, record, source)
    took = {"compile": milliseconds(start)}
    assert build.ok, build.message
    start = time.perf_counter()
    build = compiled.build(box, record, source)
    took["again"] = milliseconds(start)
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        done = build.run(box, STDIN)
        times.append(milliseconds(start))
        assert done.stdout == STDOUT, done
    return {**took, "run": statistics.median(times)}


def plain(record: Language, source: str) -> dict[str, float]:
    file, main = record.names(source.encode())
    with tempfile.TemporaryDirectory() as folder:
        name = record.source.format(file=file)
        for path, text in {**record.support, name: source}.items():
            (Path(folder) / path).write_text(text)
        options: dict[str, Any] = {"cwd": folder, "env": {**ENVIRONMENT, "HOME": folder}, "check": True}
        words = command(record.compile, file, main, record.compile_limits())
        start = time.perf_counter()
        subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, **options)
        took = {"compile": milliseconds(start)}
        words = command(record.run, file, main, record.limits(Limits()))
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            done = subprocess.run(words, input=STDIN, capture_output=True, **options)
            times.append(milliseconds(start))
            assert done.stdout == STDOUT, done
    return {**took, "run": statistics.median(times)}


def measure(box: Sandbox, record: Language, rounds: int) -> dict[str, float]:
    source, comment = PROGRAMS[record.name], "#" if record.name == "bash" else "//"
    ours, theirs = [], []
    for number in range(rounds + 1):
        text = f"{source}\n{comment} {number} {time.time_ns()}\n"
        ours.append(sandboxed(box, record, text))
        theirs.append(plain(record, text))
    ours, theirs = ours[1:], theirs[1:]  # the first was to warm up
    row = {f"{what}_ms": statistics.median(one[what] for one in ours) for what in ours[0]}
    for what in ("compile", "run"):
        row[f"plain_{what}_ms"] = statistics.median(one[what] for one in theirs)
        pairs = zip(ours, theirs, strict=True)
        row[f"{what}_ratio"] = statistics.median(a[what] / b[what] for a, b in pairs)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--languages", help="comma-separated; default all but Python")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    wanted = options.languages.split(",") if options.languages else names()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])  # the sandbox's; the callers and the plain commands have another
    found = {}
    with open_sandbox("local", workers=1) as box:
        os.sched_setaffinity(0, cores[-1:])
        for record in map(language, wanted):
            if record.is_python:
                continue
            try:
                compiled.require(box, record)
            except SandboxUnavailable as error:
                print(error, file=sys.stderr)
                continue
            found[record.name] = measure(box, record, options.rounds)
    if options.json:
        print(json.dumps(found))
        return
    head = ("compile ms", "plain", "ratio", "again", "run ms", "plain", "ratio")
    widths = (11, 8, 7, 8, 9, 8, 7)
    print(" " * 12 + "".join(f"{word:>{width}}" for word, width in zip(head, widths, strict=True)))
    for name, row in found.items():
        print(
            f"{name:12}{row['compile_ms']:11.0f}{row['plain_compile_ms']:8.0f}{row['compile_ratio']:7.2f}"
            f"{row['again_ms']:8.3f}{row['run_ms']:9.1f}{row['plain_run_ms']:8.1f}{row['run_ratio']:7.2f}"
        )


if __name__ == "__main__":
    main()
