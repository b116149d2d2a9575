"""Counting a program's steps, so that an endless loop is told from a slow one alike on every machine.

Each function, each iteration of a loop or comprehension, and each call of a lambda costs a tick. The
ticks are calls that are put into the syntax tree; who runs the program provides :data:`TICK`, which
raises when there are too many.
"""

from __future__ import annotations

import ast

from verigym.mutation.mutants import parse

TICK = "__verigym_tick__"
"""The name of the function that is called; it returns True."""


def instrument(source: str) -> str:
    """The source with its ticks.

    Raises:
        Unparsable: when it does not parse.
    """
    return ast.unparse(ast.fix_missing_locations(_Ticks().visit(parse(source))))


def _tick() -> ast.Call:
    return ast.Call(ast.Name(TICK, ast.Load()), [], [])


class _Ticks(ast.NodeTransformer):
    def _body(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(_tick()))  # type: ignore[attr-defined]
        return node

    visit_For = visit_AsyncFor = visit_While = _body
    visit_FunctionDef = visit_AsyncFunctionDef = _body

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs.insert(0, _tick())
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        node.body = ast.IfExp(_tick(), node.body, ast.Constant(None))
        return node
