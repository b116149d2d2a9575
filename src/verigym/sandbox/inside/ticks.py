"""Counting a program's steps, so that an endless loop is told from a slow one alike on every machine.

Each function, each iteration of a loop or comprehension, and each call of a lambda costs a tick. The
ticks are calls that are put into the syntax tree; who runs the program provides :data:`TICK`, which
raises when there are too many.
"""

from __future__ import annotations

import ast
from typing import TypeVar

Tree = TypeVar("Tree", bound=ast.AST)
TICK = "__verigym_tick__"
"""The name of the function that is called; it returns True."""


def allowed(ticks: int) -> int:
    """The steps that a faulty program may take where the right one takes so many."""
    return 1000 + 20 * ticks


def instrumented(tree: Tree) -> Tree:
    """The tree, with its ticks put in."""
    for node in list(ast.walk(tree)):  # not a NodeTransformer: this is done for each of many mutants
        if isinstance(node, _BODIES):
            node.body.insert(0, ast.Expr(_tick(node), **_at(node)))
        elif isinstance(node, ast.comprehension):
            node.ifs.insert(0, _tick(node.target))
        elif isinstance(node, ast.Lambda):
            nothing = ast.copy_location(ast.Constant(None), node)
            node.body = ast.IfExp(_tick(node), node.body, nothing, **_at(node))
    return tree


_BODIES = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef)


def _tick(node: ast.stmt | ast.expr) -> ast.Call:
    return ast.Call(ast.Name(TICK, ast.Load(), **_at(node)), [], [], **_at(node))


def _at(node: ast.stmt | ast.expr) -> dict[str, int]:
    return {"lineno": node.lineno, "col_offset": node.col_offset}
