"""CodeContests and LiveCodeBench: public tests first, hidden ones after, whatever they are packed in."""

from __future__ import annotations

import base64
import json
import pickle
import zlib
from typing import Any

import pytest
from published_records import NESTED, check, family_of, only_task, refuse, without

import verigym
from verigym.envs.code import packed
from verigym.envs.code.packed import pickled_text, unpack

# -------------------------------------------------------------------------------- CodeContests

CONTEST: dict[str, Any] = {
    "name": "1550_A. Halves",
    "description": "Say whether n is even, and its half.\n\nExample\n\nInput\n\n4\n",
    "public_tests": {"input": ["4\n"], "output": ["YES\n2.0\n"]},
    "private_tests": {"input": ["5\n"], "output": ["NO\n2.5\n"]},
    "generated_tests": {"input": ["10\n", "7\n"], "output": ["YES\n5.0\n", "NO\n3.5\n"]},
    "source": 2,
    "difficulty": 7,
    "solutions": {
        "language": [1, 2, 3],
        "solution": ["print raw_input()", "int main() {}", "n = int(input())\nprint('NO' if n % 2 else 'YES')\nprint(n / 2)"],
    },
    "incorrect_solutions": {"language": [3], "solution": ["print('YES')"]},
    "cf_contest_id": 1550,
    "cf_rating": 800,
    "time_limit": {"seconds": 2, "nanos": 500000000},
    "memory_limit_bytes": 268435456,
    "input_file": "",
    "output_file": "",
}  # fmt: skip
RIGHT = [
    "n = int(input())\nprint('no' if n % 2 else 'Yes', n / 2)",
    "```python\nn = int(input())\nprint(['YES', 'NO'][n % 2])\nprint(n * 0.5 + 1e-7)\n```",
]
WRONG = [
    "print('YES'); print(2.0)",
    "n = int(input())\nprint('NO' if n % 2 else 'YES')\nprint(n / 2 + 1e-4)",
    "n = int(input())\nprint('NO' if n % 2 else 'YES')",
    "n = int(input())\nprint('NO' if n % 2 else 'YES')\nprint(n / 2, 'x')",
]


def test_a_contests_problem() -> None:
    family, task = only_task("code/codecontests", CONTEST)
    check(family, task, RIGHT, WRONG)
    assert [case["input"] for case in task.spec["cases"]] == ["4\n", "5\n", "10\n", "7\n"]
    assert task.spec["public"] == 1
    assert task.spec["limits"]["cpu_seconds"] == 2.5
    assert task.metadata == {"source": "1550_A. Halves", "rating": 800}
    assert task.text.endswith(
        "Write a Python 3 program that reads standard input and writes the answer to standard output.\n"
    )
    verdict = verigym.verify(task, "print('NO 2.5')")
    assert "4" in verdict.feedback, "the public case is shown"
    hidden = verigym.verify(task, "print('YES 2.0')")
    assert hidden.cases[1].expected not in hidden.feedback


def test_messages_as_lists_of_objects_and_enums_by_name() -> None:
    def objects(name: str, keys: tuple[str, str]) -> list[dict[str, Any]]:
        return [
            dict(zip(keys, pair, strict=True)) for pair in zip(*CONTEST[name].values(), strict=True)
        ]

    record = {
        **{
            name: objects(name, ("input", "output"))
            for name in ("public_tests", "private_tests", "generated_tests")
        },
        "description": CONTEST["description"],
        "solutions": [{"language": "PYTHON3", "solution": CONTEST["solutions"]["solution"][2]}],
        "time_limit": 2.5,
        "memory_limit_bytes": 268435456,
        "name": CONTEST["name"],
        "cf_rating": 800,
    }
    assert only_task("code/codecontests", record)[1].id == only_task("code/codecontests", CONTEST)[1].id


def test_limits_and_languages() -> None:
    task = only_task("code/codecontests", CONTEST, time_factor=2)[1]
    assert task.spec["limits"]["cpu_seconds"] == 5.0
    bare = {**CONTEST, "time_limit": None, "memory_limit_bytes": 1 << 20}
    task = only_task("code/codecontests", bare, timeout=4)[1]
    assert task.spec["limits"]["cpu_seconds"] == 4
    assert task.spec["limits"]["memory_bytes"] == 256 << 20, "an interpreter needs more than 1 MiB"
    task = only_task("code/codecontests", CONTEST, language="cpp")[1]
    assert (task.spec["language"], task.spec["reference"]) == ("cpp", "int main() {}")
    assert "C++ program" in task.text
    with pytest.raises(verigym.errors.UserError, match="cobol"):
        family_of("code/codecontests", CONTEST, language="cobol")
    with pytest.raises(verigym.errors.FamilyError, match="time_factor is 0"):
        family_of("code/codecontests", CONTEST, time_factor=0)


def bad(name: str, value: Any) -> dict[str, Any]:
    return {**CONTEST, name: value}


