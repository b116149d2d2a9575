"""MBPP+ and HumanEval+ in both published shapes, and the rules by which EvalPlus compares."""

from __future__ import annotations

import math
from typing import Any

import pytest
from published_records import check, family_of, only_task, refuse, without

import verigym
from verigym.envs.code.mbpp_plus_inputs import TURNS, turned
from verigym.errors import TaskError

HELPERS = """import numpy as np
from math import inf

def is_floats(x) -> bool:
    if isinstance(x, (list, tuple)):
        return all(isinstance(i, float) for i in x)
    return isinstance(x, float)

def assertion(out, exp, atol):
    if atol == 0 and is_floats(exp):
        atol = 1e-6
    if out != exp and atol != 0:
        assert np.allclose(out, exp, rtol=1e-07, atol=atol)
    else:
        assert out == exp
"""
LOOP = (
    "for i, (inp, exp) in enumerate(zip(inputs, results)):\n    assertion({call}(*inp), exp, {atol})\n"
)


def mbpp(code: str, inputs: Any, results: Any, shown: str, atol: Any = 0) -> dict[str, Any]:
    """A record of ``evalplus/mbppplus``."""
    name = code.partition("def ")[2].partition("(")[0]
    test = f"{HELPERS}\ninputs = {inputs!r}\nresults = {results!r}\n{LOOP.format(call=name, atol=atol)}"
    return {
        "task_id": 2,
        "code": code,
        "prompt": "Write a function.",
        "source_file": "Questions.ipynb",
        "test_imports": [],
        "test_list": [shown],
        "test": test,
    }


def released(code: str, base: Any, plus: Any, number: int = 1, atol: Any = 0) -> dict[str, Any]:
    """A record of ``MbppPlus.jsonl``."""
    name = code.partition("def ")[2].partition("(")[0]
    return {
        "task_id": f"Mbpp/{number}",
        "prompt": f'"""\nWrite a function.\nassert {name}(3, 1) == 4\n"""\n',
        "entry_point": name,
        "canonical_solution": f"\n{code}\n",
        "contract": "\n    assert True\n",
        "base_input": base,
        "plus_input": plus,
        "atol": atol,
    }


ADD = "def add(a, b):\n  return a + b"
HUMANEVAL: dict[str, Any] = {
    "task_id": "HumanEval/900",
    "prompt": 'from typing import List\n\n\ndef mean(xs: List[float]) -> float:\n    """The mean."""\n',
    "entry_point": "mean",
    "canonical_solution": "    return sum(xs) / len(xs)\n",
    "contract": "    assert xs\n",
    "base_input": [[[1.0, 2.0]], [[3.0]]],
    "plus_input": [[[0.1, 0.2, 0.3]], [[1e9, 1e9 + 1]]],
    "atol": 0,
}


def test_released_mbpp_plus_gets_its_results_from_the_reference() -> None:
    family, task = only_task("code/mbpp-plus", released(ADD, [[3, 1], [0, 0]], [[10**40, 1], [-1, 1]]))
    check(family, task, ["def add(a, b): return b + a"], ["def add(a, b): return 4", "add = 4"])
    assert [case["expected"] for case in task.spec["cases"]][:2] == [4, 0]
    assert task.spec["public"] == 1, "the assert that the prompt shows"
    assert task.spec["compare"]["mode"] == "equal"
    assert task.metadata["source"] == "Mbpp/1"
    _, task = only_task("code/mbpp-plus", released(ADD, [[1, 3], [3, 1]], []))
    assert "public" not in task.spec


def test_mbpp_plus_with_test_code_is_read_as_data_and_needs_no_numpy() -> None:
    record = mbpp(
        ADD, [[1, 2], [math.inf, 1], [(1,), (2,)]], [3, math.inf, (1, 2)], "assert add(1, 2) == 3"
    )
    family, task = only_task("code/mbpp-plus", record)
    check(
        family, task, ["def add(a, b): return b + a if a == 1 else a + b"], ["def add(a, b): return 3"]
    )
    assert len(task.spec["cases"]) == 3
    assert task.spec["public"] == 1
    assert task.text == '"""\nWrite a function.\nassert add(1, 2) == 3\n"""\n'
    no_list = "def add(a, b): return list(a + b) if isinstance(a, tuple) else a + b"
    assert verigym.verify(task, no_list).reward == 0.0, "a list is not a tuple"


def test_tests_that_are_no_literals_are_run_apart() -> None:
    record = mbpp(ADD, [], [], "assert add(1, 2) == 3")
    record["test"] = (
        "inputs = [[i, i] for i in range(5)]\nfor inp in inputs:\n    assert add(*inp) == 2 * inp[0]\n"
    )
    family, task = only_task("code/mbpp-plus", record)
    check(family, task, [], ["def add(a, b): return 4", "def add(a, b): return a"])
    assert "tests" in task.spec


