"""APPS, TACO and the shape that trainers pass around: calls or standard input, by ``fn_name``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from published_records import NESTED, check, edited, family_of, only_task, refuse, without

import verigym

CALLS: dict[str, Any] = {
    "problem_id": 3,
    "question": "Write a function that adds up a list, k times.",
    "solutions": json.dumps(["print 'python 2'", "class Solution:\n    def f(self, xs, k):\n        return sum(xs) * k"]),
    "input_output": json.dumps({"fn_name": "f", "inputs": [[[1, 2], 2], [[], 5], [[4], 1]], "outputs": [6, 0, 4]}),
    "difficulty": "introductory",
    "url": "https://example.org/3",
    "starter_code": "\nclass Solution:\n    def f(self, xs: List[int], k: int) -> int:\n        ",
}  # fmt: skip
PROGRAM: dict[str, Any] = {
    **CALLS,
    "problem_id": 4,
    "solutions": json.dumps(["n = int(input())\nprint(n / 4)\nprint('ok')"]),
    "input_output": json.dumps({"inputs": ["1\n", ["2"], "40\n"], "outputs": ["0.25\nok\n", ["0.5", "ok"], "10.0\nok\n"]}),
    "starter_code": "",
}  # fmt: skip
BOXED = {
    **CALLS,
    "input_output": json.dumps(
        {"fn_name": "f", "inputs": [[[1, 2], 2], [[], 5]], "outputs": [[6], [0]]}
    ),
}
RIGHT_CALLS = [
    "return sum(xs) * k",
    "        return sum(xs * k)",
    "class Solution:\n    def f(self, xs: List[int], k: int) -> int:\n        return sum(xs) * k",
    "```python\ndef f(xs, k):\n    return reduce(add, xs, 0) * k\n```",
    "f = lambda xs, k: k * sum(xs)",
]
WRONG_CALLS = [
    "return 6",
    "def f(self, xs, k): return sum(xs) * k",
    "class Solution:\n    def f(self, xs, k): return [sum(xs) * k]",
    "class Solution:\n    def g(self, xs, k): return sum(xs) * k",
    "class Solution:\n    def __init__(self, x): pass\n    def f(self, xs, k): return sum(xs) * k",
]
RIGHT_PROGRAMS = ["print(int(input()) * 0.25)\nprint('ok')", "print(int(input()) / 4, 'ok')"]
WRONG_PROGRAMS = [
    "print(0.25)\nprint('ok')",
    "print(int(input()) / 4)",
    "n = int(input())\nprint(n / 4)\nprint('OK')",
    "n = int(input())\nprint(n / 4)\nprint('ok')\nraise SystemExit(1)",
]


@pytest.mark.parametrize("name", ["code/apps", "code/taco"])
def test_calls(name: str) -> None:
    family, task = only_task(name, CALLS)
    check(family, task, RIGHT_CALLS, WRONG_CALLS)
    assert task.text == (
        "\nQUESTION:\nWrite a function that adds up a list, k times.\n\nclass Solution:\n    def f(self, "
        "xs: List[int], k: int) -> int:\n        \nUse Call-Based format\n\nANSWER:\n"
    )
    assert task.spec["reference"].startswith("class"), "the first solution that is Python 3"
    assert task.spec["compare"]["mode"] == "json"


def test_a_starter_may_be_a_function() -> None:
    solution = json.dumps(["def f(xs, k):\n    return sum(xs) * k"])
    record = {**CALLS, "starter_code": "def f(xs, k):\n\t", "solutions": solution}
    family, task = only_task("code/taco", record)
    right = ["return sum(xs) * k", "\treturn k * sum(xs)", "def f(xs, k): return sum(xs * k)"]
    check(family, task, right, ["return k", "def g(xs, k): return sum(xs) * k"])


def test_each_call_meets_a_new_object() -> None:
    _, task = only_task("code/apps", CALLS)
    keeps = "class Solution:\n    s = None\n    def f(self, xs, k):\n        assert self.s is None\n        self.s = 1\n        return sum(xs) * k"
    assert verigym.verify(task, keeps).reward == 1.0


def test_results_in_lists_of_one() -> None:
    family, task = only_task("code/apps", BOXED)
    assert task.spec["compare"]["mode"] == "boxed"
    right = [*RIGHT_CALLS, "class Solution:\n    def f(self, xs, k): return [sum(xs) * k]"]
    check(family, task, right, ["return 6", "return [6]", "return [[sum(xs) * k]]", "return []"])
    half = edited(BOXED, "input_output", lambda io: {**io, "outputs": [[6], [0, 0]]})
    assert only_task("code/apps", without(half, "solutions"))[1].spec["compare"]["mode"] == "json"


def test_keys_that_json_made_texts() -> None:
    io = {
        "fn_name": "f",
        "inputs": [[{"1": 2, "-3": 4}], [{"5": 0}]],
        "outputs": [{"2": 1, "4": -3}, {"0": 5}],
    }
    record = {**without(CALLS, "solutions"), "input_output": json.dumps(io), "starter_code": ""}
    family, task = only_task("code/taco", record)
    check(
        family,
        task,
        ["def f(d): return {v: k for k, v in d.items()}"],
        ["def f(d): return {str(v): k for k, v in d.items()}"],
    )


def test_tuples_are_lists() -> None:
    io = {"fn_name": "f", "inputs": [[3], [1]], "outputs": [[[0, 3], [1, 3]], [[0, 1], [1, 1]]]}
    _, task = only_task("code/apps", {**CALLS, "solutions": "", "input_output": json.dumps(io)})
    for body in ("[(0, n), (1, n)]", "([0, n], [1, n])", "[[i, n] for i in range(2)]"):
        assert verigym.verify(task, f"def f(n): return {body}").reward == 1.0
    assert verigym.verify(task, "def f(n): return [(0, n)]").reward == 0.0


@pytest.mark.parametrize("name", ["code/apps", "code/taco"])
def test_programs(name: str) -> None:
    family, task = only_task(name, PROGRAM)
    check(family, task, RIGHT_PROGRAMS, WRONG_PROGRAMS)
    assert task.text.endswith("\nUse Standard Input format\n\nANSWER:\n")
    assert "entry_point" not in task.spec


def test_tacos_time_limits() -> None:
    def seconds(text: Any) -> Any:
        record = {**PROGRAM, "time_limit": text}
        return only_task("code/taco", record, timeout=5)[1].spec["limits"]["cpu_seconds"]

    assert [seconds(text) for text in ("2.0 seconds", "1 second", "0.5s", "3")] == [2.0, 1.0, 0.5, 5]
    assert [seconds(text) for text in (None, "", "0.0 seconds", "soon", "-1 seconds")] == [5] * 5
    refuse("code/taco", {**PROGRAM, "time_limit": 2}, "'time_limit' is a int")
    refuse("code/taco", {**PROGRAM, "time_limit": "5000 seconds"}, "timeout is 5000.0")


IO = ("input_output",)
MALFORMED: list[tuple[dict[str, Any], str]] = [
    (without(CALLS, "input_output"), "no field 'input_output'"),
    ({**CALLS, "input_output": ""}, "'input_output' is not JSON"),
    ({**CALLS, "input_output": None}, "'input_output' is a NoneType"),
    ({**CALLS, "input_output": b"\x80\x04"}, "'input_output' is a bytes"),
    ({**CALLS, "input_output": "[]"}, "is a list, not an object"),
    ({**CALLS, "input_output": "5"}, "is a int, not an object"),
    ({**CALLS, "input_output": NESTED}, "nests more than 200 deep"),
    ({**CALLS, "input_output": '{"inputs": ' + "[{" * 50_000}, "nests more than 200 deep"),
    ({**CALLS, "input_output": '{"inputs": [' + "9" * 5000 + '], "outputs": [1]}'}, "."),
    (edited(CALLS, *IO, lambda io: {}), "has nothing for 'inputs'"),
    (edited(CALLS, *IO, lambda io: {**io, "inputs": "x"}), "has str for 'inputs'"),
    (edited(CALLS, *IO, lambda io: {**io, "inputs": [], "outputs": []}), "holds no tests"),
    (edited(CALLS, *IO, lambda io: {**io, "outputs": [6]}), "has 3 inputs and 1 outputs"),
    (edited(CALLS, *IO, lambda io: {**io, "fn_name": 5}), "has a int for 'fn_name'"),
    (edited(CALLS, *IO, lambda io: {**io, "fn_name": "f()\nimport os"}), "entry_point is"),
    (
        edited(CALLS, *IO, lambda io: {**io, "inputs": [1, 2, 3]}),
        "test 0 whose input is a int, not a list",
    ),
    (edited(CALLS, *IO, lambda io: {**io, "outputs": [None] * 3}), "every case expects None"),
    (edited(PROGRAM, *IO, lambda io: {**io, "inputs": [1, 2, 3]}), "test 0 whose input is no text"),
    (
        edited(PROGRAM, *IO, lambda io: {**io, "outputs": ["1", {}, ""]}),
        "test 1 whose output is no text",
    ),
    (
        edited(PROGRAM, *IO, lambda io: {**io, "outputs": ["", " \n", []]}),
        "every case expects blank output",
    ),
    ({**CALLS, "solutions": "{}"}, "'solutions' is not a list of texts"),
    ({**CALLS, "solutions": "[1]"}, "'solutions' is not a list of texts"),
    ({**CALLS, "solutions": "["}, "'solutions' is not JSON"),
    (without(CALLS, "question"), "no field 'question'"),
    ({**CALLS, "starter_code": 3}, "'starter_code' is a int"),
]


@pytest.mark.parametrize(("record", "match"), MALFORMED)
def test_malformed_records(record: dict[str, Any], match: str) -> None:
    refuse("code/apps", record, match)


def test_solutions_that_are_not_python_are_no_reference() -> None:
    family, task = only_task(
        "code/apps", {**CALLS, "solutions": json.dumps(["print 1", "(" * 9999, ""])}
    )
    with pytest.raises(verigym.errors.FamilyError, match="no reference"):
        family.reference(task)
    check(family, task, ["return sum(xs) * k"], [])


# -------------------------------------------------------------------- what trainers pass around

TRUTH = {"inputs": ["[1, 2]\n3", "[]\n1"], "outputs": ["9", "0"], "fn_name": "f"}
VERL: dict[str, Any] = {
    "data_source": "codecontests",
    "prompt": [
        {"role": "system", "content": "Think."},
        {"role": "user", "content": "Add up, k times."},
    ],
    "ability": "code",
    "reward_model": {"style": "rule", "ground_truth": json.dumps(TRUTH)},
    "extra_info": {"split": "train", "index": 0},
}
OPEN_R1: dict[str, Any] = {
    "problem_id": "v_1",
    "prompt": "Print a quarter.",
    "gold_standard_solution": "```python\nprint(int(input()) / 4, 'ok')\n```",
    "verification_info": {
        "language": "python",
        "test_cases": [
            {"fn_name": None, "input": "1\n", "output": "0.25\nok\n", "type": "stdin_stdout"},
            {"fn_name": None, "input": "8\n", "output": "2.0\nok\n", "type": "stdin_stdout"},
        ],
    },
}
FAMILY = "code/inputs-outputs"


@pytest.mark.parametrize("truth", [json.dumps(TRUTH), TRUTH])
def test_verls_ground_truth(truth: Any) -> None:
    family, task = only_task(FAMILY, {**VERL, "reward_model": {"style": "rule", "ground_truth": truth}})
    assert task.messages[0]["role"] == "system"
    assert task.metadata == {"set": "codecontests"}
    check(
        family,
        task,
        ["def f(xs, k): return sum(xs) * k"],
        ["def f(xs, k): return '9'", "def f(*a): return 9"],
    )


def test_open_r1s_verification_info() -> None:
    family, task = only_task(FAMILY, OPEN_R1)
    check(family, task, RIGHT_PROGRAMS, WRONG_PROGRAMS)
    assert task.spec["reference"] == "print(int(input()) / 4, 'ok')"
    cases = [{"fn_name": "f", "input": [[1, 2], 3], "output": 9, "type": "function_call"}]
    record = {
        **without(OPEN_R1, "gold_standard_solution"),
        "verification_info": json.dumps({"test_cases": cases}),
    }
    check(*only_task(FAMILY, record), ["def f(xs, k): return sum(xs) * k"], ["def f(xs, k): return 3"])


ASSERTS = {
    "inputs": ["", ""],
    "outputs": [None, None],
    "assert_case": ["assert f([1, 2], 3) == 9", "s = f([], 3)\nassert sorted([s]) == [0]"],
}


def test_asserts_are_the_tests_where_there_are_some() -> None:
    record = {"prompt": "Add up.", "ground_truth": json.dumps(ASSERTS)}
    family, task = only_task(FAMILY, record)
    assert task.spec["entry_point"] == "f"
    check(
        family,
        task,
        ["def f(xs, k): return sum(xs) * k"],
        ["def f(xs, k): return 9", "raise SystemExit(0)"],
    )


def test_tests_may_stand_in_the_record_itself() -> None:
    record = {"question": "Print a quarter.", **json.loads(PROGRAM["input_output"])}
    check(*only_task(FAMILY, record), RIGHT_PROGRAMS, WRONG_PROGRAMS)


@pytest.mark.parametrize(
    ("record", "match"),
    [
        ({}, "no field 'prompt'"),
        ({"prompt": "x"}, "no field 'input_output'"),
        ({"prompt": 5}, "'prompt' is a int"),
        ({"prompt": [{"role": "user"}], **TRUTH}, "each chat message"),
        ({**VERL, "reward_model": {"style": "rule"}}, "no field 'ground_truth'"),
        ({**VERL, "reward_model": {"ground_truth": "{"}}, "'ground_truth' is not JSON"),
        ({**VERL, "reward_model": {"ground_truth": {**TRUTH, "inputs": ["[1"] * 2}}}, "is not JSON"),
        ({**VERL, "reward_model": {"ground_truth": {**TRUTH, "outputs": ["x", "0"]}}}, "is not JSON"),
        ({**VERL, "reward_model": {"ground_truth": {**TRUTH, "inputs": [NESTED] * 2}}}, "nests more than"),
        ({**OPEN_R1, "verification_info": {"test_cases": [5]}}, "no list of objects"),
        ({**OPEN_R1, "verification_info": {"test_cases": []}}, "holds no tests"),
        ({**OPEN_R1, "verification_info": {"test_cases": [{"type": "a"}, {"type": "b"}]}}, "more than one type"),
        ({"prompt": "x", "ground_truth": {**ASSERTS, "assert_case": "assert f()"}}, "has a str for 'assert_case'"),
        ({"prompt": "x", "ground_truth": {**ASSERTS, "assert_case": ["assert f("]}}, "do not parse"),
        ({"prompt": "x", "ground_truth": {**ASSERTS, "assert_case": ["assert len([])"]}}, "call no function"),
        ({"prompt": "x", "ground_truth": {**ASSERTS, "assert_case": [None]}}, "holds a NoneType where text"),
    ],
)  # fmt: skip
def test_malformed_records_of_trainers(record: dict[str, Any], match: str) -> None:
    refuse(FAMILY, record, match)


def test_answers_of_ten_megabytes_of_binary_and_of_nothing() -> None:
    for name, record in (("code/apps", CALLS), ("code/taco", PROGRAM), (FAMILY, OPEN_R1)):
        (task,) = family_of(name, record).tasks()
        for answer in ("", " \n", "\0" * 1000, "\ud800", "x" * 10_000_000, "```python\n```"):
            assert verigym.verify(task, answer).reward == 0.0
