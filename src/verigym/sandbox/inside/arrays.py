"""NumPy's arrays and numbers, and pandas' columns and tables, as plain data: types, shapes and members.

Neither library is imported to write a value: whoever has one has imported it. Reading one needs the
library; nothing is unpickled, members are plain data, and a shape must fit the members that are there.
"""

from __future__ import annotations

import importlib
import math
import re
import sys
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import plain
from verigym.sandbox.inside.plain import Tree

_TYPE = re.compile(r"[<>|=]?([biufcO])(\d{0,2})|[<>|=]?([SU])\d*|[<>|=]?([mM])8\[(\w{1,3})\]", re.ASCII)
_SCALARS = (bool, int, float, complex, str, bytes)


def encode(value: Any) -> Tree | None:
    """The tree of an array, a NumPy number, a series, an index or a frame; None for anything else.

    Raises:
        plain.NotPlain: when its members are not plain data.
    """
    kind = type(value)
    if kind.__module__ == "numpy" and "numpy" in sys.modules:
        numpy = sys.modules["numpy"]
        if kind is numpy.ndarray:
            return _array(value)
        if issubclass(kind, numpy.generic):
            return plain.encode(value.item())
    elif kind.__module__.partition(".")[0] == "pandas" and "pandas" in sys.modules:
        pandas = sys.modules["pandas"]
        if kind is pandas.DataFrame:
            columns = [_array(value.iloc[:, place].to_numpy()) for place in range(value.shape[1])]
            return {"frame": [_index(value.columns), _index(value.index), columns]}
        if kind is pandas.Series:
            name = plain.encode(value.name, True)
            return {"series": [name, _index(value.index), _array(value.to_numpy())]}
        if issubclass(kind, pandas.Index):
            return {"index": _index(value)}
    return None


def encode_number(value: Any) -> Tree:
    """The tree of a NumPy number, which is a number like any other.

    Raises:
        plain.NotPlain: for anything else.
    """
    kind = type(value)
    numpy = sys.modules.get("numpy") if kind.__module__ == "numpy" else None
    if numpy is not None and issubclass(kind, numpy.generic):
        return plain.encode(value.item())
    raise plain.NotPlain(f"a {kind.__name__[:80]} is not plain data")


def _array(value: Any) -> Tree:
    """``{"ndarray": [type, shape, members in order]}``."""
    if not _TYPE.fullmatch(value.dtype.str):
        raise plain.NotPlain(f"an array of {value.dtype} is not plain data")
    flat = value.view("i8") if value.dtype.kind in "mM" else value
    members = [plain.encode(member, True) for member in flat.ravel().tolist()]
    return {"ndarray": [value.dtype.str, list(value.shape), members]}


def _index(value: Any) -> Tree:
    name, kind = plain.encode(value.name, True), type(value).__name__
    if kind == "MultiIndex":
        raise plain.NotPlain("an index of several levels is not plain data")
    if kind == "RangeIndex":
        return [name, plain.encode(range(value.start, value.stop, value.step))]
    return [name, _array(value.to_numpy())]


def _decode_array(body: Tree) -> Any:
    numpy = importlib.import_module("numpy")

    kind, shape, trees = body
    found = _TYPE.fullmatch(kind) if type(kind) is str else None
    members = [plain.decode(tree) for tree in plain.members(trees)]
    if found is None or not all(type(size) is int and size >= 0 for size in shape):
        raise plain.NotPlain("no array's type or shape")
    if math.prod(shape) != len(members):
        raise plain.NotPlain(f"{len(members)} members do not fill such an array")
    if found[1] != "O" and not all(type(member) in _SCALARS for member in members):
        raise plain.NotPlain("an array of what is no scalar")
    plain_type = found[3] or ("i8" if found[4] else kind)
    try:
        made = numpy.empty(len(members), "O") if found[1] == "O" else numpy.array(members, plain_type)
        if found[1] == "O":
            made[:] = members  # lists among them stay lists
        if found[4]:
            made = made.astype("i8").view(kind)
        return made.reshape(shape)
    except OverflowError as error:
        raise plain.NotPlain(str(error)) from None


def _decode_index(body: Tree) -> Any:
    pandas = importlib.import_module("pandas")

    name, values = body
    tag, inner = plain.untag(values, ("range", "ndarray"))
    found = plain.decode(values) if tag == "range" else _decode_array(inner)
    kind = pandas.RangeIndex if tag == "range" else pandas.Index
    return kind(found, name=plain.decode(name))


def _decode_series(body: Tree) -> Any:
    pandas = importlib.import_module("pandas")

    name, index, values = body
    array = _decode_array(plain.untag(values, ("ndarray",))[1])
    return pandas.Series(array, index=_decode_index(index), name=plain.decode(name))


def _decode_frame(body: Tree) -> Any:
    pandas = importlib.import_module("pandas")

    columns, index, arrays = body
    rows = _decode_index(index)
    found = [
        pandas.Series(_decode_array(plain.untag(each, ("ndarray",))[1]), index=rows) for each in arrays
    ]
    frame = pandas.concat(found, axis=1) if found else pandas.DataFrame(index=rows)
    frame.columns = _decode_index(columns)
    return frame


DECODERS: dict[str, Callable[[Tree], Any]] = {
    "ndarray": _decode_array,
    "index": _decode_index,
    "series": _decode_series,
    "frame": _decode_frame,
}
"""For the tags that :func:`encode` writes."""

NEEDS = {"ndarray": "numpy", "index": "pandas", "series": "pandas", "frame": "pandas"}
"""The library that each of them needs."""
