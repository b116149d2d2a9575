"""A candidate's process as tests see it, and what was asked of it, as a readable program.

    c = LRUCache(2)
    c.put('a', 1)
    c.get('a')  # 1

It is for people, and says only what was asked and what came back. No object is asked what it is called.
"""

from __future__ import annotations

from typing import Any

from verigym.sandbox.inside.objects import ARITHMETIC, COMPARISONS
from verigym.sandbox.inside.peer import Peer
from verigym.sandbox.inside.proxies import Object, reference

MOST_LINES, LONGEST = 1000, 160
"""Lines that are kept, the last of them; and characters of one."""

_SYMBOLS = dict(
    zip(
        (*COMPARISONS, *ARITHMETIC),
        (
            *("<", "<=", ">", ">="),
            *["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"],
        ),
        strict=True,
    )
)


class TracedPeer(Peer):
    """A peer that writes down what is asked."""

    def __init__(self, entry_point: str, objects: tuple[str, ...] = ()) -> None:
        self.lines: list[str] = []
        self.tracing = True
        self._imported = {0: entry_point}
        self._told: dict[int, str] = {}  # number of an object -> how it is called
        self._counts: dict[str, int] = {}
        super().__init__(entry_point, objects)
        self.begin()

    def begin(self) -> None:
        """Start a new transcript."""
        self.lines = []
        self._told = dict(self._imported)
        self._counts = {}

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
        try:
            found = super()._request(do, args, kwargs, makes, steps=steps, quiet=quiet, name=name)
        except BaseException:
            if self.tracing:
                self._write(self._asked(do, args, kwargs))
            raise
        if name:
            if not isinstance(found, Exception) and isinstance(found[0], Object):
                number = reference(found[0]).number
                self._told[number] = self._imported[number] = name
        elif self.tracing and not quiet:
            self._note(do, self._asked(do, args, kwargs), found)
        return found

    def _note(self, do: int | str, asked: str, found: tuple[Any] | Exception) -> None:
        if isinstance(found, Exception):
            kind = type(found).__name__
            if kind != "StopIteration":
                self._write(f"{asked}  # raises {kind}")
            return
        value = found[0]
        if isinstance(value, Object) and do == "getattr":
            self._told.setdefault(reference(value).number, asked)
        elif isinstance(value, Object):
            number = reference(value).number
            if number in self._told:
                self._write(f"{asked}  # {self._told[number]}")
                return
            made = self._told.get(do, "") if type(do) is int else ""
            self._told[number] = self._new_name(made.rpartition(".")[2])
            self._write(f"{self._told[number]} = {asked}")
        elif value is None:
            self._write(asked)
        else:
            self._write(f"{asked}  # {self.shown(value)}")

    def _new_name(self, made: str) -> str:
        """A short name for what something made; of a class the first letter."""
        base = made[:1].lower() if made[:1].isupper() and made[:1] not in "LO" else "x"
        self._counts[base] = count = self._counts.get(base, 0) + 1
        return base if count == 1 else f"{base}{count}"

    def _write(self, line: str) -> None:
        self.lines.append(line if len(line) <= LONGEST else f"{line[:LONGEST]}...")
        del self.lines[:-MOST_LINES]

    # ---------------------------------------------------------------------------------- words

    def _asked(self, do: int | str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        words = [self.shown(value) for value in args]
        if type(do) is int:
            named = [f"{key}={self.shown(value)}" for key, value in kwargs.items()]
            return f"{self._told.get(do, 'call')}({', '.join([*words, *named])})"
        first, rest = words[0], words[1:]
        if do == "method":
            named = [f"{key}={self.shown(value)}" for key, value in kwargs.items()]
            return f"{first}.{args[1]}({', '.join([*rest[1:], *named])})"
        if do == "getattr":
            return f"{first}.{args[1]}"
        if do == "setattr":
            return f"{first}.{args[1]} = {rest[1]}"
        if do == "delattr":
            return f"del {first}.{args[1]}"
        if do == "getitem":
            return f"{first}[{rest[0]}]"
        if do == "setitem":
            return f"{first}[{rest[0]}] = {rest[1]}"
        if do == "delitem":
            return f"del {first}[{rest[0]}]"
        if do == "contains":
            return f"{rest[0]} in {first}"
        if do in _SYMBOLS and rest:
            return f"{first} {_SYMBOLS[str(do)]} {rest[0]}"
        return f"{do}({', '.join(words)})"

    def shown(self, value: Any, depth: int = 4) -> str:
        """A value as source; objects by the names that they have here."""
        if isinstance(value, Object):
            return self._told.get(reference(value).number, "an_object")
        kind = type(value)
        if kind in (list, tuple, set, frozenset, dict) and not depth:
            return "..."
        if kind is list:
            return f"[{', '.join(self.shown(item, depth - 1) for item in value)}]"
        if kind is tuple:
            inner = ", ".join(self.shown(item, depth - 1) for item in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if kind in (set, frozenset) and value:
            inner = ", ".join(sorted(self.shown(item, depth - 1) for item in value))
            return f"{{{inner}}}" if kind is set else f"frozenset({{{inner}}})"
        if kind is dict:
            items = (
                f"{self.shown(key, depth - 1)}: {self.shown(item, depth - 1)}"
                for key, item in value.items()
            )
            return f"{{{', '.join(items)}}}"
        if kind in _DATA:
            return repr(value)[: 2 * LONGEST]
        return str(getattr(value, "__name__", kind.__name__))[:40]


_DATA = frozenset({type(None), bool, int, float, complex, str, bytes, bytearray, range, set, frozenset})
