"""Small seeded changes of a right answer: most of what comes out is wrong, by how much nobody knows.

Python is changed in its syntax tree, one place at a time: an operator, a comparison, a constant, a
condition, a returned value (DeMillo, Lipton and Sayward 1978). Other answers are changed in one token.
A mutant may still be right, so that one is accepted proves nothing by itself.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_TOKEN = re.compile(r"-?\w+")


def mutants(content: str, rng: random.Random, count: int, python: bool) -> list[str]:
    """Up to ``count`` different mutants of an answer's content, none equal to it."""
    if python:
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
        original = ast.unparse(tree)
        sites = len(list(_changes(tree)))
        chosen = rng.sample(range(sites), min(count, sites))
        sources = [_mutant(content, site) for site in chosen]
        return [source for source in dict.fromkeys(sources) if source != original]
    return [x for x in dict.fromkeys(_text_mutants(content, rng, count)) if x != content]


def _mutant(source: str, site: int) -> str:
    tree = ast.parse(source)
    for number, change in enumerate(_changes(tree)):
        if number == site:
            change()
            break
    return ast.unparse(ast.fix_missing_locations(tree))


def _changes(tree: ast.AST) -> Iterator[Callable[[], None]]:
    """Every single change there is to make, in the order of the tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in _SWAPS:
            yield _setting(node, "op", _SWAPS[type(node.op)]())
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
            yield _setting(node, "ops", [_SWAPS[type(node.ops[0])](), *node.ops[1:]])
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield _setting(node, "value", node.value + 1)
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            yield _setting(node, "test", ast.UnaryOp(ast.Not(), node.test))
        elif isinstance(node, ast.Return) and node.value is not None:
            yield _setting(node, "value", ast.Constant(None))


def _setting(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def _text_mutants(content: str, rng: random.Random, count: int) -> Iterator[str]:
    found = list(_TOKEN.finditer(content))
    for _ in range(count if found else 0):
        token = rng.choice(found)
        start, end, word = token.start(), token.end(), token.group()
        if word.removeprefix("-").isdecimal():
            negated = word[1:] if word.startswith("-") else f"-{word}"
            changed = rng.choice([negated, str(int(word[:300]) + rng.choice([-10, -1, 1, 10])), ""])
        else:
            at = rng.randrange(len(word))
            changed = rng.choice([word[:at] + word[at + 1 :], word[:at] + "q" + word[at + 1 :], ""])
        yield content[:start] + changed + content[end:]
