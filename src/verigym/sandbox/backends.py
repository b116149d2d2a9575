"""Which sandboxes there are, by name, and how their options are told in words."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from verigym.errors import UserError
from verigym.sandbox.base import Sandbox

BACKENDS = {
    "local": "verigym.sandbox.local.backend:LocalSandbox",
    "docker": "verigym.sandbox.docker.backend:DockerSandbox",
    "remote": "verigym.sandbox.remote.backend:RemoteSandbox",
}
"""Name -> module and class; each loads, with what it needs, when it is opened."""

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NUMBERS = {"int": int, "float": float}


def open(backend: str = "local", **options: Any) -> Sandbox:
    """A sandbox on a backend; use it in a ``with`` statement.

    The options are the arguments of the backend's class:

    * :class:`verigym.sandbox.local.backend.LocalSandbox`,
    * :class:`verigym.sandbox.docker.backend.DockerSandbox`,
    * :class:`verigym.sandbox.remote.backend.RemoteSandbox`.

    Raises:
        SandboxUnavailable: when this machine lacks what is demanded.
        UserError: for an unknown backend or option.
    """
    check_options(backend, options)
    return _kind(backend)(**options)


def check_options(backend: str, options: Mapping[str, Any]) -> None:
    """Raise :class:`UserError` unless the backend exists and has, and needs, just these options."""
    known = inspect.signature(_kind(backend)).parameters
    if unknown := sorted(set(options) - set(known)):
        raise UserError(f"sandbox {backend!r} has no option {unknown[0]!r}; it has: {', '.join(known)}")
    needed = [name for name, about in known.items() if about.default is about.empty]
    if lacking := [name for name in needed if name not in options]:
        raise UserError(f"sandbox {backend!r} needs the option {lacking[0]!r}")


def options_from(backend: str, words: Iterable[str]) -> dict[str, Any]:
    """Options from words ``NAME=VALUE``, read by the types that the backend's arguments have.

    >>> options_from("docker", ["image=mine:1", "workers=2", "fresh=yes"])
    {'image': 'mine:1', 'workers': 2, 'fresh': True}

    Raises:
        UserError: for an unknown backend or option, or a value of another type.
    """
    known = inspect.signature(_kind(backend)).parameters
    options: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise UserError(
                f"{word!r} is no option of sandbox {backend!r}; write NAME=VALUE, where NAME is one of "
                f"{', '.join(known)}"
            )
        options[name] = _read(f"{backend} option {name}", value, str(known[name].annotation))
    return options


def _read(what: str, text: str, annotation: str) -> Any:
    kinds = [part.strip() for part in annotation.split("|")]
    if "bool" in kinds:
        if text.lower() not in _WORDS:
            raise UserError(f"{what} is {text!r}; it must be yes or no")
        return _WORDS[text.lower()]
    for name, kind in _NUMBERS.items():
        if name in kinds:
            try:
                return kind(text)
            except ValueError:
                raise UserError(f"{what} is {text!r}; it must be a number ({name})") from None
    return text


def _kind(backend: str) -> type[Sandbox]:
    if backend not in BACKENDS:
        raise UserError(f"no sandbox backend is called {backend!r}; there is: {', '.join(BACKENDS)}")
    module, _, name = BACKENDS[backend].partition(":")
    kind: type[Sandbox] = getattr(importlib.import_module(module), name)
    return kind
