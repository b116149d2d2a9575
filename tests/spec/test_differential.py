"""Equal to a reference, in Python and in other languages: right, wrong, hostile and malformed answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.spec.differential import DifferentialVerifier, differential_task
from verigym.envs.spec.recorded import recorded
from verigym.errors import FamilyError, SandboxUnavailable, TaskError
from verigym.sandbox import Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.inside import plain
from verigym.sandbox.languages import compiled, language
from verigym.verifiers.compare import Rule
from verigym.verifiers.json_values import kinds_of, line_of, meets, read, to_json

HEAD = "from hypothesis import strategies as st\n"
SPEC = HEAD + "STRATEGIES = (st.lists(st.integers(-9, 9), max_size=5), st.integers(1, 3))\n"
REFERENCE = """\
def chunks(xs, size):
    return [tuple(xs[i : i + size]) for i in range(0, len(xs), size)]
"""
STATEMENT = "Write chunks(xs, size): the list cut into tuples of that size."


@pytest.fixture(scope="module")
def box(need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    need_tier(2)
    with open_sandbox("local", workers=2) as box:
        yield box


def patient(task: Task) -> Task:
    """A busy machine is no answer's fault."""
    limits = {**task.spec["limits"], "wall_seconds": 60}
    return replace(task, spec={**task.spec, "limits": limits}, id="")


@pytest.fixture(scope="module")
def task(box: Sandbox) -> Task:
    task = differential_task(
        STATEMENT, SPEC, REFERENCE, "chunks", examples=40, timeout=1.0, sandbox=box
    )
    return patient(task)


@pytest.fixture
def judged(box: Sandbox) -> Callable[[Task, str], Verdict]:
    return DifferentialVerifier(box).verify


Judge = Callable[[Task, str], Verdict]


def test_the_reference_is_paid_and_lazy_answers_are_not(task: Task, judged: Judge) -> None:
    assert judged(task, REFERENCE).reward == 1.0
    assert len(task.spec["cases"]) > 20
    for lazy in (
        "def chunks(xs, size): return []",
        "def chunks(xs, size): return xs",
        "def chunks(xs, size): return [tuple(xs)]",
        "def chunks(xs, size): return {(): []}.get(tuple(xs), [(1, 2), (3,)])",
    ):
        assert judged(task, lazy).status is Status.WRONG, lazy


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("def chunks(xs, size): return [xs[i:i + size] for i in range(0, len(xs), size)]", Status.WRONG),
        ("class E(list):\n    def __eq__(self, other): return True\ndef chunks(xs, size): return E()", Status.WRONG),
        ("class E:\n    def __eq__(self, other): return True\ndef chunks(xs, size): return E()", Status.WRONG),
        ("import os\ndef chunks(xs, size): os._exit(0)", Status.RUNTIME_ERROR),
        ("def chunks(xs, size): raise KeyError", Status.RUNTIME_ERROR),
        ("def chunks(xs, size):\n    while True: pass", Status.TIMEOUT),
        ("import random\n" + REFERENCE + "_f = chunks\ndef chunks(xs, size): return _f(xs, size) + [()] * (random.random() < 0.5)", Status.WRONG),
        ("def chunks(", Status.COMPILE_ERROR),
        ("def other(): pass", Status.NO_ANSWER),
        ("import reference\ndef chunks(xs, size): return reference.chunks(xs, size)", Status.RUNTIME_ERROR),
        ("import hypothesis\n" + REFERENCE, Status.RUNTIME_ERROR),
    ],
)  # fmt: skip
def test_other_answers_earn_nothing(task: Task, judged: Judge, answer: str, status: Status) -> None:
    verdict = judged(task, answer)
    assert (verdict.status, verdict.reward) == (status, 0.0), verdict


