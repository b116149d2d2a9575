"""What runs inside the sandbox for a repository's own tests: pytest, and somebody who watches it.

Two processes. The *runner* is where pytest, the tests and the candidate's code share an interpreter.
The
*watcher*, from which it was forked before anything of the candidate was there, imports nothing of it:
  it takes what the runner says, sees how the runner ends, and writes the result file, which the runner
  has no descriptor of. It is not dumpable, so ``/proc`` shows nobody its memory or its descriptors.

The runner's words are lines of JSON, each with a secret of this run, so that what is merely thrown at
every descriptor is told apart. Who looks for it in the runner's own memory finds it: what the runner
says is evidence, not proof, and whoever asked for the run judges it so
(``verigym.verifiers.repository``).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

from verigym.sandbox.inside.linux import PR_SET_DUMPABLE, SCRATCH, prctl
from verigym.sandbox.inside.scratch import end_like

DATA_FD, RESULT_FD = 3, 4
RUN_SUITE = b"from verigym.sandbox.inside import suite\nsuite.main()\n"

ROOT = "repo"
"""Where the repository lies, in the scratch directory."""
MOST_BYTES = 4 << 20
"""What a runner may say in all; one that says more is killed."""
LONGEST_TEXT = 1500
"""Characters of an explanation, its end."""

FLAGS = (
    *("-c", os.devnull),  # no settings but ours: not pytest.ini, tox.ini, setup.cfg, pyproject.toml
    *("-p", "no:cacheprovider"),
    *("--import-mode", "append"),  # no file of the repository goes before one of Python or pytest
    *("--tb", "short", "--color", "no", "-q", "--no-header", "--disable-warnings"),
)


def main() -> NoReturn:
    """Fork the runner, watch it, and end as it did."""
    job = json.loads(os.pread(DATA_FD, os.fstat(DATA_FD).st_size, 0))
    prctl(PR_SET_DUMPABLE, 0)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        for fd in (reading, DATA_FD, RESULT_FD):
            os.close(fd)
        run(job, writing)
    os.close(writing)
    said = watch(pid, reading)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    view = memoryview(json.dumps({"code": code}).encode() + b"\n" + said)
    while view:
        view = view[os.write(RESULT_FD, view) :]
    end_like(code)


def watch(pid: int, reading: int) -> bytes:
    """All that the runner says until it ends; whoever else holds the pipe open is not waited for."""
    os.set_blocking(reading, False)
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    poll.register(ended, select.POLLIN)
    said = bytearray()
    while True:
        gone = any(fd == ended for fd, _ in poll.poll())
        try:
            while len(said) <= MOST_BYTES and (part := os.read(reading, 1 << 16)):
                said += part
        except BlockingIOError:
            part = b"?"
        if not part and not gone:  # it closed its end, and goes on
            poll.unregister(reading)
        if len(said) > MOST_BYTES:
            os.kill(pid, signal.SIGKILL)
            return bytes(said)
        if gone:
            return bytes(said)


def run(job: dict[str, Any], writing: int) -> NoReturn:
    """Become the runner. All but the last two lines is done before the candidate's first line runs."""
    prctl(PR_SET_DUMPABLE, 1)
    root = f"{SCRATCH}/{ROOT}"
    os.chdir(root)
    sys.dont_write_bytecode = True
    sys.path[:] = [path for path in sys.path if path != SCRATCH]
    sys.path += [os.path.normpath(f"{root}/{path}") for path in job["python_path"]]
    sys.argv = ["pytest"]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    flags = [*FLAGS, "--rootdir", root, "--confcutdir", root]
    flags += [] if job["conftest"] else ["--noconftest"]
    for name, value in job["ini"].items():
        flags += ["-o", f"{name}={value}"]
    say = speaker(writing, job["secret"])

    import pytest

    say("began", pytest.__version__)
    code = pytest.main([*flags, *job["tests"]], plugins=[Reporter(say, frozenset(job["run"]))])
    say("ended", int(code))
    os._exit(0)


def speaker(writing: int, secret: str) -> Any:
    """A function that says something to the watcher; a copy of this process has nothing to say."""
    pid = os.getpid()
    getpid, write, dumps = os.getpid, os.write, json.dumps

    def say(*words: Any) -> None:
        if getpid() == pid:
            view = memoryview(dumps([secret, *words]).encode() + b"\n")
            while view:
                view = view[write(writing, view) :]

    return say


class Reporter:
    """A pytest plugin: says what was collected and how each test went; keeps to those to be run."""

    def __init__(self, say: Any, run: frozenset[str]) -> None:
        self.say, self.run = say, run

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.say("broken", report.nodeid, _text(report))

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        self.say("collected", [item.nodeid for item in items])
        others = [item for item in items if item.nodeid not in self.run]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item.nodeid in self.run]

    def pytest_runtest_logreport(self, report: Any) -> None:
        expected = hasattr(report, "wasxfail")
        seconds = float(report.duration)
        text = "" if report.passed else _text(report)
        self.say("report", report.nodeid, report.when, report.outcome, expected, seconds, text)


def _text(report: Any) -> str:
    return str(report.longrepr)[-LONGEST_TEXT:]
