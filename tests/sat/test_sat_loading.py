"""Loaded formulas: a file or a folder, and a clear word about what cannot be posed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import verigym
from verigym import Status
from verigym.errors import FamilyError, FormatError
from verigym.verifiers import dimacs
from verigym.verifiers.sat import formula_of

FAMILIES = ("sat/solve", "sat/decide")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_bytes(
            gzip.compress(text.encode()) if name.lower().endswith(".gz") else text.encode()
        )
        return path

    return write


def test_one_file_is_one_task(write: Callable[[str, str], Path]) -> None:
    path = write("some.cnf", "c hi\np cnf 3 2\n1 2\n0 -1 3 0\n")
    for data in (path, str(path)):
        family = verigym.family("sat/solve", data=data)
        (task,) = family.tasks()
        assert family.sample("test", 0) is task
        assert task.spec["clauses"] == ((1, 2), (-1, 3))
        assert task.metadata == {"split": "test", "index": 0, "source": "some.cnf"}
        assert task.difficulty == {"n": 3, "clauses": 2}
        assert "p cnf 3 2\n1 2 0\n-1 3 0\n" in task.text
        assert str(path.parent) not in json.dumps(task.to_json())
        assert verigym.verify(task, family.reference(task)).correct
        assert all(verigym.verify(task, x).reward == 0.0 for x in family.null_answers(task))
        for split, index in (("train", 0), ("test", 1), ("test", -1), ("test", True)):
            with pytest.raises(FamilyError):
                family.sample(split, index)


def test_a_folder_is_read_in_the_order_of_names(write: Callable[[str, str], Path], caplog) -> None:  # type: ignore[no-untyped-def]
    write("b.cnf", "p cnf 1 1\n-1 0\n")
    write("a.dimacs", "p cnf 1 1\n1 0\n")
    write("c.CNF.GZ", "p cnf 1 2\n1 0 -1 0\n")
    folder = write("d.dimacs.gz", "p cnf 2 1\n1 2 0\n").parent
    write("note.txt", "not a formula")
    solve = verigym.family("sat/solve", data=folder)
    assert [task.metadata["source"] for task in solve.tasks()] == ["a.dimacs", "b.cnf", "d.dimacs.gz"]
    assert [task.metadata["index"] for task in solve.tasks()] == [0, 1, 2]
    assert dict(solve.skipped) == {"c.CNF.GZ": "it is unsatisfiable; sat/decide takes it"}
    assert "skipped 1 of 4 files" in caplog.text
    decide = verigym.family("sat/decide", data=folder)
    assert len(decide.tasks()) == 4
    assert len(decide.tasks(count=2)) == 2
    assert not decide.skipped
    for task in decide.tasks():
        assert verigym.verify(task, decide.reference(task)).correct


def test_what_cannot_be_posed_is_named(write: Callable[[str, str], Path], tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    with pytest.raises(FormatError, match="no such file"):
        verigym.family("sat/solve", data=tmp_path / "none.cnf")
    with pytest.raises(FamilyError, match="holds no DIMACS file"):
        verigym.family("sat/decide", data=tmp_path)
    unsat = write("u.cnf", "p cnf 1 2\n1 0 -1 0\n")
    with pytest.raises(FamilyError, match=r"u\.cnf: it is unsatisfiable"):
        verigym.family("sat/solve", data=unsat)
    assert len(verigym.family("sat/decide", data=unsat).tasks()) == 1
    large = write("large.cnf", "p cnf 10001 0\n")
    for name in FAMILIES:
        with pytest.raises(FamilyError, match=r"large\.cnf: it has 10,001 variables"):
            verigym.family(name, data=large)
    broken = write("broken.cnf", "p cnf 1 1\n2 0\n")
    with pytest.raises(FormatError, match=r"broken\.cnf:2: literal 2"):
        verigym.family("sat/decide", data=broken.parent)
    hard = verigym.family("sat/solve", n=100).sample()
    path = write("hard.cnf", dimacs.write(formula_of(hard)))
    monkeypatch.setattr("verigym.envs.sat.solver.satisfiable.__defaults__", (1,))
    with pytest.raises(FamilyError, match=r"hard\.cnf: the SAT solver gave up"):
        verigym.family("sat/solve", data=path)


def test_all_published_files(data: Path) -> None:
    solve = verigym.family("sat/solve", data=data / "dimacs")
    decide = verigym.family("sat/decide", data=data / "dimacs")
    assert len(solve.tasks()) + len(solve.skipped) == len(decide.tasks()) == 82
    assert all(reason.startswith("it is unsat") for reason in solve.skipped.values())
    for family in (solve, decide):
        for task in family.tasks():
            if len(task.spec["clauses"]) > 120:
                continue
            assert verigym.verify(task, family.reference(task)).correct, task.metadata
            for answer in family.null_answers(task):
                assert verigym.verify(task, answer).reward == 0.0, (task.metadata, answer)


def test_easy_formulas_leave_out_null_answers_that_are_right(data: Path) -> None:
    """All true satisfies a formula of one positive unit: a right answer, so it is not a null answer."""
    family = verigym.family("sat/solve", data=data / "dimacs" / "unit0.cnf")
    (task,) = family.tasks()
    assert verigym.verify(task, "1").correct
    assert "1" not in family.null_answers(task)
    assert verigym.verify(task, "0").reward == 0.0
    assert "0" in family.null_answers(task)


def test_the_empty_formula_and_the_empty_clause(data: Path) -> None:
    empty = verigym.family("sat/solve", data=data / "dimacs" / "empty.cnf").tasks()[0]
    assert verigym.verify(empty, "0").correct
    assert verigym.verify(empty, "").status is Status.NO_ANSWER
    false = verigym.family("sat/decide", data=data / "dimacs" / "false.cnf").tasks()[0]
    assert verigym.verify(false, "0").correct
    assert verigym.verify(false, "s UNSATISFIABLE").reward == 0.0
    assert verigym.verify(false, "v 0").reward == 0.0
