"""What test code must be before a task is made of it: it parses, calls the function and can fail.

No such check is complete, and none of the code is run here. Test code that gets through and never
calls the function is found out when an answer is judged: that is an abstention, not a reward.
"""

from __future__ import annotations

import ast
import warnings

from verigym.errors import TaskError

_BY_NAME = {"globals", "locals", "vars", "eval", "exec", "getattr"}
"""Whoever uses these may call anything without naming it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_tests(tests: str, entry_point: str) -> ast.Module:
    """The syntax tree of test code; refuses what could not fail or could not be run.

    Raises:
        TaskError: when it does not parse, asserts nothing that is run, or never names the function.
    """
    tree = parse(tests, "the tests")
    subject = {entry_point, "candidate", *_imported(tree)}
    for node in tree.body:
        if isinstance(node, Function) and node.name == "check":
            subject.add(_candidate_of(node))
    nodes = _reached(tree)
    if not any(isinstance(node, ast.Name) and node.id in subject for node in nodes):
        raise TaskError(f"the tests never call {entry_point} (or candidate, or what they import)")
    if not any(map(_may_fail, nodes)):
        raise TaskError("the tests assert nothing that is run, so they would accept anything")
    return tree


def parse(source: str, what: str) -> ast.Module:
    """The syntax tree of some source.

    Raises:
        TaskError: when it is no Python.
    """
    if not isinstance(source, str):
        raise TaskError(f"{what} must be Python source, not {type(source).__name__}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old data sets are full of odd escapes
            tree = ast.parse(source)
            compile(tree, what, "exec", dont_inherit=True)  # sees more: a return outside a function
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise TaskError(f"{what} do not parse: {error}") from None
    return tree


def _imported(tree: ast.Module) -> set[str]:
    """The names that tests have for what they import from the ``solution``, or for all of it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "solution" and not node.level:
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name for alias in node.names if alias.name == "solution"}
    return found


def _candidate_of(check: Function) -> str:
    """The name that the one argument of ``check`` has."""
    takes = [*check.args.posonlyargs, *check.args.args]
    if isinstance(check, ast.AsyncFunctionDef):
        raise TaskError("check is an async function, which a call does not run")
    if not takes or len(takes) - len(check.args.defaults) > 1:
        raise TaskError("check must be callable with one argument, the candidate")
    return takes[0].arg


def _reached(tree: ast.Module) -> list[ast.AST]:
    """The nodes that may be run: what is in a function or class that nothing names, is not."""
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {"check"}
    named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            if not (node.name in named or node.decorator_list or named & _BY_NAME):
                continue
            if isinstance(node, ast.ClassDef):  # whoever is given it may call any of its methods
                found += ast.walk(node)
                continue
        found.append(node)
        waiting += ast.iter_child_nodes(node)
    return found


def _may_fail(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        always = isinstance(node.test, ast.Tuple) and bool(node.test.elts)  # assert (x, "message")
        return not always and not (isinstance(node.test, ast.Constant) and bool(node.test.value))
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(node, ast.Raise) or (
        isinstance(called, ast.Attribute) and called.attr.startswith("assert")
    )
