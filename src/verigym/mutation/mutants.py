"""All mutants of a source: one place changed in one way, in the order of the source.

The changed tree is written out as text, so a mutant is a program like any other. What is left out: a
mutant that does not compile; one that compiles to what the original does, or an earlier mutant (trivial
compiler equivalence, Papadakis et al. 2015: compare the code without its positions). Docstrings,
annotations, decorators and the literals inside of f-strings stay as they are.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from verigym.errors import UserError
from verigym.mutation.operators import OPERATORS
from verigym.verifiers.observe import Variant

MAX_CHARS = 100_000
"""The longest source that is mutated."""
_UNTOUCHED = {"annotation", "returns", "decorator_list", "type_comment", "ctx", "type_params"}


class Mutant:
    """A program that differs from another one in one place.

    Args:
        operator: the name of the operator that made it.
        line: the line of the original that was changed, from 1.
        source: the program, or what writes it when it is first asked for.
        variant: the same as a change of the original, where it can be told as one.
    """

    def __init__(
        self,
        operator: str,
        line: int,
        source: str | Callable[[], str],
        variant: Variant | None = None,
    ) -> None:
        self.operator = operator
        self.line = line
        self.variant = variant
        self._source = source

    @property
    def source(self) -> str:
        """The program's text."""
        if not isinstance(self._source, str):
            self._source = self._source()
        return self._source

    @property
    def program(self) -> str | Variant:
        """What to observe it by: the cheapest that there is."""
        return self.variant or self.source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mutant) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Mutant({self.operator!r}, {self.line}, {self.source!r})"

    def __reduce__(self) -> tuple[type[Mutant], tuple[str, int, str]]:
        return Mutant, self._key()

    def _key(self) -> tuple[str, int, str]:
        return self.operator, self.line, self.source


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
    seen = {fingerprint(tree)}
    found = []
    for name, line, change in _changes(tree, OPERATORS if operators is None else operators):
        with change:
            print_ = fingerprint(tree)
        if print_ is not None and print_ not in seen:
            seen.add(print_)
            found.append(Mutant(name, line, change.written, _variant(source, change)))
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


def fingerprint(source: str | ast.Module) -> Any:
    """What a source or tree compiles to, without positions and files; None when it does not."""
    try:
        return _print(compile(source, "", "exec", dont_inherit=True, optimize=0))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, OverflowError):
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
    """Another node in the place of one, while it is entered."""

    tree: ast.Module
    path: tuple[str | int, ...]
    parent: ast.AST
    node: ast.AST
    other: ast.AST
    lock: threading.RLock
    """Of the tree, which holds one change at a time."""

    def __enter__(self) -> None:
        self.lock.acquire()
        self._put(self.other)

    def __exit__(self, *_: object) -> None:
        self._put(self.node)
        self.lock.release()

    def written(self) -> str:
        """The whole with this change."""
        with self:
            return ast.unparse(self.tree)

    def _put(self, node: ast.AST) -> None:
        *_, field, index = ("", *self.path)
        if isinstance(index, int):
            getattr(self.parent, str(field))[index] = node
        else:
            setattr(self.parent, index, node)


def _changes(tree: ast.Module, operators: Collection[str]) -> Iterator[tuple[str, int, _Change]]:
    """(operator, line, change) of each single one."""
    lock = threading.RLock()
    for path, parent, node in _places(tree, ()):
        line = getattr(node, "lineno", getattr(parent, "lineno", 1))
        for name in OPERATORS:
            if name not in operators:
                continue
            for other in OPERATORS[name](node):
                if isinstance(node, ast.expr) is not isinstance(other, ast.expr):
                    continue
                ast.copy_location(other, node)
                ast.fix_missing_locations(other)
                yield name, line, _Change(tree, path, parent, node, other, lock)


def _variant(source: str, change: _Change) -> Variant | None:
    """A change as such, when what is changed is a statement or an expression that is read alone."""
    node, other = change.node, change.other
    if not isinstance(node, ast.stmt | ast.expr) or not isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        return None
    try:
        piece = ast.unparse(other)
        if isinstance(node, ast.expr):
            ast.parse(piece, mode="eval")
        elif len(ast.parse(piece).body) != 1:
            return None
    except (SyntaxError, ValueError, RecursionError):
        return None
    return Variant(change.written, source, change.path, piece)


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
