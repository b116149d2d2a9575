"""``testgen/distinguish``: an input on which two programs differ."""

from __future__ import annotations

from verigym import seeding
from verigym.envs.testgen.family import ANSWER, FaultFamily, shown
from verigym.envs.testgen.faults import Fault, Trial

_PROMPT = """\
Two programs define {name}. One of them is right, the other has a fault. Give an input on which they \
do not do the same.

{answer}

The one:

{one}

The other:

{other}"""


class Distinguish(FaultFamily):
    """Both programs are shown, in an order that a coin decides."""

    name = "testgen/distinguish"
    summary = "Give an input on which a right and a faulty program differ; both are run on it."

    def prompt(self, trial: Trial, fault: Fault) -> str:
        pair = [shown(trial.reference), shown(fault.program)]
        if seeding.derive("order", trial.reference, fault.program) % 2:
            pair.reverse()
        return _PROMPT.format(name=trial.entry_point, answer=ANSWER, one=pair[0], other=pair[1])