def test_examples_are_fixed_by_their_seed(box: Sandbox) -> None:
    one, again, other = (
        recorded(SPEC, REFERENCE, "chunks", seed, 40, sandbox=box) for seed in (1, 1, 2)
    )
    assert one == again != other
    with open_sandbox("local", workers=1) as elsewhere:
        assert recorded(SPEC, REFERENCE, "chunks", 1, 40, sandbox=elsewhere) == one
    assert len(set(map(repr, one.args))) == len(one.args)


def test_inputs_that_the_reference_refuses_do_not_count(box: Sandbox) -> None:
    halves = "def f(n):\n    if n % 2: raise ValueError\n    return n // 2\n"
    found = recorded(HEAD + "STRATEGIES = (st.integers(0, 99),)", halves, "f", 0, 60, sandbox=box)
    assert found.refused > 5
    assert all(args[0] % 2 == 0 for args, _ in found.calls())


def test_strategies_may_use_the_reference(box: Sandbox) -> None:
    spec = HEAD + "import reference\nSTRATEGIES = (st.integers(0, 99).map(reference.encode),)"
    found = recorded(spec, "def encode(n): return 'n' * n\ndef decode(text): return len(text)", "decode", 0, 30, sandbox=box)  # fmt: skip
    assert all(set(args[0]) <= {"n"} and len(args[0]) == value for args, value in found.calls())


