"""Tests turned into their opposites: what a right program must *fail*.

Who judges cannot look into a process that pytest shares with the candidate, but can give it a question
whose right answer is "failed". A test is turned in one of two ways:

* *closed*: it runs as it is, and then fails, come what may. A report that it passed is forged;
* *denied*: its last unconditional claim is made the other way round: ``assert x`` becomes
  ``assert not x``, and what had to raise may not; of ``assert x == y`` it is asked whether ``x`` is
  unequal to ``y``, or equal to something else as well. If the claim holds the test fails, so a
  candidate that has switched claims off passes it, and so does one whose objects equal everything.

Only the text of a test changes, on its own lines, and a few lines at the end of its file; line numbers
stay. The idea is that of mutation testing, with the tests as what is mutated and the verdict on each
known.
"""

from __future__ import annotations

import ast
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

REAL, CLOSED, DENIED = "real", "closed", "denied"

Function = tuple[str, str]
"""A test function: its file, and its name with those of its classes (``TestX::test_y``)."""

_DUALS = {
    "assertAlmostEqual": "assertNotAlmostEqual",
    "assertIs": "assertIsNot",
    "assertIn": "assertNotIn",
    "assertIsNone": "assertIsNotNone",
    "assertIsInstance": "assertNotIsInstance",
    "assertTrue": "assertFalse",
}
_DUALS |= {second: first for first, second in _DUALS.items()} | {"assertNotEqual": "assertEqual"}
_ASSERT_UNEQUAL = "(lambda first, second, msg=None: self.assertTrue({mark}_unequal(first, second)))"
_RAISES = {"pytest.raises", "self.assertRaises", "self.assertRaisesRegex"}
_STOPPING = ("Keyboard", "Exit", "Base", "skip", "fail", "xfail")
"""What to let out would end more than the one test, or be no failure of it."""
_SWALLOWING = ("raises", "Raises", "suppress", "warns", "Warns", "deprecated")
"""Context managers that may end a claim without a failure."""
_DEEPEST = 20
_NOTHING = '__import__("contextlib").nullcontext()'

_CLOSING = """

def {turn}(owner, *path):
    import functools
    *classes, name = path
    for inner in classes:
        owner = getattr(owner, inner)
    inside = getattr(owner, name)
    @functools.wraps(inside)
    def test(*args, **kwargs):
        try:
            inside(*args, **kwargs)
        finally:
            raise AssertionError("claim")
    setattr(owner, name, test)

for {turn}_one in {paths!r}:
    {turn}(__import__("sys").modules[__name__], *{turn}_one)
del {turn}, {turn}_one
"""


_DENYING = """

def {mark}_other(value):
    kind = type(value)
    if value is None or kind is bool:
        return not value
    if kind is int or kind is float:
        return -3 * value - (1001 if kind is int else 1001.37)
    if kind is str or kind is bytes:
        return value + ("\\0" if kind is str else b"\\0")
    if kind is dict:
        pairs = [(key, {mark}_other(one)) for key, one in value.items()]
        plain = all(one is not NotImplemented for _, one in pairs)
        return (dict(pairs) or {{None: None}}) if plain else NotImplemented
    if kind in (list, tuple, set, frozenset):
        items = [{mark}_other(one) for one in value]
        plain = all(one is not NotImplemented for one in items)
        return kind(items or [None]) if plain else NotImplemented
    return NotImplemented

def {mark}_unequal(left, right):
    other = {mark}_other(right)
    if other is not NotImplemented and left == other:
        return True
    other = {mark}_other(left)
    lenient = type(right).__module__.partition(".")[0] in ("_pytest", "unittest")
    if other is not NotImplemented and not lenient and other == right:
        return True
    return not left == right
"""
"""What becomes of ``left == right``: it says True, so that the test passes, of a value that also equals
another one of the same kind, far from it; and of two that are not equal."""


class _Edit(NamedTuple):
    """Bytes of a file to replace."""

    start: int
    end: int
    text: str


def function_of(test_id: str) -> Function:
    """The function that a test id names, its parameters left out: ids may share one."""
    path, _, name = test_id.partition("::")
    return path, name.partition("[")[0]


def plan(functions: Iterable[Function], rounds: int, rng: random.Random) -> list[dict[Function, str]]:
    """How each function stands in each round: in one as it is, in each other turned.

    The order is drawn for each function by itself, so that no round is a round of real tests.
    """
    kinds = (REAL, CLOSED, DENIED)[:rounds]
    orders = list(itertools.permutations(kinds))
    drawn = {function: rng.choice(orders) for function in sorted(set(functions))}
    return [{function: order[place] for function, order in drawn.items()} for place in range(rounds)]


def turn(path: str, source: str, kinds: Mapping[str, str], mark: str) -> tuple[str, dict[str, str]]:
    """A test file with some of its functions turned, and how each one then really stands.

    ``kinds`` says for the name of each function what to make of it; a test whose claims cannot be
    denied is closed instead. ``mark`` is an identifier that the file does not use.
    """
    tree = ast.parse(source, path)
    literals = _literals(tree.body)
    edits: list[_Edit] = []
    closed: list[Sequence[str]] = []
    done = dict(kinds)
    text = source.encode()
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
    for name, kind in kinds.items():
        parts = name.split("::")
        function = _definition(tree, parts) if kind == DENIED else None
        if function is not None and (edit := _denial(function, literals, text, starts, mark)):
            edits.append(edit)
            continue
        if kind != REAL:
            done[name] = CLOSED
            closed.append(parts)
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text.encode() + text[edit.end :]
    turned = text.decode()
    if any(mark in edit.text for edit in edits):
        turned += _DENYING.format(mark=mark)
    if closed:
        turned += _CLOSING.format(turn=mark, paths=[tuple(parts) for parts in closed])
    return turned, done


