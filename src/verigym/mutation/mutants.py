"""All mutants of a source: one place changed in one way, in the order of the source.

The changed tree is written out as text, so a mutant is a program like any other. What is left out: a
mutant that does not compile; one that compiles to what the original does, or an earlier mutant (trivial
compiler equivalence, Papadakis et al. 2015: compare the code without its positions). Docstrings,
annotations, decorators and the literals inside of f-strings stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from dataclasses import field as told
from types import CodeType
from typing import Any

from verigym.errors import UserError
from verigym.mutation.operators import OPERATORS
from verigym.verifiers.observe import Variant

MAX_CHARS = 100_000
"""The longest source that is mutated."""
_UNTOUCHED = {"annotation", "returns", "decorator_list", "type_comment", "ctx", "type_params"}


@dataclass(frozen=True)
class Mutant:
    """A program that differs from another one in one place."""

    operator: str
    """The name of the operator that made it."""
    line: int
    """The line of the original that was changed, from 1."""
    source: str
    variant: Variant | None = told(default=None, repr=False, compare=False)
    """The same as a change of the original, where it can be told as one."""

    @property
    def program(self) -> str | Variant:
        """What to observe it by: the cheapest that there is."""
        return self.variant or self.source


class Unparsable(UserError):
    """The source is no Python that could be mutated."""


def mutants(source: str, operators: Collection[str] | None = None) -> list[Mutant]:
    """The mutants of a source, a pure function of it (and of the version of Python, which writes it).

    Args:
        source: Python, at most :data:`MAX_CHARS` characters.
        operators: names of :data:`OPERATORS`; by default all.

    Raises:
        Unparsable: for a source that is too long or does not parse.
        UserError: for an operator that does not exist.
    """
    for name in operators or ():
        if name not in OPERATORS:
            raise UserError(
                f"no mutation operator is called {name!r}; there are: {', '.join(OPERATORS)}"
            )
    tree = parse(source)
    seen = {fingerprint(ast.unparse(tree))}
    found = []
    for change in _changed(tree, OPERATORS if operators is None else operators):
        print_ = fingerprint(change.text)
        if print_ is not None and print_ not in seen:
            seen.add(print_)
            found.append(Mutant(change.operator, change.line, change.text, _variant(source, change)))
    return found


def parse(source: str) -> ast.Module:
    """The tree of a source.

    Raises:
        Unparsable: when it is too long or has none.
    """
    if len(source) > MAX_CHARS:
        raise Unparsable(f"the source has {len(source)} characters; at most {MAX_CHARS} are mutated")
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unparsable(f"the source does not parse: {type(error).__name__}: {error}") from None


def fingerprint(source: str) -> Any:
    """What a source compiles to, without positions and names of files; None when it does not."""
    try:
        return _print(compile(source, "", "exec", dont_inherit=True, optimize=0))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def _print(code: CodeType) -> Any:
    constants = tuple(
        _print(value) if isinstance(value, CodeType) else (type(value).__name__, repr(value))
        for value in code.co_consts
    )
    return (
        code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
        getattr(code, "co_exceptiontable", b""),
    )  # fmt: skip


@dataclass(frozen=True)
class _Change:
    """One change: which operator made what of a node, the line, and the text of the whole."""

    operator: str
    line: int
    text: str
    path: tuple[str | int, ...]
    node: ast.AST
    other: ast.AST


def _changed(tree: ast.Module, operators: Collection[str]) -> Iterator[_Change]:
    """Each single change, made in the tree and taken back."""
    for path, parent, node in _places(tree, ()):
        field, index = (path[-2], path[-1]) if isinstance(path[-1], int) else (path[-1], None)
        for name in OPERATORS:
            if name not in operators:
                continue
            for other in OPERATORS[name](node):
                if isinstance(node, ast.expr) is not isinstance(other, ast.expr):
                    continue
                ast.copy_location(other, node)
                ast.fix_missing_locations(other)
                _put(parent, str(field), index, other)
                try:
                    text = ast.unparse(tree)
                except (ValueError, RecursionError):
                    continue
                finally:
                    _put(parent, str(field), index, node)
                line = getattr(node, "lineno", getattr(parent, "lineno", 1))
                yield _Change(name, line, text, path, node, other)


def _variant(source: str, change: _Change) -> Variant | None:
    """A change as such, when what is changed is a statement or an expression that is read alone."""
    node, other = change.node, change.other
    if not isinstance(node, ast.stmt | ast.expr) or not isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        return None
    piece = ast.unparse(other)
    try:
        if isinstance(node, ast.expr):
            ast.parse(piece, mode="eval")
        elif len(ast.parse(piece).body) != 1:
            return None
    except (SyntaxError, ValueError, RecursionError):
        return None
    return Variant(change.text, source, change.path, piece)


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _places(
    tree: ast.AST, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], ast.AST, ast.AST]]:
    """(path from the root, parent, node) of all that may be changed, in the source's order."""
    if isinstance(tree, ast.JoinedStr | ast.pattern):
        return
    for field, value in ast.iter_fields(tree):
        if field in _UNTOUCHED:
            continue
        nodes = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, node in nodes:
            if not isinstance(node, ast.AST) or _is_docstring(tree, field, index, node):
                continue
            here = (*path, field) if index is None else (*path, field, index)
            yield here, tree, node
            yield from _places(node, here)


def _is_docstring(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> bool:
    return (
        field == "body"
        and index == 0
        and isinstance(parent, ast.Module | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
