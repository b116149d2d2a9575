"""Repositories judged by their own tests: right, wrong and hostile changes, and what is no task."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import repository_attacks as attacks
import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import repository_task
from verigym.errors import FamilyError, TaskError
from verigym.sandbox import Limits, Program, shared
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.inside import suite
from verigym.verifiers import turned
from verigym.verifiers.answer import extract
from verigym.verifiers.answer_files import Refused, fenced_files, files_in
from verigym.verifiers.repository import RepositoryVerifier

SECONDS = {"wall_seconds": 60}  # of a busy machine


def calc_task(**changes: Any) -> Task:
    """The small repository of ``repository_attacks``."""
    given: dict[str, Any] = {
        "prompt": "double(n) in src/calc.py does not double.",
        "files": attacks.FILES,
        "tests": attacks.TESTS,
        "fail_to_pass": attacks.FAIL_TO_PASS,
        "pass_to_pass": attacks.PASS_TO_PASS,
        "others": attacks.OTHERS,
        "python_path": ["src"],
        "reference": {"src/calc.py": attacks.RIGHT},
        "limits": SECONDS,
    }
    return repository_task(**{**given, **changes})


def only(*names: str, rounds: int = 3) -> Task:
    """The same with few of its tests."""
    ids = [name for name in attacks.FAIL_TO_PASS if any(part in name for part in names)]
    return calc_task(fail_to_pass=ids, pass_to_pass=[], others=None, rounds=rounds)


TASK = calc_task()


def hostile(source: str, wrong: str = attacks.WRONG) -> str:
    """The answer that changes ``src/calc.py`` to a wrong program with an attack after it."""
    return fenced_files({"src/calc.py": wrong + "\n" + textwrap.dedent(source)})


def right(**files: str) -> str:
    return fenced_files({"src/calc.py": attacks.RIGHT, **files})


def judged(answers: dict[str, tuple[Task, str]]) -> dict[str, Verdict]:
    found = verigym.verify_many(list(answers.values()), workers=shared().workers)
    assert not any(verdict.abstained for verdict in found), found
    return dict(zip(answers, found, strict=True))


# ------------------------------------------------------------------------------ right and wrong


def test_the_reference_is_accepted_and_says_that_it_shared() -> None:
    family = verigym.family("code/repository", data=[record()])
    (task,) = family.tasks()
    verdict = verigym.verify(task, family.reference(task))
    assert verdict.status is Status.CORRECT, verdict
    assert verdict.evidence["isolation"] == "shared"
    assert verdict.evidence["rounds"] == 3
    assert verdict.evidence["pytest"] == pytest.__version__
    assert [case.name for case in verdict.cases] == [*attacks.FAIL_TO_PASS, *attacks.PASS_TO_PASS]


def test_null_answers_earn_nothing() -> None:
    family = verigym.family("code/repository", data=[record()])
    (task,) = family.tasks()
    answers = family.null_answers(task)
    assert fenced_files({"src/calc.py": attacks.FILES["src/calc.py"]}) in answers
    found = judged({str(number): (task, answer) for number, answer in enumerate(answers)})
    assert [verdict.reward for verdict in found.values()] == [0.0] * len(answers)


def test_what_fails_any_test_is_wrong_and_repeats() -> None:
    broken = {
        "one number": attacks.RIGHT.replace("2 * n", "2 * n if n != 2 else 5"),
        "no error": attacks.RIGHT.replace("2 * n", "2 * (n or 0)"),
        "breaks another": attacks.RIGHT.replace("n // 2", "n // 3"),
        "no function": "x = 1\n",
        "no Python": "def double(n)\n",
    }
    answers = {name: (TASK, fenced_files({"src/calc.py": text})) for name, text in broken.items()}
    first = judged(answers)
    for name in broken:
        assert first[name].reward == 0.0, name
    for name, again in judged({name: answers[name] for name in ("one number", "no error")}).items():
        assert (again.status, again.feedback) == (first[name].status, first[name].feedback)
    assert first["one number"].status is Status.WRONG
    assert "test_" not in "".join(verdict.feedback for verdict in first.values())


@pytest.mark.parametrize("rounds", [1, 2])
def test_fewer_rounds_cost_less(rounds: int) -> None:
    verdict = verigym.verify(calc_task(rounds=rounds), right())
    assert verdict.correct, verdict
    assert verdict.evidence["rounds"] == rounds


def test_settings_are_the_tasks_own() -> None:
    files = {
        "a.py": "x = 1",
        "test_a.py": "import a\ndef check_x(): assert a.x == 2\n",
    }
    ini = {"python_functions": "check_*"}
    task = repository_task("p", files, ["test_a.py"], ["test_a.py::check_x"], ini=ini, limits=SECONDS)
    assert verigym.verify(task, "```python a.py\nx = 2\n```").correct


# ------------------------------------------------------------------------------ hostile programs


ATTACKS = {**attacks.ENDING, **attacks.PATCHING, **attacks.CHANNEL, **attacks.SELECTION}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return judged({name: (TASK, hostile(source)) for name, source in ATTACKS.items()})


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_nothing(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[name].reward == 0.0, verdicts[name]


def test_forgery_is_called_by_its_name(verdicts: dict[str, Verdict]) -> None:
    for name in ("writes to every descriptor", "floods every descriptor"):
        assert verdicts[name].status is Status.FORBIDDEN, verdicts[name]


@pytest.fixture(scope="module")
def fooled() -> dict[str, Verdict]:
    """The same where no test is turned, so that the reports are believed."""
    names = [*attacks.PATCHING, "has the reporter lie", "speaks for the reporter"]
    task = only("test_calc.py", rounds=1)
    return judged({name: (task, hostile(ATTACKS[name])) for name in names})


@pytest.mark.parametrize("name", [*attacks.PATCHING, "has the reporter lie", "speaks for the reporter"])
def test_it_works_where_reports_are_believed(fooled: dict[str, Verdict], name: str) -> None:
    if name != "functions emptied":  # how far a trace can jump depends on the version of Python
        assert fooled[name].correct, fooled[name]


WEAKER = {
    "claims of unittest": (("test_equal",), attacks.WRONG),
    "raises": (
        ("test_refuses", "test_raises"),
        attacks.RIGHT.replace("return 2 * n", "return n and 2 * n"),
    ),
}


@pytest.mark.parametrize("name", WEAKER)
def test_claims_that_cannot_fail_are_noticed(name: str) -> None:
    names, wrong = WEAKER[name]
    answer = hostile(attacks.NEUTERING[name], wrong)
    one, three = judged(
        {"one": (only(*names, rounds=1), answer), "three": (only(*names), answer)}
    ).values()
    assert one.correct
    assert three.reward == 0.0


def test_objects_that_equal_everything_are_noticed() -> None:
    equal = """
        class Yes(int):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            __hash__ = int.__hash__
        def double(n):
            if n is None: raise TypeError
            return Yes()
    """
    one, three = judged(
        {"one": (calc_task(rounds=1), hostile(equal)), "three": (TASK, hostile(equal))}
    ).values()
    assert one.correct
    assert three.reward == 0.0


def test_turning_every_outcome_round_is_noticed() -> None:
    wrong = "def double(n): return -1\ndef halve(n): return 0\n"
    answer = hostile(attacks.INVERTING, wrong)
    names = ("test_double", "test_each", "test_reads", "test_equal")
    one, three = judged(
        {"one": (only(*names, rounds=1), answer), "three": (only(*names), answer)}
    ).values()
    assert one.correct
    assert three.reward == 0.0


NAIVE = {
    "ends at import": {"src/calc.py": "import os\nos._exit(0)"},
    "conftest": {"conftest.py": "import os\nos._exit(0)"},
    "settings": {"pytest.ini": "[pytest]\naddopts = --collect-only"},
    "its own tests": {"tests/test_calc.py": "", "tests/test_unit.py": "def test_x(): pass"},
}


@pytest.mark.parametrize("name", NAIVE)
def test_who_looks_at_the_exit_code_is_fooled(name: str, tmp_path: Path) -> None:
    for path, text in {**attacks.FILES, "conftest.py": "", "pytest.ini": "", **NAIVE[name]}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {"PYTHONPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert verigym.verify(TASK, fenced_files(NAIVE[name])).reward == 0.0


# ------------------------------------------------------------------------------- hostile files


def test_files_that_nobody_reads_change_nothing() -> None:
    """All of them at once beside a right program, which they would stop; and beside a wrong one."""
    good, bad = judged(
        {
            "good": (TASK, right(**attacks.USELESS_FILES)),
            "bad": (TASK, fenced_files(attacks.USELESS_FILES)),
        }
    ).values()
    assert good.correct, good
    assert good.evidence["ignored"] == sorted(
        path for path in attacks.USELESS_FILES if path in attacks.TESTS or path.endswith("conftest.py")
    )
    assert bad.reward == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        right(**{"../calc.py": "x = 1"}),
        right(**{"/etc/passwd.py": "x = 1"}),
        right(**{"src/../calc.py": "x = 1"}),
        right(**{"src//calc.py": "x = 1"}),
        right(**{"./src/calc.py": "x = 1"}),
        right(**{"src/a\0b.py": "x = 1"}),
        right(**{"src/\ud800.py": "x = 1"}),
        right(**{f"src/{'a' * 300}.py": "x = 1"}),
        right(**{f"src/{'a/' * 600}b.py": "x = 1"}),
        right(**{f"src/{number}.py": "x = 1" for number in range(101)}),
        right(**{"src/__pycache__/calc.cpython-311.pyc": "x"}),
        right(**{"src/calc.so": "x"}),
        right(**{"src/calc.py/x.py": "x = 1"}),
        right(**{"tests/test_calc.py/x.py": "x = 1"}),
        fenced_files({"src/calc.py": attacks.WRONG}) + right(),
    ],
)
def test_tricks_with_paths_are_refused_unread(answer: str) -> None:
    verdict = verigym.verify(TASK, answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0), verdict


def test_a_file_in_the_place_of_a_folder_is_refused() -> None:
    assert verigym.verify(TASK, right() + "```text path=tests\nx\n```").status is Status.MALFORMED


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("", Status.NO_ANSWER),
        ("   \n", Status.NO_ANSWER),
        ("I changed it.", Status.NO_ANSWER),
        (f"```python\n{attacks.RIGHT}```", Status.NO_ANSWER),
        (f"<think>{right()}", Status.NO_ANSWER),
        ("x" * 10_000_000, Status.MALFORMED),
        (right(**{"src/big.py": "#" * 3_900_000}).replace("#", "\ud800"), None),
        ("\0\x01\xff" * 1000, Status.NO_ANSWER),
        (right(**{"data.bin": "\0\x01\xff"}), Status.CORRECT),
    ],
    ids=range(9),
)
def test_answers_of_any_kind(answer: str, status: Status | None) -> None:
    verdict = verigym.verify(TASK, answer)
    assert not verdict.abstained, verdict
    assert status in (None, verdict.status), verdict


def test_what_is_too_large_for_the_scratch_directory_is_refused_and_no_abstention() -> None:
    task = calc_task(limits={**SECONDS, "scratch_bytes": 17 << 20})
    verdict = verigym.verify(task, right(**{"src/x.txt": "\N{EURO SIGN}" * 3_800_000}))
    assert (verdict.status, verdict.feedback) == (
        Status.MALFORMED,
        "The files in the answer are too large.",
    )


def test_a_flood_of_output_is_no_fault_and_endless_work_is_one() -> None:
    loud = attacks.RIGHT.replace("return 2", "print('x' * 200_000)\n    return 2")
    slow = attacks.WRONG.replace("return n\n", "while True: pass\n")
    short = calc_task(timeout=1, limits={"wall_seconds": 3})
    found = judged(
        {
            "loud": (TASK, fenced_files({"src/calc.py": loud})),
            "slow": (short, fenced_files({"src/calc.py": slow})),
        }
    )
    assert found["loud"].correct, found["loud"]
    assert found["slow"].status is Status.TIMEOUT


# ---------------------------------------------------------------------- what sharing must mean


def test_known_limits_of_a_shared_interpreter() -> None:
    """Accepted although wrong; the documentation says so. Whoever mends one may be glad."""
    reading = """
        import sys
        def double(n):
            expected = sys._getframe(1).f_code.co_consts
            return next(value for value in expected if type(value) is int and value != n)
    """
    member = repository_task(
        "p",
        {"a.py": "", "test_a.py": "import a\ndef test_in(): assert 1 in a.numbers()"},
        ["test_a.py"],
        ["test_a.py::test_in"],
        limits=SECONDS,
    )
    holding = "class All:\n    def __contains__(self, item): return True\ndef numbers(): return All()"
    found = judged(
        {
            "reading": (only("test_double"), hostile(reading)),
            "holding": (member, fenced_files({"a.py": holding})),
        }
    )
    for verdict in found.values():
        assert verdict.correct, verdict
        assert verdict.evidence["isolation"] == "shared"


# ------------------------------------------------------------------------------ the channel


PROBE = """
import os
def look(report):
    for name in ("mem", "fd/4", "environ", "maps"):
        try:
            os.close(os.open(f"/proc/{os.getppid()}/{name}", os.O_RDONLY))
            report.append(name + " open")
        except OSError:
            report.append(name + " closed")
    for fd in (3, 4):
        try:
            ours = "memfd" in os.readlink(f"/proc/self/fd/{fd}")  # else somebody else's of that number
        except OSError:
            ours = False
        report.append(f"{fd} open" if ours else f"{fd} closed")
    return report
