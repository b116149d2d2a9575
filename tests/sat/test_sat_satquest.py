"""SATQuest's records: each family takes the member it is about, and nothing malformed passes."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from formulas import unsatisfiable

import verigym
from verigym.envs.sat.satquest import holds_records, load_records
from verigym.envs.sat.solver import find_model
from verigym.envs.sat.twins import satisfiable_twin
from verigym.errors import FamilyError, VerigymError
from verigym.verifiers import dimacs
from verigym.verifiers.sat import formula_of

Record = dict[str, Any]


def make(count: int, n: int = 6) -> list[Record]:
    """Records as they are published, of formulas of our own."""
    rng = random.Random(7)
    records = []
    for number, unsat in enumerate(unsatisfiable(n, count)):
        records.append(
            {
                "id": number,
                "num_literal": sum(map(len, unsat.clauses)),
                "sat_dimacs": dimacs.write(satisfiable_twin(rng, unsat)),
                "unsat_dimacs": dimacs.write(unsat),
                "num_variable": unsat.variables,
                "num_clause": len(unsat.clauses),
                "solver_metadatas": {"SATDP_SAT": {"solver": "x", "time": 0.1}},
            }
        )
    return records


RECORDS = make(12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    text = "".join(json.dumps(record) + "\n" for record in RECORDS)
    path = tmp_path / "satquest.jsonl.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_a_family_about_satisfiable_formulas_takes_those(path: Path) -> None:
    family = verigym.family("sat/solve", data=path)
    tasks = family.tasks()
    assert [dict(task.metadata) for task in tasks] == [
        {"split": "test", "index": i, "source": str(i)} for i in range(12)
    ]
    for task, record in zip(tasks, RECORDS, strict=True):
        assert formula_of(task) == dimacs.parse(record["sat_dimacs"])
        assert verigym.verify(task, family.reference(task)).correct


def test_one_about_unsatisfiable_formulas_takes_those() -> None:
    for record, member in zip(RECORDS, load_records(RECORDS, satisfiable=False), strict=True):
        assert member.formula == dimacs.parse(record["unsat_dimacs"])
        assert (member.source, member.pair) == (str(record["id"]), None)


def test_one_about_both_takes_pairs_whose_order_a_coin_decides(path: Path) -> None:
    family = verigym.family("sat/decide", data=str(path))
    tasks = family.tasks()
    assert [task.metadata["source"] for task in tasks] == [
        f"{i}/{m}" for i in range(12) for m in (0, 1)
    ]
    assert [task.metadata["pair"] for task in tasks] == [i for i in range(12) for _ in (0, 1)]
    first = []
    for one, two in zip(tasks[::2], tasks[1::2], strict=True):
        satisfiable = [find_model(formula_of(task)) is not None for task in (one, two)]
        assert sorted(satisfiable) == [False, True]
        first.append(satisfiable[0])
        for task in (one, two):
            assert verigym.verify(task, family.reference(task)).correct
            assert all(verigym.verify(task, x).reward == 0.0 for x in family.null_answers(task))
    assert 2 <= sum(first) <= 10  # a coin: neither order is always there
    assert verigym.family("sat/decide", data=list(RECORDS)).tasks() == tasks


def test_no_field_of_a_task_tells_which_member_it_is(path: Path) -> None:
    for task in verigym.family("sat/decide", data=path).tasks():
        assert set(task.metadata) == {"split", "index", "source", "pair"}
        assert set(task.difficulty) == {"n", "clauses"}


def test_a_mislabelled_record_is_skipped() -> None:
    swapped = {
        **RECORDS[0],
        "sat_dimacs": RECORDS[0]["unsat_dimacs"],
        "unsat_dimacs": RECORDS[0]["sat_dimacs"],
    }
    family = verigym.family("sat/solve", data=[swapped, RECORDS[1]])
    assert [task.metadata["source"] for task in family.tasks()] == ["1"]
    assert dict(family.skipped) == {"0": "it is unsatisfiable; sat/decide takes it"}
    with pytest.raises(FamilyError, match="can pose nothing from records: 0: it is unsat"):
        verigym.family("sat/solve", data=[swapped])
    decide = verigym.family("sat/decide", data=[swapped])  # which never trusted the label
    assert all(verigym.verify(task, decide.reference(task)).correct for task in decide.tasks())


def test_what_is_optional_may_be_missing_and_an_array_is_read_too(tmp_path: Path) -> None:
    needed = [{k: r[k] for k in ("id", "sat_dimacs", "unsat_dimacs")} for r in RECORDS[:2]]
    path = tmp_path / "some.json"
    path.write_text(json.dumps(needed))
    assert len(verigym.family("sat/decide", data=path).tasks()) == 4


def test_what_is_for_this_reader() -> None:
    for name in ("a.jsonl", "a.JSON", Path("a.jsonl.gz"), [], RECORDS, iter(RECORDS)):
        assert holds_records(name)
    for other in ("a.cnf", "a.cnf.gz", Path("folder"), 7, b"a.jsonl", {"id": 1}):
        assert not holds_records(other)


OTHER = {**RECORDS[0], "sat_dimacs": RECORDS[0]["sat_dimacs"].replace("p cnf 6", "p cnf 7")}
FEWER = {**RECORDS[0], "unsat_dimacs": "p cnf 6 1\n1 2 3 0\n"}
MALFORMED = [
    ({"id": None}, "id is None"),
    ({"id": True}, "id is True"),
    ({"id": ""}, "id is ''"),
    ({"id": "x" * 201}, "id is 'xxx"),
    ({"id": 1.0}, "id is 1.0"),
    ({"num_variable": 7}, "num_variable is 7, but the formulas have 6"),
    ({"num_clause": 1}, "num_clause is 1, but"),
    ({"num_literal": None}, "num_literal is None, but"),
    ({"num_variable": 6.0}, "num_variable is 6.0, but"),
    ({"num_variable": True}, "num_variable is True, but"),
    ({"sat_dimacs": 5}, "field 'sat_dimacs' is a int, not a str"),
    ({"unsat_dimacs": None}, "field 'unsat_dimacs' is a NoneType"),
    ({"sat_dimacs": ""}, "record 0: sat_dimacs:1: the text ends without a header"),
    ({"sat_dimacs": "p cnf 6 1\n1 9 0\n"}, "record 0: sat_dimacs:2: literal 9"),
    ({"unsat_dimacs": "p cnf 6 2\n1 0\n"}, "record 0: unsat_dimacs:2: the text ends after 1 clauses"),
    ({"unsat_dimacs": "p cnf 6 1\n1 2\n"}, "unsat_dimacs:2: the text ends within a clause"),
    ({"unsat_dimacs": "p cnf 6 1\n\u0661 0\n"}, "is not a literal"),
    ({"sat_dimacs": OTHER["sat_dimacs"]}, "num_variable is 7 of sat_dimacs, but 6 of unsat_dimacs"),
    ({"unsat_dimacs": FEWER["unsat_dimacs"]}, "num_clause is 26 of sat_dimacs, but 1 of unsat"),
    ({"sat_dimacs": RECORDS[0]["unsat_dimacs"]}, "are the same formula"),
    ({"label": 1}, "unknown field 'label'"),
]


@pytest.mark.parametrize(("change", "message"), MALFORMED, ids=[text for _, text in MALFORMED])
@pytest.mark.parametrize("satisfiable", [True, None])
def test_a_malformed_record_is_one_clear_error(
    change: Record, message: str, satisfiable: bool | None
) -> None:
    with pytest.raises(VerigymError) as error:
        load_records([{**RECORDS[0], **change}], satisfiable)
    assert message in str(error.value)
    assert str(error.value).startswith("record 0")


@pytest.mark.parametrize("name", ["id", "sat_dimacs", "unsat_dimacs"])
def test_a_missing_field_is_named(name: str) -> None:
    record = {key: value for key, value in RECORDS[0].items() if key != name}
    with pytest.raises(FamilyError, match=f"record 0: (no field '{name}'|id is None)"):
        load_records([record], None)


def test_what_is_wrong_with_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    for text, message in (
        ("", "holds no record"),
        ("{", "x.jsonl, line 1: not JSON"),
        (json.dumps(RECORDS[0]) + "\n[]\n", "x.jsonl, line 2: a list, not an object"),
        (f"{json.dumps(RECORDS[0])}\n" * 2, "x.jsonl, line 2: the id 0 is there twice"),
    ):
        path.write_text(text)
        with pytest.raises(FamilyError, match=message):
            verigym.family("sat/decide", data=path)
    with pytest.raises(FamilyError, match="cannot read"):
        verigym.family("sat/solve", data=tmp_path / "none.jsonl")
    with pytest.raises(FamilyError, match="record 0 is a int, not a mapping"):
        verigym.family("sat/solve", data=[1])
