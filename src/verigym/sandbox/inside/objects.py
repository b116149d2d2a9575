"""The candidate's objects that the tests hold, by number, in the candidate's own process.

What is not plain data stays here, and the tests hold a number for it. They ask for attributes, items,
operators and the like (:data:`OPERATIONS`); each answer is plain data or another number. A callable or
an iterator of the tests is a function or a generator here that asks them in turn, so calls may nest.

Nothing here is believed by anybody: the candidate shares this process, and may answer what it likes.
"""

from __future__ import annotations

import _thread
import builtins
import copy
import json
import math
import operator
import os
import types
from collections.abc import Callable, Iterator
from typing import Any

from verigym.sandbox.inside import arrays, exchange, plain, wire
from verigym.sandbox.inside.plain import Tree

COMPARISONS = ("lt", "le", "gt", "ge")
ARITHMETIC = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("matmul", "and_", "or_", "xor", "lshift", "rshift"),
)
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in (*COMPARISONS, *ARITHMETIC)},
    **{f"i{name.rstrip('_')}": getattr(operator, f"i{name.rstrip('_')}") for name in ARITHMETIC},
    **{name: getattr(operator, name) for name in ("getitem", "setitem", "delitem", "contains")},
    **{name: getattr(operator, name) for name in ("neg", "pos", "invert", "index")},
    **{function.__name__: function for function in (copy.copy, copy.deepcopy)},
    **{function.__name__: function for function in (math.trunc, math.floor, math.ceil)},
    **{kind.__name__: kind for kind in (bool, int, float, complex, reversed)},
    **{function.__name__: function for function in (getattr, setattr, delattr, len, iter, next)},
    **{function.__name__: function for function in (str, repr, format, abs, round, divmod)},
    **{function.__name__: function for function in (isinstance, issubclass)},
    "enter": lambda value: type(value).__enter__(value),
    "exit": lambda value, error: bool(_exit(value, error)),
    "send": lambda generator, value: generator.send(value),
    "throw": lambda generator, error: generator.throw(error),
    "method": lambda value, name, *args, **kwargs: getattr(value, name)(*args, **kwargs),
}
"""What may be asked of an object, beside calling it: all take it as their first argument."""

_DATA = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray}
    | {list, tuple, dict, set, frozenset, range}
)


_FUNCTIONS = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
_ORIGIN = "_raised_by_the_tests"


def _exit(value: Any, error: BaseException | None) -> Any:
    return type(value).__exit__(value, type(error) if error else None, error, None)


