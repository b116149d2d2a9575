"""The verifier of ``sat/count``: one number, compared with one that was proved when the task was made.

What a task must hold in its ``spec``: ``count``, an int from 0 up. Nothing is paid for coming close: of
random formulas the logarithm of the count is known beforehand, from the numbers of variables and
clauses.
"""

from __future__ import annotations

import re

from verigym.errors import TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed
from verigym.verifiers.answer import Malformed, answer_in
from verigym.verifiers.base import Verifier

MAX_DIGITS = 4_000
"""More than any count of 10,000 variables has."""

_NUMBER = re.compile(r"[ \t\r\n]*(0|[1-9][0-9]*)[ \t\r\n]*")


class CountVerifier(Verifier):
    """Reward 1 for the number of models, 0 for any other number."""

    name = "sat.count"

    def judge(self, task: Task, answer: str) -> Verdict:
        count = task.spec.get("count")
        if type(count) is not int or count < 0:
            raise TaskError(f"spec.count is {count!r}; it must be an int from 0 up")
        match = _NUMBER.fullmatch(answer_in(answer))
        if match is None:
            raise Malformed(
                "The answer is one number in decimal digits, without sign, leading zeros or commas."
            )
        digits = match.group(1)
        if len(digits) > MAX_DIGITS:
            raise Malformed(f"The number has more than {MAX_DIGITS:,} digits.")
        # Texts are compared: making an int of digits takes time quadratic in their number.
        if digits == str(count):
            return correct("That is the number of models.")
        return failed(Status.WRONG, "That is not the number of models.")
