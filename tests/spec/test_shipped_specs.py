"""The specs that ship: complete, true to their words, passed by their references and by no lazy answer."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter

import pytest
from shipped_runs import SPECS, failure, module

import verigym
from verigym.envs.spec import differential, spec_task
from verigym.envs.spec.loading import KINDS, SHIPPED, Spec
from verigym.envs.spec.stateful import stateful_task
from verigym.task import Task

NAMES = sorted(SPECS)
SOME = ["csv_row", "integer_root", "polynomial_product", "bracket_error", "lru_cache"]
"""One of each kind."""
LEAST = {"properties": 12, "contracts": 4, "metamorphic": 4, "stateful": 5, "differential": 4}

each = pytest.mark.parametrize("name", NAMES)


def test_there_are_enough_of_each_kind() -> None:
    counts = Counter(spec.kind for spec in SPECS.values())
    assert all(counts[kind] >= least for kind, least in LEAST.items()), counts
    assert {SPECS[name].kind for name in SOME} == set(KINDS)
    assert len(SPECS) == sum(1 for folder in SHIPPED.iterdir() if folder.is_dir()) >= 28


@each
def test_the_folder_is_complete(name: str) -> None:
    spec, folder = SPECS[name], SHIPPED / name
    told = json.loads((folder / "spec.json").read_text())
    assert set(told) >= {"kind", "entry_points", "tags"}
    assert told["tags"]
    assert len(spec.lazy) >= 3
    assert not {"hypothesis", "judge", "test", "property", "corpus"} & set(
        re.findall(r"\w+", spec.statement.lower())
    )
    assert all(ord(character) < 128 for character in spec.name)
    for source in (spec.reference, *spec.lazy.values()):
        defined = {getattr(node, "name", None) for node in ast.parse(source).body}
        assert set(spec.entry_points) <= defined
    assert ast.get_docstring(ast.parse(spec.tests))
    for entry_point in spec.entry_points:
        assert re.search(rf"^    (def|class) {entry_point}\b", spec.statement, re.MULTILINE)


@each
def test_the_examples_of_the_statement_are_true(name: str) -> None:
    if "\nExample" not in SPECS[name].statement:
        assert name in ("run_length", "merge_sorted")  # which show theirs within the text
        return
    counted = 0
    values = vars(module("solution", SPECS[name].reference))
    shown = SPECS[name].statement.split("\nExample")[1]
    for line in re.findall(r"^    (.*)$", shown, re.MULTILINE):
        code, _, remark = line.partition("     # ")
        if remark.startswith("raises "):
            kind = {"ValueError": ValueError, "IndexError": IndexError}[remark.split()[1].rstrip(":")]
            with pytest.raises(kind):
                exec(code, values)
        elif isinstance(comparison := ast.parse(code).body[-1], ast.Expr) and isinstance(
            comparison.value, ast.Compare
        ):
            assert eval(code, values), line
        else:
            exec(code, values)
            continue
        counted += 1
    assert counted >= 2


@each
def test_the_reference_passes_a_few_examples(name: str) -> None:
    assert failure(SPECS[name], SPECS[name].reference, 3) is None


@pytest.mark.parametrize("name", SOME)
def test_lazy_answers_fail(name: str) -> None:
    for lazy, source in SPECS[name].lazy.items():
        assert failure(SPECS[name], source, 100) is not None, lazy


def test_a_failure_is_seen() -> None:
    spec = SPECS["merge_intervals"]
    wrong = spec.reference.replace("start <= merged[-1][1]", "start < merged[-1][1]")
    assert wrong != spec.reference
    assert isinstance(failure(spec, wrong, 50), AssertionError)


def task_of(spec: Spec, seed: int, examples: int | None = None) -> Task:
    if spec.kind == "differential":
        return differential.spec_task(spec, seed, examples=examples)
    if spec.kind == "stateful":
        return stateful_task(spec, seed, examples=examples)
    return spec_task(spec, seed, family=f"spec/{spec.kind}", examples=examples)


def judged(spec: Spec, seed: int, examples: int | None = None) -> None:
    task = task_of(spec, seed, examples)
    assert verigym.verify(task, spec.reference).reward == 1.0
    for lazy, source in spec.lazy.items():
        assert verigym.verify(task, source).reward == 0.0, lazy


@pytest.mark.parametrize("name", ["integer_root", "bracket_error"])
def test_the_judge_agrees(name: str) -> None:
    judged(SPECS[name], 5)


@pytest.mark.soak
@each
def test_the_judge_agrees_on_all(name: str) -> None:
    for seed in range(3):
        judged(SPECS[name], seed)


@pytest.mark.soak
@each
def test_references_pass_and_lazy_answers_fail_for_many_seeds(name: str) -> None:
    spec = SPECS[name]
    for seed in range(3):
        assert failure(spec, spec.reference, 2000, seed) is None
    for seed in range(10):
        for lazy, source in spec.lazy.items():
            assert failure(spec, source, 100, seed) is not None, (lazy, seed)
