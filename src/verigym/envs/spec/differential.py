"""``spec/differential``: a function that must do what a reference does, or a port to another language.

The inputs are drawn from the spec's strategies and the results are the reference's, both recorded when
the task is made (:mod:`verigym.envs.spec.recorded`), so that judging an answer runs the answer alone.
In Python the results are compared as plain data in the caller, by :mod:`verigym.verifiers.calls`; where
a spec says itself what counts as the same, its ``same`` runs as test code does, apart from the
candidate and on plain data. In other languages it is :mod:`verigym.envs.spec.porting`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from verigym.envs.code.functions import function_task, null_functions
from verigym.envs.code.published import fenced
from verigym.envs.code.testcode import parse
from verigym.envs.records import Source
from verigym.envs.spec.corpus import TooWeak
from verigym.envs.spec.family import SpecFamily
from verigym.envs.spec.loading import Spec
from verigym.envs.spec.porting import GIVEN, REFERENCE, port_task
from verigym.envs.spec.recorded import LEAST_EXAMPLES, MOST_EXAMPLES, Recording, recorded
from verigym.errors import FamilyError, SandboxError, TaskError, UserError
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.sandbox.languages import language as language_of
from verigym.task import Task
from verigym.verdict import Status, Verdict
from verigym.verifiers.base import Verifier
from verigym.verifiers.calls import FunctionVerifier
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.json_values import kinds_of
from verigym.verifiers.ported import PortVerifier
from verigym.verifiers.scoring import PUBLIC, STATUS

NAME, VERSION = "spec/differential", 1
EXAMPLES = 100
TIMEOUT = 3.0
"""Seconds of processor time for all calls of one answer."""

_TESTS = """\
import json as _json, types as _types
from verigym.sandbox.inside import plain as _plain, standin as _standin

_standin.install()


def _module(name, source):
    module = _sys.modules[name] = _types.ModuleType(name)
    exec(compile(source, name + ".py", "exec", dont_inherit=True), module.__dict__)
    return module


import sys as _sys

_module("reference", {reference!r})
_same = _module("spec", {spec!r}).same
_CASES = _json.loads({cases!r})


def check(candidate):
    for args, expected in _CASES:
        got = candidate(*_plain.decode(args))
        _plain.encode(got)  # nothing but plain data is compared
        assert _same(_plain.decode(expected), got) is True, args
