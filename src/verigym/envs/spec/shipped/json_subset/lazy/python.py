"""Python's own notation."""

import ast


def parse(text):
    return ast.literal_eval(text)


def dump(value):
    return repr(value)
