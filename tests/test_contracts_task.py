"""Tasks: frozen, JSON all the way down, and named by the hash of what they say."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import os
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verigym import Task
from verigym.errors import TaskError
from verigym.task import MAX_DEPTH, freeze

PINNED = "d663f7e4f890d058adc258a033df6f9b7e4d82168122896f9dd5900bfb8f7a0d"
"""The id of ``task()``. If this changes, every stored task is refused: count a version up instead."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def task(**changes: Any) -> Task:
    fields: dict[str, Any] = {
        "family": "toy/sum",
        "version": 3,
        "prompt": "1 + é?",
        "spec": {"sum": [2, 2.5, None, True, {"deep": "é\n"}]},
        "difficulty": {"n": 2},
        "metadata": {"split": "test", "index": 0},
    }
    return Task(**{**fields, **changes})


class TestIdentity:
    def test_the_id_is_pinned(self) -> None:
        assert task().id == PINNED

    def test_the_id_is_the_same_in_another_process(self) -> None:
        code = (
            "import sys, json; from verigym import Task\n"
            "data = json.load(sys.stdin); del data['id']; print(Task.from_json(data).id)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(task().to_json()),
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "77"},
        )  # fmt: skip
        assert done.stdout.strip() == PINNED

    @pytest.mark.parametrize(
        "change",
        [
            {"family": "toy/other"},
            {"version": 4},
            {"prompt": "1 + e?"},
            {"prompt": [{"role": "user", "content": "1 + é?"}]},
            {"spec": {}},
            {"spec": {"sum": [2, 2.5, None, 1, {"deep": "é\n"}]}},  # True is not 1
            {"difficulty": {"n": 2.0}},  # nor 2 2.0
            {"metadata": {}},
        ],
        ids=str,
    )
    def test_every_part_counts(self, change: dict[str, Any]) -> None:
        assert task(**change).id != PINNED
        assert task(**change) != task()

    def test_order_of_keys_and_kind_of_sequence_do_not(self) -> None:
        other = task(spec={"a": (1, 2), "b": 3})
        assert other == task(spec={"b": 3, "a": [1, 2]})
        assert hash(other) == hash(task(spec={"b": 3, "a": [1, 2]}))
        assert len({task(), task(), other}) == 2

    def test_an_altered_task_is_refused(self) -> None:
        data = task().to_json()
        for name, value in [
            ("prompt", "2 + 2?"),
            ("spec", {"sum": 4}),
            ("version", 2),
            ("id", "0" * 64),
        ]:
            with pytest.raises(TaskError, match="altered"):
                Task.from_json({**data, name: value})
        with pytest.raises(TaskError, match="altered"):
            dataclasses.replace(task(), prompt="2 + 2?")
        assert dataclasses.replace(task(), prompt="2 + 2?", id="").text == "2 + 2?"


class TestFrozen:
    def test_deeply(self) -> None:
        given = {"list": [1, {"x": 2}]}
        frozen = task(spec=given)
        given["list"].append(3)  # what was passed in may change, the task does not
        assert frozen.to_json()["spec"] == {"list": (1, {"x": 2})}
        with pytest.raises(dataclasses.FrozenInstanceError):
            frozen.prompt = "x"  # type: ignore[misc]
        spec: Any = frozen.spec
        for change in (
            lambda: spec.update(x=1),
            lambda: spec.pop("list"),
            lambda: spec.clear(),
            lambda: spec.popitem(),
            lambda: spec.setdefault("y", 1),
            lambda: spec.__setitem__("list", 1),
            lambda: spec.__delitem__("list"),
            lambda: spec.__ior__({"y": 1}),
            lambda: spec["list"][1].__setitem__("x", 3),
            lambda: spec["list"].append(3),
        ):
            with pytest.raises((TypeError, AttributeError)):
                change()
        assert frozen == task(spec={"list": [1, {"x": 2}]})

    def test_what_is_handed_out_is_a_copy(self) -> None:
        first = task(prompt=[{"role": "user", "content": "x"}])
        first.messages[0]["content"] = "y"
        first.to_json()["prompt"] = "z"
        assert first.messages == [{"role": "user", "content": "x"}]

    @pytest.mark.parametrize(
        "clone",
        [
            copy.copy,
            copy.deepcopy,
            lambda one: pickle.loads(pickle.dumps(one)),
            lambda one: Task.from_json(one.to_json()),
            lambda one: Task.from_json(json.loads(json.dumps(one.to_json()))),
        ],
    )
    def test_copies_are_equal_and_frozen(self, clone: Any) -> None:
        one = task(prompt=[{"role": "user", "content": "x"}])
        other = clone(one)
        assert other == one
        assert hash(other) == hash(one)
        with pytest.raises(TypeError):
            other.spec["sum"] = 1


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_any_json_survives_the_round_trip(spec: dict[str, Any]) -> None:
    one = task(spec=spec)
    again = Task.from_json(json.loads(json.dumps(one.to_json())))
    assert again == one
    assert pickle.loads(pickle.dumps(one)) == one


