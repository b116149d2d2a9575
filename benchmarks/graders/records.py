"""The small records that graders are shown: code, questions, formulas, and items of a data set."""

from __future__ import annotations

import json
from typing import Any

Records = list[dict[str, Any]]

INPUTS, OUTPUTS = [[2, 3], [-7, 4], [10, 100]], [5, -3, 110]
HEAD = 'def add_up(x, y):\n    """Add two numbers."""\n'
CODE: Records = [
    {
        "prompt": HEAD,
        "entry_point": "add_up",
        "reference": f"{HEAD}    return x + y\n",
        "task_id": "add_up",
        "test": "def check(candidate):\n"
        + "".join(
            f"    assert candidate({x}, {y}) == {out}\n"
            for (x, y), out in zip(INPUTS, OUTPUTS, strict=True)
        ),
    }
]
COMPLETION: Records = [{**CODE[0], "reference": "    return x + y\n"}]

QUESTIONS = (
    ("What is 6 times 7?", "42"),
    ("What is 81 minus 13?", "68"),
    ("What is one half plus one third?", r"\frac{5}{6}"),
    ("What is 7 divided by 4, as a decimal?", "1.75"),
)
WHOLE = QUESTIONS[:2]
NAMES = (
    ("What is the capital of France?", "Paris"),
    ("Who wrote Faust?", "Goethe"),
    ("Which planet is the largest?", "Jupiter"),
)

FORMULAS = {
    "SATSP": (
        (4, [[1, 2], [-1, 3], [-2, -3], [3, 4], [-4, 1]]),
        (5, [[1, -2], [2, 3], [-3, 4], [-4, 5], [-1, -5], [2, -5]]),
    ),
    "MaxSAT": (
        (3, [[1, 2], [1, -2], [1, 3], [1, -3], [-1], [2], [3]]),
        (4, [[-1, 2], [-1, -2], [-1, 3], [-1, -3], [1], [-2], [3], [-4]]),
    ),
    "MUS": (
        (3, [[1, 2], [-1, 2], [-2, 3], [-2, -3], [1, 3]]),
        (4, [[1], [-1, 2], [-2, 3], [-3], [3, 4], [4, -1]]),
    ),
}
"""Kind -> (variables, clauses) of each; those of MaxSAT and MUS have one right answer only."""


def shown_as(shape: str, questions: tuple[tuple[str, str], ...] = QUESTIONS) -> Records:
    """Questions whose reference gives the answer in a shape, ``#### {}`` say."""
    return [
        {"prompt": prompt, "reference": shape.replace("{}", truth), "truth": truth}
        for prompt, truth in questions
    ]


def of_satquest(kind: str) -> Records:
    """Formulas with SATQuest's own prompt and solution."""
    from satquest import CNF, create_problem, create_question

    found = []
    for variables, clauses in FORMULAS[kind]:
        problem = create_problem(kind, CNF(clauses=clauses))
        about: dict[str, Any] = {"kind": kind, "cnf": json.dumps(clauses)}
        if kind == "SATSP":  # then the audit can tell right from wrong by itself
            about |= {"clauses": clauses, "variables": variables}
        prompt = problem.accept(create_question("math"))
        found.append({"prompt": prompt, "reference": problem.solution, **about})
    return found


def of_reasoning_gym(name: str) -> Records:
    """The first items of a data set; those without an answer get no reference."""
    from graders.reasoning_gym import entries

    found = []
    for index, entry in enumerate(entries(name)):
        record = {"prompt": entry["question"], "index": index}
        if entry["answer"] is not None:
            record["reference"] = f"<answer>{entry['answer']}</answer>"
        found.append(record)
    return found
