"""What the documentation and the prompts show is what happens."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import verigym
from verigym import Task

ROOT = Path(__file__).resolve().parents[2]


def test_the_examples_of_the_page_run() -> None:
    page = (ROOT / "docs" / "sat.md").read_text(encoding="utf-8")
    source = "\n".join(re.findall(r"```pycon\n(.*?)```", page, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(source, {}, "docs/sat.md", None, None)
    assert len(test.examples) >= 9
    problems: list[str] = []
    doctest.DocTestRunner().run(test, out=problems.append)
    assert not problems, "".join(problems)


@pytest.mark.parametrize("name", ["sat/solve", "sat/decide"])
def test_the_examples_of_the_prompt_are_right(name: str) -> None:
    """Each example answer in a prompt is right for the formula that the prompt gives for it."""
    prompt = verigym.family(name, n=6, ratio=3).sample().text
    instructions = prompt.split("```cnf")[0]
    examples = []
    for part in instructions.split("the clauses ")[1:]:
        clauses = [[int(x) for x in c.split()] for c in re.findall(r"`([-0-9 ]+)`", part)]
        examples += [(clauses, x) for x in re.findall(r"<answer>(.+?)</answer>", part, re.DOTALL)]
    assert len(examples) == 2
    for clauses, answer in examples:
        spec = {"variables": 2, "clauses": clauses, "baseline": 0}
        assert verigym.verify(Task(family=name, prompt="p", spec=spec), answer).correct


@pytest.mark.parametrize("name", ["sat/solve", "sat/decide"])
def test_prompts_say_all_and_stay_compact(name: str) -> None:
    task = verigym.family(name, n=150).sample()
    formula = "\n".join(" ".join(map(str, (*clause, 0))) for clause in task.spec["clauses"])
    assert f"p cnf 150 {len(task.spec['clauses'])}\n{formula}\n" in task.text
    assert "every variable from 1 to 150 exactly once" in task.text
    assert len(task.text) < len(formula) + 2_000
    assert str(task.spec.get("baseline", "no")) + " " not in task.text.split("```cnf")[0]
