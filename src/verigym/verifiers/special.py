"""Special judges: where many outputs are right, a program of the problem's own rules on them.

A *checker* reads the input, what the candidate printed and what the jury would print. An *interactor*
is the other end of the candidate's standard input and output, and rules on how the dialogue went. Each
runs in a sandbox of its own, apart from the candidate and after or beside it, never with it; all that
it gets of the candidate is text.

A special judge is ``{"source": text}``, with ``language`` (Python; C or C++), ``files`` (texts by name
that lie beside the source when it is compiled, ``testlib.h`` say) and for a checker ``protocol``:

* ``testlib``: called as ``checker input output answer`` (an interactor as ``interactor input output
  answer``), its ruling is its exit code, as testlib.h has it: 0 right; 1, 2, 4 and 8 wrong, of wrong
  form, with something after its end, ended too soon; 7 points, which is not right. Everything else, 3
  (``_fail``) above all, says that the judge is broken, and so nothing about the answer.
* ``score``: called as ``checker input answer output``, ends with 0 and prints a number last: from 1 up
  is right.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError, UserError
from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox
from verigym.sandbox.files import check_files
from verigym.sandbox.inside.dialogue import FLOODED, JURY_SOURCE, TALK_COMMAND, TALK_SOURCE
from verigym.sandbox.languages import Language, compiled, language
from verigym.sandbox.languages.compiled import Build
from verigym.verdict import Status
from verigym.verifiers import outcome

LANGUAGES = ("python", "c", "cpp")
"""Those in which a program that breaks does not end with the exit code of a ruling."""
TESTLIB, SCORE = "testlib", "score"
_RIGHT, _POINTS = 0, 7
_WRONG = {
    1: "a wrong answer",
    2: "an output of the wrong form",
    4: "something after the end",
    8: "an output that ends too soon",
    _POINTS: "points, not a full success",
}
_LATER = 0.25
"""Seconds by which an interactor's time ends after the candidate's."""
_INPUT, _OUTPUT, _ANSWER = "input.txt", "output.txt", "answer.txt"

Ruling = tuple[Status, str, str]
"""A status, words that are fit for the policy, and the judge's own words, which are not."""


@dataclass(frozen=True)
class Jury:
    """A checker or an interactor, ready to rule."""

    build: Build
    protocol: str

    def check(self, box: Sandbox, case: Mapping[str, str], output: bytes) -> Ruling:
        """A checker's ruling on one output.

        Raises:
            TaskError: when the checker is broken.
            SandboxError: when the sandbox failed.
        """
        texts = {_INPUT: _bytes(case["input"]), _OUTPUT: output, _ANSWER: _bytes(case["output"])}
        first = (_ANSWER, _OUTPUT) if self.protocol == SCORE else (_OUTPUT, _ANSWER)
        program = self._program(texts, (_INPUT, *first))
        done = box.run(program, self._limits(texts))
        if self.protocol == SCORE:
            return _scored(done)
        return _ruled(done, "checker")

    def converse(
        self, box: Sandbox, case: Mapping[str, str], candidate: Build
    ) -> tuple[Ruling, Execution]:
        """An interactor's ruling on a dialogue with the candidate, and the candidate's run.

        Raises:
            TaskError: when the interactor is broken.
            SandboxError: when the sandbox failed.
        """
        texts = {_INPUT: _bytes(case["input"]), _ANSWER: _bytes(case["output"])}
        program = self._program(texts, (_INPUT, _OUTPUT, _ANSWER), talks=True)
        limits = self._limits(texts)
        limits = dataclasses.replace(limits, wall_seconds=candidate.limits.wall_seconds + _LATER)
        done, ruled = box.run_pair(_talking(candidate), program, candidate.limits, limits)
        return _of_dialogue(done, ruled, candidate), done

    def _program(
        self, texts: Mapping[str, bytes], arguments: tuple[str, ...], talks: bool = False
    ) -> Program:
        if self.build.language.is_python:
            job = {
                "source": self.build.source.decode(),
                "arguments": arguments,
                "talks": talks,
            }
            return Program(JURY_SOURCE, data=json.dumps(job).encode(), files=texts)
        plain = self.build.program()
        words, files = (*plain.command, *arguments), {**plain.files, **texts}
        if talks:
            return Program(TALK_COMMAND, data=_packed(words), files=files)
        return Program(command=words, files=files)

    def _limits(self, texts: Mapping[str, bytes]) -> Limits:
        limits = self.build.limits
        room = sum(len(text) + 4096 for text in texts.values())
        return dataclasses.replace(limits, scratch_bytes=limits.scratch_bytes + room)


def jury(box: Sandbox, told: Any, kind: str) -> Jury:
    """The special judge that a spec tells of, compiled.

    Raises:
        TaskError: when it is not told right or does not compile.
        SandboxError: when the sandbox failed.
    """
    told = check_told(told, kind)
    record = _record(told["language"], tuple(sorted(told["files"].items())))
    build = compiled.build(box, record, told["source"], Limits())
    if not build.ok:
        raise TaskError(f"the {kind} of this task does not compile: {outcome.clip(build.message, 800)}")
    return Jury(build, told["protocol"])


