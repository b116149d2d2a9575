"""Does not look at what it keeps or drops."""

from difflib import SequenceMatcher


def diff(old, new):
    script = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            script += [("keep", x) for x in old[a:b]]
        else:
            script += [("drop", x) for x in old[a:b]] + [("add", x) for x in new[c:d]]
    return script


def patch(old, script):
    return "".join(c for step, c in script if step != "drop")
