"""Small specs that the tests of judging share; recorded once, since what is recorded is remembered."""

from __future__ import annotations

from typing import Any

from verigym.envs.spec import Spec, spec_task
from verigym.task import Task
from verigym.verdict import Verdict
from verigym.verifiers.properties import PropertyVerifier

HEAD = "from hypothesis import assume, given\nfrom hypothesis import strategies as st\n"

CODEC = (
    HEAD
    + """
from solution import pack, unpack

@given(st.lists(st.integers(0, 9), max_size=5))
def test_round_trip(numbers):
    assert unpack(pack(numbers)) == numbers
"""
)
PACK = """
def pack(numbers):
    return "".join(map(str, numbers))

def unpack(text):
    return [int(digit) for digit in text]
"""

CLAMP = (
    HEAD
    + """
from solution import clamp

@given(st.integers(-10**9, 10**9), st.integers(-50, 50), st.integers(-50, 50))
def test_clamped(x, low, high):
    assume(low <= high)
    got = clamp(x, low, high)
    assert low <= got <= high
    assert got == x or not low <= x <= high
    assert got in (x, low, high)
    assert (got == low) or x > low

@given(st.integers(-50, 50), st.integers(-50, 50))
def test_wrong_bounds(low, high):
    assume(low > high)
    try:
        clamp(0, low, high)
    except ValueError:
        return
    assert False
"""
)
CLAMPED = """
def clamp(x, low, high):
    if low > high:
        raise ValueError("low above high")
    return max(low, min(x, high))
"""


def made(tests: str, reference: str, *names: str, **more: Any) -> Task:
    """The task of a spec."""
    chosen = {key: more.pop(key) for key in ("feedback", "shrink", "examples") if key in more}
    spec = Spec("small", more.pop("kind", "properties"), "Do it.", tests, reference, names, **more)
    return spec_task(spec, 1, family="spec/properties", **{"examples": 40, **chosen})


def codec() -> Task:
    return made(CODEC, PACK, "pack", "unpack")


def clamp(**more: Any) -> Task:
    return made(CLAMP, CLAMPED, "clamp", **more)


def judged(task: Task, answer: str) -> Verdict:
    return PropertyVerifier().verify(task, answer)
