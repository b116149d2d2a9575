"""Making the families known to Gymnasium.

``gymnasium.make("verigym:verigym/SatDecide-v0")`` imports ``verigym`` and then looks the id up; if
``verigym`` was imported earlier, nothing of ours runs at that moment. So importing ``verigym``
registers every id, as entry points that load their family when an environment is made. This loads
Gymnasium (some 0.1 s), the price for ids that work in whichever order the two are imported.
"""

from __future__ import annotations

import gymnasium

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
    kwargs = {env_id(name): {"family": name} for name in BUILTIN} | {ANY_FAMILY: {}}
    for id_ in kwargs.keys() - gymnasium.registry.keys():
        gymnasium.register(id_, entry_point=ENTRY_POINT, kwargs=kwargs[id_])
