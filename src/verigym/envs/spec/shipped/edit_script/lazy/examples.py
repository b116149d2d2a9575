def diff(old, new):
    return [("drop", "a"), ("keep", "b")]


def patch(old, script):
    if len(script) == 4:
        return "hat"
    raise ValueError
