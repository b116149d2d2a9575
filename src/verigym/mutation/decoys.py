"""Decoys: programs that do what a reference does and are written otherwise.

Tests that look at how a program is written tell them from the reference; tests of what it does cannot.
Each is one rewrite: local names are others; ``if`` and ``else`` change places under ``not``;
independent assignments next to each other change places; the function is reached through another one.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from verigym.mutation.mutants import fingerprint, parse

_READS_NAMES = {"locals", "vars", "eval", "exec", "dir", "globals"}


def decoys(source: str, entry_point: str) -> list[str]:
    """The rewrites of a source that compile to something else than it, each once.

    They are meant to do the same; who relies on it tries them beside the reference.

    Raises:
        Unparsable: when it has no syntax tree.
    """
    seen = {fingerprint(source)}
    found = []
    for tree in (_renamed(parse(source)), _mirrored(parse(source)), _swapped(parse(source))):
        found.append(ast.unparse(ast.fix_missing_locations(tree)))
    names = {node.id for node in ast.walk(parse(source)) if isinstance(node, ast.Name)}
    if "." not in entry_point and entry_point not in names:  # one that calls itself would go deeper
        found.append(_wrapped(source, entry_point))
    different = []
    for text in found:
        print_ = fingerprint(text)
        if print_ is not None and print_ not in seen:
            seen.add(print_)
            different.append(text)
    return different


def _renamed(tree: ast.Module) -> ast.Module:
    """Local names of functions are others, where nothing but names can mean them."""
    if any(isinstance(node, ast.Name) and node.id in _READS_NAMES for node in ast.walk(tree)):
        return tree
    taken = {name for node in ast.walk(tree) for name in _bound_otherwise(node)} | set(dir(builtins))
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
        stored = {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        own = sorted(stored - taken - _outside(tree, function))
        new = {name: f"{name}_" for name in own if f"{name}_" not in loaded | taken}
        for node in ast.walk(function):
            if isinstance(node, ast.Name):
                node.id = new.get(node.id, node.id)
    return tree


def _bound_otherwise(node: ast.AST) -> Iterator[str]:
    """Names that a node binds, or declares, other than by a ``Name``."""
    if isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        if isinstance(node, ast.ClassDef):  # whose names are attributes
            yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _outside(tree: ast.Module, function: ast.FunctionDef) -> set[str]:
    """Names that the rest of the module uses; and what it is decorated with and defaults to."""
    within = {id(node) for statement in function.body for node in ast.walk(statement)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in within}


def _mirrored(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp) and node.orelse:
            node.test = ast.UnaryOp(ast.Not(), node.test)
            node.body, node.orelse = node.orelse, node.body
    return tree


def _swapped(tree: ast.Module) -> ast.Module:
    """Neighbours ``a = 1`` and ``b = 2`` change places."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        at = 0
        while at + 1 < len(body):
            one, other = (_constant_name(statement) for statement in body[at : at + 2])
            if one and other and one != other:
                body[at], body[at + 1] = body[at + 1], body[at]
                at += 1
            at += 1
    return tree


def _constant_name(statement: ast.stmt) -> str:
    """The name that a statement binds to a constant; empty when it does anything else."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    (target,) = statement.targets
    empty = isinstance(statement.value, ast.List | ast.Dict) and not any(
        ast.iter_child_nodes(statement.value)
    )
    if not isinstance(target, ast.Name) or not (isinstance(statement.value, ast.Constant) or empty):
        return ""
    return target.id


def _wrapped(source: str, entry_point: str) -> str:
    return (
        f"{source}\n"
        f"def _through(function):\n"
        f"    def {entry_point}(*args, **kwargs):\n"
        f"        return function(*args, **kwargs)\n"
        f"    return {entry_point}\n"
        f"_inner = {entry_point}\n"
        f"def {entry_point}(*args, **kwargs):\n"
        f"    return _through(_inner)(*args, **kwargs)\n"
    )