"""


def differential_task(
    statement: str,
    spec: str,
    reference: str,
    entry_point: str,
    *,
    seed: int = 0,
    examples: int = EXAMPLES,
    language: str = "python",
    given: str = REFERENCE,
    port: str | None = None,
    compare: str | Mapping[str, Any] | None = None,
    timeout: float = TIMEOUT,
    public: int = 0,
    feedback: str = PUBLIC,
    packages: Iterable[str] = (),
    metadata: Mapping[str, Any] | None = None,
    sandbox: Sandbox | None = None,
) -> Task:
    """A task that asks for what a reference does.

    Args:
        statement: what the policy sees.
        spec: source of a module with ``STRATEGIES``, a tuple of a Hypothesis strategy for each
            argument; perhaps with ``same(expected, got)``, which is True when both are right.
        reference: source that defines the function. Inputs on which it raises do not count.
        entry_point: the function's name, or ``Class.method``.
        seed: of the examples.
        examples: how many Hypothesis draws.
        language: what the answer is written in; where it is not Python, a port.
        given: what a port starts from: ``reference`` (the Python source) or ``statement``.
        port: a port that is right, where one is known.
        compare: a rule of :mod:`verigym.verifiers.compare`; ``strict`` by default, but ``close`` where
            the reference gives floats.
        timeout: seconds of processor time for all calls.
        public: how many of the first examples the policy may be shown.
        feedback: which examples that failed it is shown: ``public`` ones, none (``status``) or ``all``.
        packages: installed Python packages that the spec, the reference and answers in Python may
            import.
        metadata: where it comes from; may be shown.
        sandbox: where the spec and the reference run; by default the shared one.

    Raises:
        TaskError: when the spec or the reference makes no test (:func:`recorded` says when), or an
            argument is not what it should be.
        SandboxError: when the sandbox fails, or lacks Hypothesis.
    """
    for name, source in (("spec", spec), ("reference", reference)):
        parse(source, f"the {name}")
    packages = tuple(packages)
    is_python = _is_python(language)
    recording = recorded(spec, reference, entry_point, seed, examples, packages, sandbox)
    rule = _rule(compare, recording)
    has_same = _defines_same(spec)
    if is_python:
        return _python_task(
            statement,
            spec,
            reference,
            recording,
            entry_point=entry_point,
            same=has_same,
            rule=rule,
            timeout=timeout,
            public=public,
            feedback=feedback,
            packages=packages,
            metadata=metadata or {},
            sandbox=sandbox,
        )
    if has_same:
        raise TaskError("the spec says itself what is the same, in Python: it makes no port")
    if public:
        raise TaskError(
            f"public is {public!r}; a port is judged as a whole, so it has no public example"
        )
    return port_task(
        statement,
        reference,
        entry_point,
        recording,
        language,
        given=given,
        answer=port,
        compare=rule.to_json(),
        timeout=timeout,
        family=NAME,
        version=VERSION,
        metadata=metadata or {},
    )


def _python_task(
    statement: str,
    spec: str,
    reference: str,
    recording: Recording,
    entry_point: str,
    same: bool,
    rule: Rule,
    timeout: float,
    public: int,
    feedback: str,
    packages: tuple[str, ...],
    metadata: Mapping[str, Any],
    sandbox: Sandbox | None,
) -> Task:
    common: dict[str, Any] = {
        "reference": reference,
        "timeout": timeout,
        "family": NAME,
        "version": VERSION,
        "packages": packages,
        "metadata": metadata,
    }
    if same:
        pairs = zip(recording.args, recording.values, strict=True)
        cases = plain.dumps([[list(args), value] for args, value in pairs]).decode()
        tests = _TESTS.format(reference=reference, spec=spec, cases=cases)
        task = function_task(statement, entry_point, tests=tests, **common)
        _check_reference(task, reference, sandbox)
        return task
    return function_task(
        statement,
        entry_point,
        cases=recording.calls(),
        compare=rule.to_json(),
        public=public,
        feedback=feedback,
        **common,
    )


def _check_reference(task: Task, reference: str, sandbox: Sandbox | None) -> None:
    verdict = FunctionVerifier(sandbox).verify(task, reference)
    if verdict.status is Status.SANDBOX_ERROR:
        raise SandboxError(str(verdict.evidence.get("error")))
    if not verdict.correct:
        why = verdict.cases[0].detail if verdict.cases else verdict.evidence.get("error", "")
        raise TaskError(f"the spec does not take its own reference for the same: {why}")


def _is_python(language: str) -> bool:
    try:
        return language_of(language).is_python
    except UserError as error:
        raise TaskError(str(error)) from None


def _rule(compare: str | Mapping[str, Any] | None, recording: Recording) -> Rule:
    if compare is None:
        compare = "close" if "float" in kinds_of(recording.values) else "strict"
    return Rule.build(compare, VALUE_MODES)


def _defines_same(spec: str) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "same" for node in ast.parse(spec).body
    )


def spec_task(
    spec: Spec,
    seed: int,
    *,
    examples: int | None = None,
    language: str = "python",
    given: str = REFERENCE,
    feedback: str = STATUS,
    sandbox: Sandbox | None = None,
) -> Task:
    """The task of a spec, with the examples of a seed; its lazy answers are tried.

    Raises:
        TaskError: as :func:`differential_task`, and for other than one entry point.
        TooWeak: when a lazy answer is right on these examples.
        SandboxError: when the sandbox fails, or lacks Hypothesis.
    """
    if len(spec.entry_points) != 1:
        raise TaskError(f"a differential spec has one entry point, not {len(spec.entry_points)}")
    is_python = _is_python(language)
    task = differential_task(
        spec.prompt if is_python else spec.statement,
        spec.tests,
        spec.reference,
        spec.entry_points[0],
        seed=seed,
        examples=EXAMPLES if examples is None else examples,
        language=language,
        given=given,
        port=None if is_python else spec.ports.get(language_of(language).name),
        compare=spec.compare,
        timeout=spec.timeout,
        feedback=feedback,
        packages=spec.packages,
        metadata={"spec": spec.name, "tags": list(spec.tags), **spec.metadata},
        sandbox=sandbox,
    )
    judge = DifferentialVerifier(sandbox)
    for name, source in spec.lazy.items() if is_python else ():
        if judge.verify(task, source).correct:
            raise TooWeak(
                f"{spec.name}: its lazy answer {name!r} is right on all examples, so it is too weak"
            )
    return task


class DifferentialVerifier(Verifier):
    """Judges by calls where the spec has an ``entry_point``, else a port by what it prints.

    Its verdicts carry the name and version of the verifier that judged.
    """

    name = NAME
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._calls = FunctionVerifier(sandbox)
        self._ports = PortVerifier(sandbox)

    def verify(self, task: Task, answer: str) -> Verdict:
        return self._for(task).verify(task, answer)

    def judge(self, task: Task, answer: str) -> Verdict:
        return self._for(task).judge(task, answer)

    def _for(self, task: Task) -> Verifier:
        return self._calls if "entry_point" in task.spec else self._ports


class Differential(SpecFamily):
    """Specs whose reference says what is right."""

    name = NAME
    version = VERSION
    kind = "differential"
    summary = "write a function that does what a hidden reference does, or port one to another language"
    verifier = DifferentialVerifier()
    knobs = {
        **{name: words for name, words in SpecFamily.knobs.items() if name != "shrink"},
        "examples": f"how many inputs are drawn (default {EXAMPLES})",
        "language": "what the answer is written in; a port where it is not Python (default python)",
        "given": "what a port starts from: reference (the Python source, the default) or statement",
    }
    shown = frozenset({"feedback", "language", "given"})

    def configure(
        self,
        *,
        data: Source | None = None,
        examples: int | None = None,
        feedback: str = STATUS,
        language: str = "python",
        given: str = REFERENCE,
        **more: Any,
    ) -> Mapping[str, Any]:
        if given not in GIVEN:
            raise FamilyError(f"given is {given!r}; it must be one of {', '.join(GIVEN)}")
        try:
            record = language_of(language)
        except UserError as error:
            raise FamilyError(f"language: {error}") from None
        if examples is not None and (
            type(examples) is not int or not LEAST_EXAMPLES <= examples <= MOST_EXAMPLES
        ):
            raise FamilyError(
                f"examples is {examples!r}; it must be an int from {LEAST_EXAMPLES} to {MOST_EXAMPLES}"
            )
        told = super().configure(data=data, examples=examples, feedback=feedback, **more)
        return {**told, "language": record.name, "given": given}

    def pose(self, spec: Spec, seed: int) -> Task:
        options = {name: self.config[name] for name in ("examples", "language", "given", "feedback")}
        try:
            return spec_task(spec, seed, **options)
        except TooWeak:
            raise
        except TaskError as error:
            raise TaskError(f"{spec.name}: {error}") from None

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"no port of it to {task.spec['language']} is known")
        return fenced(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        if "entry_point" not in task.spec:
            record = language_of(task.spec["language"])
            return ["", "I do not know.", task.text, *record.nothing, record.echo]
        lazy = [
            source
            for spec in self.specs
            if spec.name == task.metadata["spec"]
            for source in spec.lazy.values()
        ]
        return [*null_functions(task.spec["entry_point"], task.text), *lazy]
