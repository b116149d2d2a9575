"""``/run_code`` in SandboxFusion's shape, so that its clients need another address and nothing else.

The contract is that of https://github.com/bytedance/SandboxFusion (``sandbox/server/sandbox_api.py``):
one source in, compiled where the language is, run once. ``docs/server.md`` lists what differs.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import glob
from collections.abc import Callable, Mapping
from typing import Any

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox.languages import Language, language
from verigym.sandbox.languages.compiled import build
from verigym.sandbox.program import Execution, Limit, Limits, MiB, Program
from verigym.server.bodies import parsed
from verigym.server.box import Capped
from verigym.server.native import outcome
from verigym.server.replies import Reply, one_line
from verigym.server.replies import ok as reply_with

COMPILE_SECONDS = 10.0
"""For the compiler, when the request does not say."""
DEFAULT_MEMORY = 1024 * MiB
"""What a program may use when the request names no limit of its own (-1)."""
OUTPUT_BYTES = 1 * MiB
"""What is kept of each stream, as there."""

_KINDS: dict[str, tuple[tuple[type[Any], ...], str]] = {
    "code": ((str,), "text"),
    "language": ((str,), "text"),
    "stdin": ((str, type(None)), "text or null"),
    "compile_timeout": ((int, float), "a number of seconds"),
    "run_timeout": ((int, float), "a number of seconds"),
    "memory_limit_MB": ((int,), "a whole number of MiB, or -1"),
    "files": ((dict, type(None)), "an object of names and base64 contents"),
    "fetch_files": ((list, type(None)), "a list of names"),
    "args": ((list, type(None)), "a list (it is ignored, as for every language but pytest)"),
}


class RunCode:
    """Requests to ``/run_code``, answered."""

    def __init__(self, box: Capped, scratch: bool) -> None:
        self._box, self._scratch = box, scratch
        self._limits = functools.lru_cache(maxsize=256)(self._fitting)

    def answer(self, body: bytes) -> Reply:
        """The reply to a body.

        Raises:
            Refused: for a body that is not JSON.
            UserError: for a request that breaks a rule.
        """
        asked = _fields(parsed(body))
        code, chosen = asked["code"], language(asked["language"])
        limits = self._limits(asked.get("run_timeout"), asked.get("memory_limit_MB", -1))
        compile_seconds = _seconds("compile_timeout", asked.get("compile_timeout", COMPILE_SECONDS))
        files = {
            name: _content(name, content)
            for name, content in (asked.get("files") or {}).items()
            if content is not None
        }
        keep = tuple(glob.escape(name) for name in _names(asked.get("fetch_files") or []))
        # Python needs no compiler, so this is the program. Otherwise it is the frame for what will be
        # compiled; either way, unfit names and sizes are the client's error before anything runs.
        program = Program(
            code.encode("utf-8", "surrogatepass") if chosen.is_python and code else b"\n",
            stdin=asked.get("stdin") or "",
            scratch=self._scratch,
            files=files,
            keep=keep,
        )
        if chosen.is_python:
            return self._patiently(lambda: self._ran(program, limits))
        return self._patiently(lambda: self._built(chosen, code, program, limits, compile_seconds))

    def _fitting(self, seconds: float | None, megabytes: int) -> Limits:
        ceiling = self._box.ceiling
        asked: dict[str, Any] = {
            "memory_bytes": min(DEFAULT_MEMORY, ceiling.memory_bytes),
            "output_bytes": min(OUTPUT_BYTES, ceiling.output_bytes),
            "result_bytes": ceiling.result_bytes,
        }
        if megabytes > 0:
            asked["memory_bytes"] = megabytes * MiB
        if seconds is not None:
            asked["wall_seconds"] = asked["cpu_seconds"] = _seconds("run_timeout", seconds)
        try:
            return self._box.limits(**asked)
        except UserError as error:
            raise UserError(f"run_timeout or memory_limit_MB: {error}") from None

    def _patiently(self, run: Callable[[], Reply]) -> Reply:
        """Run; a sandbox that failed is tried once more before that is said."""
        try:
            try:
                return run()
            except (Cancelled, SandboxUnavailable):
                raise
            except SandboxError:
                return run()
        except Cancelled:
            raise
        except SandboxError as error:
            return _reply("SandboxError", "sandbox_error", message=one_line(str(error)))

    def _built(
        self, chosen: Language, code: str, frame: Program, limits: Limits, compile_seconds: float
    ) -> Reply:
        made = build(self._box.beneath, chosen, code, limits, compile_seconds=compile_seconds)
        compiled = None if made.execution is None else _result(made.execution)
        if not made.ok:
            return _reply("Failed", "compile_error", compile_result=compiled)
        program = made.program(frame.stdin)
        if frame.scratch:
            files = {**frame.files, **program.files}
            program = dataclasses.replace(program, scratch=True, files=files, keep=frame.keep)
        return self._ran(program, made.limits, compiled)

    def _ran(self, program: Program, limits: Limits, compiled: dict[str, Any] | None = None) -> Reply:
        done = self._box.run(program, limits)
        lacking = program.keep and not done.files and done.limit is Limit.OUTPUT
        return _reply(
            "Success" if done.exit_code == 0 and not _out_of_time(done) else "Failed",
            outcome(done),
            message="the files to fetch are too large in all; fetch fewer" if lacking else "",
            compile_result=compiled,
            run_result=_result(done),
            files={name: base64.b64encode(data).decode() for name, data in done.files.items()},
        )


def _reply(status: str, outcome: str, **parts: Any) -> Reply:
    return reply_with(
        {
            "status": status,
            "message": "",
            "compile_result": None,
            "run_result": None,
            "executor_pod_name": None,
            "files": {},
            **parts,
        },
        outcome,
    )


def _result(done: Execution) -> dict[str, Any]:
    """One process as SandboxFusion reports it: a signal is a negative return code."""
    late = _out_of_time(done)
    code = done.exit_code if done.signal is None else -done.signal
    return {
        "status": "TimeLimitExceeded" if late else "Finished",
        "execution_time": done.wall_seconds,
        "return_code": None if late else code,
        "stdout": done.stdout.decode("utf-8", "replace"),
        "stderr": done.stderr.decode("utf-8", "replace"),
    }


def _out_of_time(done: Execution) -> bool:
    return done.limit in (Limit.WALL, Limit.CPU)


def _fields(value: Any) -> Mapping[str, Any]:
    if type(value) is not dict:
        raise UserError("the body must be a JSON object with code and language")
    for name in ("code", "language"):
        if name not in value:
            raise UserError(f"the body has no field {name!r}")
    for name, given in value.items():
        if name not in _KINDS:
            raise UserError(
                f"the body has an unknown field {name[:80]!r}; known are: {', '.join(_KINDS)}"
            )
        kinds, words = _KINDS[name]
        if type(given) not in kinds:
            raise UserError(f"{name} must be {words}, not {type(given).__name__}")
    return value


def _seconds(name: str, value: float) -> float:
    if not 0.001 <= value <= 3600:
        raise UserError(f"{name} is {value!r}; it must be from 0.001 to 3600 seconds")
    return value


def _names(names: list[Any]) -> list[str]:
    for name in names:
        if type(name) is not str:
            raise UserError(f"fetch_files must be a list of names, not of {type(name).__name__}")
    return names


def _content(name: str, content: Any) -> bytes:
    if type(content) is not str:
        raise UserError(f"files[{name[:80]!r}] must be base64 text or null")
    try:
        return base64.b64decode(content, validate=True)
    except ValueError as error:
        raise UserError(f"files[{name[:80]!r}] is not base64: {error}") from None
