"""One verifier for data sets that mix functions and programs: the task's spec says which it is."""

from __future__ import annotations

from verigym.sandbox import Sandbox
from verigym.task import Task
from verigym.verdict import Verdict
from verigym.verifiers.base import Verifier
from verigym.verifiers.calls import FunctionVerifier
from verigym.verifiers.order import FailureHistory
from verigym.verifiers.stdio import StdioVerifier


class CodeVerifier(Verifier):
    """Judges by calls where the spec has an ``entry_point``, else by standard input and output.

    Its verdicts carry the name and version of the verifier that judged.
    """

    name = "code"
    waits = True

    def __init__(self, sandbox: Sandbox | None = None, history: FailureHistory | None = None) -> None:
        self._calls = FunctionVerifier(sandbox, history)
        self._stdio = StdioVerifier(sandbox, history)

    def verify(self, task: Task, answer: str) -> Verdict:
        return self._for(task).verify(task, answer)

    def judge(self, task: Task, answer: str) -> Verdict:
        return self._for(task).judge(task, answer)

    def _for(self, task: Task) -> Verifier:
        return self._calls if "entry_point" in task.spec else self._stdio
