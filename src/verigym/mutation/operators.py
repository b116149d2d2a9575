"""Mutation operators: from a node of Python's syntax tree to the nodes that may stand in its place.

An operator imitates one kind of mistake. It is a function that yields replacements for a node, none of
which it changes itself; what it yields may share children with the node. The names are those of the
literature (DeMillo, Lipton, Sayward 1978; Offutt et al. 1996; Derezinska and Halas 2014 for Python).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

Operator = Callable[[ast.AST], Iterator[ast.AST]]

_ARITHMETIC: Mapping[type[ast.AST], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.FloorDiv),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv, ast.Add),
    ast.Pow: (ast.Mult, ast.Add),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
}
_RELATIONAL: Mapping[type[ast.AST], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE, ast.NotEq),
    ast.LtE: (ast.Lt, ast.Gt, ast.Eq),
    ast.Gt: (ast.GtE, ast.LtE, ast.NotEq),
    ast.GtE: (ast.Gt, ast.Lt, ast.Eq),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq, ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_CALLS = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sum": "max", "lower": "upper",
    "upper": "lower", "lstrip": "rstrip", "rstrip": "lstrip", "strip": "lstrip", "find": "rfind",
    "rfind": "find", "index": "rindex", "rindex": "index", "startswith": "endswith",
    "endswith": "startswith", "split": "rsplit", "rsplit": "split", "ljust": "rjust", "rjust": "ljust",
    "isalpha": "isalnum", "isalnum": "isalpha", "isupper": "islower", "islower": "isupper",
    "append": "extend", "extend": "append", "union": "intersection", "intersection": "union",
    "floor": "ceil", "ceil": "floor", "add": "discard", "appendleft": "append", "popleft": "pop",
    "keys": "values", "values": "keys",
}  # fmt: skip
"""Functions and methods that are taken for one another."""
_SIMPLE = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete, ast.Raise, ast.Assert, ast.Return,
)  # fmt: skip
_LOOPS = (ast.For, ast.While)


def arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    """AOR, ASR: another arithmetic or bitwise operator."""
    if isinstance(node, ast.BinOp):
        for op in _ARITHMETIC.get(type(node.op), ()):
            yield ast.BinOp(node.left, op(), node.right)
    elif isinstance(node, ast.AugAssign):
        for op in _ARITHMETIC.get(type(node.op), ()):
            yield ast.AugAssign(node.target, op(), node.value)
        yield ast.Assign([node.target], node.value)


def operand(node: ast.AST) -> Iterator[ast.AST]:
    """AOD: one operand instead of both; and a sign that is lost."""
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        yield node.operand


def relational(node: ast.AST) -> Iterator[ast.AST]:
    """ROR: another comparison."""
    if isinstance(node, ast.Compare):
        for i, old in enumerate(node.ops):
            for op in _RELATIONAL.get(type(old), ()):
                yield ast.Compare(
                    node.left, [*node.ops[:i], op(), *node.ops[i + 1 :]], node.comparators
                )


def logical(node: ast.AST) -> Iterator[ast.AST]:
    """LCR, LOD: ``and`` for ``or``, and a condition left out."""
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        for i in range(len(node.values)):
            rest = node.values[:i] + node.values[i + 1 :]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand


def condition(node: ast.AST) -> Iterator[ast.AST]:
    """COI, COR: a condition negated, or taken for granted."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        if not isinstance(node, ast.While):  # which would never end, or never begin
            yield _with(node, test=ast.Constant(True))
            yield _with(node, test=ast.Constant(False))
    elif isinstance(node, ast.comprehension) and node.ifs:
        for i, test in enumerate(node.ifs):
            rest = node.ifs[:i] + node.ifs[i + 1 :]
            yield _with(node, ifs=rest)
            yield _with(node, ifs=[*node.ifs[:i], ast.UnaryOp(ast.Not(), test), *node.ifs[i + 1 :]])