class TestRefused:
    @pytest.mark.parametrize(
        "value",
        [math.nan, math.inf, -math.inf, {1}, b"x", 1j, ..., {1: 2}, {None: 1}, len, range(3)],
        ids=repr,
    )
    def test_what_json_cannot_carry(self, value: Any) -> None:
        for part in ("spec", "difficulty", "metadata"):
            with pytest.raises(TaskError, match=part):
                task(**{part: {"x": [value]}})
        with pytest.raises(TaskError, match="prompt"):
            task(prompt=[{"role": "user", "content": value}])

    def test_subclasses_that_would_come_back_as_something_else(self) -> None:
        import numpy

        for value in (numpy.float64(1.5), numpy.int64(3), numpy.str_("x"), numpy.zeros(2)):
            with pytest.raises(TaskError, match=type(value).__name__):
                task(spec={"x": value})

    def test_depth(self) -> None:
        def nested(depth: int) -> Any:
            value: Any = 1
            for _ in range(depth):
                value = [value]
            return value

        freeze(nested(MAX_DEPTH))
        for deep in (nested(MAX_DEPTH + 2), nested(5000)):
            with pytest.raises(TaskError, match="deep"):
                freeze(deep)
        cycle: list[Any] = []
        cycle.append(cycle)
        with pytest.raises(TaskError, match="deep"):
            task(spec={"x": cycle})

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ({"family": ""}, "family is ''"),
            ({"family": 3}, "family is 3"),
            ({"version": 0}, "version is 0"),
            ({"version": True}, "version is True"),
            ({"version": "1"}, "version is '1'"),
            ({"prompt": None}, "prompt must be"),
            ({"prompt": b"x"}, "prompt must be"),
            ({"prompt": {"role": "user", "content": "x"}}, "prompt must be"),
            ({"prompt": ["x"]}, "each chat message"),
            ({"prompt": [{"role": "user"}]}, "each chat message"),
            ({"prompt": [{"role": 1, "content": "x"}]}, "each chat message"),
            ({"spec": None}, "spec must be a mapping"),
            ({"spec": [1]}, "spec must be a mapping"),
            ({"difficulty": 3}, "difficulty must be a mapping"),
        ],
        ids=str,
    )
    def test_parts_of_other_kinds(self, change: dict[str, Any], rule: str) -> None:
        with pytest.raises(TaskError, match=rule):
            task(**change)

    @pytest.mark.parametrize(
        ("data", "rule"),
        [
            (None, "JSON object, not NoneType"),
            ([], "JSON object, not list"),
            ("x", "JSON object, not str"),
            ({}, "no field 'family'"),
            ({"family": "x", "prompt": "y"}, "no field 'spec'"),
            ({"family": "x", "prompt": "y", "spec": {}, "reward": 1}, "unknown field 'reward'"),
            ({"family": "x", "prompt": "y", "spec": {}, "id": 5}, "id is not text"),
        ],
        ids=str,
    )
    def test_json_that_is_no_task(self, data: Any, rule: str) -> None:
        with pytest.raises(TaskError, match=rule):
            Task.from_json(data)


class TestPrompts:
    def test_text(self) -> None:
        one = task(prompt="hi")
        assert one.text == "hi"
        assert one.messages == [{"role": "user", "content": "hi"}]

    def test_chat(self) -> None:
        messages = [{"role": "system", "content": "be good"}, {"role": "user", "content": "hi"}]
        one = task(prompt=messages)
        assert one.messages == messages
        assert one.text == "be good\n\nhi"
        assert one == task(prompt=tuple(messages))
