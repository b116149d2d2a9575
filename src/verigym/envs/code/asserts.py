"""Asserts as data sets list them, each a text: what they test, and one source made of them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from verigym.envs.code.testcode import parse
from verigym.errors import TaskError


def joined(asserts: Iterable[str]) -> str:
    """One source with all of the asserts, in order."""
    return "".join(f"{text.strip()}\n" for text in asserts)


def entry_point_of(tests: str, solution: str | None, given: str = "") -> str:
    """The function that asserts test: the first that they call and the solution defines.

    Args:
        tests: the asserts.
        solution: source that defines the function; without one, the first name that is called and is
            no builtin is taken.
        given: source that the tests have beside them; what it defines or imports is not asked for.

    Raises:
        TaskError: when one of them does not parse, or the asserts call no such function.
    """
    nodes = ast.walk(parse(tests, "the tests"))
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    called = [function.id for function in calls if isinstance(function, ast.Name)]
    if solution is not None:
        known = defined(parse(solution, "the solution"))
        found = (name for name in called if name in known)
    else:
        others = set(dir(builtins)) | defined(parse(given, "the setup of the tests"))
        found = (name for name in called if name not in others)
    if (name := next(found, None)) is None:
        where = "that the solution defines" if solution is not None else "that is no builtin"
        raise TaskError(f"the tests call no function {where}")
    return name


def imports_of(solution: str) -> str:
    """The imports of a solution. Asserts that were written to be run beside it may lean on them."""
    nodes = parse(solution, "the solution").body
    return joined(ast.unparse(node) for node in nodes if _is_import(node))


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def helpers_of(tests: str, solution: str, entry_point: str) -> list[str]:
    """What else the solution defines that the tests name, classes to make their arguments of say."""
    tree = parse(tests, "the tests")
    program = parse(solution, "the solution")
    imports = defined(ast.Module([node for node in program.body if _is_import(node)], []))
    known = defined(program) - imports - defined(tree) - {entry_point}
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & known)


def defined(tree: ast.Module) -> set[str]:
    """The names that a module's own statements bind: functions, classes, imports, variables."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.Assign):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found
