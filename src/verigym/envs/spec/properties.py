"""``spec/properties``: functions judged by ``@given`` tests, one's own used unchanged."""

from __future__ import annotations

from verigym.envs.spec.family import SpecFamily


class Properties(SpecFamily):
    """Specs that are Python modules of Hypothesis tests."""

    name = "spec/properties"
    kind = "properties"
    summary = "write functions that hidden Hypothesis properties hold for; recorded examples judge them"