@pytest.mark.parametrize(
    ("spec", "reference", "why"),
    [
        ("", "def f(x): return x + 1", "STRATEGIES"),
        (HEAD + "STRATEGIES = (st.nothing(),)", "def f(x): return x + 1", "Unsatisfiable"),
        (HEAD + "STRATEGIES = (st.builds(object),)", "def f(x): return 1", "not plain data"),
        (HEAD + "STRATEGIES = (1 / 0,)", "def f(x): return 1", r"ZeroDivisionError.*line 2"),
        ("import os; os._exit(0)", "def f(x): return 1", "failed"),
        (HEAD + "STRATEGIES = (st.integers(),)", "def g(x): return x", "does not load"),
        (HEAD + "STRATEGIES = (st.integers(),)", "1 / 0", "drawing .* ZeroDivisionError"),
        (HEAD + "STRATEGIES = (st.integers(),)", "def f(x): return object()", "not plain data"),
        (HEAD + "STRATEGIES = (st.integers(),)", "def f(x):\n    while True: pass", "does not end"),
        (HEAD + "STRATEGIES = (st.integers(),)", "def f(x): raise ValueError", "takes 0 of"),
        (HEAD + "STRATEGIES = (st.integers(),)", "def f(x): return 7", "constant would be right"),
        (HEAD + "STRATEGIES = (st.integers(),)", "def f(x): return x", "echo would be right"),
        (HEAD + "STRATEGIES = (st.integers(),)", "import itertools\nc = itertools.count()\ndef f(x): return next(c)", "asked again"),
        (HEAD + "STRATEGIES = (st.integers(0, 2),)", "def f(x): return x + 1", "takes 3 of 3"),
    ],
)  # fmt: skip
def test_a_spec_that_makes_no_test_is_an_invalid_task(box: Sandbox, spec: str, reference: str, why: str) -> None:  # fmt: skip
    with pytest.raises(TaskError, match=why):
        recorded(spec, reference, "f", 0, 6, sandbox=box)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"examples": 1}, "examples is 1"), ({"examples": "9"}, "examples is '9'"), ({"compare": "near"}, "compare"),
        ({"language": "cobol"}, "no language"), ({"language": "cpp", "given": "words"}, "given is 'words'"),
        ({"language": "cpp", "public": 1}, "public is 1"), ({"timeout": 0}, "timeout"), ({"feedback": "x"}, "feedback"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(box: Sandbox, options: dict[str, Any], why: str) -> None:
    with pytest.raises(TaskError, match=why):
        differential_task(
            STATEMENT, SPEC, REFERENCE, "chunks", sandbox=box, **{"examples": 40, **options}
        )


def test_floats_are_met_nearly_and_only_where_the_reference_gives_floats(box: Sandbox, judged: Judge) -> None:  # fmt: skip
    spec = HEAD + "STRATEGIES = (st.lists(st.floats(-99, 99), min_size=1, max_size=5),)"
    task = differential_task(
        "p", spec, "def f(xs): return sum(xs) / len(xs)", "f", examples=30, sandbox=box
    )
    assert judged(task, "def f(xs): return sum(x / len(xs) for x in xs)").reward == 1.0
    assert judged(task, "def f(xs): return sum(xs) / len(xs) + 0.001").reward == 0.0


SAME = """
def same(expected, got):
    return type(got) is list and sorted(got) == sorted(expected)
"""


def test_a_spec_may_say_itself_what_is_the_same(box: Sandbox, judged: Judge) -> None:
    spec = HEAD + "STRATEGIES = (st.lists(st.integers(0, 9), max_size=6),)\n" + SAME
    right = "def f(xs): return sorted(set(xs))"
    task = differential_task("p", spec, right, "f", examples=30, sandbox=box)
    assert judged(task, right).reward == 1.0
    assert judged(task, "def f(xs): return sorted(set(xs), reverse=True)").reward == 1.0
    for wrong in (
        "def f(xs): return xs",
        "class E(list):\n    def __eq__(self, other): return True\ndef f(xs): return E([99])",
        "class E:\n    __class__ = list\n    def __iter__(self): return iter(())\ndef f(xs): return E()",
        "def f(xs): return tuple(sorted(set(xs)))",
        "def f(xs):\n    import gc\n    for x in gc.get_objects():\n        if callable(x) and getattr(x, '__name__', '') == 'same': x.__code__ = (lambda a, b: True).__code__\n    return []",
    ):
        assert judged(task, wrong).reward == 0.0, wrong
    with pytest.raises(TaskError, match="makes no port"):
        differential_task("p", spec, right, "f", examples=30, language="cpp", sandbox=box)


@pytest.mark.parametrize("same", ["return False", "return expected == got and None", "1 / 0"])
def test_a_sameness_that_refuses_the_reference_is_an_invalid_task(box: Sandbox, same: str) -> None:
    spec = SPEC + f"def same(expected, got):\n    {same}\n"
    with pytest.raises(TaskError, match="own reference"):
        differential_task(STATEMENT, spec, REFERENCE, "chunks", examples=40, sandbox=box)


# ------------------------------------------------------------------------------------- values

VALUES = [
    None, True, 0, -1, 1 << 70, -(1 << 300), 0.5, math.nan, math.inf, -math.inf, "", 'a"\\\n\u2028é🙂', [], [1, [2]], (1, "b"),
    {}, {"a": [1], "b": None}, {1: "x", (2, 3): 4}, set(), {1, 2}, {(1, 2), (3,)}, frozenset({"a"}), b"\x00\xff", bytearray(b"a"),
]  # fmt: skip
RULE = Rule("close")


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_meet_their_own_lines_and_no_others(value: Any) -> None:
    tree = plain.encode(value)
    assert meets(read(line_of(tree).encode(), tree), tree, RULE)
    for other in VALUES:
        if repr(to_json(plain.encode(other))) != repr(to_json(tree)) and not (
            to_json(plain.encode(other)) in ({}, []) and value == {}
        ):
            assert not meets(to_json(plain.encode(other)), tree, RULE), other


@pytest.mark.parametrize(
    ("line", "value", "met"),
    [
        ("1.0", 1, False), ("1e0", 1, False), ("true", 1, False), ("1", True, False), ("1", 1.0, True), ("true", 1.0, False),
        ("0.30000000000000004", 0.3, True), ("0.3001", 0.3, False), ('"NaN"', math.nan, True), ('"Infinity"', math.inf, True),
        ("[2, 1]", {1, 2}, True), ("[1, 1]", {1, 2}, False), ("[1, 2, 2]", {1, 2}, False), ("[true, 2]", {1, 2}, False),
        ('{"b":1,"a":2}', {"a": 2, "b": 1}, True), ('{"a":2}', {"a": 2, "b": 1}, False), ("[]", {}, True), ("{}", {}, True),
        ("[[2,3],[1,2]]", {1: 2, 2: 3}, True), ("[[1,2],[1,2]]", {1: 2, 2: 3}, False), ("[[1,2],[2]]", {1: 2, 2: 3}, False),
        (r'"\u00e9"', "é", True), (r'"\ud800"', "é", False), ("[0,255]", b"\x00\xff", True), ("[false,255]", b"\x00\xff", False), (" [ 1 ] ", [1], True),
    ],
)  # fmt: skip
def test_lines_are_compared_by_value(line: str, value: Any, met: bool) -> None:
    tree = plain.encode(value)
    assert meets(read(line.encode(), tree), tree, RULE) is met


@pytest.mark.parametrize(
    "line",
    [b"NaN", b"Infinity", b"1e999", b"", b"1 2", b"[1,]", b"{'a':1}", b'{"a":1,"a":1}', b"\xff", b"[" * 500, b'"' + b'\\"' * 400,
     b"9" * 4301, b"1" * 9000, b"01", b"0x1", b'"\n"', b"[" * 3 + b"]" * 3],
)  # fmt: skip
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(plain.NotPlain):
        read(line, 1)


def test_what_has_no_form_in_json_makes_no_port(box: Sandbox) -> None:
    for value in (1j, range(3), "\ud800"):
        with pytest.raises(plain.NotPlain):
            to_json(plain.encode(value))
    spec = HEAD + "STRATEGIES = (st.integers(),)"
    with pytest.raises(TaskError, match="cannot be ported"):
        differential_task("p", spec, "def f(n): return range(n % 9)", "f", language="c", examples=20, sandbox=box)  # fmt: skip


def test_kinds_are_found() -> None:
    assert kinds_of([plain.encode(value) for value in VALUES]) == [
        *("none", "bool", "int", "float", "str", "list", "dict", "pairs", "set", "bytes")
    ]
    assert kinds_of([plain.encode({"a": {1}})]) == ["int", "str", "dict", "set"]


# -------------------------------------------------------------------------------------- ports

JAVASCRIPT = r"""
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(line => line);
for (const line of lines) {
    const [xs, size] = JSON.parse(line), found = [];
    for (let i = 0; i < xs.length; i += size) found.push(xs.slice(i, i + size));
    console.log(JSON.stringify(found, null, 1).replace(/\n/g, " "));
}
"""
CPP = r"""
#include <iostream>
#include <sstream>
#include <string>
#include <vector>
int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        for (char &c : line) if (c != '-' && (c < '0' || c > '9')) c = ' ';
        std::istringstream words(line);
        std::vector<long> all;
        for (long x; words >> x;) all.push_back(x);
        size_t size = all.back(), n = all.size() - 1;
        std::cout << "[";
        for (size_t i = 0; i < n; ++i) {
            std::cout << (i % size ? "," : i ? ",[" : "[") << all[i];
            if (i % size == size - 1 || i == n - 1) std::cout << "]";
        }
        std::cout << "]\n";
    }
}
"""


@pytest.fixture
def need_language(box: Sandbox) -> Callable[[str], None]:
    def check(name: str) -> None:
        try:
            compiled.require(box, language(name))
        except SandboxUnavailable as error:
            pytest.skip(str(error))

    return check


def port_to(name: str, box: Sandbox, **options: Any) -> Task:
    return differential_task(STATEMENT, SPEC, REFERENCE, "chunks", examples=40, language=name, sandbox=box, **options)  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "right"), [("javascript", JAVASCRIPT), ("c++", CPP)])
def test_ports_are_judged_by_value(
    box: Sandbox, judged: Judge, need_language: Callable[[str], None], name: str, right: str
) -> None:
    need_language(name)
    task = port_to(name, box, port=right)
    task = patient(task)
    verdict = judged(task, f"```\n{right}\n```")
    assert verdict.reward == 1.0, verdict
    assert verdict.verifier == "spec/port"
    wrong = judged(task, right.replace("i += size", "i += 1").replace("- 1) std", "- 2) std"))
    assert (wrong.status, wrong.reward) == (Status.WRONG, 0.0)
    assert "call" in wrong.feedback
    assert "expected" not in wrong.feedback


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("program", "status", "words"),
    [
        ("", Status.NO_ANSWER, ""),
        (";", Status.WRONG, "no line for call 1"),
        ("process.stdout.write(require('fs').readFileSync(0))", Status.WRONG, "call 1"),
        (JAVASCRIPT + "console.log('[]')", Status.WRONG, "more than a line"),
        (JAVASCRIPT.replace("JSON.stringify(found, null, 1)", "'{}'"), Status.WRONG, "call 1"),
        (JAVASCRIPT.replace("JSON.stringify(found, null, 1)", "'NaN'"), Status.WRONG, "call 1"),
        (JAVASCRIPT.replace("console.log(", "console.log('\\n' + "), Status.WRONG, "no line for call 1"),
        (JAVASCRIPT + "process.exit(3)", Status.RUNTIME_ERROR, ""),
        ("while (true) {}", Status.TIMEOUT, ""),
        ("const = 1", Status.COMPILE_ERROR, ""),
    ],
)  # fmt: skip
def test_other_ports_earn_nothing(
    box: Sandbox, judged: Judge, need_language: Callable[[str], None], program: str, status: Status, words: str
) -> None:  # fmt: skip
    need_language("js")
    verdict = judged(patient(port_to("js", box, timeout=1.0)), program)
    assert (verdict.status, verdict.reward) == (status, 0.0), verdict
    assert words in verdict.feedback


def test_a_prompt_says_how_values_are_written(box: Sandbox) -> None:
    task = port_to("rust", box)
    assert REFERENCE.strip() in task.text
    assert "in Rust" in task.text
    assert "An int is a JSON number" in task.text
    for absent in ("JSON string", "53 bits", "is an object", "Bytes", "hypothesis", "st.lists"):
        assert absent not in task.text
    (case,) = task.spec["cases"]
    shown = [line for line in task.text.splitlines() if line.startswith("[[")]
    assert shown[0] in case["input"]
    assert len(case["expected"]) == case["input"].count("\n") == case["output"].count("\n")
    stated = port_to("go", box, given="statement")
    assert STATEMENT in stated.text
    assert "def chunks" not in stated.text


def test_a_family_poses_ports_with_their_references(need_language: Callable[[str], None]) -> None:
    need_language("js")
    record = {
        "statement": STATEMENT,
        "tests": SPEC,
        "reference": REFERENCE,
        "entry_points": ["chunks"],
        "ports": {"javascript": JAVASCRIPT},
        "lazy": ["def chunks(xs, size): return []"],
    }
    python = verigym.family("spec/differential", data=[record], examples=30)
    task = python.sample("train", 3)
    assert verigym.verify(task, python.reference(task)).reward == 1.0
    assert all(verigym.verify(task, answer).reward == 0.0 for answer in python.null_answers(task))
    ports = verigym.family("spec/differential", data=[record], examples=30, language="js")
    port = ports.sample("train", 3)
    assert port.spec["cases"][0]["expected"] == tuple(case["expected"] for case in task.spec["cases"])
    assert verigym.verify(port, ports.reference(port)).reward == 1.0
    assert [verigym.verify(port, answer).reward for answer in ports.null_answers(port)] == [0.0] * 6
    others = verigym.family("spec/differential", data=[record], examples=30, language="go")
    with pytest.raises(FamilyError, match="no port of it to go"):
        others.reference(others.sample("train", 3))


def test_a_spec_that_its_lazy_answers_satisfy_poses_nothing() -> None:
    record = {"statement": STATEMENT, "tests": SPEC, "reference": REFERENCE, "entry_points": ["chunks"], "lazy": [REFERENCE]}  # fmt: skip
    with pytest.raises(FamilyError, match="too weak"):
        verigym.family("spec/differential", data=[record], examples=30).sample("train", 0)