def test_humaneval_plus_released() -> None:
    family, task = only_task("code/humaneval-plus", HUMANEVAL)
    assert task.spec["compare"] == {"mode": "close", "relative": 1e-7, "absolute": 1e-6}
    check(
        family,
        task,
        ["    return sum(xs) / len(xs) + 1e-8"],
        ["    return 1.5", "    return sum(xs) / len(xs) + 1e-5", "    return str(sum(xs) / len(xs))"],
    )
    assert "public" not in task.spec


@pytest.mark.parametrize("results", ["results = [1.5, 3.0]", ""])
def test_humaneval_plus_with_test_code(results: str) -> None:
    loop = LOOP.format(call="candidate", atol=0).replace("\n", "\n    ")
    if not results:
        loop = "for i, inp in enumerate(inputs):\n        assertion(candidate(*inp), ref_func(*inp), 0)"
    test = f"{HELPERS}\ndef check(candidate):\n    inputs = [[[1.0, 2.0]], [[3.0]]]\n    {results}\n    {loop}\n"
    record = {**without(without(HUMANEVAL, "base_input"), "plus_input"), "test": test}
    family, task = only_task("code/humaneval-plus", record)
    assert [case["expected"] for case in task.spec["cases"]] == [1.5, 3.0]
    check(family, task, ["def mean(xs): return sum(xs) / len(xs)"], ["    return 1.5"])


def find_zero() -> dict[str, Any]:
    return {
        **HUMANEVAL,
        "prompt": 'def find_zero(xs: list):\n    """A root of the polynomial."""\n',
        "entry_point": "find_zero",
        "canonical_solution": "    return -xs[0] / xs[1]\n",
        "base_input": [[[1, 2]], [[4, 1]]],
        "plus_input": [[[7, 3]]],
        "atol": 1e-4,
    }


def test_a_root_is_asked_for_its_value_and_the_question_cannot_be_changed() -> None:
    family, task = only_task("code/humaneval-plus", find_zero())
    zeroes = "    for i in range(len(xs)): xs[i] = 0\n    return 5.0"
    check(
        family, task, ["    return -xs[0] / xs[1] + 1e-6"], [zeroes, "    return 0", "    return 'x'"]
    )


SET = "def similar_elements(a, b):\n  return tuple(set(a) & set(b))"
NOT_NONE = "import re\ndef text_match_three(text):\n  return re.search('ab{3}', text)"
PYRAMID = "def surface_Area(b, s):\n  return 2 * b * s + b * b"
DIGITS = "def digit_distance_nums(a, b):\n  return sum(map(int, str(abs(a - b))))"


@pytest.mark.parametrize(
    ("code", "inputs", "right", "wrong"),
    [
        (SET, [[(3, 4, 5), (5, 4, 9)], [(1,), (2,)]], ["[4, 5] if 4 in a[0] else []", "[x for x in a[0] if x in a[1]] * 2"], ["(4, 5)", "5"]),
        (NOT_NONE, [["abbb"], ["ab"]], ["'abbb' in a[0]", "1 if 'bbb' in a[0] else None"], ["None", "True", "'abbb' not in a[0]"]),
        (PYRAMID, [[3, 4], [4, 5]], ["round(a[0] ** 2 + 2 * a[0] * (a[0] ** 2 / 4 + a[1] ** 2) ** 0.5)"], ["33", "0"]),
        (DIGITS, [[1, 23], [56, 1]], ["sum(abs(int(x) - int(y)) for x, y in zip(str(a[0]).zfill(2), str(a[1]).zfill(2)))"], ["4", "0"]),
    ],
    ids=["members", "there or not", "another reading", "another reading of digits"],
)  # fmt: skip
def test_functions_with_rules_of_their_own(
    code: str, inputs: list[Any], right: list[str], wrong: list[str]
) -> None:
    name = code.partition("def ")[2].partition("(")[0]
    number = {"similar_elements": 2}.get(name, 1)
    record = released(code, inputs[:1], inputs[1:], number, atol=1e-6)
    family, task = only_task("code/mbpp-plus", record)
    answers = [[f"def {name}(*a): return {body}" for body in bodies] for bodies in (right, wrong)]
    check(family, task, *answers)
    results = [None] * len(inputs)
    written = mbpp(code, inputs, results, f"assert {name}(1) == 1") if code is NOT_NONE else None
    if written:
        check(*only_task("code/mbpp-plus", written), *answers)


def test_rules_that_let_wrong_answers_through_are_not_followed() -> None:
    code = "def are_equivalent(a, b):\n  return a == b"
    _, task = only_task("code/mbpp-plus", released(code, [[1, 2], [2, 2]], []))
    assert verigym.verify(task, "def are_equivalent(a, b): return 7").reward == 0.0
    _, task = only_task("code/mbpp-plus", released("def sum_div(n):\n  return n - 1", [[4], [9]], []))
    assert verigym.verify(task, "def sum_div(n): return 0").reward == 0.0


def test_what_no_task_can_hold_is_left_out_and_counted() -> None:
    code = "def rep(n):\n  return str(n) * n"
    _, task = only_task("code/mbpp-plus", released(code, [[3], [200_000]], [[5]]))
    assert len(task.spec["cases"]) == 2
    assert task.metadata["left_out"] == 1
    refuse("code/mbpp-plus", released(code, [[200_000]], []), "longer than")


