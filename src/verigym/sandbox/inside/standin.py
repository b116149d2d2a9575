"""A stand-in for the module ``hypothesis``, under which ``@given`` tests run on recorded examples.

Strategies are nothing here: anything may be asked of them, and nothing comes of it. What a test drew
when its examples were recorded, by ``@given`` or from ``st.data()``, it is given again
(:mod:`verigym.sandbox.inside.properties`). So judging an answer takes no import of Hypothesis, no
generation of examples, and gives every answer the same ones.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

PACKAGE = "hypothesis"
_MODULES = ("strategies", "stateful", "extra", "extra.numpy", "extra.pandas", "extra.pytz", "control")


class HypothesisException(Exception):
    """The base of what this module raises."""


class UnsatisfiedAssumption(HypothesisException):
    """An example that does not count."""


class Anything:
    """A strategy, or whatever else a test module makes before its tests run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        return Anything()

    def __or__(self, _other: Any) -> Any:
        return Anything()

    __ror__ = __or__

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __mro_entries__(self, _bases: Any) -> tuple[type, ...]:
        return (object,)


class Given:
    """A test under ``@given``, with the function that is called for each example."""

    def __init__(self, inner_test: Callable[..., Any]) -> None:
        self.hypothesis = types.SimpleNamespace(inner_test=inner_test)
        self.__name__ = getattr(inner_test, "__name__", "test")
        self.__doc__ = inner_test.__doc__


class settings:
    """What a test says of how it is run, which does not matter here."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None: ...

    def __call__(self, test: Any) -> Any:
        return test

    @classmethod
    def register_profile(cls, *_args: Any, **_kwargs: Any) -> None: ...

    load_profile = register_profile


class example:
    """An explicit example, which was recorded like the others."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None: ...

    def __call__(self, test: Any) -> Any:
        return test

    def via(self, *_args: Any, **_kwargs: Any) -> example:
        return self

    xfail = via


class Drawn:
    """What ``st.data()`` gives: values in the order in which they were drawn when recorded."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def draw(self, _strategy: Any = None, label: Any = None) -> Any:
        if not self._values:
            raise Exhausted
        return self._values.pop(0)


class Exhausted(BaseException):
    """A test draws more than it did when it was recorded."""


def given(*_args: Any, **_kwargs: Any) -> Callable[[Any], Given]:
    """``hypothesis.given``."""
    return Given


def assume(condition: Any) -> bool:
    """``hypothesis.assume``."""
    if not condition:
        raise UnsatisfiedAssumption
    return True


def reject() -> None:
    """``hypothesis.reject``."""
    raise UnsatisfiedAssumption


def install() -> None:
    """Put the stand-in where ``import hypothesis`` finds it."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = []
    package.__dict__.update(
        given=given,
        assume=assume,
        reject=reject,
        settings=settings,
        example=example,
        seed=lambda _number: _same,
        reproduce_failure=lambda *_args: _same,
        note=_nothing,
        event=_nothing,
        target=lambda value, **_kwargs: value,
        currently_in_test_context=lambda: True,
        __version__="0",
        __getattr__=_anything,
    )
    sys.modules[PACKAGE] = package
    errors = types.ModuleType(f"{PACKAGE}.errors")
    errors.__dict__.update(
        HypothesisException=HypothesisException,
        UnsatisfiedAssumption=UnsatisfiedAssumption,
        __getattr__=lambda name: type(name, (HypothesisException,), {}),
    )
    for name in _MODULES:
        module = types.ModuleType(f"{PACKAGE}.{name}")
        module.__path__ = []
        module.__dict__["__getattr__"] = _anything
        _put(name, module)
    _put("errors", errors)


def _put(name: str, module: types.ModuleType) -> None:
    sys.modules[f"{PACKAGE}.{name}"] = module
    parent, _, last = f"{PACKAGE}.{name}".rpartition(".")
    setattr(sys.modules[parent], last, module)


def _same(test: Any) -> Any:
    return test


def _nothing(*_args: Any, **_kwargs: Any) -> None: ...


def _anything(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything()
