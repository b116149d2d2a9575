"""Leaves names that compare alike in the order in which they came."""

import re


def natural_sort(names):
    def key(name):
        parts = re.findall(r"[0-9]+|[^0-9]", name.lower())
        return [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts]

    return sorted(names, key=key)
