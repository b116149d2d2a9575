"""What stands for the candidate's objects in test code: each use of one is asked of the other process.

What a proxy gives is plain data, or another proxy; and nothing that the candidate's side says of itself
is taken for a comparison:

* ``==`` and ``!=`` never ask an object. One that is a kind of dict, list, number or the like is
  compared by what it holds. Two objects are equal when they are the same one, or of the same class with
  equal attributes. Anything else is not equal.
* An object that came where the tests may have expected data does not get to see what they compare with:
  it takes part in no operator with data, and has no method that data would have
  (``text.startswith(expected)``, ``frame.equals(expected)``). Only what the tests *made*, by calling a
  class by its name, answers these itself: there an object is what they asked for. This belongs to the
  way that an object came, not to the object, or one could give back itself in the place of data. So the
  two ways have two proxies, which are equal and not identical.
* A context manager's ``__exit__`` swallows no failed assertion.
"""

from __future__ import annotations

import sys
from collections.abc import Callable as AnyCallable
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from verigym.sandbox.inside.objects import ARITHMETIC, COMPARISONS

if TYPE_CHECKING:
    from verigym.sandbox.inside.peer import Peer


class Reference:
    """What a proxy stands for."""

    __slots__ = ("made", "name", "number", "peer")

    def __init__(self, peer: Peer, number: int, name: str, made: bool) -> None:
        self.peer, self.number, self.name, self.made = peer, number, name, made


def reference(proxy: Object) -> Reference:
    """What a proxy stands for: its one attribute, which is apart from those of the object."""
    return proxy._verigym


class Object:
    """An object of the candidate's."""

    __slots__ = ("__weakref__", "_verigym")
    _verigym: Reference

    def __init__(self, peer: Peer, number: int, name: str, made: bool) -> None:
        object.__setattr__(self, "_verigym", Reference(peer, number, name, made))

    def __del__(self) -> None:
        told = reference(self)
        told.peer.dropped.add(told.number)  # nothing is sent here: this may be in the midst of anything

    # ------------------------------------------------------------------------- attributes

    def __getattr__(self, name: str) -> Any:
        told = reference(self)
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"{name} of an object in another process")
        value = told.peer.ask("getattr", (self, name), makes=told.peer.makes(name))
        if isinstance(value, Callable) and not told.made and name in _names_of_data():
            raise told.peer.refuse(AttributeError, f"calling {name} of an object")
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "setattr", name, value)

    def __delattr__(self, name: str) -> None:
        _ask(self, "delattr", name)

    # ------------------------------------------------------------------------- comparison

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        is_data, content = reference(self).peer.content(self)
        if isinstance(other, Object):
            theirs = reference(other).peer.content(other)
            return bool((is_data, content) == theirs)
        return is_data and bool(content == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        is_data, content = reference(self).peer.content(self)
        return hash(content) if is_data else hash(content[:2])

    # -------------------------------------------------------------------------- container

    def __contains__(self, item: Any) -> bool:
        if reference(self).made or isinstance(item, Object):
            return _ask(self, "contains", item) is True
        return any(item is member or item == member for member in self)

    def __iter__(self) -> Any:
        return _ask(self, "iter")

    def __next__(self) -> Any:
        return reference(self).peer.step("next", self)

    def __enter__(self) -> Any:
        return _ask(self, "enter")

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        told = reference(self)
        ordinary = isinstance(error, Exception) and not isinstance(error, AssertionError)
        swallows = told.peer.ask("exit", (self, error if ordinary else None))
        return swallows is True and told.made and ordinary

    def __bool__(self) -> bool:
        return _ask(self, "bool") is True


class Callable(Object):
    """An object that can be called."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        told = self._verigym
        return told.peer.ask(told.number, args, kwargs, makes=told.made)


class Function(Callable):
    """A function or a class of the candidate's."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in ("__name__", "__qualname__"):
            return reference(self).name
        return super().__getattr__(name)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Object) and _ask(value, "isinstance", self) is True

    def __subclasscheck__(self, kind: Any) -> bool:
        return isinstance(kind, Object) and _ask(kind, "issubclass", self) is True

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        peer = reference(self).peer
        peer.unfit = f"a class derived from {reference(self).name}, which is in another process"
        raise TypeError(peer.unfit)

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return reference(self).number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and reference(self).number == reference(other).number


def generator(source: Object) -> Generator[Any, Any, Any]:
    """A generator here that steps one of the candidate's."""
    peer = reference(source).peer
    step: tuple[Any, ...] = ("next", source)
    while True:
        try:
            item = peer.step(*step)
        except StopIteration as stop:
            return stop.value
        try:
            sent = yield item
            step = ("next", source) if sent is None else ("send", source, sent)
        except Exception as error:  # thrown in; of a close nothing is said, the source is let go
            step = ("throw", source, error)


def _ask(proxy: Object, operation: str, *args: Any) -> Any:
    return reference(proxy).peer.ask(operation, (proxy, *args))


def _operate(name: str, *operands: Any) -> Any:
    """An operator on an object and perhaps data, which only an object that the tests made may see."""
    objects = [operand for operand in operands if isinstance(operand, Object)]
    peer = reference(objects[0]).peer
    if len(objects) == len(operands) or any(reference(each).made for each in objects):
        return peer.ask(name, operands, makes=peer.makes(f"__{name.strip('_')}__"))
    raise peer.refuse(TypeError, f"the operator {name} on an object and data")


def _binary(name: str, reflected: bool = False) -> AnyCallable[..., Any]:
    if reflected:
        return lambda self, other: _operate(name, other, self)
    return lambda self, *others: _operate(name, self, *others)


def _unary(name: str) -> AnyCallable[..., Any]:
    return lambda self, *args: _ask(self, name, *args)


for _name in (*COMPARISONS, *ARITHMETIC, "divmod"):
    setattr(Object, f"__{_name.strip('_')}__", _binary(_name))
for _name in (*ARITHMETIC, "divmod"):
    setattr(Object, f"__r{_name.strip('_')}__", _binary(_name, reflected=True))
for _name in ARITHMETIC:
    setattr(Object, f"__i{_name.strip('_')}__", _binary(f"i{_name.strip('_')}"))
for _name in (
    *("getitem", "setitem", "delitem", "len", "reversed", "copy"),
    *("neg", "pos", "abs", "invert", "int", "float", "complex", "index"),
    *("round", "trunc", "floor", "ceil", "str", "repr", "format"),
):
    setattr(Object, f"__{_name}__", _unary(_name))
Object.__deepcopy__ = lambda self, memo: _ask(self, "deepcopy")  # type: ignore[attr-defined]


def _names_of_data() -> set[str]:
    """What plain data, and arrays and tables if the tests use these, have methods called."""
    kinds: list[type] = [int, float, complex, str, bytes, bytearray, list, tuple, dict, set, range]
    for library, names in (
        ("numpy", ("ndarray", "generic")),
        ("pandas", ("DataFrame", "Series", "Index")),
    ):
        if library in sys.modules:
            kinds += [getattr(sys.modules[library], name) for name in names]
    return {name for kind in kinds for name in dir(kind)}
