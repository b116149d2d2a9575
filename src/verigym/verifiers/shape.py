"""The shape of inputs: of which types they are, at each place, as examples show it.

A shape is JSON: an object from the name of each type that was seen to the shape of its members (null
for types without). So ``{"list": {"int": null, "none": null}}`` are the lists of ints and Nones. Where
floats were seen ints will do, and no number is NaN or infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

Shape = Mapping[str, Any]

_HOLDERS = (list, tuple, set, frozenset)


def shape_of(values: Iterable[Any]) -> dict[str, Any]:
    """The shape of values that may all stand at one place."""
    shape: dict[str, Any] = {}
    for value in values:
        name = _name(value)
        if type(value) in _HOLDERS:
            shape[name] = _joined(shape.get(name, {}), shape_of(value))
        elif type(value) is dict:
            keys, members = shape.get(name, [{}, {}])
            shape[name] = [
                _joined(keys, shape_of(value)),
                _joined(members, shape_of(value.values())),
            ]
        else:
            shape[name] = None
    return shape


def fits(value: Any, shape: Shape) -> bool:
    """Whether a value is of a shape."""
    name = _name(value)
    if type(value) is float and not math.isfinite(value):
        return False
    if name not in shape:
        return name == "int" and "float" in shape
    if type(value) in _HOLDERS:
        return all(fits(member, shape[name]) for member in value)
    if type(value) is dict:
        keys, members = shape[name]
        return all(fits(key, keys) and fits(member, members) for key, member in value.items())
    return True


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for name, members in other.items():
        if name in found and isinstance(members, Mapping):
            found[name] = _joined(found[name], members)
        elif name in found and members is not None:
            found[name] = [_joined(a, b) for a, b in zip(found[name], members, strict=True)]
        else:
            found[name] = members
    return found


def _name(value: Any) -> str:
    return "none" if value is None else type(value).__name__