NONE = {"input": [], "output": []}


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (without(CONTEST, "description"), "no field 'description'"),
        ({**CONTEST, "public_tests": NONE, "private_tests": NONE, "generated_tests": NONE}, "nothing to test"),
        ({"name": "x", "description": "y"}, "nothing to test"),
        (bad("public_tests", "x"), "'public_tests' is a str"),
        (bad("public_tests", {"input": ["1"]}), "must have lists for 'input' and 'output'"),
        (bad("private_tests", {"input": ["1"], "output": []}), "has 1 inputs and 0 outputs"),
        (bad("private_tests", [{"input": "1"}]), "item 0 without"),
        (bad("generated_tests", {"input": [1], "output": ["1"]}), "'generated_tests' holds a int"),
        (bad("generated_tests", [5]), "item 0 without"),
        (bad("solutions", {"language": [3], "solution": [b"\0"]}), "'solutions' holds a bytes"),
        (bad("time_limit", {"seconds": -1}), "'time_limit' is no number"),
        (bad("time_limit", {"seconds": "2"}), "'time_limit' is no number"),
        (bad("time_limit", "2 s"), "'time_limit' is a str"),
        (bad("memory_limit_bytes", 1 << 60), "memory_bytes is"),
        (bad("memory_limit_bytes", "256"), "'memory_limit_bytes' is a str"),
        (bad("input_file", "input.txt"), "'input_file' names a file"),
        (bad("output_file", "output.txt"), "'output_file' names a file"),
    ],
)  # fmt: skip
def test_malformed_problems(record: dict[str, Any], match: str) -> None:
    refuse("code/codecontests", record, match)


# ------------------------------------------------------------------------------- LiveCodeBench


def packed_text(text: str) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(text))).decode()


def listed(kind: str, *pairs: tuple[str, str]) -> str:
    return json.dumps([{"input": given, "output": output, "testtype": kind} for given, output in pairs])


METHOD: dict[str, Any] = {
    "question_title": "count-up",
    "question_content": "Return the numbers below n that k divides.",
    "platform": "leetcode",
    "question_id": "3001",
    "contest_id": "weekly-contest-1",
    "contest_date": "2024-01-06T00:00:00",
    "starter_code": "class Solution:\n    def countUp(self, n: int, k: int) -> List[int]:\n        ",
    "difficulty": "easy",
    "public_test_cases": listed("functional", ("5\n2", "[0, 2, 4]")),
    "private_test_cases": packed_text(listed("functional", ("0\n1", "[]"), ("3\n1", "[0, 1, 2]"))),
    "metadata": json.dumps({"func_name": "countUp"}),
}
STDIN: dict[str, Any] = {
    **METHOD,
    "platform": "atcoder",
    "question_id": "abc999_a",
    "starter_code": "",
    "public_test_cases": listed("stdin", ("4\n", "2.0\n")),
    "private_test_cases": listed("stdin", ("6\n", "3.0\n"), ("9\n", "4.5\n")),
    "metadata": "{}",
}
LCB = "code/livecodebench"


def test_a_method() -> None:
    family, task = only_task(LCB, METHOD)
    right = [
        "return list(range(0, n, k))",
        "class Solution:\n    def countUp(self, n: int, k: int) -> List[int]:\n        return [*range(0, n, k)]",
        "```python\nclass Solution:\n    def countUp(self, n, k):\n        return tuple(i for i in range(n) if i % k == 0)\n```",
        "def countUp(n, k): return list(accumulate([0] * bool(n) + [k] * ((n - 1) // k)))",
    ]
    wrong = [
        "return [0, 2, 4]",
        "return range(0, n, k)",
        "return {*range(0, n, k)}",
        "return str([*range(0, n, k)])",
    ]
    check(family, task, right, wrong)
    assert task.spec["entry_point"] == "Solution.countUp"
    assert task.spec["public"] == 1
    assert task.text.startswith(
        "### Question:\nReturn the numbers below n that k divides.\n\n### Format: "
    )
    assert "```python\nclass Solution:\n    def countUp" in task.text
    assert task.metadata["contest_date"] == "2024-01-06T00:00:00"


def test_a_program() -> None:
    family, task = only_task(LCB, STDIN)
    right = ["print(int(input()) / 2)", "print('%.3f' % (int(input()) / 2))"]
    check(
        family,
        task,
        right,
        ["print(2.0)", "print(int(input()) / 2 + 1e-9)", "print(int(input()) // 2)"],
    )
    assert task.spec["public"] == 1
    assert "# YOUR CODE HERE" in task.text
    with pytest.raises(verigym.errors.FamilyError, match="no reference"):
        family.reference(task)


def test_private_tests_are_the_same_packed_or_not() -> None:
    plain_text = listed("functional", ("0\n1", "[]"), ("3\n1", "[0, 1, 2]"))
    ids = {
        only_task(LCB, {**METHOD, "private_test_cases": value})[1].id
        for value in (plain_text, packed_text(plain_text), json.loads(plain_text))
    }
    assert len(ids) == 1
    assert len(only_task(LCB, {**METHOD, "private_test_cases": ""})[1].spec["cases"]) == 1