def constant(node: ast.AST) -> Iterator[ast.AST]:
    """CRP: a number next to it, its negation, the empty string, the other truth value."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if type(value) is bool:
        yield ast.Constant(not value)
    elif type(value) is int:
        for other in dict.fromkeys((value + 1, value - 1, 0, -value)):
            if other != value:
                yield _number(other)
    elif type(value) is float:
        for real in dict.fromkeys((value + 1.0, value * 0.5, 0.0)):
            if real != value and abs(real) < float("inf"):
                yield ast.Constant(real)
    elif type(value) is str:
        yield ast.Constant("mutant" if not value else "")
        if len(value) > 1:
            yield ast.Constant(value[:-1])
        elif value:
            yield ast.Constant(value.swapcase() if value.swapcase() != value else value * 2)


def statement(node: ast.AST) -> Iterator[ast.AST]:
    """SDL: a statement left out; and ``break`` for ``continue``."""
    if isinstance(node, _SIMPLE) and getattr(node, "value", node) is not None:
        yield ast.Pass()
    elif isinstance(node, ast.Break):
        yield ast.Continue()
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()
        yield ast.Pass()


def loop(node: ast.AST) -> Iterator[ast.AST]:
    """ZIL, OIL, RIL: no iteration, only the first one, and the reverse order."""
    if isinstance(node, _LOOPS):
        yield _with(node, body=[ast.Break()])
        yield _with(node, body=[*node.body, ast.Break()])
    if isinstance(node, ast.For | ast.comprehension):
        yield _with(node, iter=_call("reversed", _call("list", node.iter)))


def returned(node: ast.AST) -> Iterator[ast.AST]:
    """RVR: another value returned."""
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
        if isinstance(node.value, ast.Compare | ast.BoolOp) or _is_not(node.value):
            yield ast.Return(ast.UnaryOp(ast.Not(), node.value))
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            yield ast.Return(ast.Tuple(list(reversed(node.value.elts)), ast.Load()))


def call(node: ast.AST) -> Iterator[ast.AST]:
    """A call's function taken for another, its arguments swapped or left out, or one instead of it."""
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        yield _with(node, func=ast.Name(_CALLS[node.func.id], ast.Load()))
    elif isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
        yield _with(node, func=ast.Attribute(node.func.value, _CALLS[node.func.attr], ast.Load()))
    if len(node.args) == 2:
        yield _with(node, args=node.args[::-1])
    if len(node.args) > 1:
        for i in range(len(node.args)):
            yield _with(node, args=node.args[:i] + node.args[i + 1 :])
    for i in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
    yield from (argument for argument in node.args if not isinstance(argument, ast.Starred))
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value


def subscript(node: ast.AST) -> Iterator[ast.AST]:
    """SIR: a bound of a slice left out; and an index that is one off."""
    if isinstance(node, ast.Slice):
        for part in ("lower", "upper", "step"):
            if getattr(node, part) is not None:
                yield _with(node, **{part: None})
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name | ast.BinOp):
        for op in (ast.Add, ast.Sub):
            yield _with(node, slice=ast.BinOp(node.slice, op(), ast.Constant(1)))


def exception(node: ast.AST) -> Iterator[ast.AST]:
    """EHD, EXS: a handler that lets the exception through, or swallows it; another type raised."""
    if isinstance(node, ast.ExceptHandler):
        if not (len(node.body) == 1 and isinstance(node.body[0], ast.Raise)):
            yield _with(node, body=[ast.Raise(None, None)])
        if not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)):
            yield _with(node, body=[ast.Pass()])
    elif isinstance(node, ast.Raise) and node.exc is not None:
        yield ast.Raise(_call("ArithmeticError"), None)


OPERATORS: Mapping[str, Operator] = {
    operator.__name__: operator
    for operator in (
        arithmetic, operand, relational, logical, condition, constant, statement, loop, returned, call,
        subscript, exception,
    )
}  # fmt: skip
"""Name -> operator, in the order in which they are applied to a node."""


def _with(node: ast.AST, **changed: object) -> ast.AST:
    """The node with some fields changed; children are shared."""
    fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
    return type(node)(**{**fields, **changed})


def _number(value: int) -> ast.AST:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _is_not(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
