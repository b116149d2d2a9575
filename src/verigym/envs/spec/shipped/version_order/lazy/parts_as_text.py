"""Compares the parts of labels as text, numbers too."""


def compare_versions(first, second):
    keys = []
    for version in (first, second):
        core, dash, label = version.partition("+")[0].partition("-")
        keys.append(([int(part) for part in core.split(".")], not dash, label.split(".")))
    return (keys[0] > keys[1]) - (keys[0] < keys[1])
