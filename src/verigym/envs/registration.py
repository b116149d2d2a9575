"""Making the families known to Gymnasium, without loading it for those who do not use it.

``gymnasium.make("verigym:verigym/SatDecide-v0")`` imports ``verigym`` and then looks the id up; if
``verigym`` was imported earlier, nothing of ours runs at that moment. So the ids must be registered as
soon as both packages are there, whichever is imported first. Gymnasium takes 0.25 s to import, more
than all the rest, so when it is not there yet we wait for it: a finder on ``sys.meta_path`` lets the
usual ones find it and registers the ids behind its import. What is registered are entry points, which
load their family when an environment is made.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from verigym.family import BUILTIN

ENTRY_POINT = "verigym.envs.base:FamilyEnv"
ANY_FAMILY = "verigym/Family-v0"
"""The id for families without one of their own: ``gymnasium.make(ANY_FAMILY, family="my/name")``."""


def env_id(name: str) -> str:
    """The id of a family of this package: ``"sat/decide"`` gives ``"verigym/SatDecide-v0"``.

    It is built from the family's class. ``v0`` counts versions of the environment (its spaces and
    ``info``); the family's own version is in every task and verdict.

    Raises:
        KeyError: when the family is not one of this package's.

    """
    return f"verigym/{BUILTIN[name].partition(':')[2]}-v0"


def register_all() -> None:
    """Register the environments of all families of this package; doing it again changes nothing."""
    import gymnasium

    kwargs = {env_id(name): {"family": name} for name in BUILTIN} | {ANY_FAMILY: {}}
    for id_ in kwargs.keys() - gymnasium.registry.keys():
        gymnasium.register(id_, entry_point=ENTRY_POINT, kwargs=kwargs[id_])


def register_with_gymnasium() -> None:
    """:func:`register_all` now, if Gymnasium is there, or else when it is imported."""
    if "gymnasium" in sys.modules:
        register_all()
    else:
        sys.meta_path.insert(0, _Waiting())


class _Waiting:
    """A meta path finder. Finds nothing itself, but adds to what is done when Gymnasium is imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "gymnasium":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next(filter(None, found), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                register_all()

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec
