"""Mutants: each a program that compiles, differs in one place, and is there once."""

from __future__ import annotations

import ast
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from verigym.errors import UserError
from verigym.mutation import OPERATORS, Unparsable, mutants
from verigym.mutation.mutants import MAX_CHARS, fingerprint

HEAD = "def f(x, y):\n    "


def bodies(body: str, operator: str) -> set[str]:
    """What one operator makes of the body of a function."""
    found = mutants(f"{HEAD}{body}", [operator])
    assert all(mutant.operator == operator for mutant in found)
    return {ast.unparse(ast.parse(mutant.source).body[0].body[0]) for mutant in found}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("operator", "body", "wanted"),
    [
        ("arithmetic", "return x + y", {"return x - y", "return x * y"}),
        ("arithmetic", "x += y", {"x -= y", "x *= y", "x = y"}),
        ("operand", "return x % y", {"return x", "return y"}),
        ("operand", "return -x", {"return x"}),
        ("relational", "return x < y", {"return x <= y", "return x >= y", "return x != y"}),
        ("relational", "return x is y", {"return x is not y"}),
        ("logical", "return x and y", {"return x or y", "return x", "return y"}),
        ("logical", "return not x", {"return x"}),
        ("condition", "return x if y else 0",
         {"return x if not y else 0", "return x if True else 0", "return x if False else 0"}),
        ("condition", "return [a for a in x if y]",
         {"return [a for a in x]", "return [a for a in x if not y]"}),
        ("constant", "return 1", {"return 2", "return 0", "return -1"}),
        ("constant", "return True", {"return False"}),
        ("constant", "return 'ab'", {"return ''", "return 'a'"}),
        ("constant", "return 2.0", {"return 3.0", "return 1.0", "return 0.0"}),
        ("statement", "x = y", {"pass"}),
        ("loop", "for a in x: y()",
         {"for a in x:\n    break", "for a in x:\n    y()\n    break",
          "for a in reversed(list(x)):\n    y()"}),
        ("returned", "return x == y", {"return None", "return not x == y"}),
        ("returned", "return (x, y)", {"return None", "return (y, x)"}),
        ("call", "return max(x, y)", {"return min(x, y)", "return max(y, x)", "return max(x)", "return max(y)", "return x", "return y"}),
        ("call", "return x.strip()", {"return x.lstrip()", "return x"}),
        ("call", "return sorted(x, reverse=True)", {"return sorted(x)", "return x"}),
        ("subscript", "return x[1:y]", {"return x[:y]", "return x[1:]"}),
        ("subscript", "return x[y]", {"return x[y + 1]", "return x[y - 1]"}),
        ("exception", "raise ValueError(x)", {"raise ArithmeticError()"}),
    ],
)  # fmt: skip
def test_an_operator_makes_these(operator: str, body: str, wanted: set[str]) -> None:
    assert bodies(body, operator) >= wanted
    others = bodies(body, operator) - wanted
    assert operator == "call" or not others, others


def test_statements_of_loops_and_handlers() -> None:
    source = "def f(x):\n    for a in x:\n        try:\n            a()\n        except KeyError:\n            continue\n        break\n"
    texts = [mutant.source for mutant in mutants(source, ["statement", "exception"])]
    assert sum("continue" not in text for text in texts) >= 2
    assert any("except KeyError:\n            raise" in text for text in texts)
    assert any("except KeyError:\n            pass" in text for text in texts)


def sources() -> list[str]:
    data = Path(os.environ.get("VERIGYM_DATA", Path(__file__).parents[3] / "shared" / "data"))
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        problems = [json.loads(line) for line in lines]
    return [problem["prompt"] + problem["canonical_solution"] for problem in problems]


def test_mutants_of_real_code_compile_and_are_all_different() -> None:
    count, used = 0, set()
    for source in sources()[::5]:
        found = mutants(source)
        prints = {fingerprint(mutant.source) for mutant in found}
        assert len(prints) == len(found)
        assert None not in prints
        assert fingerprint(source) not in prints
        lines = source.count("\n") + 1
        assert all(1 <= mutant.line <= lines for mutant in found)
        docs = [
            ast.get_docstring(node)
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef)
        ]
        for mutant in found:
            kept = [
                ast.get_docstring(node)
                for node in ast.parse(mutant.source).body
                if isinstance(node, ast.FunctionDef)
            ]
            assert kept == docs
        count += len(found)
        used |= {mutant.operator for mutant in found}
    assert count > 1000
    assert used >= set(OPERATORS) - {"exception"}


def test_what_says_nothing_of_behaviour_stays() -> None:
    source = (
        "from typing import List\n@decorated(1)\ndef f(x: List[1 + 2] = 7) -> 'text':\n"
        "    '''Doc.'''\n    y: int\n    return f'{x}text'\n"
    )
    for mutant in mutants(source):
        for part in ("@decorated(1)", "List[1 + 2]", "-> 'text'", "Doc.", "y: int"):
            assert part in mutant.source


def test_the_order_is_that_of_the_source_and_of_no_hash_seed() -> None:
    source = sources()[10]
    lines = [mutant.line for mutant in mutants(source, ["constant"])]
    assert lines == sorted(lines)
    code = "import sys; from verigym.mutation import mutants; print([m.source for m in mutants(sys.argv[1])])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, source], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert outputs == {f"{[mutant.source for mutant in mutants(source)]}\n"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(:", "does not parse"),
        ("\0", "does not parse"),
        ("x = " + "(" * 5000, "does not parse"),
        ("x = 1\n" * MAX_CHARS, "at most 100000"),
        ("\ud800", "does not parse"),
    ],
)
def test_what_is_no_python_is_told(source: str, words: str) -> None:
    with pytest.raises(Unparsable, match=words):
        mutants(source)


def test_deep_and_wide_sources_are_bounded() -> None:
    assert mutants("x = " + "-" * 90 + "1")
    assert len(mutants("x = " + "+".join(["y"] * 300))) > 500
    assert mutants("") == mutants("pass") == []


def test_an_unknown_operator_is_named() -> None:
    with pytest.raises(UserError, match="'wrong'; there are: arithmetic"):
        mutants("x = 1", ["wrong"])
