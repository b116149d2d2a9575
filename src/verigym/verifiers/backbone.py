"""The verifier of ``sat/backbone``: two sets of literals are compared.

What a task must hold in its ``spec``: ``variables``, ``backbone`` (the literals that hold in every
model, proved when the task was made) and ``floor``, the score that cheap heuristics reach. The score of
a list is the number of its literals that belong to the backbone, less the number of those that do not.
"""

from __future__ import annotations

from functools import lru_cache

from verigym.errors import TaskError
from verigym.task import Task
from verigym.verdict import Verdict, correct, graded
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import MAX_VARIABLES
from verigym.verifiers.literal_lists import read_literals


class BackboneVerifier(Verifier):
    """Reward 1 for the backbone; else up to 0.5 for a score beyond that of cheap heuristics."""

    name = "sat.backbone"

    def judge(self, task: Task, answer: str) -> Verdict:
        variables, backbone, floor = _stored(task)
        literals = frozenset(read_literals(answer_in(answer), variables))
        right, size = len(literals & backbone), len(backbone)
        wrong = len(literals) - right
        evidence = {"right": right, "wrong": wrong, "backbone": size, "floor": floor}
        if not wrong and right == size:
            return correct("These are the literals that hold in every model.", evidence=evidence)
        if wrong:
            feedback = "At least one of these literals does not hold in every model."
        else:
            feedback = "These literals hold in every model, but they are not all that do."
        progress = (right - wrong - floor) / (size - floor) if size - floor >= 2 else 0.0
        return graded(progress, feedback, evidence=evidence)


@lru_cache(maxsize=32)
def _stored(task: Task) -> tuple[int, frozenset[int], int]:
    """(variables, backbone, floor) of a task, checked once.

    Raises:
        TaskError: when the spec lacks one of them, or they do not fit together.

    """
    spec = task.spec
    variables, backbone, floor = spec.get("variables"), spec.get("backbone"), spec.get("floor")
    if type(variables) is not int or not 0 <= variables <= MAX_VARIABLES:
        raise TaskError(f"spec.variables is {variables!r}; it must be an int from 0 to {MAX_VARIABLES}")
    if type(backbone) is not tuple or not all(
        type(x) is int and 0 < abs(x) <= variables for x in backbone
    ):
        raise TaskError(f"spec.backbone must be a list of literals of {variables} variables")
    if len(set(map(abs, backbone))) != len(backbone):
        raise TaskError("spec.backbone names a variable twice")
    if type(floor) is not int or not 0 <= floor <= len(backbone):
        raise TaskError(f"spec.floor is {floor!r}; it must be an int from 0 to {len(backbone)}")
    return variables, frozenset(backbone), floor
