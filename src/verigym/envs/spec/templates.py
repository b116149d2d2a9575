"""Tests made from what is less than a test: contracts, and metamorphic relations.

Both are appended to the source of the spec's own module, so any ``@given`` tests that it has are run
as well. A contract's module holds ``STRATEGIES`` (one for each argument), ``ensures(result, *args)``
and perhaps ``requires(*args)`` and ``raises(*args)``, which gives the type of exception that must be
raised, or None. A metamorphic spec's holds ``STRATEGIES``, ``change(*args)``, which gives the arguments
of a second call, and ``relation(first, second, *args)``; or several such pairs, ``change_x`` with
``relation_x``.
"""

from __future__ import annotations

from verigym.envs.spec.loading import Spec

_HEAD = """

# ---- made from the above
from copy import deepcopy as _copied

import hypothesis as _hypothesis
import solution as _solution
from hypothesis import strategies as _st

_call = _solution.{name}
_here = globals()
"""
_CONTRACT = """

@_hypothesis.given(_st.tuples(*STRATEGIES))
def test_contract(arguments):
    if "requires" in _here:
        _hypothesis.assume(requires(*_copied(arguments)))
    expected = raises(*_copied(arguments)) if "raises" in _here else None
    if expected is not None:
        try:
            _call(*_copied(arguments))
        except expected:
            return
        raise AssertionError(f"it must raise {expected.__name__}")
    assert ensures(_call(*_copied(arguments)), *_copied(arguments))
"""
_RELATIONS = """

def _test_of(change, relation):
    @_hypothesis.given(_st.tuples(*STRATEGIES))
    def test(arguments):
        followed = tuple(change(*_copied(arguments)))
        first = _call(*_copied(arguments))
        assert relation(first, _call(*followed), *_copied(arguments))

    return test


for _name in sorted(name for name in _here if name == "relation" or name.startswith("relation_")):
    _change = "change" + _name.removeprefix("relation")
    _here["test_" + _name] = _test_of(_here[_change], _here[_name])
"""


def tests_of(spec: Spec) -> str:
    """The source of a spec's tests."""
    if spec.kind == "contracts":
        return spec.tests + _HEAD.format(name=spec.entry_points[0]) + _CONTRACT
    if spec.kind == "metamorphic":
        return spec.tests + _HEAD.format(name=spec.entry_points[0]) + _RELATIONS
    return spec.tests
