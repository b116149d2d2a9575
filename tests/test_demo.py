"""The demonstration: it passes on every tier, its attacks are real, and it notices a sandbox that leaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from verigym.cli import demo_answers, main
from verigym.errors import SandboxUnavailable
from verigym.family import BUILTIN
from verigym.sandbox import Sandbox
from verigym.sandbox import open as open_sandbox

SHARED = sys.modules["verigym.sandbox.shared"]
"""The module, which the function of the same name hides."""


def judged_by(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SHARED, "_shared", box)


def demo(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["demo", "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture(params=[1, 2, 3])
def tier(
    request: pytest.FixtureRequest,
    need_tier: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[int]:
    """Each tier that this machine has, as the tier of the shared sandbox."""
    need_tier(request.param)
    with open_sandbox("local", tier=request.param, highest=request.param, workers=1) as box:
        judged_by(box, monkeypatch)
        yield request.param


def test_every_verdict_is_as_expected_on_every_tier(
    tier: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = demo(capsys)
    assert [item for item in found["answers"] if not item["as_expected"]] == []
    assert (code, found["tier"], found["unexpected"], found["unavailable"]) == (0, tier, 0, None)
    for item in found["answers"]:
        assert (item["reward"] == 1.0) == (item["kind"] == "reference")
        if item["kind"] in ("null", "hostile"):
            assert item["reward"] == 0.0
    kinds = {(item["family"], item["kind"]) for item in found["answers"]}
    families = {family for family, _ in kinds}
    assert kinds >= {(family, kind) for family in families for kind in ("reference", "null", "hostile")}
    # What needs neither a published data set nor anything but Python in the sandbox.
    shown = {"sat/solve", "sat/decide", "code/functions", "code/stdio"}
    assert {family.partition(",")[0] for family in families} == shown <= set(BUILTIN)


def test_it_notices_a_sandbox_that_leaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_sandbox("local", unsafe=True, workers=1) as box:
        judged_by(box, monkeypatch)
        code, found = demo(capsys)
        text_code, text = main(["demo"]), capsys.readouterr().out
    assert code == text_code == 1
    assert found["tier"] == 0
    leaked = {item["answer"] for item in found["answers"] if not item["as_expected"]}
    assert leaked >= {"reads a file of the host", "connects to a server of the host"}
    assert "never ends" not in leaked
    marked = [line for line in text.splitlines() if "! expected" in line]
    assert len(marked) >= 6
    assert any("reads a file of the host" in line and " correct " in line for line in marked)
    assert "verdicts are not as expected" in text.splitlines()[-1]


def test_without_a_sandbox_logic_is_still_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unavailable(*args: object, **kwargs: object) -> None:
        raise SandboxUnavailable("tier 1 is lacking here: no Landlock")

    monkeypatch.setattr(SHARED, "_shared", None)
    monkeypatch.setattr("verigym.sandbox.local.backend.best_tier", unavailable)
    assert main(["demo"]) == 3
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "no sandbox, so code is not judged: tier 1 is lacking here: no Landlock"
    assert lines[1] == ""
    assert any(line.startswith("sat/decide") for line in lines)
    assert not any(line.startswith("code/") for line in lines)
    assert lines[-1].endswith("as expected")
    assert err == ""


def test_the_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("sandbox: local, tier ")
    heading, rows = lines[2], lines[3:-2]
    assert heading.split() == ["FAMILY", "KIND", "ANSWER", "VERDICT", "REWARD", "MS"]
    for title in ("KIND", "ANSWER", "VERDICT", "REWARD"):
        column = heading.index(title)
        assert all(row[column - 1] == " " and row[column] != " " for row in rows)
    assert lines[-1] == f"{len(rows)} answers judged, all as expected"


NAIVE_FUNCTION = demo_answers.TESTS + "\ncheck(middle)\n"
"""A grader as they are often written: the answer and its tests in one interpreter, 0 means passed."""

NAIVE_PROGRAM = """
import contextlib, io, sys
expected, source = "2\\n", sys.argv[1]
printed, sys.stdin = io.StringIO(), io.StringIO("1 2 3\\n")
with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
    exec(source, {"__name__": "__main__"})
sys.exit(printed.getvalue().split() != expected.split())
"""


def test_the_attacks_succeed_where_the_judge_shares_a_process() -> None:
    with demo_answers.bait() as bait:
        rows = [row for row in demo_answers.code_rows(bait) if row.kind in ("reference", "hostile")]
        # An endless loop needs no proof, a fork bomb is not set off here, a guess is no attack.
        rows = [row for row in rows if not row.what.startswith(("never", "forks", "prints every"))]
        assert len(rows) == 6 + 6 + 5
        for row in rows:
            program = (NAIVE_PROGRAM, row.answer) if row.family == "code/stdio" else None
            arguments = program or (row.answer + NAIVE_FUNCTION,)
            done = subprocess.run(
                [sys.executable, "-c", *arguments], capture_output=True, timeout=20, check=False
            )
            assert done.returncode == 0, (row.family, row.what, done.stderr.decode())
    # And the naive graders can tell right from wrong as long as nobody attacks them.
    wrong = [[demo_answers.FUNCTION.format(attack="    a = b = c\n") + NAIVE_FUNCTION]]
    wrong += [[NAIVE_PROGRAM, "print(input())"]]
    for argv in wrong:
        done = subprocess.run([sys.executable, "-c", *argv], capture_output=True, check=False)
        assert done.returncode == 1
