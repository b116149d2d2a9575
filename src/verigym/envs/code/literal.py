"""Test code that is data in disguise: nothing but asserts that a call of literals equals a literal.

Most published tests are of this form. Read as data, such tests need no process of their own: the
candidate's calls run in one sandbox and the caller compares, by the rule ``equal``, which is Python's
``==`` on plain data. Whatever is not wholly of this form stays code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from verigym.sandbox.inside import plain
from verigym.task import freeze

Case = dict[str, Any]


def literal_cases(tree: ast.Module, entry_point: str) -> list[Case] | None:
    """The cases of a module of tests, in the order in which it would assert them; None when it does
    anything else.
    """
    checks: list[ast.FunctionDef] = []
    asserts: list[tuple[ast.stmt, set[str]]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "check" and not checks:
            checks.append(node)
        elif not _sets_a_constant(node, {entry_point, "check"}):
            asserts.append((node, {entry_point}))
    for check in checks:
        candidate = ast.unparse(check.args)
        if (
            check.decorator_list or not candidate.isidentifier()
        ):  # one plain argument, or something else
            return None
        asserts += [(node, {entry_point, candidate}) for node in check.body]
    try:
        return [case for node, names in asserts for case in _cases(node, names)]
    except (ValueError, TypeError, RecursionError, MemoryError):  # something else, or not literal
        return None


def _sets_a_constant(node: ast.stmt, taken: set[str]) -> bool:
    """``METADATA = {...}``, which no literal assert reads."""
    if not isinstance(node, ast.Assign) or not _is_literal(node.value):
        return False
    return all(isinstance(name, ast.Name) and name.id not in taken for name in node.targets)


def _cases(node: ast.stmt, names: set[str]) -> Iterator[Case]:
    if isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        return
    if not isinstance(node, ast.Assert):
        raise ValueError("not an assert")
    test = node.test
    if isinstance(test, ast.Constant) and test.value:
        return
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        raise ValueError("not one ==")
    call, expected = test.left, test.comparators[0]
    if not isinstance(call, ast.Call):
        call, expected = expected, call
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names):
        raise ValueError("not a call of the function")
    yield {
        "args": [_value(argument) for argument in call.args],
        "kwargs": {_name(keyword): _value(keyword.value) for keyword in call.keywords},
        "expected": _value(expected),
    }


def _value(node: ast.expr) -> Any:
    value = ast.literal_eval(node)
    freeze(plain.encode(value), "a literal", depth=8)  # or no task can hold it
    return value


def _name(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise ValueError("a ** argument")
    return keyword.arg


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True
