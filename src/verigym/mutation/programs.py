"""Programs that read standard input as functions of a text: so many runs need one process only.

What stands at the top level of a program becomes the body of a function, in which all its names stay
global. Each call has streams of its own. What a program leaves in its globals a later call may see, as
it would not in a process of its own, so this is for a reference and its mutants, not for judging.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from verigym import seeding
from verigym.errors import UserError
from verigym.mutation.cases import BATCH, literals
from verigym.mutation.layouts import layout_of
from verigym.mutation.mutants import Unparsable, mutants, parse
from verigym.mutation.search import ROUNDS, Hardened, Posed, Search
from verigym.mutation.texts import Texts
from verigym.sandbox import Sandbox
from verigym.verifiers.compare import Rule, same_text

ENTRY = "program"
"""The name of the function."""
TOKENS = Rule("tokens")

_FLOAT = re.compile(r"[0-9]\.[0-9]|[0-9]e-?[0-9]|\b(?:nan|inf)\b", re.IGNORECASE)

_FRAME = """
import io as __io, sys as __sys
def program(__text):
    __kept = __sys.stdin, __sys.stdout
    __out = __io.BytesIO()
    __sys.stdin = __io.TextIOWrapper(__io.BytesIO(__text.encode()), encoding="utf-8")
    __sys.stdout = __flow = __io.TextIOWrapper(__out, encoding="utf-8", write_through=True)
    try:
        BODY
    except SystemExit as __end:
        if __end.code not in (None, 0):
            raise
    finally:
        __sys.stdin, __sys.stdout = __kept
    __flow.flush()
    return __out.getvalue().decode()
"""


def as_function(source: str) -> str:
    """A program with a function :data:`ENTRY` that takes standard input and returns standard output.

    Raises:
        Unparsable: for what is no Python, or cannot be done this way.
    """
    tree = parse(source)
    first = [node for node in tree.body if isinstance(node, ast.ImportFrom) and _must_stay(node)]
    body = [_plain(node) for node in tree.body if node not in first]
    names = _Names()
    for node in body:
        names.visit(node)
    if any(name.startswith("__") and name != "__name__" for name in names.found):
        raise Unparsable("the program uses names of two underscores of its own")
    frame = ast.parse(_FRAME)
    function = frame.body[-1]
    assert isinstance(function, ast.FunctionDef)
    guarded = next(node for node in function.body if isinstance(node, ast.Try))
    guarded.body = body or [ast.Pass()]
    if names.found:
        function.body.insert(0, ast.Global(names=sorted(names.found)))
    main = ast.parse("__name__ = '__main__'").body
    future = [node for node in first if node.module == "__future__"]
    others = [node for node in first if node.module != "__future__"]
    module = ast.Module(body=[*future, *main, *others, *frame.body], type_ignores=[])
    return ast.unparse(ast.fix_missing_locations(module))


def _must_stay(node: ast.ImportFrom) -> bool:
    """Whether an import may stand only at the top level of a module."""
    return node.module == "__future__" or any(name.name == "*" for name in node.names)


def _plain(node: ast.stmt) -> ast.stmt:
    """A statement without annotations of names, which cannot be global."""
    changed = _Unannotated().visit(node)
    assert isinstance(changed, ast.stmt)
    return changed


class _Unannotated(ast.NodeTransformer):
    """``x: int = 1`` as ``x = 1``, outside of functions and classes."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if not isinstance(node.target, ast.Name):
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)

    def _skip(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _skip


class _Names(ast.NodeVisitor):
    """The names that statements bind, outside of functions and classes."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.found.add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.found.add(node.name)
        for part in node.decorator_list:
            self.visit(part)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Nothing is bound in it."""

    def visit_alias(self, node: ast.alias) -> None:
        self.found.add(node.asname or node.name.partition(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.found.add(node.name)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Its targets are its own; what is walrused in it is not."""
        for part in (node.iter, *node.ifs):
            self.visit(part)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.found.add(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.found.add(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.found.add(node.rest)
        self.generic_visit(node)


def harden_program(
    reference: str,
    examples: Sequence[str],
    *,
    wrong: Sequence[str] = (),
    right: Sequence[str] = (),
    seed: Any = 0,
    rule: Rule = TOKENS,
    rounds: int = ROUNDS,
    sandbox: Sandbox | None = None,
) -> Hardened:
    """Find the cases that make the tests of a program stronger.

    As :func:`verigym.mutation.harden`, for programs that read standard input and write standard output:
    cases' ``args`` and ``expected`` are texts. Inputs are laid out as the examples are
    (:mod:`verigym.mutation.layouts`).

    Raises:
        Unusable: when the reference fails on every example, or does not do the same twice.
        Unparsable: when it is no Python, or cannot be run as a function.
        UserError: when no layout explains the examples.
        SandboxError: when the sandbox fails.
    """
    layout = layout_of(examples)
    if layout is None:
        raise UserError("no layout of rows, runs and blocks explains its inputs")
    rng = random.Random(seeding.derive("harden", seed, ENTRY, reference))
    texts = Texts(layout, examples, rng, *literals(reference))

    def drawn() -> list[list[str]]:
        found = [texts.draw() for _ in range(BATCH)]
        return [[text] for text in found if text is not None]

    sources = [mutant.source for mutant in mutants(reference)]
    posed = Posed(
        as_function(reference),
        ENTRY,
        [as_function(source) for source in sources],
        same=lambda got, expected: _meets(got, expected, rule),
        vague=lambda text: rule.mode != "floats" and _FLOAT.search(str(text)) is not None,
    )
    search = Search(posed, [_tolerant(source) for source in wrong], [*map(as_function, right)], sandbox)
    found = search.hardened([[text] for text in examples], [], drawn, rounds)
    return replace(found, survivors=tuple(sources[i] for i in search.alive if i < len(sources)))


def _tolerant(source: str) -> str:
    """A wrong answer as a function; one that cannot be made one is dead from the start."""
    try:
        return as_function(source)
    except Unparsable:
        return "raise RuntimeError"


def _meets(got: Any, expected: Any, rule: Rule) -> bool:
    texts = [text.encode("utf-8", "replace") for text in (got, expected) if isinstance(text, str)]
    return len(texts) == 2 and same_text(texts[0], texts[1], rule)
