"""A call and what came of it, as data: how the tests call the candidate, and how it calls them back.

A request names values by their trees. Its reply has a ``value``; or what was ``raised``, by type,
nearest builtin type and arguments; or says why the result is ``unplain``. Arguments that the call
changed come along, so that the caller's own can be refilled. Both ends of the channel use this module;
what each writes for values that are not plain data is its own affair (``encode``, ``decode``).
"""

from __future__ import annotations

import builtins
import contextlib
import marshal
from collections.abc import Callable, Container
from typing import Any

from verigym.sandbox.inside import plain
from verigym.sandbox.inside.plain import Tree

Encode = Callable[[Any], Tree]
Decode = Callable[[Tree], Any]
Reply = dict[str, Any]
Describe = Callable[[BaseException], Reply]


class CandidateError(Exception):
    """The candidate raised something that has no builtin twin, or returned what is not plain data."""


class CandidateGone(BaseException):
    """The candidate's process ended; not an Exception, so that a test's handler does not hide it."""


def perform(
    function: Callable[..., Any],
    trees: list[Tree],
    names: list[str],
    decode: Decode,
    encode: Encode,
    describe: Describe,
    encode_result: Encode | None = None,
    apart: Container[int] = (),
) -> Reply:
    """Call a function on arguments that came as trees, the last of them by name. Of these, some may be
    objects that are set ``apart``: they do not travel as data.
    """
    values = decode(trees)
    given = plain.mutables(values, apart)
    count = len(values) - len(names)
    kwargs = dict(zip(names, values[count:], strict=True))
    reply = outcome(function, values[:count], kwargs, encode_result or encode, describe)
    return _with_changes(reply, trees, values, given, encode, apart) if given else reply


def outcome(
    function: Callable[..., Any],
    args: list[Any],
    kwargs: dict[str, Any],
    encode: Encode,
    describe: Describe,
) -> Reply:
    """What a call came to; ``describe`` is :func:`raised`, or more."""
    try:
        return {"value": encode(function(*args, **kwargs))}
    except plain.NotPlain as error:
        return {"unplain": str(error)}
    except BaseException as error:
        return describe(error)


def raised(error: BaseException, encode: Encode) -> Reply:
    """An exception as data: its type, the builtin one that it is a kind of, its arguments."""
    kind = type(error)
    builtin = builtin_base(kind)
    try:
        args = encode(list(error.args))
    except BaseException:
        args = [text_of(error)]
    return {
        "raised": kind.__name__,
        "builtin": builtin.__name__,
        "args": args,
        "line": line_of(error, "solution.py"),
    }


def builtin_base(kind: type) -> type:
    """The builtin type that a type is, or is derived from."""
    return next(base for base in kind.__mro__ if base.__module__ == "builtins")


def exception_type(builtin: Any) -> type[Exception] | None:
    """The builtin exception of that name, if it may be raised here.

    Only ordinary exceptions, and none that steers iteration: a ``StopIteration`` that came out of a
    call inside ``all(map(...))`` would end the loop early and pass the test.
    """
    kind = getattr(builtins, builtin)
    steers = isinstance(kind, type) and issubclass(kind, StopIteration | StopAsyncIteration)
    return kind if isinstance(kind, type) and issubclass(kind, Exception) and not steers else None


def exception(name: str, kind: type[Exception] | None, args: list[Any]) -> Exception:
    """An exception of that type, else :class:`CandidateError`."""
    if kind is not None:
        with contextlib.suppress(Exception):  # not with these arguments
            return kind(*args)
    return CandidateError(f"{name}: {args}")


def text_of(error: BaseException) -> str:
    """The message of an exception, cut; empty where there is none to be had."""
    with contextlib.suppress(BaseException):  # a hostile __str__
        return str(error)[:1000]
    return ""


def line_of(error: BaseException, file: str) -> int | None:
    """The innermost line of a file that the exception came through."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def fitting(reply: bytes) -> bytes:
    """The reply, or in its place one that says that it was too long."""
    if len(reply) <= plain.MAX_BYTES:
        return reply
    return plain.dumps({"unplain": f"{len(reply)} bytes, at most {plain.MAX_BYTES} are read"})


def _with_changes(
    reply: Reply,
    before: list[Tree],
    values: list[Any],
    given: list[Any],
    encode: Encode,
    apart: Container[int],
) -> Reply:
    """The reply and, when the call changed its arguments, these: as they are now, and for each mutable
    value in them which of the given ones it is, so that the caller's own objects can be refilled.
    """
    try:
        after = encode(values)
    except plain.NotPlain as error:
        return {"unplain": f"it left in an argument what is not plain data: {error}"}
    if marshal.dumps(after, 2) == marshal.dumps(before, 2):  # exact in types, and cheap
        return reply
    number = {id(value): place for place, value in enumerate(given)}
    origins = [number.get(id(value), -1) for value in plain.mutables(values, apart)]
    return {**reply, "changed": after, "origins": origins}


def take_changes(reply: Reply, values: list[Any], decode: Decode, apart: Container[int] = ()) -> None:
    """Change the caller's own arguments as the call changed its copies of them.

    Raises:
        TypeError, ValueError, LookupError: when the reply does not belong to these arguments.
    """
    if "changed" in reply:
        plain.refill(plain.mutables(values, apart), decode(reply["changed"]), reply["origins"], apart)
