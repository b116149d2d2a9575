"""The standard library, which reads ranges in sets and lets broken ones stand for themselves."""

from fnmatch import fnmatchcase


def matches(pattern, text):
    return fnmatchcase(text, pattern)