"""


def test_nobody_sees_the_watchers_memory_or_descriptors() -> None:
    job = {
        "secret": "x",
        "python_path": ["."],
        "ini": {},
        "conftest": False,
        "tests": ["test_a.py"],
        "run": ["test_a.py::test_a"],
    }
    program = Program(
        suite.RUN_SUITE,
        files={"repo/test_a.py": PROBE + "def test_a(): raise ValueError(look([]))\n"},
        data=json.dumps(job).encode(),
        result=True,
        packages=("pytest",),
    )
    said = (shared().run(program, Limits(**SECONDS)).result or b"").decode()
    assert said.count(" closed'") == 6, said
    assert " open'" not in said
    looking = "if os.fork() == 0:\n    print(look([]), flush=True)\n    os._exit(0)\nos.wait()\n"
    plain = Program(PROBE + looking, files={"x": b""}, data=b"x", result=True)
    seen = shared().run(plain, Limits(**SECONDS)).stdout.decode()  # of a parent that does not hide
    assert seen.count(" open'") == 6, seen


# ---------------------------------------------------------------------------- turned tests

SUITE = attacks.FILES["tests/test_calc.py"]


def test_a_denied_claim_keeps_its_lines_and_says_the_opposite() -> None:
    kinds = {"test_double": "denied", "test_each": "denied", "test_refuses": "denied"}
    source, stands = turned.turn("test_calc.py", SUITE, kinds, "mark")
    assert stands == kinds
    assert 'assert mark_unequal(calc.double(number), 42), "é"' in source
    assert "assert (\n        mark_unequal(calc.double(n), WANTED[n]\n)\n    )" in source
    for number, line in enumerate(SUITE.splitlines()):
        assert ("def " not in line and "class " not in line) or source.splitlines()[number] == line
    assert "pytest.raises" not in source


def test_what_cannot_be_denied_is_closed() -> None:
    names = ("TestHalf::test_half", "gone", "TestHalf", "TestHalf::gone")
    source, stands = turned.turn("test_calc.py", SUITE, dict.fromkeys(names, "denied"), "mark")
    assert set(stands.values()) == {"closed"}
    assert source.startswith(SUITE)


@pytest.mark.parametrize(
    ("body", "denied"),
    [
        ("assert f() == 1", True),
        ("assert f() == 1\n    print('and more')", True),
        ("x = f()\n    assert x, (\n        'words'\n    )", True),
        ("with pytest.raises(ValueError): f()", True),
        ("with pytest.raises(ValueError) as info: f()\n    assert info", True),
        ("with pytest.raises(KeyboardInterrupt): f()", False),
        ("with pytest.raises(SystemExit): f()", False),
        ("if f(): return\n    assert f()", False),
        ("for x in f(): assert x", False),
        ("for x in (1, 2): assert f(x)", True),
        ("for x in range(3):\n        with open(x): assert f(x)", True),
        ("for x in range(0): assert f(x)", False),
        ("for x in range(f()): assert f(x)", False),
        ("xs = [1]\n    for x, y in zip(xs, 'ab'): assert f(x)", True),
        ("xs = [1]\n    xs = f()\n    for x in xs: assert f(x)", False),
        ("xs = [*f()]\n    for x in xs: assert f(x)", False),
        ("for a, b in {1: 2}.items(): assert f(a) == b", True),
        ("for a in (1, 2):\n        if f(): continue\n        assert a", False),
        ("with contextlib.suppress(Exception): assert f()", False),
        ("with pytest.raises(SystemExit): assert f()", False),
        ("try: assert f()\n    finally: print()", True),
        ("try: assert f()\n    except ValueError: pass", False),
        ("if f(): assert f()", False),
        ("pass\n\nxs = [1]\ndef test_y():\n    for x in xs: assert f(x)", True),
        ("pass\n\nxs = [1]\ndef test_y(xs):\n    for x in xs: assert f(x)", False),
        ("pass\n\nxs = [1]\ndef test_y():\n    xs = f()\n    for x in xs: assert f(x)", False),
        ("while f(): assert f()", False),
        ("f()", False),
        ("yield f()\n    assert f()", False),
    ],
)
def test_only_claims_that_are_always_made_are_denied(body: str, denied: bool) -> None:
    source = f"import pytest\ndef test_x():\n    {body}\n"
    name = "test_y" if "test_y" in body else "test_x"
    changed, stands = turned.turn("test_x.py", source, {name: "denied"}, "mark")
    assert stands == {name: "denied" if denied else "closed"}
    compile(changed, "test_x.py", "exec")


@pytest.mark.parametrize(
    ("claim", "opposite"),
    [
        ("self.assertNotEqual(1, x)", "self.assertEqual(1, x)"),
        ("self.assertNotIn(1, x)", "self.assertIn(1, x)"),
        ("self.assertTrue(x)", "self.assertFalse(x)"),
        ("with self.assertRaises(ValueError): f()", None),
    ],
)
def test_claims_of_unittest_are_denied(claim: str, opposite: str | None) -> None:
    source = f"class TestA:\n    def test_x(self):\n        {claim}\n"
    changed, stands = turned.turn("a.py", source, {"TestA::test_x": "denied"}, "mark")
    assert stands["TestA::test_x"] == "denied"
    assert changed == source.replace(claim, opposite) if opposite else "nullcontext" in changed


class Same:
    """Equals its like, as a class of the repository may."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same)

    __hash__ = None  # type: ignore[assignment]


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


