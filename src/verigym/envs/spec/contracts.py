"""``spec/contracts``: functions judged by pre- and postconditions."""

from __future__ import annotations

from verigym.envs.spec.family import SpecFamily


class Contracts(SpecFamily):
    """Specs that say what must hold of a result, and what of the arguments may be relied on."""

    name = "spec/contracts"
    kind = "contracts"
    summary = "write a function that keeps its contract; what must hold is checked on recorded examples"
