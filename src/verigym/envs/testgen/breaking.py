"""``testgen/break``: an input on which a program fails that is said to solve a problem."""

from __future__ import annotations

from verigym.envs.testgen.family import ANSWER, FaultFamily, shown
from verigym.envs.testgen.faults import Fault, Trial

_PROMPT = """\
The program below is meant to solve this problem, but it has a fault. Give an input on which it does \
not do what it should.

{answer}

The problem:

{problem}

The program:

{program}"""


class Break(FaultFamily):
    """The problem and the faulty program are shown; the right one stays hidden."""

    name = "testgen/break"
    summary = "Give an input on which a faulty program fails; a hidden right one says what is right."

    def prompt(self, trial: Trial, fault: Fault) -> str:
        return _PROMPT.format(answer=ANSWER, problem=trial.task.text, program=shown(fault.program))