def _definition(tree: ast.Module, parts: list[str]) -> ast.FunctionDef | None:
    """The one plain function of that name, when nothing wraps it but pytest's marks."""
    body: list[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in parts:
        named = [node for node in body if getattr(node, "name", None) == part]
        if len(named) != 1:
            return None
        found = named[0]
        body = getattr(found, "body", [])
    plain = isinstance(found, ast.FunctionDef) and all(
        ast.unparse(decorator).startswith("pytest.mark.") for decorator in found.decorator_list
    )
    return found if plain and isinstance(found, ast.FunctionDef) else None


def _denial(
    function: ast.FunctionDef,
    known: Mapping[str, ast.expr],
    text: bytes,
    starts: list[int],
    mark: str,
) -> _Edit | None:
    """The edit that denies the last claim that is made whatever happens before, if there is one."""
    if any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in ast.walk(function)):
        return None  # it may end before its last claim
    own = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    own |= _stored(function.body).keys()
    outer = {name: value for name, value in known.items() if name not in own}
    literals = {**outer, **_literals(function.body)}
    for statement in reversed(list(_certain(function.body, literals))):
        if edit := _denied(statement, text, starts, mark):
            return edit
    return None


def _stored(body: list[ast.stmt]) -> Counter[str]:
    """How often names are assigned, or deleted, anywhere in a body."""
    return Counter(
        node.id
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    )


def _literals(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """What names stand for that are assigned just once in a body."""
    stored = _stored(body)
    return {
        target.id: statement.value
        for statement in body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and stored[target.id] == 1
    }


def _certain(body: list[ast.stmt], literals: Mapping[str, ast.expr]) -> Iterator[ast.stmt]:
    """The statements that are run at least once when a body is run to its end."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.With):
            managers = " ".join(ast.unparse(item.context_expr) for item in statement.items)
            if not any(word in managers for word in _SWALLOWING):
                yield from _certain(statement.body, literals)
        elif isinstance(statement, ast.Try) and not statement.handlers:
            yield from _certain(statement.body, literals)
        elif isinstance(statement, ast.For) and _never_empty(statement.iter, literals):
            leaves = any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(statement))
            yield from () if leaves else _certain(statement.body, literals)


def _never_empty(value: ast.expr, literals: Mapping[str, ast.expr], depth: int = 0) -> bool:
    """Whether something to loop over has at least one item, as can be read from its text."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, ast.Name):
        named = literals.get(value.id)
        return named is not None and _never_empty(named, literals, depth + 1)
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return any(not isinstance(item, ast.Starred) for item in value.elts)
    if isinstance(value, ast.Dict):
        return any(key is not None for key in value.keys)
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str | bytes) and bool(value.value)
    if isinstance(value, ast.Call) and not value.keywords:
        called = value.func
        if isinstance(called, ast.Attribute) and called.attr in ("items", "keys", "values"):
            return not value.args and _never_empty(called.value, literals, depth + 1)
        if isinstance(called, ast.Name) and called.id == "range":
            numbers = [item.value for item in value.args if isinstance(item, ast.Constant)]
            ends = [number for number in numbers if type(number) is int]
            return len(ends) == len(value.args) in (1, 2) and bool(range(*ends))
        if isinstance(called, ast.Name) and called.id in ("enumerate", "zip", "list", "sorted"):
            return bool(value.args) and all(
                _never_empty(item, literals, depth + 1) for item in value.args
            )
    return False


def _denied(statement: ast.stmt, text: bytes, starts: list[int], mark: str) -> _Edit | None:
    if isinstance(statement, ast.Assert):
        start, end = _span(statement.test, starts)
        claim = statement.test
        if isinstance(claim, ast.Compare) and [type(sign) for sign in claim.ops] == [ast.Eq]:
            sides = f"{ast.unparse(claim.left)}, {ast.unparse(claim.comparators[0])}"
            lines = "\n" * text.count(b"\n", start, end)
            return _Edit(start, end, f"{mark}_unequal({sides}{lines})")
        return _Edit(start, end, f"(not ({text[start:end].decode()}))")
    if isinstance(statement, ast.With):
        for item in statement.items:
            if (start_end := _raising(item.context_expr, text, starts)) is not None:
                return _Edit(*start_end, _NOTHING)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        own = isinstance(called, ast.Attribute) and ast.unparse(called.value) == "self"
        if own and isinstance(called, ast.Attribute):
            start, end = _span(called, starts)
            if called.attr == "assertEqual":
                return _Edit(start, end, _ASSERT_UNEQUAL.format(mark=mark))
            if dual := _DUALS.get(called.attr):
                return _Edit(end - len(called.attr), end, dual)
    return None


def _raising(call: ast.expr, text: bytes, starts: list[int]) -> tuple[int, int] | None:
    """Where a ``pytest.raises(...)`` stands, of which the exception may be let out."""
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in _RAISES:
        return None
    start, end = _span(call, starts)
    words = text[start:end].decode()
    return None if any(stopping in words for stopping in _STOPPING) else (start, end)


def _span(node: ast.expr, starts: list[int]) -> tuple[int, int]:
    """The bytes of a node: its columns are counted in bytes, too."""
    last, column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return starts[node.lineno - 1] + node.col_offset, starts[last - 1] + column
