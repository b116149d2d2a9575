"""Programs that differ from a common one in one place, made in its syntax tree.

Of many mutants only the changed place is read, and the common part is read and given its ticks
(:mod:`verigym.sandbox.inside.ticks`) once; what is left is to compile the tree. A place is a path of
fields and positions from the root; what stands there instead is source, of a statement or of an
expression.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import CodeType
from typing import Any

from verigym.sandbox.inside.ticks import instrumented

Path = Sequence["str | int"]
Change = Sequence[Any]
"""``[path, source]``; as JSON in a job, so a plain list."""


class Misfit(Exception):
    """A change cannot be made in the tree, as with another version of Python; the whole text can."""


class Family:
    """A common program with its changes.

    Args:
        source: the common program's.
        changes: all that will be asked for, by number.

    Raises:
        Misfit: when source and changes do not belong together.
    """

    def __init__(self, source: str, changes: Sequence[Change]) -> None:
        try:
            self._tree = ast.parse(source)
            self._places = [_place(self._tree, path) for path, _ in changes]  # before ticks move them
        except (SyntaxError, ValueError, LookupError, AttributeError, TypeError) as error:
            raise Misfit(str(error)) from None
        self._pieces = [piece for _, piece in changes]
        instrumented(self._tree)

    def code(self, number: int) -> CodeType:
        """The compiled program with that one change, ticks included.

        Raises:
            Misfit: when what is to stand there cannot be read alone.
            SyntaxError, ValueError, RecursionError: when it does not compile.
        """
        parent, field, node = self._places[number]
        try:
            other = _read(self._pieces[number], isinstance(node, ast.expr))
        except (SyntaxError, ValueError) as error:
            raise Misfit(str(error)) from None
        if isinstance(parent, ast.Lambda) and field == "body":  # which stands within a tick
            parent = parent.body
        block = getattr(parent, field)
        if not isinstance(block, list):
            setattr(parent, field, other)
            try:
                return _compiled(self._tree)
            finally:
                setattr(parent, field, node)
        place = next(i for i, member in enumerate(block) if member is node)
        block[place] = other
        try:
            return _compiled(self._tree)
        finally:
            block[place] = node


def _place(tree: ast.AST, path: Path) -> tuple[Any, str, ast.AST]:
    """(parent, field, node) of what stands at a path."""
    parent: Any = tree
    node: Any = tree
    field = ""
    for step in path:
        if isinstance(step, int):
            node = node[step]
        else:
            parent, field = node, step
            node = getattr(node, step)
    if not isinstance(node, ast.stmt | ast.expr):
        raise LookupError(f"nothing at {path!r} that can be changed")
    return parent, field, node


def _read(piece: str, is_expression: bool) -> ast.AST:
    mode = "eval" if is_expression else "exec"
    whole: ast.AST = compile(piece, "", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    if any(word in piece for word in _TICKING):  # most have none, and looking is what takes long
        instrumented(whole)
    if isinstance(whole, ast.Expression):
        return whole.body
    assert isinstance(whole, ast.Module)
    (statement,) = whole.body
    return statement


_TICKING = ("for", "while", "def", "lambda")
"""One of these is in each piece that gets a tick."""


def _compiled(tree: ast.Module) -> CodeType:
    code: CodeType = compile(tree, "solution.py", "exec", dont_inherit=True)
    return code