UNEQUAL: dict[str, Any] = {}
exec(turned._DENYING.format(mark="mark"), UNEQUAL)  # what stands at the end of a test file


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, 1, -250, -251, 10**400, 0.0, -0.0, 1e-9, 1e300, float("inf"), "", "x"),
        *(b"", b"x", [], [1], (), (1, [2]), {}, {"a": 1}, set(), {1, 2}, frozenset("ab"), 1j, range(3)),
        *(Same(), [Same()], {"a": Same()}, Path("a"), bytearray(b"x")),
    ],
    ids=range(33),
)
def test_equal_values_are_not_found_unequal(value: Any) -> None:
    unequal = UNEQUAL["mark_unequal"]
    assert not unequal(value, value)
    if isinstance(value, int | float) and abs(value) < 1e9:
        assert not unequal(value, pytest.approx(value))
        assert not unequal(pytest.approx(value), value)
    assert unequal(value, [value, "and more"])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Liar(), 4),
        (4, Liar()),
        ([Liar()], [4]),
        ({"a": (Liar(),)}, {"a": (4,)}),
        (Liar(), "x"),
        (Liar(), None),
    ],
)
def test_what_equals_more_than_one_value_is_found_unequal(left: Any, right: Any) -> None:
    assert left == right
    assert UNEQUAL["mark_unequal"](left, right)


