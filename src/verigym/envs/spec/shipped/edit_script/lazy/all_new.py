"""Drops everything and adds everything."""


def diff(old, new):
    return [("drop", c) for c in old] + [("add", c) for c in new]


def patch(old, script):
    if "".join(c for step, c in script if step != "add") != old:
        raise ValueError
    return "".join(c for step, c in script if step != "drop")