class Objects:
    """Serves what the tests ask of a solution.

    Args:
        module: the solution's, for names that the tests import.
        entry_point: the callable that is number 0.
    """

    def __init__(self, module: types.ModuleType, entry_point: Callable[..., Any]) -> None:
        self._module = module
        self._held: dict[int, Any] = {0: entry_point}
        self._numbers: dict[int, int] = {id(entry_point): 0}
        self._last = 0
        self._borrowed: dict[int, Any] = {}  # what is the tests', by their numbers,
        self._trees: dict[int, Tree] = {}  # and by our identities how they wrote it
        self._lock = _thread.RLock()  # callables may be called from threads
        self._own = {"name": self._name, "content": self._content}
        self._decode = plain.decoder(
            {
                "object": self._held.__getitem__,
                "callback": self._borrow,
                "builtin": vars(builtins).__getitem__,
                "error": self._error,
                **arrays.DECODERS,
            }
        )

    def serve(self) -> Any:
        """Answer requests until an answer comes to one of ours, or the other side hangs up (None)."""
        while (message := wire.receive()) is not None:
            request = json.loads(message)
            if "do" not in request:
                return request
            wire.send(exchange.fitting(plain.dumps(self._perform(request))))
        return None

    def _perform(self, request: dict[str, Any]) -> exchange.Reply:
        for number in request.get("drop", ()):
            self._numbers.pop(id(self._held.pop(number)), None)
        do, result = request["do"], None
        if type(do) is int:
            function = self._held[do]
            result = self._instance if isinstance(function, type) else None
        else:
            function = OPERATIONS.get(do) or self._own[do]
        try:
            return exchange.perform(
                function,
                request["args"],
                request["names"],
                self._decode,
                self._encode,
                self._described,
                result,
                self._numbers,
            )
        except RecursionError as error:  # before the function was reached, or after
            return self._described(error)

    def _described(self, error: BaseException) -> exchange.Reply:
        """An exception with what its own type adds: message, attributes, the known among its types."""
        reply = exchange.raised(error, self._encode)
        kind, own = type(error), dict(vars(error))
        if (origin := own.pop(_ORIGIN, None)) is not None:
            reply["origin"] = origin
        if reply["raised"] == reply["builtin"]:
            return reply
        reply["classes"] = [
            self._numbers[id(base)] for base in kind.__mro__ if id(base) in self._numbers
        ]
        if getattr(kind, "__str__", None) is not getattr(exchange.builtin_base(kind), "__str__", None):
            reply["text"] = exchange.text_of(error)
        try:
            reply["attributes"] = self._encode(own)
        except BaseException:
            reply["attributes"] = None
        return reply

    # ------------------------------------------------------------------------------- as trees

    def _encode(self, value: Any) -> Tree:
        return plain.encode(value, False, 0, self._derived)

    def _derived(self, value: Any) -> Tree:
        """An instance of a builtin's subclass is data, unless the tests hold it as an object."""
        if id(value) in self._numbers:
            return self._other(value)
        return plain.encode(value, True, 0, self._other)

    def _instance(self, value: Any) -> Tree:
        """What a class was called for is an object, be it a kind of dict, say."""
        return self._encode(value) if type(value) in _DATA else self._other(value)

    def _other(self, value: Any) -> Tree:
        if (tree := self._trees.get(id(value))) is not None:
            return tree
        if (tree := arrays.encode(value)) is not None:
            return tree
        number, kind = self._number(value), type(value)
        if isinstance(value, type) and issubclass(value, BaseException):
            return {"exception": [number, value.__name__, exchange.builtin_base(value).__name__]}
        if kind is types.GeneratorType:
            return {"generator": number}
        if isinstance(value, _FUNCTIONS):
            return {"function": [number, str(value.__name__)]}
        if callable(value):
            return {"callable": number}
        return {"object": number}

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            self._last = number = self._last + 1
            self._held[number] = value
            self._numbers[id(value)] = number
        return number

    # ------------------------------------------------------------- what only the tests ask for

    def _name(self, name: str) -> Any:
        return getattr(self._module, name)

    def _content(self, value: Any) -> Any:
        """(True, what it holds) of an instance of a builtin's subclass; else (False, its state): its
        class and attributes, so that two objects can be compared without asking either.
        """
        try:
            return True, plain.decode(plain.encode(value, True))
        except plain.NotPlain:
            return False, self._state(value, 0)

    def _state(self, value: Any, depth: int) -> tuple[Any, ...]:
        if depth > plain.MAX_DEPTH:
            raise plain.TooDeep("a state that nests too deep, or holds itself")
        kind = type(value)
        attributes = dict(getattr(value, "__dict__", None) or {})
        for base in kind.__mro__:
            slots = base.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name != "__weakref__" and hasattr(value, name):
                    attributes[name] = getattr(value, name)
        if isinstance(value, _FUNCTIONS) or not attributes:
            return ("is", id(value))

        def nested(member: Any) -> Tree:
            return plain.encode(self._state(member, depth + 1), True)

        return ("has", id(kind), plain.decode(plain.encode(attributes, True, 0, nested)))

    # --------------------------------------------------------------- what belongs to the tests

    def _borrow(self, body: list[Any]) -> Any:
        """A function, or a generator, that asks the tests."""
        number, name, iterates = body
        if number not in self._borrowed:
            if iterates:
                made: Any = self._items(number)
            else:

                def made(*args: Any, **kwargs: Any) -> Any:
                    return self._value(self._ask(number, args, kwargs))

                made.__name__ = made.__qualname__ = name
                made.__module__ = "tests"
            self._borrowed[number] = made
            self._trees[id(made)] = {"callback": body}
        return self._borrowed[number]

    def _items(self, number: int) -> Iterator[Any]:
        while True:
            reply = self._ask(number, (), {})
            if reply.get("builtin") == "StopIteration":
                return
            yield self._value(reply)

    def _ask(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> exchange.Reply:
        values = [*args, *kwargs.values()]
        request = {"callback": number, "args": self._encode(values), "names": list(kwargs)}
        with self._lock:
            wire.send(plain.dumps(request))
            reply = self.serve()
        if reply is None:  # the tests are over
            os._exit(0)
        exchange.take_changes(reply, values, self._decode, self._numbers)
        return reply  # type: ignore[no-any-return]

    def _value(self, reply: exchange.Reply) -> Any:
        if "value" in reply:
            return self._decode(reply["value"])
        error = self._error(reply) if "raised" in reply else TypeError(reply["unplain"])
        error.__dict__[_ORIGIN] = reply.get("origin")
        raise error

    def _error(self, reply: exchange.Reply) -> Exception:
        kind = exchange.exception_type(reply["builtin"])
        return exchange.exception(reply["raised"], kind, self._decode(reply["args"]))
