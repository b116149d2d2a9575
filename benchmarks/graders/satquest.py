"""SATQuest: ``check`` of a problem, as its README shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from satquest import CNF, create_problem


def grade(prompt: str, answer: str, record: Mapping[str, Any]) -> float:
    """1 for an answer that it accepts; the problem is made anew each time."""
    problem = create_problem(record["kind"], CNF(clauses=json.loads(record["cnf"])))
    return float(problem.check(answer))