def test_each_function_is_real_once_and_turned_in_both_ways() -> None:
    functions = [("a.py", f"test_{number}") for number in range(40)]
    rounds = turned.plan(functions, 3, random.Random(1))
    for function in functions:
        assert sorted(kinds[function] for kinds in rounds) == ["closed", "denied", "real"]
    for kinds in rounds:  # no round is all of one kind
        assert set(kinds.values()) == {"closed", "denied", "real"}
    assert turned.plan(functions, 3, random.Random(1)) == rounds
    assert turned.plan(functions, 3, random.Random(2)) != rounds


# ------------------------------------------------------------------------ files in an answer


@pytest.mark.parametrize(
    ("answer", "files"),
    [
        ("```python src/a.py\nx = 1\n```", {"src/a.py": "x = 1\n"}),
        ("```src/a.py\nx\n```\n```python\nuse it\n```", {"src/a.py": "x\n"}),
        ("```python:src/a.py\nx\n```", {"src/a.py": "x\n"}),
        ('```python title="src/a.py"\nx\n```', {"src/a.py": "x\n"}),
        ("```text path=Makefile\nx\n```", {"Makefile": "x\n"}),
        ("```python\n# src/a.py\nx\n```", {"src/a.py": "# src/a.py\nx\n"}),
        ("```python\n# file: a.py\nx\n```", {"a.py": "# file: a.py\nx\n"}),
        ("```js\n// lib/a.js\n```", {"lib/a.js": "// lib/a.js\n"}),
        ("~~~~python a.py\n```\n~~~\n~~~~", {"a.py": "```\n~~~\n"}),
        ("```python a.py\nx\n```\n```python b.py\ny\n```", {"a.py": "x\n", "b.py": "y\n"}),
        ("```a.py\nx\n```<answer>\n```b.py\ny\n```\n</answer>", {"b.py": "y\n"}),
        ("<think>```a.py\nx\n```</think>\n```b.py\ny\n```", {"b.py": "y\n"}),
        ("<think>```a.py\nx\n```", {}),
        ("```python a.py\nx = 1\n", {}),
        ("```python\n# The answer. It is good.\nx\n```", {}),
        ("```python\nx = 1\n```", {}),
    ],
)
def test_files_are_found(answer: str, files: dict[str, str]) -> None:
    assert files_in(answer) == files