@functools.lru_cache(maxsize=64)  # what was compiled is kept by the record, so it must be the same one
def _record(name: str, files: tuple[tuple[str, str], ...]) -> Language:
    record = language(name)
    return dataclasses.replace(record, support={**record.support, **dict(files)}) if files else record


def check_told(told: Any, kind: str) -> dict[str, Any]:
    """A special judge as a spec has it, with what was left out filled in.

    Raises:
        TaskError: naming what is wrong.
    """
    if not isinstance(told, Mapping):
        raise TaskError(f"{kind} must be a mapping with its source, not {type(told).__name__}")
    fields = {"language": "python", "files": {}, "protocol": TESTLIB, **told}
    if unknown := sorted(set(fields) - {"language", "files", "protocol", "source"}):
        raise TaskError(f"{kind} has no field {unknown[0]!r}; it has source, language, files, protocol")
    source = fields.get("source")
    if not isinstance(source, str) or not source.strip():
        raise TaskError(f"{kind}: source must be the text of a program")
    try:
        name = language(fields["language"]).name
        files = check_files({str(path): _bytes(text) for path, text in dict(fields["files"]).items()})
    except (UserError, AttributeError, TypeError, ValueError) as error:
        raise TaskError(f"{kind}: {error}") from None
    if name not in LANGUAGES:
        raise TaskError(
            f"{kind}: its language is {name}; it must be one of {', '.join(LANGUAGES)}, because in the "
            "others a program that breaks ends like one that rules"
        )
    allowed = (TESTLIB,) if kind == "interactor" else (TESTLIB, SCORE)
    if fields["protocol"] not in allowed:
        raise TaskError(
            f"{kind}: protocol is {fields['protocol']!r}; it must be {' or '.join(allowed)}"
        )
    if name == "python" and (why := _not_python(source)) is not None:
        raise TaskError(f"{kind}: it is not Python: {why}")
    return {**fields, "language": name, "files": {path: data.decode() for path, data in files.items()}}


@functools.lru_cache(maxsize=64)  # asked for every answer
def _not_python(source: str) -> str | None:
    try:
        compile(source, "judge.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return outcome.clip(error)
    return None


# ------------------------------------------------------------------------------------- rulings


def _ruled(done: Execution, kind: str) -> Ruling:
    said = outcome.clip(done.stderr.decode("utf-8", "replace").strip())
    if done.limit in (None, Limit.OUTPUT) and done.exit_code == _RIGHT:
        return Status.CORRECT, "", said
    if done.limit in (None, Limit.OUTPUT) and done.exit_code in _WRONG:
        return Status.WRONG, f"The {kind} says: {_WRONG[done.exit_code]}.", said
    raise TaskError(f"the {kind} of this task is broken: {_end(done)} {said}".rstrip())


def _scored(done: Execution) -> Ruling:
    lines = done.stdout.decode("utf-8", "replace").split()
    said = outcome.clip(" ".join(lines))
    try:
        if not done.ok:
            raise ValueError
        score = float(lines[-1])
        if score != score:
            raise ValueError
    except (ValueError, IndexError):
        raise TaskError(f"the checker of this task is broken: {_end(done)} {said}".rstrip()) from None
    if score >= 1:
        return Status.CORRECT, "", said
    return Status.WRONG, "The checker says: a wrong answer.", said


def _of_dialogue(done: Execution, ruled: Execution, candidate: Build) -> Ruling:
    """Who ended first is not to be seen, so: what the candidate cannot have been driven to counts as
    its own; then the interactor's ruling; and a dialogue that never ended is the candidate's, unless
    it had ended well.
    """
    limit = candidate.language.limit_of(done)
    own = outcome.of_execution(dataclasses.replace(done, limit=limit))
    if own is not None and _is_its_own(done, limit):
        return (*own, "")
    stuck = ruled.limit in (Limit.WALL, Limit.CPU)
    if stuck and (own is not None or ruled.limit is Limit.WALL):
        return Status.TIMEOUT, "It ran out of time.", "the dialogue did not end"
    if ruled.signal == signal.SIGPIPE:
        return Status.WRONG, "The interactor says: an output that ends too soon.", ""
    if ruled.limit in (Limit.MEMORY, Limit.OUTPUT) or ruled.exit_code == FLOODED:
        return Status.OUTPUT_LIMIT, "It wrote more than it may.", ""
    status, words, said = _ruled(ruled, "interactor")
    if status is Status.CORRECT and own is not None:
        return (*own, said)
    return status, words, said


def _is_its_own(done: Execution, limit: Limit | None) -> bool:
    """Whether the way it ended cannot come of the interactor's having gone."""
    if limit is not None:
        return limit is not Limit.WALL
    return done.signal not in (None, signal.SIGPIPE, signal.SIGKILL)


def _talking(candidate: Build) -> Program:
    """The candidate, at its end of a dialogue."""
    program = candidate.program()
    if candidate.language.is_python:
        return Program(TALK_SOURCE, data=program.packed)
    return Program(TALK_COMMAND, data=_packed(program.command), files=program.files)


def _packed(words: tuple[str, ...]) -> bytes:
    return Program(command=words).packed


def _end(done: Execution) -> str:
    if done.limit is not None:
        return f"it reached its limit {done.limit.value}."
    if done.signal is not None:
        return f"it was ended by signal {done.signal}."
    return f"it ended with exit code {done.exit_code}."


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