@pytest.mark.parametrize("protocol", range(1, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "text", ["", "x", "\u00e9\U0001f600" * 90, "[1]" * 100_000], ids=["empty", "short", "wide", "long"]
)
def test_a_pickle_of_one_string_is_read(protocol: int, text: str) -> None:
    assert pickled_text(pickle.dumps(text, protocol)) == text


class Bomb:
    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


PICKLES: dict[str, bytes] = {
    "a call": pickle.dumps(Bomb(eval, "1 / 0")),
    "a call, the old way": pickle.dumps(Bomb(eval, "1 / 0"), 0),
    "an import": b"\x80\x04cbuiltins\neval\n.",
    "a stack import": b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.",
    "an old text": pickle.dumps("x", 0),
    "a list": pickle.dumps(["x"]),
    "bytes": pickle.dumps(b"x"),
    "a number": pickle.dumps(7),
    "none": pickle.dumps(None),
    "two strings": b"\x80\x04\x8c\x01a\x8c\x01b.",
    "no string": b"\x80\x04.",
    "nothing": b"",
    "no end": b"\x80\x04\x8c\x01a",
    "more after the end": b"\x80\x04\x8c\x01a.X",
    "another pickle after the end": pickle.dumps("a") + pickle.dumps(Bomb(eval, "1 / 0")),
    "a length beyond the end": b"\x80\x04X\xff\xff\xff\xffabc.",
    "a huge length": b"\x80\x04\x8d" + b"\xff" * 8 + b".",
    "half a length": b"\x80\x04X\x01",
    "bad text": b"\x80\x04\x8c\x01\xff.",
    "a persistent id": b"\x80\x04Px\n.",
    "from the memo": b"\x80\x04h\x00.",
    "an extension": b"\x80\x04\x82\x01.",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("data", PICKLES.values(), ids=PICKLES)
def test_any_other_pickle_is_refused_and_nothing_of_it_is_done(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, lambda *args: pytest.fail("it was unpickled"))
    with pytest.raises(ValueError, match=r"pickle|utf-8"):
        pickled_text(data)
    text = base64.b64encode(zlib.compress(data)).decode()
    refuse(LCB, {**METHOD, "private_test_cases": text}, "'private_test_cases' cannot be unpacked")


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 1 << 20)
    bomb = base64.b64encode(zlib.compress(pickle.dumps("0" * (4 << 20)))).decode()
    assert len(bomb) < 10_000
    refuse(LCB, {**METHOD, "private_test_cases": bomb}, "unpacks to more than 1048576 bytes")
    just = "0" * ((1 << 20) - 100)
    assert unpack(packed_text(just)) == just


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (without(METHOD, "question_content"), "no field 'question_content'"),
        (without(METHOD, "private_test_cases"), "no field 'private_test_cases'"),
        (without(METHOD, "metadata"), "no field 'metadata'"),
        ({**METHOD, "metadata": "{}"}, "has no 'func_name'"),
        ({**METHOD, "metadata": '{"func_name": 5}'}, "has no 'func_name'"),
        ({**METHOD, "metadata": '{"func_name": "a b"}'}, "entry_point is"),
        ({**METHOD, "public_test_cases": "{}"}, "holds a dict, not a list"),
        ({**METHOD, "public_test_cases": "x"}, "'public_test_cases' is not JSON"),
        ({**METHOD, "public_test_cases": NESTED}, "nests more than 200 deep"),
        ({**METHOD, "public_test_cases": '[{"input": "1"}]'}, "has a test 0 without a text"),
        ({**METHOD, "public_test_cases": listed("magic", ("1", "1"))}, "unknown type 'magic'"),
        ({**METHOD, "public_test_cases": listed("stdin", ("1", "1"))}, "has tests of 2 kinds"),
        ({**METHOD, "public_test_cases": "[]", "private_test_cases": "[]"}, "holds no tests"),
        ({**METHOD, "public_test_cases": listed("functional", ("5 2", "[]"))}, "is not JSON"),
        ({**METHOD, "public_test_cases": listed("functional", ("5\n2", "[0"))}, "is not JSON"),
        ({**METHOD, "private_test_cases": "not base64!"}, "it is not base64"),
        ({**METHOD, "private_test_cases": "\u00e9"}, "it is not base64"),
        ({**METHOD, "private_test_cases": "AAAA"}, "it is not zlib"),
        ({**METHOD, "private_test_cases": base64.b64encode(zlib.compress(b"x" * 99)[:-5]).decode()}, "ends early"),
        ({**METHOD, "private_test_cases": packed_text("{")}, "is not JSON"),
        ({**METHOD, "private_test_cases": packed_text(NESTED)}, "nests more than 200 deep"),
        ({**METHOD, "private_test_cases": 5}, "'private_test_cases' is a int"),
    ],
)  # fmt: skip
def test_malformed_records(record: dict[str, Any], match: str) -> None:
    refuse(LCB, record, match)
