"""Compares the three numbers and leaves the labels."""


def compare_versions(first, second):
    one, other = (
        [int(part) for part in version.partition("+")[0].partition("-")[0].split(".")]
        for version in (first, second)
    )
    return (one > other) - (one < other)
