"""A task: one frozen, JSON-serialisable question together with all that its verifier needs.

A task is data. It can be written to a file, sent to another machine and verified there, by name,
years later. Its ``id`` is the hash of its content, so an altered task is noticed when it is read, and
two equal tasks are the same task wherever they came from.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from verigym.errors import TaskError

Json = Any
"""A JSON value: ``None``, bool, int, finite float, str, list or tuple, or a mapping with str keys."""

Prompt = str | tuple[Mapping[str, Any], ...]
"""Plain text, or chat messages (mappings with ``role`` and ``content``)."""

MAX_DEPTH = 64
"""Deepest nesting accepted in a task; data that is deeper is an error, not a stack overflow."""


MAX_BITS = 14_000
"""Largest int accepted; Python reads no decimal number of more than 4300 digits."""


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed, and that ``json`` and ``pickle`` take as they take a dict."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a task is frozen; build a new one with dataclasses.replace(task, ..., id='')")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenDict, (dict(self),))

    def __deepcopy__(self, memo: object) -> FrozenDict:
        return self


def freeze(value: Json, where: str = "value", depth: int = 0) -> Json:
    """A deeply immutable copy of a JSON value; lists become tuples, mappings :class:`FrozenDict`.

    Raises:
        TaskError: for anything that JSON cannot carry unchanged (NaN, sets, objects, int keys, ...).

    """
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is int:
        if value.bit_length() > MAX_BITS:
            raise TaskError(
                f"{where} is an int of {value.bit_length()} bits; at most {MAX_BITS} are read back"
            )
        return value
    if depth > MAX_DEPTH:
        raise TaskError(f"{where} is nested more than {MAX_DEPTH} deep")
    if kind is float:
        if not math.isfinite(value):
            raise TaskError(f"{where} is {value!r}, which JSON cannot carry")
        return value
    if isinstance(value, list | tuple):
        return tuple([freeze(item, where, depth + 1) for item in value])
    if isinstance(value, Mapping):
        for key in value:
            if type(key) is not str:
                raise TaskError(f"{where} has the key {key!r}; JSON keys are strings")
        return FrozenDict((k, freeze(v, f"{where}.{k}", depth + 1)) for k, v in value.items())
    raise TaskError(f"{where} holds a {kind.__name__}, which is not a JSON value")


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Task:
    """One question, frozen.

    Raises:
        TaskError: when a part is not JSON, or when ``id`` is given and is not the content's hash.

    """

    family: str
    """Registered name of the family that made it, for example ``"sat/decide"``."""
    prompt: Prompt
    """What the policy sees: text, or chat messages."""
    spec: Mapping[str, Any]
    """All that the verifier needs. Never shown to the policy: it may hold answers."""
    difficulty: Mapping[str, Any] = field(default_factory=FrozenDict)
    """The knobs that made it as hard as it is, for example ``{"n": 30}``."""
    metadata: Mapping[str, Any] = field(default_factory=FrozenDict)
    """Where it came from (split, index, upstream id, ...). May be shown; holds no answers."""
    version: int = 1
    """Version of the family that made it; another version's verifier refuses it."""
    id: str = ""
    """``sha256`` of the content, 64 hex digits; computed when left empty."""

    def __post_init__(self) -> None:
        if type(self.family) is not str or not self.family:
            raise TaskError(f"family is {self.family!r}; it must be a registered family's name")
        if type(self.version) is not int or self.version < 1:
            raise TaskError(f"version is {self.version!r}; it must be an int from 1 up")
        if not isinstance(self.prompt, str | list | tuple):
            raise TaskError("prompt must be text or a list of chat messages")
        for name in ("spec", "difficulty", "metadata"):
            if not isinstance(getattr(self, name), Mapping):
                raise TaskError(f"{name} must be a mapping, not {type(getattr(self, name)).__name__}")
            object.__setattr__(self, name, freeze(getattr(self, name), name))
        object.__setattr__(self, "prompt", freeze(self.prompt, "prompt"))
        if not isinstance(self.prompt, str) and not all(_is_message(m) for m in self.prompt):
            raise TaskError("each chat message must be a mapping with 'role' and 'content'")
        digest = hashlib.sha256(canonical(self._content()).encode()).hexdigest()
        if self.id not in ("", digest):
            raise TaskError(
                f"task id {self.id[:12]}... is not the hash of its content ({digest[:12]}...): "
                "the task was altered; leave the id out to build a new task"
            )
        object.__setattr__(self, "id", digest)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The prompt as chat messages, whichever way it was given."""
        if isinstance(self.prompt, str):
            return [{"role": "user", "content": self.prompt}]
        return [dict(message) for message in self.prompt]

    @property
    def text(self) -> str:
        """The prompt as one text, whichever way it was given."""
        if isinstance(self.prompt, str):
            return self.prompt
        return "\n\n".join(str(message["content"]) for message in self.prompt)

    def _content(self) -> dict[str, Any]:
        return {
            "family": self.family,
            "version": self.version,
            "prompt": self.prompt,
            "spec": self.spec,
            "difficulty": self.difficulty,
            "metadata": self.metadata,
        }

    def to_json(self) -> dict[str, Any]:
        """A plain dict with ``id`` and the content; ``json.dumps`` takes it as it is."""
        return {"id": self.id, **self._content()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        """The task that :meth:`to_json` wrote.

        Raises:
            TaskError: when a field is missing, unknown or altered.

        """
        if not isinstance(data, Mapping):
            raise TaskError(f"a task is a JSON object, not {type(data).__name__}")
        known = {"id", "family", "version", "prompt", "spec", "difficulty", "metadata"}
        unknown, missing = (
            sorted(set(data) - known),
            sorted({"family", "prompt", "spec"} - set(data)),
        )
        if unknown or missing:
            what = f"unknown field {unknown[0]!r}" if unknown else f"no field {missing[0]!r}"
            raise TaskError(f"not a task: it has {what}")
        if "id" in data and type(data["id"]) is not str:
            raise TaskError("not a task: its id is not text")
        return cls(**data)


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and type(value.get("role")) is str and "content" in value
