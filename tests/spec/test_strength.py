"""How strong a spec is: what its tests refuse of the reference's mutants."""

from __future__ import annotations

import pytest
from small_specs import CLAMP, CLAMPED, HEAD

from verigym.envs.spec import Spec, read_specs, strength
from verigym.mutation import mutants

LEAST = {"run_length": 0.9, "merge_sorted": 0.92}
"""Of the mutants, of which some do the same as the reference."""


def spec(tests: str, reference: str, name: str) -> Spec:
    return Spec("small", "properties", "Do it.", tests, reference, (name,))


def test_a_strong_spec_and_a_weak_one() -> None:
    strong = strength(spec(CLAMP, CLAMPED, "clamp"), examples=40)
    assert strong.mutants == len(mutants(CLAMPED))
    assert strong.killed + len(strong.survivors) == strong.mutants
    assert strong.share >= 0.8
    weak = HEAD + "from solution import clamp\n@given(st.integers(1, 9))\ndef test_it(n):\n"
    weak += "    assert clamp(n, 0, 10) == n\n"
    assert strength(spec(weak, CLAMPED, "clamp"), examples=40).share < strong.share - 0.2


def test_mutants_that_loop_or_end_the_process_are_killed() -> None:
    reference = "import os\n\ndef f(n):\n    while n > 9:\n        n -= 1\n    if n > 99:\n        os._exit(1)\n    return n\n"
    tests = (
        HEAD
        + "from solution import f\n@given(st.integers(0, 50))\ndef test_f(n):\n    assert f(n) == min(n, 9)\n"
    )
    found = strength(spec(tests, reference, "f"), examples=40)
    assert found.share >= 0.6
    assert "n += 1" not in "".join(mutant.source for mutant in found.survivors)
    assert all("n < 99" not in mutant.source for mutant in found.survivors)


@pytest.mark.soak
@pytest.mark.parametrize("name", LEAST)
def test_shipped_specs_refuse_most_mutants(name: str) -> None:
    (one,) = [each for each in read_specs(None, "properties") if each.name == name]
    assert strength(one).share >= LEAST[name]
