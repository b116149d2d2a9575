"""Programs, limits and executions cross the wire exactly, and nothing else is taken for one."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.errors import UserError
from verigym.sandbox import Execution, Limit, Limits, Program
from verigym.sandbox.remote import codec

names = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=9
)
files = st.dictionaries(
    names.filter(lambda name: name not in (".", "..")), st.binary(max_size=50), max_size=3
)
words = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1)
shared = {
    "stdin": st.binary(max_size=99),
    "scratch": st.booleans(),
    "data": st.none() | st.binary(max_size=99),
    "result": st.booleans(),
    "files": files,
    "keep": st.lists(st.sampled_from(["*", "out/*.txt", "a[b]?"]), max_size=2).map(tuple),
}
programs = st.builds(Program, source=st.binary(min_size=1, max_size=99), **shared) | st.builds(
    Program, command=st.lists(words, min_size=1, max_size=3).map(tuple), **shared
)
seconds = st.floats(0.001, 3600) | st.integers(1, 3600)
limits = st.builds(
    Limits,
    wall_seconds=seconds,
    cpu_seconds=seconds,
    memory_bytes=st.integers(1 << 24, 1 << 40),
    address_bytes=st.none() | st.integers(1 << 24, 1 << 46),
    processes=st.integers(1, 4096),
    output_bytes=st.integers(1, 1 << 40),
)
count = st.integers(0, 1 << 50)
time = st.floats(0, 1e6)
ends = st.tuples(st.integers(0, 255), st.none()) | st.tuples(st.none(), st.integers(1, 64))
executions = st.builds(
    lambda end, **rest: Execution(exit_code=end[0], signal=end[1], **rest),
    end=ends,
    stdout=st.binary(max_size=99),
    stderr=st.binary(max_size=99),
    stdout_cut=st.booleans(),
    stderr_cut=st.booleans(),
    result=st.none() | st.binary(max_size=99),
    wall_seconds=time,
    cpu_seconds=time,
    peak_bytes=count,
    tier=st.integers(0, 3),
    limit=st.none() | st.sampled_from(Limit),
    files=files,
)


def over_the_wire(value: Any) -> Any:
    return json.loads(json.dumps(value, allow_nan=False))


@given(programs)
def test_programs(program: Program) -> None:
    assert codec.program_from_json(over_the_wire(codec.program_to_json(program))) == program


@given(limits)
def test_limits(value: Limits) -> None:
    assert codec.limits_from_json(over_the_wire(codec.limits_to_json(value))) == value


@given(executions)
def test_executions(done: Execution) -> None:
    again = codec.execution_from_json(over_the_wire(codec.execution_to_json(done)))
    assert again == done
    assert type(again.limit) is type(done.limit)


def test_every_field_crosses() -> None:
    """A field that is added to a record must be added here."""
    given = {"stdin": "2", "scratch": True, "data": b"3", "result": True, "files": {"a": b"4"}}
    told = codec.program_to_json(Program("1", keep=("b",), packages=("pytest",), **given))
    assert {*told, "command"} == {field.name for field in dataclasses.fields(Program)}
    assert set(codec.limits_to_json(Limits())) == {field.name for field in dataclasses.fields(Limits)}


def test_words_of_any_bytes_cross() -> None:
    program = Program(command=("echo", b"\xff\xfe".decode("utf-8", "surrogateescape")))
    assert (
        codec.program_from_json(over_the_wire(codec.program_to_json(program))).packed == program.packed
    )


GOOD = codec.execution_to_json(
    Execution(0, None, b"out", b"", False, False, None, 0.5, 0.25, 1000, 3, None)
)


@pytest.mark.parametrize(
    "changes",
    [
        {"exit_code": None},
        {"exit_code": 256},
        {"exit_code": -1},
        {"exit_code": True},
        {"exit_code": 0.0},
        {"exit_code": "0"},
        {"signal": 9},
        {"exit_code": None, "signal": 65},
        {"stdout": None},
        {"stdout": "not base64"},
        {"stdout": "é"},
        {"stdout": ["eA=="]},
        {"stdout_cut": 0},
        {"result": 5},
        {"wall_seconds": float("nan")},
        {"wall_seconds": float("inf")},
        {"wall_seconds": -0.1},
        {"wall_seconds": 10**400},
        {"peak_bytes": 1.5},
        {"tier": None},
        {"tier": -1},
        {"limit": "patience"},
        {"limit": 1},
        {"files": {"a": None}},
        {"files": []},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_execution(changes: dict[str, Any]) -> None:
    assert codec.execution_from_json(GOOD).stdout == b"out"
    with pytest.raises(UserError):
        codec.execution_from_json({**GOOD, **changes})


@pytest.mark.parametrize("field", sorted(GOOD))
def test_an_execution_that_lacks_something(field: str) -> None:
    with pytest.raises(UserError, match=field):
        codec.execution_from_json({name: value for name, value in GOOD.items() if name != field})


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*GOOD, "source", "wall_seconds", "x"]), inner)
        ),
    )
)
@settings(max_examples=40)
def test_anything_else_is_refused_in_words(value: Any) -> None:
    for decode in (codec.program_from_json, codec.limits_from_json, codec.execution_from_json):
        try:
            decode(value)
        except UserError as error:
            assert str(error)  # noqa: PT017
