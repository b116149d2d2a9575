"""Goals of coverage: the statements of a program that calls reach, and the outcomes of conditions.

As with ticks, calls are put into the syntax tree; who runs the program provides :data:`REACHED`, which
notes a goal, and :data:`TURNED`, which notes the outcome of a condition and gives its value back. A
goal is named by what a reader of the source finds there::

    line 4                                the statement that begins there is executed
    line 4, columns 8 to 12: true         the condition that stands there holds (else ``: false``)
    line 6: the loop runs out             a ``for`` ends because there is no more, not by ``break``
    line 9: no case fits                  a ``match`` without a case for everything falls through

Conditions are those of ``if``, ``elif``, ``while``, ``a if c else b``, the ``if`` of a comprehension or
of a ``case``, and on demand the operands of ``and`` and ``or`` but the last. Constants are none, nor is
what stands in an f-string, whose places differ between versions of Python.
"""

from __future__ import annotations

import ast

REACHED = "__verigym_reached__"
"""The name of the function that is called with a goal's name."""
TURNED = "__verigym_turned__"
"""The name of the function that is called with a condition's place and its value."""

_SILENT = (ast.Global, ast.Nonlocal)


def watched(tree: ast.Module, operands: bool = False) -> list[str]:
    """Put the calls into a tree; returns the names of its goals, in the order of the source."""
    goals: dict[str, tuple[int, int]] = {}
    formats = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    unplaced = {id(part) for node in formats for part in ast.walk(node)}
    for node in list(ast.walk(tree)):
        if id(node) not in unplaced:
            _conditions(node, goals, operands)
        if isinstance(node, ast.Module):
            continue  # what is executed when the program is loaded
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, _block(block, goals, isinstance(node, _DOCUMENTED)))
        if isinstance(node, ast.For | ast.AsyncFor):
            node.orelse.insert(0, _reached(f"line {node.lineno}: the loop runs out", node, goals))
        elif isinstance(node, ast.Match) and not _is_total(node.cases[-1]):
            fallen = _reached(f"line {node.lineno}: no case fits", node, goals)
            anything = ast.copy_location(ast.MatchAs(None, None), node)
            node.cases.append(ast.match_case(anything, None, [fallen]))
    return sorted(goals, key=goals.__getitem__)


_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _conditions(node: ast.AST, goals: dict[str, tuple[int, int]], operands: bool) -> None:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = _turned(node.test, goals)
    elif isinstance(node, ast.comprehension):
        node.ifs = [_turned(test, goals) for test in node.ifs]
    elif isinstance(node, ast.match_case) and node.guard is not None:
        node.guard = _turned(node.guard, goals)
    elif isinstance(node, ast.BoolOp) and operands:
        node.values[:-1] = [_turned(value, goals) for value in node.values[:-1]]


def _block(
    block: list[ast.stmt], goals: dict[str, tuple[int, int]], documented: bool
) -> list[ast.stmt]:
    """The statements, with a call before each; a docstring stays the first and is none."""
    found: list[ast.stmt] = []
    for number, statement in enumerate(block):
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not isinstance(statement, _SILENT) and not (documented and number == 0 and is_text):
            found.append(_reached(f"line {statement.lineno}", statement, goals))
        found.append(statement)
    return found


def _reached(name: str, node: ast.stmt, goals: dict[str, tuple[int, int]]) -> ast.Expr:
    goals[name] = (node.lineno, 0)
    text = ast.copy_location(ast.Constant(name), node)
    return ast.Expr(ast.Call(_name(REACHED, node), [text], [], **_at(node)), **_at(node))


def _turned(test: ast.expr, goals: dict[str, tuple[int, int]]) -> ast.expr:
    if isinstance(test, ast.Constant):
        return test
    place = f"line {test.lineno}, columns {test.col_offset + 1} to {test.end_col_offset}"
    for outcome in ("true", "false"):
        goals[f"{place}: {outcome}"] = (test.lineno, test.col_offset + 1)
    text = ast.copy_location(ast.Constant(place), test)
    return ast.Call(_name(TURNED, test), [text, test], [], **_at(test))


def _is_total(case: ast.match_case) -> bool:
    """Whether everything fits a case, so that none may follow it."""
    return case.guard is None and _fits_all(case.pattern)


def _fits_all(pattern: ast.pattern | None) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _fits_all(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and any(map(_fits_all, pattern.patterns))


def _name(name: str, node: ast.stmt | ast.expr) -> ast.Name:
    return ast.Name(name, ast.Load(), **_at(node))


def _at(node: ast.stmt | ast.expr) -> dict[str, int]:
    return {"lineno": node.lineno, "col_offset": node.col_offset}
