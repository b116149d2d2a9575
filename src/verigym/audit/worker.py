"""The process in which an audit's verdicts are given: ``python -m verigym.audit.worker DESCRIPTOR``.

It loads what is audited once, then answers requests, one JSON line each way, over the socket that it
inherits. A verifier that judges by itself does so in a fork for each request, so that whatever an
answer does to the process is gone with it; one that waits for a sandbox's processes does so here,
because its threads and agents would not survive a fork. Foreign answers run here only if the audited
grader runs them: that is what an audit is to find out.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import numbers
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from verigym.errors import UserError
from verigym.family import Family, make, register
from verigym.task import Task

Judgement = dict[str, Any]
MAX_LINE = 1 << 26
_DONE = 97
"""How a fork ends that has replied; an answer that ends the process ends it otherwise."""


def load(name: str) -> Any:
    """What ``module:name`` names.

    Raises:
        UserError: when the module cannot be imported or has no such attribute.
    """
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception as error:  # foreign code: importing it may fail in any way
        raise UserError(f"{name!r} cannot be imported: {type(error).__name__}: {error}") from error
    return found


def judge_of(name: str, payloads: list[Any]) -> tuple[Callable[[int, Any], Judgement], bool]:
    """(a function from a payload's position and an answer to what came of it, whether to fork)."""
    loaded = load(name)
    if isinstance(loaded, type) and issubclass(loaded, Family):
        register(loaded)
        tasks = [Task.from_json(payload) for payload in payloads]
        verifier = loaded.verifier

        def by_verifier(index: int, answer: Any) -> Judgement:
            verdict = verifier.verify(tasks[index], answer)
            status = verdict.status
            tier = verdict.evidence.get("tier")
            return {
                "reward": verdict.reward,
                "abstained": verdict.abstained,
                "status": status.value,
                "correct": verdict.correct,
                "error": str(verdict.evidence.get("error", ""))[:500],
                "tier": tier if type(tier) is int else None,
            }

        return by_verifier, not verifier.waits

    def by_grader(index: int, answer: Any) -> Judgement:
        record = payloads[index]
        reward = loaded(record["prompt"], answer, record)
        return {"reward": reward, "abstained": reward is None}

    return by_grader, True


def _judged(judge: Callable[[int, Any], Judgement], index: int, answer: Any) -> Judgement:
    try:
        found = judge(index, answer)
    except BaseException as error:  # also an exit that the answer asked for: it got as far as here
        return {"raised": f"{type(error).__name__}: {error}"[:500]}
    return {**found, **_number(found["reward"])}


def _number(reward: Any) -> Judgement:
    """A reward as JSON can carry it; ``odd`` says what it was when it is no finite number."""
    if reward is None:
        return {"reward": None}
    try:
        if isinstance(reward, numbers.Real) and math.isfinite(reward):
            return {"reward": float(reward)}
    except OverflowError:
        pass
    return {"reward": None, "odd": f"{type(reward).__name__} {reward!r}"[:200]}


def _reply(judge: Callable[[int, Any], Judgement] | None, request: Mapping[str, Any]) -> bytes:
    if "pose" in request:
        about = request["pose"]
        tasks = make(about["family"], **about["knobs"]).tasks(about["split"], about["count"])
        found: list[Any] = [task.id for task in tasks]
    else:
        assert judge is not None
        found = [_judged(judge, index, answer) for index, answer in request["answers"]]
    return json.dumps({"number": request["number"], "found": found}).encode() + b"\n"


def _in_a_fork(reply: Callable[[], bytes], number: int, link: socket.socket) -> bytes:
    """What a fork of this process replies, or that it ended without, which is the answer's doing.

    It replies by a file in memory, so that nothing which it leaves running holds our line.
    """
    with open(os.memfd_create("reply"), "r+b") as file:
        pid = os.fork()
        if pid == 0:
            try:
                os.close(link.fileno())  # the descriptor itself: whoever reads lines has it open too
                file.write(reply())
                file.flush()
                os._exit(_DONE)
            finally:
                os._exit(1)
        status = _wait(pid, link)
        broke = "the judge's process ended"
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _DONE:
            file.seek(0)
            line = file.read(MAX_LINE)
            whole = line.endswith(b"]}\n") and line.count(b"\n") == 1
            if whole and line.startswith(b'{"number": %d, "found": [' % number):
                return line
            broke = "a reply of no meaning: the answer reached the judge's own channel"
    return json.dumps({"number": number, "broke": broke}).encode() + b"\n"


def _wait(pid: int, link: socket.socket) -> int:
    """The wait status of a fork. When the other end hangs up meanwhile, whatever runs here is killed:
    nobody waits for it any more, and it may never end.
    """
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(link, select.POLLRDHUP)
    if any(fd != ended for fd, _ in poll.poll()):
        os.killpg(0, signal.SIGKILL)  # our session: the judging side began it for us
    os.close(ended)
    return os.waitpid(pid, 0)[1]


def main() -> None:
    """Serve until the other end hangs up."""
    link = socket.socket(fileno=int(sys.argv[1]))
    with link.makefile("rb") as lines:
        hello = json.loads(lines.readline(MAX_LINE))
        try:
            if hello["sandbox"] is not None:
                from verigym.sandbox import use
                from verigym.sandbox.backends import options_from

                backend, words = hello["sandbox"]
                use(backend, **options_from(backend, words))
            judge, forks = judge_of(hello["name"], hello["payloads"])
        except UserError as error:
            link.sendall(json.dumps({"refused": str(error)}).encode() + b"\n")
            return
        link.sendall(b'{"ready":true}\n')
        while line := lines.readline(MAX_LINE):
            request = json.loads(line)
            reply = partial(_reply, judge, request)
            apart = forks and "pose" not in request
            link.sendall(_in_a_fork(reply, request["number"], link) if apart else reply())


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        main()
