"""``spec/metamorphic``: functions judged by how results change when arguments do."""

from __future__ import annotations

from verigym.envs.spec.family import SpecFamily


class Metamorphic(SpecFamily):
    """Specs that relate the result of a call to that of a changed one."""

    name = "spec/metamorphic"
    kind = "metamorphic"
    summary = "write a function whose results relate as they must when arguments change in known ways"