QUOTING = 'A = "<answer>"\nB = "</answer>"\nC = "<answer>1</answer>"\n'
FILE = f"```python a.py\n{QUOTING}```\n"


@pytest.mark.parametrize(
    "answer",
    [
        FILE,
        f"<answer>\n{FILE}</answer>",
        f"<ANSWER>\n{FILE}</Answer>",
        f"<answer>no file</answer>\n{FILE}",
        f"<answer>\n```python a.py\nx\n```\n</answer><answer>\n{FILE}</answer>",
        f"In an <answer> goes the file.\n{FILE}",
        f"{FILE}</answer>",
    ],
)
def test_a_tag_means_what_it_means_in_any_answer(answer: str) -> None:
    if answer.count("a.py") > 1:  # two answers, the last of which a file's own text ends early
        with pytest.raises(Refused, match="given twice"):
            files_in(answer)
    else:
        assert files_in(answer) == {"a.py": QUOTING}
    assert extract(answer) == QUOTING.strip()


def test_the_last_tag_is_the_answer_unless_a_block_comes_after_it() -> None:
    one, two = "```a.py\none\n```", "```b.py\ntwo\n```"
    tagged = f"<answer>\n{one}\n</answer>\n<Answer>\n{two}\n</answer>"
    assert files_in(tagged) == {"b.py": "two\n"}
    assert extract(tagged) == "two"
    assert files_in(f"{tagged}\n```\nrun it\n```") == {"a.py": "one\n", "b.py": "two\n"}
    assert extract(f"{tagged}\n```\nrun it\n```") == "run it"


