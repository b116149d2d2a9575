"""What can be hardened: tasks of functions, and tasks of Python programs on standard input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.envs.code.floor import floor_of_texts, floor_of_values
from verigym.errors import SandboxError, UserError
from verigym.mutation.cases import harden
from verigym.mutation.examples import examples_in
from verigym.mutation.programs import harden_program
from verigym.mutation.search import Hardened, Tested
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.compare import TEXT_MODES, VALUE_MODES, Rule, same_text, same_value
from verigym.verifiers.observe import call
from verigym.verifiers.source import assemble, program_in
from verigym.verifiers.stdio import StdioVerifier


class Invalid(UserError):
    """The task is wrong: its own reference fails its own cases."""


@dataclass(frozen=True)
class Options:
    """What :func:`verigym.harden.harden_task` was told."""

    wrong: Sequence[str]
    right: Sequence[str]
    seed: Any
    wide: bool
    rounds: int
    sandbox: Sandbox | None


class Kind(ABC):
    """What differs between tasks of functions and of programs."""

    @abstractmethod
    def floor(self, spec: Mapping[str, Any]) -> float:
        """What cheap answers reach."""

    @abstractmethod
    def unfit(self, spec: Mapping[str, Any]) -> str:
        """Why a task with cases and a reference cannot be hardened; empty when it can."""

    @abstractmethod
    def hardened(self, task: Task, found: Options) -> Hardened:
        """New cases.

        Raises:
            Invalid: when the reference fails a case of the task.
            UserError: when there is no way to make inputs, or to run the reference.
            SandboxError: when the sandbox fails.
        """

    @abstractmethod
    def case(self, tested: Tested) -> dict[str, Any]:
        """The case of an input."""

    @abstractmethod
    def input(self, case: Mapping[str, Any]) -> bytes:
        """The input of a case, as :meth:`input_of` tells it of an input that was tried."""

    @abstractmethod
    def input_of(self, tested: Tested) -> bytes: ...


class Functions(Kind):
    """Tasks of one function that is judged by calls."""

    def floor(self, spec: Mapping[str, Any]) -> float:
        return floor_of_values(spec)

    def unfit(self, spec: Mapping[str, Any]) -> str:
        by_keyword = any(plain.decode(case["kwargs"]) for case in spec["cases"])
        return "its cases call by keyword" if by_keyword else ""

    def hardened(self, task: Task, found: Options) -> Hardened:
        spec = task.spec
        rule = Rule.build(spec.get("compare", "strict"), VALUE_MODES)
        examples = [tuple(plain.decode(tree) for tree in case["args"]) for case in spec["cases"]]
        arity = {len(args) for args in examples}
        shown = examples_in(task.text, spec["entry_point"])
        done = harden(
            _function(spec, spec["reference"]),
            spec["entry_point"],
            examples,
            more=[args for args in shown if {len(args)} == arity],
            wrong=[_function(spec, answer) for answer in found.wrong],
            right=[_function(spec, answer) for answer in found.right],
            seed=[found.seed, task.id],
            rule=rule,
            wide=found.wide,
            rounds=found.rounds,
            sandbox=found.sandbox,
            packages=spec.get("packages", ()),
        )
        got = {self.input_of(one): one.expected for one in done.examples}
        for index, case in enumerate(spec["cases"]):
            text = self.input(case)
            if text not in got or not same_value(got[text], case["expected"], rule):
                raise Invalid(f"the reference fails the task's own case {index}")
        return done

    def case(self, tested: Tested) -> dict[str, Any]:
        return {**call(tested.args), "expected": tested.expected}

    def input(self, case: Mapping[str, Any]) -> bytes:
        return plain.dumps(list(case["args"]))

    def input_of(self, tested: Tested) -> bytes:
        return plain.dumps(list(tested.args))


class Programs(Kind):
    """Tasks of a Python program that is judged by what it prints."""

    def floor(self, spec: Mapping[str, Any]) -> float:
        return floor_of_texts(spec)

    def unfit(self, spec: Mapping[str, Any]) -> str:
        for ruled in ("checker", "interactor"):
            if ruled in spec:
                return f"its {ruled} says what is right, not one expected output"
        language = spec.get("language", "python")
        return "" if language == "python" else f"its programs are in {language}; mutants are of Python"

    def hardened(self, task: Task, found: Options) -> Hardened:
        spec = task.spec
        rule = Rule.build(spec["compare"], TEXT_MODES)
        judged = StdioVerifier(found.sandbox).verify(task, spec["reference"])
        if judged.abstained:
            raise SandboxError(str(judged.evidence.get("error", judged.feedback)))
        if not judged.correct:
            raise Invalid(f"the reference fails the task's own cases: {judged.feedback}")
        done = harden_program(
            _program(spec["reference"]),
            [case["input"] for case in spec["cases"]],
            wrong=[_program(answer) for answer in found.wrong],
            right=[_program(answer) for answer in found.right],
            seed=[found.seed, task.id],
            rule=rule,
            rounds=found.rounds,
            sandbox=found.sandbox,
        )
        got = {self.input_of(one): one.expected for one in done.examples}
        for case in spec["cases"]:
            text = got.get(self.input(case))
            if text is None or not same_text(text.encode(), case["output"].encode(), rule):
                raise UserError("its reference does something else when it is run as a function")
        return done

    def case(self, tested: Tested) -> dict[str, Any]:
        return {"input": tested.args[0], "output": tested.expected}

    def input(self, case: Mapping[str, Any]) -> bytes:
        return bytes(case["input"].encode())

    def input_of(self, tested: Tested) -> bytes:
        return bytes(tested.args[0].encode())


def kind_of(spec: Mapping[str, Any]) -> Kind:
    """What a task with this spec is."""
    return Functions() if "entry_point" in spec else Programs()


def unfit(spec: Mapping[str, Any]) -> str:
    """Why a task with this spec cannot be hardened; empty when it can."""
    if "sizes" in spec or ("entry_point" not in spec and "compare" not in spec):
        return "it is no task of a function or program that is judged by cases"
    if "cases" not in spec:
        return "its tests are code; only cases that are data are added to"
    if not isinstance(spec.get("reference"), str):
        return "it has no reference"
    return kind_of(spec).unfit(spec)


def _function(spec: Mapping[str, Any], answer: str) -> str:
    """One source of what the verifier runs one after the other."""
    return "\n".join(assemble(spec, program_in(answer) or ""))


def _program(answer: str) -> str:
    return program_in(answer) or ""
