"""Expressions made from trees whose value is known, and texts that are none."""

import re

from hypothesis import given
from hypothesis import strategies as st
from solution import evaluate

NUMBERS = st.integers(0, 12) | st.integers(0, 9) | st.integers(0, 10**20)
LEAVES = NUMBERS.map(lambda number: ("number", number))
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(st.sampled_from("+-*//"), inner, inner) | st.tuples(st.just("minus"), inner)
    ),
    max_leaves=7,
)
SPACES = st.sampled_from(["", "", "", " ", "  "])
LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "minus": 3, "number": 4}
BROKEN = st.sampled_from(
    [
        *(
            "",
            " ",
            "+",
            "-",
            "*",
            "()",
            "(",
            ")",
            "1 2",
            "1 +",
            "* 2",
            "+ 1",
            "1 + + 2",
            "2 * / 3",
            "(1",
            "1)",
            "(1))",
        ),
        *(
            "1 (2)",
            "(1)(2)",
            "1-",
            "--",
            "2 ** 3",
            "7 // 2",
            "(1 + ) 2",
            "2 - * 3",
            "-+1",
            "1 / 0 +",
            "(1 / 0",
            ")1(",
        ),
        *("(1 2", "(1(", "1 / 0)", "2 (", "-()", "(1 2 + 3", "1 / 0 2", "1 / 0 + *", "1 - )", "((1)"),
    ]
)
STRANGE = st.sampled_from([*"x.,%!&'#[]{}_^=e~", "\t", "\n", "\u00a0", "\u0661", "²"])


def value(tree):
    """The value of a tree; None when it divides by zero."""
    if tree[0] == "number":
        return tree[1]
    parts = [value(part) for part in tree[1:]]
    if None in parts or (tree[0] == "/" and parts[1] == 0):
        return None
    if tree[0] == "minus":
        return -parts[0]
    a, b = parts
    if tree[0] == "/":
        return a // b if a % b == 0 or (a < 0) == (b < 0) else a // b + 1
    return {"+": a + b, "-": a - b, "*": a * b}[tree[0]]


@st.composite
def spelled(draw):
    """A text of a tree, with brackets where they must be and some where they need not."""

    def written(tree, least):
        kind = tree[0]
        if kind == "number":
            text = draw(st.sampled_from(["", "", "", "0", "00"])) + str(tree[1])
        elif kind == "minus":
            text = "-" + draw(SPACES) + written(tree[1], 3)
        else:
            left, right = written(tree[1], LEVEL[kind]), written(tree[2], LEVEL[kind] + 1)
            text = left + draw(SPACES) + kind + draw(SPACES) + right
        if LEVEL[kind] < least or draw(st.integers(0, 7)) == 0:
            text = "(" + draw(SPACES) + text + draw(SPACES) + ")"
        return text

    tree = draw(TREES)
    return draw(SPACES) + written(tree, 0) + draw(SPACES), tree


def outcome(text):
    try:
        return evaluate(text)
    except ZeroDivisionError:
        return None
    except ValueError:
        return "refused"


@given(spelled())
def test_an_expression_has_the_value_of_its_tree(one):
    text, tree = one
    assert outcome(text) == value(tree)


@given(
    st.lists(st.tuples(st.sampled_from("+-*/"), st.integers(1, 9), st.booleans()), max_size=6),
    st.integers(0, 9),
)
def test_a_chain_without_brackets(steps, first):
    text, total, product = str(first), 0, first
    for operator, number, negative in steps:
        text += f"{operator}{'-' * negative}{number}"
        number = -number if negative else number
        if operator == "*":
            product *= number
        elif operator == "/":
            product = abs(product) // abs(number) * (1 if product * number >= 0 else -1)
        else:
            total, product = total + product, number if operator == "+" else -number
    assert evaluate(text) == total + product


@given(spelled(), spelled(), st.sampled_from("+-*"))
def test_brackets_make_one_number_of_an_expression(one, other, operator):
    a, b = value(one[1]), value(other[1])
    expected = None if a is None or b is None else {"+": a + b, "-": a - b, "*": a * b}[operator]
    assert outcome(f"({one[0]}) {operator} ({other[0]})") == expected


@given(
    spelled(),
    BROKEN,
    st.sampled_from(["{1}", "{1}", "({1})", "{0} {1}", "{0} + ({1})", "-({1}) * {0}"]),
)
def test_texts_that_are_no_expressions_are_refused(one, broken, frame):
    text = frame.format(one[0], broken)
    if (frame == "{0} {1}" and re.match(r" *[-+*/]", broken)) or broken.strip(" ") == "":
        return
    assert outcome(text) == "refused"


@given(spelled(), STRANGE, st.integers(0, 60))
def test_other_characters_are_refused_wherever_they_stand(one, strange, at):
    at %= len(one[0]) + 1
    assert outcome(one[0][:at] + strange + one[0][at:]) == "refused"
    assert outcome(f"1 / 0 + {strange}") == "refused"
    assert outcome(f"({one[0]}) * {strange}1)") == "refused"


@given(spelled(), st.sampled_from(["+", "*", "/", ")", "(", " 1", " (2)"]))
def test_something_more_is_refused(one, more):
    assert outcome(one[0] + more) == "refused"


@given(spelled(), st.integers(0, 60))
def test_a_lost_bracket_is_refused(one, at):
    places = [index for index, character in enumerate(one[0]) if character in "()"]
    if places:
        at = places[at % len(places)]
        assert outcome(one[0][:at] + one[0][at + 1 :]) == "refused"