def test_files_are_written_as_they_are_read() -> None:
    files = {
        "a.py": "x = 1\n",
        "README.md": "```\ncode\n```\n~~~~\n",
        "empty.txt": "",
        "b/c.js": "`````\n",
    }
    assert files_in(fenced_files(files)) == files


def test_a_long_answer_is_read_in_linear_time() -> None:
    for text in (
        "<answer>" * 200_000 + "</answer>" * 200_000,
        "```" * 300_000,
        "```a.py\n" * 100_000,
        "a." * 500_000,
        "```" + "a." * 500_000 + "\n```",
    ):
        with contextlib.suppress(Refused):
            files_in(text)


# ---------------------------------------------------------------------------------- no task


def record(**changes: Any) -> dict[str, Any]:
    given = {
        "prompt": "Mend it.",
        "files": attacks.FILES,
        "tests": attacks.TESTS,
        "fail_to_pass": attacks.FAIL_TO_PASS,
        "pass_to_pass": attacks.PASS_TO_PASS,
        "others": attacks.OTHERS,
        "python_path": ["src"],
        "reference": {"src/calc.py": attacks.RIGHT},
        "limits": SECONDS,
    }
    return {**given, **changes}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no files": ({"files": {}}, "0 files"),
    "files no mapping": ({"files": ["a.py"]}, "map paths"),
    "a file of bytes": ({"files": {**attacks.FILES, "x": b"y"}}, "map paths"),
    "no UTF-8": ({"files": {**attacks.FILES, "x": "\ud800"}}, "UTF-8"),
    "a path outside": ({"files": {**attacks.FILES, "../x": ""}}, "relative path"),
    "too many files": ({"files": {f"{number}.py": "" for number in range(801)}}, "801 files"),
    "too large": ({"files": {**attacks.FILES, "x": "y" * (17 << 20)}}, "may take"),
    "no tests": ({"tests": []}, "tests is empty"),
    "tests no list": ({"tests": "tests"}, "list of texts"),
    "a test that is not there": ({"tests": ["tests/none.py"]}, "not among the files"),
    "a test outside": ({"tests": ["../test_x.py"]}, "not among the files"),
    "a test that does not parse": (
        {"files": {**attacks.FILES, "tests/test_calc.py": "def test_x(:"}},
        "do not parse",
    ),
    "no ids": ({"fail_to_pass": []}, "without any change"),
    "an id twice": ({"fail_to_pass": [attacks.FAIL_TO_PASS[0]] * 2}, "twice"),
    "an id for both": ({"pass_to_pass": attacks.FAIL_TO_PASS[:1]}, "given as one"),
    "an id of no test file": ({"fail_to_pass": ["src/calc.py::double"]}, "no .py file among the tests"),
    "an id without a test": ({"fail_to_pass": ["tests/test_calc.py"]}, "names nothing"),
    "an id of nothing": ({"fail_to_pass": ["tests/test_calc.py::test_none"]}, "names nothing"),
    "an id that is no text": ({"fail_to_pass": [1]}, "must be a text"),
    "an endless id": (
        {"fail_to_pass": ["tests/test_calc.py::test_double" + "x" * 2000]},
        "must be a text",
    ),
    "a path to import from outside": ({"python_path": ["../src"]}, "relative path"),
    "flags": ({"ini": {"addopts": "--collect-only"}}, "ini"),
    "ini no mapping": ({"ini": {"a": 1}}, "ini"),
    "a package that is none": ({"packages": ["../x"]}, "packages"),
    "rounds": ({"rounds": 4}, "1, 2 or 3"),
    "no time": ({"timeout": 0}, "timeout"),
    "an unknown limit": ({"limits": {"x": 1}}, "limits"),
    "a reference that gives tests": (
        {"reference": {"tests/helpers.py": ""}},
        "not taken from an answer",
    ),
    "a reference of nothing": ({"reference": {}}, "0 files"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_task_is_refused_when_it_is_built(name: str) -> None:
    changes, words = BAD[name]
    with pytest.raises(TaskError, match=words):
        repository_task(**record(**changes))
    if "limits" not in changes:
        with pytest.raises(FamilyError, match="record 0"):
            verigym.family("code/repository", data=[record(**changes)])


def test_a_task_is_data() -> None:
    task = calc_task()
    again = Task.from_json(json.loads(json.dumps(task.to_json())))
    assert again == task
    assert task.id == TASK.id


def test_a_package_that_is_not_here_is_an_abstention() -> None:
    verdict = verigym.verify(calc_task(packages=["no-such-package"]), right())
    assert verdict.status is Status.SANDBOX_ERROR
    assert verdict.reward is None
    assert "no-such-package" in verdict.evidence["error"]


def test_a_sandbox_that_cannot_is_an_abstention() -> None:
    with open_sandbox("local", tier=1, highest=1, workers=1) as box:
        verdict = RepositoryVerifier(box).verify(TASK, right())
    assert verdict.status is Status.SANDBOX_ERROR
    assert "scratch" in verdict.evidence["error"]
