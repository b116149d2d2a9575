"""Versions as keys that sort as they should."""


def compare_versions(first: str, second: str) -> int:
    one, other = _key(first), _key(second)
    return (one > other) - (one < other)


def _key(version: str) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    version = version.partition("+")[0]
    core, dash, label = version.partition("-")
    numbers = [int(part) for part in core.split(".")]
    return numbers, not dash, [_part(part) for part in label.split(".") if part]


def _part(part: str) -> tuple[bool, int, str]:
    if part.isdigit():
        return False, int(part), ""
    return True, 0, part
