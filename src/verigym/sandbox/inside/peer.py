"""The tests' end of the channel to the candidate: asks, reads what comes back, and is called back.

Everything that the other side sends is hostile. A message that is not what it must be means that our
own side of the candidate's process is gone (:class:`CandidateGone`), and nothing more is asked of it.

A callable that the tests pass along can be called by the candidate with any arguments that are plain
data or its own objects, in any later call too, and as often as time allows. It runs here, with the
rights of test code; what it returns or raises goes back as data. So it should do no more than a test
wants done. Calls and calls back may nest ``MOST_NESTED`` deep.
"""

from __future__ import annotations

import _thread
import builtins
import contextlib
import sys
import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from verigym.sandbox.inside import arrays, exchange, plain, proxies, wire
from verigym.sandbox.inside.exchange import CandidateError, CandidateGone, Reply
from verigym.sandbox.inside.plain import Tree
from verigym.sandbox.inside.proxies import Object, reference

MOST_NESTED = 50
MOST_TYPES = 1000
MOST_OBJECTS = 10_000
"""How many objects of the candidate's can be held at a time."""

_MOST_THROWN = 100


class Peer:
    """The candidate's process, as the tests see it.

    Args:
        entry_point: the name of the callable that is number 0.
        objects: names of functions, methods, attributes and operators whose results the tests expect
            to be objects. Names with a capital letter that they import, or find as attributes, are
            those of classes and need not be listed; but data sets have functions called ``Sum``.
    """

    def __init__(self, entry_point: str, objects: Iterable[str] = ()) -> None:
        self.calls = 0
        self.gone = False
        self.raised: Exception | None = None  # the last that came of a call,
        self.said: dict[str, Any] = {}  # and what the candidate's side says of that
        self.unfit: str | None = None  # what of the tests cannot be judged: their own fault
        self.missing: str | None = None  # a name that they import and the solution lacks
        self.dropped: set[int] = set()  # objects that nobody here holds any more
        self._expected = frozenset(objects)
        self._held: weakref.WeakValueDictionary[tuple[int, str], Any] = weakref.WeakValueDictionary()
        self._types: dict[int, type[Exception]] = {}  # exceptions of the candidate's own,
        self._numbers: dict[type[Exception], int] = {}  # and back
        self._lent: list[Any] = []  # what the candidate may call,
        self._loans: dict[int, int] = {}  # and by identity its number
        self._thrown: dict[int, Exception] = {}  # by what it called, the last of them
        self._throws = 0
        self._depth = 0
        self._lock: AbstractContextManager[Any] = _thread.RLock()  # tests may have threads
        self._decode, self._decode_made = self._decoder(False), self._decoder(True)
        name = entry_point.rpartition(".")[2]
        self.entry_point = self._object(0, name in self._expected, proxies.Function, name)

    def makes(self, name: str) -> bool:
        """Whether what a thing of that name gives is expected to be an object."""
        return name[:1].isupper() or name in self._expected

    # -------------------------------------------------------------------------------- asking

    def ask(
        self,
        do: int | str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        *,
        makes: bool = False,
    ) -> Any:
        """The result of calling number ``do``, or of an operation of that name."""
        reply = self._request(do, args, kwargs or {}, makes)
        if isinstance(reply, Exception):
            raise reply
        return reply[0]

    def step(self, do: str, *args: Any) -> Any:
        """The next item of an iterator: here alone a ``StopIteration`` is what it says."""
        reply = self._request(do, args, {}, False, steps=True)
        if isinstance(reply, Exception):
            raise reply
        return reply[0]

    def name(self, name: str) -> Any:
        """What the solution has under a name.

        Raises:
            AttributeError: when it has none, or no module would.
        """
        if name.startswith("__"):
            raise AttributeError(name)
        found = self._request("name", (name,), {}, self.makes(name), name=name)
        if isinstance(found, Exception):
            self.missing = name
            raise AttributeError(f"the solution does not define {name}")
        self.calls += not isinstance(found[0], Object | type)  # data can be compared as it is
        return found[0]

    def content(self, proxy: Object) -> tuple[bool, Any]:
        """(True, the plain data that an object is a kind of), or (False, what tells it from others)."""
        found = self._request("content", (proxy,), {}, False, quiet=True)
        if not isinstance(found, Exception) and type(found[0]) is tuple and len(found[0]) == 2:
            is_data, content = found[0]
            if is_data is True or (type(content) is tuple and len(content) > 1):
                return is_data is True, content
        return False, ("is", reference(proxy).number)

    def refuse(self, kind: type[Exception], what: str) -> Exception:
        """The error of an object that came in the place of data."""
        why = f"{what}, where the tests may expect data; what gives them objects is for `objects`"
        self.raised, self.said = kind(why), {"unplain": True}
        return self.raised

    def _request(
        self,
        do: int | str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        makes: bool,
        *,
        steps: bool = False,
        quiet: bool = False,
        name: str = "",
    ) -> tuple[Any] | Exception:
        """What it came to."""
        values = [*args, *kwargs.values()]
        try:
            trees = [plain.encode(value, True, 0, self._other) for value in values]
        except plain.TooDeep:
            raise  # a value that the candidate gave back may have grown to this
        except plain.NotPlain as error:
            self.unfit = str(error)
            raise
        self.calls += not (quiet or name)
        request = {"do": do, "args": trees, "names": list(kwargs)}
        with self._lock:
            try:
                if self.gone:
                    raise OSError("gone")
                if self.dropped:
                    held = {number for number, _ in list(self._held)}
                    request["drop"] = [number for number in self.dropped if number not in held]
                    self.dropped.clear()
                reply = self._exchanged(request)
                decode = self._decode_made if makes else self._decode
                exchange.take_changes(reply, values, decode)
                if "value" in reply:
                    return (decode(reply["value"]),)
                return self._failure(reply, steps)
            except (OSError, TypeError, ValueError, LookupError, AttributeError, OverflowError):
                self.gone = True
        raise CandidateGone

    def _exchanged(self, request: Reply) -> Reply:
        """The reply to a request, after all that it calls back."""
        wire.send(plain.dumps(request))
        return self._replied()

    def _replied(self) -> Reply:
        while "callback" in (reply := plain.loads(wire.receive(plain.MAX_BYTES) or b"")):
            self._call_back(reply)
        return reply  # type: ignore[no-any-return]

    def _failure(self, reply: Reply, steps: bool) -> Exception:
        if "unplain" in reply:
            self.raised, self.said = CandidateError(str(reply["unplain"])), {"unplain": True}
            return self.raised
        name, line = str(reply["raised"])[:80], reply["line"]
        args = self._decode(reply["args"])
        if steps and reply["builtin"] == "StopIteration":
            return StopIteration(*args[:1])
        origin = reply.get("origin")
        if type(origin) is int and origin in self._thrown:
            return self._thrown[origin]
        error = exchange.exception(name, self._type(name, reply), args)
        with contextlib.suppress(plain.NotPlain):
            attributes = self._decode(reply.get("attributes"))
            if type(attributes) is dict:
                error.__dict__.update((k, v) for k, v in attributes.items() if type(k) is str)
        self.raised, self.said = error, {"raised": name, "line": line if type(line) is int else None}
        return error

    def _type(self, name: str, reply: Reply) -> type[Exception] | None:
        """The type here of an exception: a builtin one, or one like the candidate's own."""
        kind = exchange.exception_type(reply["builtin"])
        if kind is None or reply["raised"] == reply["builtin"]:
            return kind
        own = tuple(self._types[n] for n in reply.get("classes", ()) if n in self._types)
        text = reply.get("text")
        namespace = {"__str__": lambda self: text} if type(text) is str else {}
        for bases in (own, own[:1], (kind,)):
            with contextlib.suppress(TypeError):  # bases that do not go together
                if bases:
                    return type(name, bases, namespace)
        return kind

    # ------------------------------------------------------------------------- called back

    def _call_back(self, request: Reply) -> None:
        function = self._lent[request["callback"]]
        trees, names = request["args"], request["names"]
        if not isinstance(names, list) or not all(type(name) is str for name in names):
            raise TypeError("no names")
        self._depth += 1
        try:
            if self._depth > MOST_NESTED:
                reply = self._described(
                    RecursionError(f"calls and calls back nest more than {MOST_NESTED} deep")
                )
            else:
                reply = exchange.perform(
                    function, trees, names, self._decode, self._encode, self._described
                )
        finally:
            self._depth -= 1
        if self.gone:
            raise OSError("gone")
        wire.send(exchange.fitting(plain.dumps(reply)))

    def _described(self, error: BaseException) -> Reply:
        """An exception of the tests as data; if the candidate lets it through, it comes back itself."""
        reply = exchange.raised(error, self._encode)
        if isinstance(error, Exception) and exchange.exception_type(reply["builtin"]) is not None:
            self._thrown[self._throws] = error
            reply["origin"] = self._throws
            self._throws += 1
            self._thrown.pop(self._throws - _MOST_THROWN, None)
        return reply

    # ------------------------------------------------------------------------------ as trees

    def _encode(self, value: Any) -> Tree:
        return plain.encode(value, True, 0, self._other)

    def _other(self, value: Any) -> Tree:
        if isinstance(value, Object):
            return {"object": reference(value).number}
        if isinstance(value, type) and value in self._numbers:
            return {"object": self._numbers[value]}
        if (tree := arrays.encode(value)) is not None:
            return tree
        if isinstance(value, Unread):
            return {value.tag: value.body}
        if isinstance(value, BaseException):
            return {"error": exchange.raised(value, self._encode)}
        name = getattr(value, "__name__", None)
        name = name if type(name) is str else type(value).__name__
        iterates = hasattr(type(value), "__next__")
        if not iterates and not callable(value):
            raise plain.NotPlain(f"a {type(value).__name__[:80]} is not plain data")
        if vars(builtins).get(name) is value:
            return {"builtin": name}
        number = self._loans.get(id(value))
        if number is None:
            number = self._loans[id(value)] = len(self._lent)
            self._lent += [value.__next__ if iterates else value, value]  # kept, so the identity stays
        return {"callback": [number, name, iterates]}

    def _decoder(self, made: bool) -> Callable[[Tree], Any]:
        def function(body: Tree) -> Any:
            number, name = body
            return self._object(number, made, proxies.Function, str(name)[:80])

        return plain.decoder(
            {
                "object": lambda number: self._object(number, made),
                "function": function,
                "callable": lambda number: self._object(number, made, proxies.Callable),
                "generator": self._generator,
                "exception": self._exception,
                "callback": self._own,
                **{tag: _only_with(library, tag) for tag, library in arrays.NEEDS.items()},
            }
        )

    def _object(self, number: Any, made: bool, kind: type[Object] = Object, name: str = "") -> Any:
        if type(number) is not int:
            raise plain.NotPlain("no number of an object")
        key = (number, "made" if made else "given")
        proxy = self._held.get(key)
        if proxy is None:
            if len(self._held) >= MOST_OBJECTS:
                raise plain.NotPlain(f"more than {MOST_OBJECTS} objects")
            proxy = self._held[key] = kind(self, number, name, made)
        return proxy

    def _generator(self, number: Any) -> Any:
        source = self._object(number, False)
        found = self._held.get((number, "generator"))
        if found is None:
            found = self._held[number, "generator"] = proxies.generator(source)
        return found

    def _exception(self, body: Tree) -> type[Exception]:
        """A class here for one of the candidate's: what is raised of that one is raised of this."""
        number, name, builtin = body
        if number not in self._types:
            if len(self._types) >= MOST_TYPES:
                raise plain.NotPlain(f"more than {MOST_TYPES} classes of exceptions")
            kind = exchange.exception_type(builtin) or CandidateError
            own = type(str(name)[:80], (kind,), {})
            self._types[number], self._numbers[own] = own, number
        return self._types[number]

    def _own(self, body: Tree) -> Any:
        """A callable of ours that comes back."""
        number = body[0]
        if type(number) is not int or not 0 <= number < len(self._lent) or number % 2:
            raise plain.NotPlain("no number of a callable")
        return self._lent[number + 1]


def _only_with(library: str, tag: str) -> Callable[[Tree], Any]:
    """Reads arrays for tests that know of arrays."""

    def decode(body: Tree) -> Any:
        if library not in sys.modules:
            return Unread(tag, body)
        return arrays.DECODERS[tag](body)

    return decode


class Unread:
    """An array or a table that came to tests which do not use such: equal to nothing but itself."""

    def __init__(self, tag: str, body: Tree) -> None:
        self.tag, self.body = tag, body
