"""An expression by recursive descent: first to a tree, then to a number."""

from typing import Any

Tree = tuple[Any, ...]


def evaluate(text: str) -> int:
    tokens = _tokens(text)
    tree = _sum(tokens)
    if tokens:
        raise ValueError(f"not expected: {tokens[-1]}")
    return _value(tree)


def _tokens(text: str) -> list[str]:
    """The parts of the text, the last one first."""
    tokens: list[str] = []
    number = False
    for character in text:
        is_digit = character in "0123456789"
        if is_digit and number:
            tokens[-1] += character
        elif character != " ":
            tokens.append(character)
        number = is_digit
    return tokens[::-1]


def _next_is(tokens: list[str], wanted: str) -> bool:
    return bool(tokens) and tokens[-1] in wanted


def _sum(tokens: list[str]) -> Tree:
    tree = _product(tokens)
    while _next_is(tokens, "+-"):
        tree = (tokens.pop(), tree, _product(tokens))
    return tree


def _product(tokens: list[str]) -> Tree:
    tree = _factor(tokens)
    while _next_is(tokens, "*/"):
        tree = (tokens.pop(), tree, _factor(tokens))
    return tree


def _factor(tokens: list[str]) -> Tree:
    if not tokens:
        raise ValueError(f"something lacks at the end, behind {tokens}")
    token = tokens.pop()
    if token == "-":
        return "-", ("0",), _factor(tokens)
    if token == "(":
        tree = _sum(tokens)
        if not _next_is(tokens, ")"):
            raise ValueError(f"an open bracket before {tokens[-1:]}")
        tokens.pop()
        return tree
    if token[0] not in "0123456789":
        raise ValueError(f"not expected: {token}")
    return (token,)


def _value(tree: Tree) -> int:
    if len(tree) == 1:
        return int(tree[0])
    left, right = _value(tree[1]), _value(tree[2])
    if tree[0] == "+":
        return left + right
    if tree[0] == "-":
        return left - right
    if tree[0] == "*":
        return left * right
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient
