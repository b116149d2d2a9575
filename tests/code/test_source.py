"""From an answer to a program: layout is forgiven, in linear time, and nothing else is touched."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verigym.verifiers.source import assemble, outdent, program_in

PREFIX = 'import math\n\ndef f(n):\n    """Doubles n."""\n'
SIZE = 3_000_000


@pytest.mark.parametrize(
    ("answer", "sources"),
    [
        ("    return n", [PREFIX + "    return n"]),
        ("\treturn n", [PREFIX + "\treturn n"]),
        (PREFIX + "    return n", [PREFIX + "    return n"]),
        ("def f(n): return n", [PREFIX.rstrip(), "def f(n): return n"]),
        ("import re\ndef f(n): return n", [PREFIX.rstrip(), "import re\ndef f(n): return n"]),
        ("async def f(n): return n", [PREFIX.rstrip(), "async def f(n): return n"]),
        ("class f: pass", [PREFIX.rstrip(), "class f: pass"]),
        ("f = len", [PREFIX.rstrip(), "f = len"]),
        ("f: object = len", [PREFIX.rstrip(), "f: object = len"]),
        ("  def f(n):\n    return n", [PREFIX.rstrip(), "def f(n):\n  return n"]),
        ("    def g(n): pass\n    return g", [PREFIX + "    def g(n): pass\n    return g"]),
        ("def g(n): pass", [PREFIX + "def g(n): pass"]),
        ("    # def f(n)\n    return n", [PREFIX + "    # def f(n)\n    return n"]),
        ("return n", [PREFIX + "return n"]),
    ],
)
def test_an_answer_stands_alone_or_goes_on_from_the_prefix(answer: str, sources: list[str]) -> None:
    assert assemble({"entry_point": "f", "prefix": PREFIX}, answer) == sources
    assert assemble({"entry_point": "f"}, "def f(n): return n") == ["def f(n): return n"]


def test_only_an_indentation_that_all_lines_share_is_taken_away() -> None:
    assert outdent("  a\n\n    b\n \n  c") == "a\n\n  b\n \nc"
    assert outdent("\n\ta\n\t\tb\n") == "\na\n\tb\n"
    for same in ("a\n  b", "  a\nb", "    a\n  b", "\ta\n    b", ""):
        assert outdent(same) == same


@given(st.text("ab \t\n"), st.sampled_from(["", " ", "    ", "\t", "\t  "]))
def test_outdent_undoes_an_indentation(code: str, margin: str) -> None:
    code = "x\n" + code
    indented = "\n".join(margin + line if line.strip() else line for line in code.split("\n"))
    assert [line.rstrip() for line in outdent(indented).split("\n")] == [
        line.rstrip() for line in code.split("\n")
    ]


@pytest.mark.parametrize(
    "answer",
    [
        " " * SIZE + "x", " " * SIZE, "\n" * SIZE + "x", "\t x\n" * (SIZE // 4), " x\n  y\n" * (SIZE // 7), "\ufeff" * SIZE,
        "async " * (SIZE // 6), "def " + "f" * SIZE, "f" + " " * SIZE + "x", "```\n" * (SIZE // 4),
        "    def f(n): pass\n" * (SIZE // 20), "\n".join(" " * count + "x" for count in range(2000)),
    ],
    ids=lambda answer: repr(answer[:12]),
)  # fmt: skip
def test_the_layout_of_any_answer_is_undone_in_linear_time(answer: str) -> None:
    start = time.process_time()
    code = program_in(answer)
    if code is not None:
        for spec in ({"entry_point": "f"}, {"entry_point": "f", "prefix": PREFIX}):
            assert assemble(spec, outdent(code))
            assert assemble(spec, code)
    assert time.process_time() - start < 2.5


@pytest.mark.parametrize(
    "answer", ["", "\ufeff", "\ufeff\n", "<think>def f(n): pass", "```\n```", "```python\n\ufeff\n```"]
)
def test_no_code_is_none(answer: str) -> None:
    assert not (program_in(answer) or "").strip()


METHOD = {"entry_point": "Solution.f", "prefix": "class Solution:\n    def f(self, n):\n        "}
CLOSED = "class Solution:\n    def f(self, n): pass"


@pytest.mark.parametrize(
    ("answer", "sources"),
    [
        ("return n", [METHOD["prefix"] + "return n"]),
        ("        return n", [METHOD["prefix"] + "\n        return n"]),
        ("class Solution:\n    def f(self, n): return n", ["class Solution:\n    def f(self, n): return n"]),
        ("import re\nclass Solution:\n    def f(self, n): return n", [CLOSED, "import re\nclass Solution:\n    def f(self, n): return n"]),
        ("  class Solution:\n    f = len", [CLOSED, "class Solution:\n  f = len"]),
    ],
)  # fmt: skip
def test_an_answer_may_be_a_method_or_its_class(answer: str, sources: list[str]) -> None:
    assert assemble(METHOD, answer) == sources


@pytest.mark.parametrize(
    "answer", ["def f(n): return 2 * n", "    def f(n):\n        return 2 * n", "f = lambda n: 2 * n"]
)
@pytest.mark.parametrize("spec", [METHOD, {"entry_point": "Solution.f"}], ids=["prefix", "bare"])
def test_a_function_will_do_for_a_method_of_its_name(answer: str, spec: dict[str, str]) -> None:
    names: dict[str, Any] = {}
    for source in assemble(spec, answer):
        exec(source, names)  # our own text
    assert names["Solution"]().f(4) == 8
    assert answer.split("\n")[0].strip() in assemble(spec, answer)[-1].split("\n")[0]
