"""HumanEval judged in containers: all references, and mutants as the published tests have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from humaneval_mutants import disagreements, problems
from verigym.envs.code import HumanEval
from verigym.sandbox import Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.verdict import Status
from verigym.verifiers.calls import FunctionVerifier


@pytest.fixture(scope="module")
def box(image: str) -> Iterator[Sandbox]:
    with open_sandbox("docker", image=image, workers=2) as opened:
        yield opened


def test_every_reference_is_correct(box: Sandbox, data: Path) -> None:
    family = HumanEval(data=problems(data))
    pairs = [(task, family.reference(task)) for task in family.tasks()]
    verdicts = FunctionVerifier(box).verify_many(pairs)
    assert [verdict.status for verdict in verdicts] == [Status.CORRECT] * 164


def test_mutants_are_refused_as_the_published_tests_do(box: Sandbox, data: Path) -> None:
    count, killed, wrong = disagreements(box, problems(data)[::3], count=1, seed=1)
    assert count > 50
    assert killed > 0.7 * count
    assert wrong == []