def test_inputs_are_turned_into_what_json_cannot_say() -> None:
    assert turned(2, [[3, 4], [5]]) == [(3, 4), (5,)]
    assert turned(63, [[[3, 5], [1, 7]]]) == [[(3, 5), (1, 7)]]
    assert turned(75, [[[6, 24]], 6]) == [[(6, 24)], 6]
    assert turned(106, [[5], [9, 10]]) == [[5], (9, 10)]
    assert turned(115, [[[1, 2], []]]) == [[{1, 2}, {}]]
    assert turned(124, [0, "1j"]) == [0.0, 1j]
    assert turned(252, ["(0+1j)"]) == [1j]
    assert turned(259, [[[1, 3]], [[6, 7]]]) == [((1, 3),), ((6, 7),)]
    assert turned(278, [[1, [2, 3]]]) == [(1, (2, 3))]
    assert turned(307, [["A", [], 1], 2, 50]) == [("A", [], 1), 2, 50]
    assert turned(580, [[4, [7, [8]]]]) == [(4, (7, (8,)))]
    assert turned(722, [{"a": [6.2, 70]}, 6.0]) == [{"a": (6.2, 70)}, 6.0]
    assert turned(999_999, [[1]]) == [[1]]


@pytest.mark.parametrize("number", sorted(set(TURNS) - {580, 615, 791}))
def test_inputs_that_cannot_be_turned(number: int) -> None:
    with pytest.raises(TaskError, match=f"an input of task {number} is not"):
        turned(number, [None, None])


BASE = released(ADD, [[3, 1]], [[1, 1]])


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (without(BASE, "canonical_solution"), "no field 'canonical_solution'"),
        (without(BASE, "plus_input"), "no field 'plus_input'"),
        (without(BASE, "atol"), "no field 'atol'"),
        ({**BASE, "atol": -1}, "'atol' is -1"),
        ({**BASE, "atol": math.nan}, "'atol' is nan"),
        ({**BASE, "atol": True}, "'atol' is a bool"),
        ({**BASE, "base_input": [], "plus_input": []}, "nothing to test"),
        ({**BASE, "plus_input": {"0": [1, 2]}}, "'plus_input' is a dict"),
        ({**BASE, "plus_input": [5]}, "'plus_input' has an input 0 that is no list"),
        ({**BASE, "task_id": "Mbpp/2"}, "input of task 2 is not what it must be"),
        ({**BASE, "task_id": "../../etc/passwd"}, "'task_id' is"),
        ({**BASE, "task_id": None}, "'task_id' is a NoneType"),
        ({**BASE, "entry_point": "add; import os"}, "its reference does not load"),
        ({**BASE, "canonical_solution": "def add(a, b: pass"}, "its reference does not load"),
        ({**BASE, "canonical_solution": "def add(a, b): return add"}, "its reference fails at call 0"),
        ({**BASE, "canonical_solution": "def add(a, b): raise ValueError"}, "call 0: raises ValueError"),
        ({**BASE, "canonical_solution": "def add(a, b): return None"}, "every case expects None"),
        ({**BASE, "canonical_solution": "import os; os._exit(0)"}, "its reference does not load"),
        ({**BASE, "test": "inputs = [[1]]\nresults = [1]", "code": ADD, "test_list": []}, "call no function"),
        ({**mbpp(ADD, [[1, 2]], [3, 4], "assert add(1, 2) == 3")}, "1 inputs and 2 results"),
        ({**mbpp(ADD, [[1, 2]], [3], "assert add(1, 2) == 3"), "test": "inputs = [[1, 2"}, "do not parse"),
        ({**mbpp(ADD, [], [], "assert add(1, 2) == 3")}, "no inputs"),
        ({**mbpp(ADD, [[1, 2]], [3], "assert add(1, 2) == 3"), "test": "inputs = " + "[" * 9000}, "do not parse"),
    ],
)  # fmt: skip
def test_malformed_records(record: dict[str, Any], match: str) -> None:
    refuse("code/mbpp-plus", record, match, timeout=1)


def test_many_references_are_run_at_a_time_and_order_is_kept() -> None:
    records = [released(f"def add(a, b):\n  return a + b + {n}", [[3, 1]], [[0, n]]) for n in range(12)]
    tasks = family_of("code/mbpp-plus", *records).tasks()
    assert [task.spec["cases"][0]["expected"] for task in tasks] == [4 + n for n in range(12)]


def test_a_reference_is_contained_and_its_time_bounded() -> None:
    endless = {**BASE, "canonical_solution": "def add(a, b):\n  while True: pass"}
    refuse("code/mbpp-plus", endless, "stops at call 0: It ran out of time", timeout=0.2)
    spy = "import os\ndef add(a, b):\n  return sorted(os.environ) + [os.path.exists('/work')]"
    _, task = only_task("code/mbpp-plus", {**BASE, "canonical_solution": spy})
    assert task.spec["cases"][0]["expected"][-1] is False
