"""Translated to a regular expression, whose point stands for no line feed."""

import re


def matches(pattern, text):
    found, at = "", 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "[":
            end = pattern.find("]", at)
            members = pattern[at:end] if end >= 0 else ""
            negated = members.startswith("!")
            members = members[negated:]
            if not members:
                raise ValueError
            found += "[" + "^" * negated + "".join(map(re.escape, members)) + "]"
            at = end + 1
        else:
            found += {"*": ".*", "?": "."}.get(character, re.escape(character))
    return re.fullmatch(found, text) is not None
