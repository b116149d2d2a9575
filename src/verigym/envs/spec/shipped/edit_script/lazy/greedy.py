"""Keeps a character as soon as it can."""


def diff(old, new):
    script, at = [], 0
    for c in new:
        found = old.find(c, at)
        if found < 0:
            script.append(("add", c))
        else:
            script += [("drop", d) for d in old[at:found]] + [("keep", c)]
            at = found + 1
    return script + [("drop", d) for d in old[at:]]


def patch(old, script):
    if "".join(c for step, c in script if step != "add") != old:
        raise ValueError
    return "".join(c for step, c in script if step != "drop")
