"""sat/encode: what an encoding means is what is judged, on every assignment of the inputs."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refused import refused_quickly

import verigym
from verigym import Status, Task
from verigym.envs.sat.constraints import CONSTRAINTS
from verigym.envs.sat.constraints.builder import GATES, Builder
from verigym.envs.sat.encode import SatEncode
from verigym.errors import FamilyError
from verigym.verifiers import dimacs, projection, search
from verigym.verifiers.cnf import Formula
from verigym.verifiers.projection import STEPS

Row = tuple[bool, ...]


def naive_projection(formula: Formula, inputs: int) -> int:
    """By trying every assignment of every variable."""
    found = 0
    for values in itertools.product((False, True), repeat=formula.variables):
        if all(any(values[abs(x) - 1] == (x > 0) for x in clause) for clause in formula.clauses):
            found |= 1 << sum(1 << i for i, value in enumerate(values[:inputs]) if value)
    return found


@st.composite
def formulas(draw: st.DrawFn) -> tuple[Formula, int]:
    inputs = draw(st.integers(0, 3))
    n = inputs + draw(st.integers(0 if inputs else 1, 4))
    literals = st.sampled_from([sign * v for v in range(1, n + 1) for sign in (1, -1)])
    clauses = draw(st.lists(st.lists(literals, min_size=1, max_size=3).map(tuple), max_size=12))
    return Formula(n, tuple(clauses)), inputs


@settings(deadline=None, max_examples=300)
@given(formulas(), st.sampled_from([STEPS, STEPS, 25, 0]))
def test_projection_agrees_with_trying_everything(case: tuple[Formula, int], steps: int) -> None:
    """With few steps the rest is left to the solver: here in this process, to be quick."""
    formula, inputs = case
    asked: list[int] = []

    def here(function: str, payload: dict[str, Any]) -> list[bool]:
        assert function == "verigym.verifiers.projection:extended"
        asked.append(1)
        return projection.extended(payload)

    real, search.run = search.run, here  # type: ignore[assignment]
    try:
        assert projection.projection(formula, inputs, steps) == naive_projection(formula, inputs)
    finally:
        search.run = real
    assert steps < STEPS or not asked


@pytest.mark.parametrize("encoding", [1, 2, 3, 4, 5, 6, 7, 8])
def test_other_peoples_encodings_are_right_and_need_no_solver(encoding: int) -> None:
    """Those of PySAT: sequential counters, sorting and cardinality networks, totalizers, ..."""
    from pysat.card import CardEnc

    for make in (CardEnc.atmost, CardEnc.atleast, CardEnc.equals):
        try:
            made = make(
                lits=list(range(1, 8)), bound=3 if encoding not in (4, 5) else 1, encoding=encoding
            )
        except Exception:  # bitwise and ladder have "at most one" alone, and say so in many ways
            assert encoding in (4, 5)
            continue
        formula = Formula.of(max(made.nv, 7), made.clauses)
        rows = projection._Rows(list(formula.clauses), 7, STEPS)
        found = rows.solve({}, rows.table.all, 0)
        assert not rows.undecided
        assert found == extends(formula, 7)


def test_what_propagation_cannot_decide_is_decided_by_a_worker() -> None:
    formula = Formula.of(5, [(1, 3, 4), (1, -3, -4), (1, 3, -4), (-3, 4, 2), (3, 5), (-5, 4, -2)])
    assert projection.projection(formula, 2, steps=0) == naive_projection(formula, 2)


GATE_MEANING: dict[str, Callable[..., bool]] = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "xor": lambda a, b: a != b,
    "ite": lambda a, b, c: b if a else c,
    "maj": lambda a, b, c: a + b + c >= 2,
}


@pytest.mark.parametrize("name", GATES)
def test_gates_mean_what_they_say(name: str) -> None:
    count = max(abs(x) for clause in GATES[name] for x in clause) - 1
    meaning = GATE_MEANING[name]
    rows = list(itertools.product((False, True), repeat=count))
    for value in (None, True, False):
        cnf = Builder(count)
        if value is None:
            assert cnf.gate(name, *range(1, count + 1)) == count + 1
        else:
            cnf.hold(name, range(1, count + 1), value)
        for row in rows:
            for output in (False, True) if value is None else (value,):
                full = (*row, output)
                satisfied = all(
                    any(full[abs(x) - 1] == (x > 0) for x in c) for c in cnf.formula.clauses
                )
                assert satisfied == (meaning(*row) == output)


def number(bits: Row) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)


def circuit(bits: Row, parameters: Any) -> bool:
    signals = list(bits)
    for name, *operands in parameters["gates"]:
        signals.append(GATE_MEANING[name](*[signals[abs(s) - 1] == (s > 0) for s in operands]))
    return signals[-1]


def joined(bits: Row, parameters: Any) -> bool:
    reached = {1}
    for _ in range(parameters["vertices"]):
        for bit, (u, v) in zip(bits, parameters["edges"], strict=True):
            if bit and reached & {u, v}:
                reached |= {u, v}
    return parameters["vertices"] in reached


def dominates(bits: Row, parameters: Any) -> bool:
    chosen = {v for v, bit in enumerate(bits, 1) if bit}
    near = chosen | {v for e in parameters["edges"] for v in e if set(e) & chosen}
    return len(chosen) <= parameters["most"] and len(near) == len(bits)


MEANING: dict[str, Callable[[Row, Any], bool]] = {
    "exactly": lambda bits, p: sum(bits) == p["bound"],
    "at-most": lambda bits, p: sum(bits) <= p["bound"],
    "at-least": lambda bits, p: sum(bits) >= p["bound"],
    "majority": lambda bits, p: sum(bits) > len(bits) - sum(bits),
    "threshold": lambda bits, p: (
        sum(w for w, bit in zip(p["weights"], bits, strict=True) if bit) >= p["bound"]
    ),
    "parity": lambda bits, p: all(
        sum(bits[i] for i in chosen) % 2 == odd for chosen, odd in zip(p["sets"], p["odd"], strict=True)
    ),
    "lexicographic": lambda bits, p: (
        bits[: len(bits) // 2] < bits[len(bits) // 2 :]
        or (not p["strict"] and bits[: len(bits) // 2] == bits[len(bits) // 2 :])
    ),
    "comparator": lambda bits, p: (
        bits[-1]
        == (
            number(bits[: len(bits) // 2]) - number(bits[len(bits) // 2 : -1])
            >= (1 if p["strict"] else 0)
        )
    ),
    "adder-digit": lambda bits, p: (
        bits[-1]
        == bool((number(bits[: len(bits) // 2]) + number(bits[len(bits) // 2 : -1])) >> p["digit"] & 1)
    ),
    "multiplexer": lambda bits, p: (
        bits[-1] == [*bits[p["address"] : -1], *[False] * 64][number(bits[: p["address"]])]
    ),
    "circuit": circuit,
    "path": joined,
    "dominating": dominates,
}
"""Each kind once more, from its words alone, one assignment at a time."""


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_every_kind_is_posed_and_means_what_its_words_say(name: str) -> None:
    kind, rng = CONSTRAINTS[name], random.Random(name)
    for k in (max(6, kind.low), 8):
        family = verigym.family("sat/encode", k=k, kinds=name, slack=1.2)
        for task in family.tasks("train", 3):
            (part,) = task.spec["parts"]
            assert kind.words(part["literals"], part["parameters"]) in task.text
            models = int(task.spec["models"], 16)
            for _ in range(60):
                row = rng.randrange(1 << k)
                bits = tuple(bool(row >> abs(x) - 1 & 1) == (x > 0) for x in part["literals"])
                assert MEANING[name](bits, part["parameters"]) == bool(models >> row & 1)
            assert verigym.verify(task, family.reference(task)).correct


KNOBS: tuple[dict[str, Any], ...] = (
    {"k": 6, "slack": 2.0},
    {},
    {"k": 10, "parts": 2},
    {"k": 12, "parts": 3, "slack": 1},
    {"k": 14, "parts": 2, "slack": 1.1},
)


@pytest.mark.parametrize("knobs", KNOBS)
def test_references_earn_one_and_cheap_answers_nothing(knobs: dict[str, Any]) -> None:
    family = verigym.family("sat/encode", **knobs)
    tasks = family.tasks("validation", 8 if knobs.get("k", 8) < 12 else 3)
    references = [family.reference(task) for task in tasks]
    for task, right in zip(tasks, references, strict=True):
        assert verigym.verify(task, right).reward == 1.0
        assert verigym.verify(task, f"<think>p cnf</think>\n<answer>\n{right}\n</answer>").correct
        nulls = family.null_answers(task)
        assert len(nulls) >= 25
        for answer in [*nulls, *(family.random_answer(task, i) for i in range(3))]:
            assert verigym.verify(task, answer).reward == 0.0, answer
        for other in references:
            if other != right:
                assert verigym.verify(task, other).reward in (0.0, 1.0)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 5), st.data())
def test_damaged_references_are_judged_exactly(index: int, data: st.DataObject) -> None:
    """Flip or drop a literal or a clause: the verdict is the rule's, whatever comes out."""
    task = TASKS[index]
    formula = dimacs.parse(FAMILY.reference(task))
    clauses = [list(clause) for clause in formula.clauses]
    for _ in range(data.draw(st.integers(1, 2))):
        i = data.draw(st.integers(0, len(clauses) - 1))
        what = data.draw(st.sampled_from(["flip", "drop", "remove"]))
        j = data.draw(st.integers(0, max(len(clauses[i]) - 1, 0)))
        if what == "remove":
            del clauses[i]
        elif clauses[i]:
            clauses[i][j : j + 1] = [-clauses[i][j]] if what == "flip" else []
    changed = Formula.of(formula.variables, clauses)
    verdict = verigym.verify(task, dimacs.write(changed))
    found = projection.projection(changed, 6)
    assert found == extends(changed, 6)
    assert verdict.reward == pytest.approx(stated(task, found))


def extends(formula: Formula, inputs: int) -> int:
    """By a solver, one assignment at a time."""
    with search.Solver(formula.clauses) as solver:
        found = 0
        for row in range(1 << inputs):
            assumed = [v if row >> (v - 1) & 1 else -v for v in range(1, inputs + 1)]
            found |= solver.satisfiable(assumed) << row
    return found


def stated(task: Task, found: int) -> float:
    """The rule of the documentation, written down once more."""
    rows, models = 64, int(task.spec["models"], 16)
    right = [row for row in range(rows) if models >> row & 1]
    wrong = [row for row in range(rows) if not models >> row & 1]
    lost = sum(not found >> row & 1 for row in right)
    extra = sum(found >> row & 1 for row in wrong)
    if lost == extra == 0:
        return 1.0
    if (lost and extra) or task.spec["floor"] == 1:
        return 0.0
    j = (1 - lost / len(right)) + (1 - extra / len(wrong)) - 1
    return float(0.5 * max(0.0, (j - task.spec["floor"]) / (1 - task.spec["floor"])))


FAMILY = SatEncode(k=6, slack=1.5)
TASKS = FAMILY.tasks("train", 6)


def test_near_misses_earn_something() -> None:
    """Dropping the last constraint's clauses is progress where it lets few assignments through."""
    statuses = set()
    for task in verigym.family("sat/encode", k=8, kinds="circuit,dominating,threshold").tasks(
        "train", 12
    ):
        formula = dimacs.parse(verigym.family("sat/encode", k=8).reference(task))
        for i in range(len(formula.clauses)):
            rest = Formula(formula.variables, formula.clauses[:i] + formula.clauses[i + 1 :])
            verdict = verigym.verify(task, dimacs.write(rest))
            assert verdict.reward is not None
            assert verdict.reward <= 0.5 or verdict.correct
            statuses.add(verdict.status)
    assert {Status.PARTIAL, Status.WRONG} <= statuses


def sized(task: Task, **more: int) -> str:
    """The reference, made larger without a change of meaning."""
    formula = dimacs.parse(FAMILY.reference(task))
    clauses = [*formula.clauses]
    clauses += [clauses[0]] * more.get("clauses", 0)
    clauses[0] += clauses[0][:1] * more.get("literals", 0)
    return dimacs.write(Formula(formula.variables + more.get("auxiliary", 0), tuple(clauses)))


@pytest.mark.parametrize("what", ["clauses", "literals", "auxiliary"])
def test_the_budget_binds_and_is_in_the_prompt(what: str) -> None:
    task = TASKS[0]
    formula = dimacs.parse(FAMILY.reference(task))
    used = {
        "clauses": len(formula.clauses),
        "literals": formula.size - len(formula.clauses),
        "auxiliary": formula.variables - 6,
    }
    left = task.spec["budget"][what] - used[what]
    assert left > 0
    if what != "clauses":
        assert verigym.verify(task, sized(task, **{what: left})).correct
    verdict = verigym.verify(task, sized(task, **{what: left + 1}))
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    assert f"budget is {task.spec['budget'][what]}" in verdict.feedback
    assert f"at most {task.spec['budget'][what]} {what}" in task.text


HOSTILE = {
    "nothing stated": "p cnf 6 0",
    "the header counts too few": "p cnf 5 1\n1 0",
    "the header lies about clauses": "p cnf 6 3\n1 0\n2 0",
    "a literal beyond the header": "p cnf 6 1\n7 0",
    "two formulas": "p cnf 6 1\n1 0\np cnf 6 1\n-1 0",
    "plus": "p cnf 6 1\n+1 0",
    "leading zero": "p cnf 6 1\n01 0",
    "no end": "p cnf 6 1\n1 2",
    "prose": "The answer is p cnf 6 1\n1 0",
    "trailing prose": "p cnf 6 1\n1 0\nThat is all.",
    "other digits": "p cnf 6 1\n\u0661 0",
    "other blanks": "p cnf 6 1\n1\u00a00",
    "a million variables": "p cnf 1000000 1\n1000000 0",
    "a billion variables": "p cnf 1000000000 0",
    "weights": "p wcnf 6 1 2\n1 1 0",
    "no header": "1 0",
    "tautologies": "p cnf 6 4\n" + "1 -1 0\n" * 4,
    "long": "p cnf 6 1\nc " + "x" * 3_000_000 + "\n1 0",
    "many clauses": "p cnf 6 900000\n" + "1 0\n" * 900_000,
    "binary": "\x00\xff" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_earn_nothing_quickly(name: str) -> None:
    refused_quickly(TASKS[:2], HOSTILE[name])


def pigeons(holes: int, first: int) -> list[list[int]]:
    at = [[first + p * holes + h for h in range(holes)] for p in range(holes + 1)]
    clauses = [*at]
    for h in range(holes):
        clauses += [[-p[h], -q[h]] for p, q in itertools.combinations(at, 2)]
    return clauses


def test_a_search_without_end_is_budget() -> None:
    """Pigeons behind an input: neither propagation nor a few thousand conflicts decide them."""
    clauses = [[1, *clause] for clause in pigeons(11, 7)]
    spec = {
        "inputs": 6,
        "models": f"{(1 << 64) - 1:x}",
        "budget": {"clauses": 1000, "literals": 10_000, "auxiliary": 200},
        "floor": 0.5,
    }
    task = Task(family="sat/encode", prompt="p", spec=spec)
    verdict = verigym.verify(task, dimacs.write(Formula.of(6 + 132, clauses)))
    assert (verdict.status, verdict.reward) == (Status.BUDGET, 0.0)


@pytest.mark.parametrize(
    "change",
    [{"inputs": 15}, {"inputs": True}, {"models": "xyz"}, {"models": 3}, {"models": "1" * 99},
     {"budget": None}, {"budget": {"clauses": 1}}, {"floor": 2}, {"floor": None}],
)  # fmt: skip
def test_a_broken_spec_is_an_abstention(change: dict[str, Any]) -> None:
    spec = {"inputs": 6, "models": "f", "budget": dict(TASKS[0].spec["budget"]), "floor": 0.5, **change}
    verdict = verigym.verify(Task(family="sat/encode", prompt="p", spec=spec), "p cnf 6 0")
    assert verdict.status is Status.VERIFIER_ERROR


def test_no_two_splits_share_a_meaning() -> None:
    family = verigym.family("sat/encode", k=6)
    seen: dict[str, str] = {}
    for split in ("train", "validation", "test"):
        for task in family.tasks(split, 40):
            assert seen.setdefault(task.spec["models"], split) == split


def test_a_written_out_table_never_fits() -> None:
    for knobs in KNOBS[:3]:
        for task in verigym.family("sat/encode", **knobs).tasks("test", 10):
            wrong = (1 << task.spec["inputs"]) - int(task.spec["models"], 16).bit_count()
            used = {abs(x) for part in task.spec["parts"] for x in part["literals"]}
            if len(task.spec["parts"]) == 1:
                assert wrong >> task.spec["inputs"] - len(used) > task.spec["budget"]["clauses"]


@pytest.mark.parametrize(
    ("knobs", "said"),
    [({"k": 15}, "k is 15"), ({"k": 5}, "k is 5"), ({"parts": 0}, "parts"), ({"slack": 0.5}, "slack"),
     ({"kinds": "nonsense"}, "nonsense"), ({"k": 6, "kinds": "comparator"}, "larger k"),
     ({"k": 6, "kinds": "exactly", "slack": 4}, "lower slack")],
)  # fmt: skip
def test_knobs_out_of_range_are_named(knobs: dict[str, Any], said: str) -> None:
    with pytest.raises(FamilyError, match=said):
        verigym.family("sat/encode", **knobs).sample()


def test_the_example_in_the_prompt_is_right() -> None:
    answer = TASKS[0].text.split("<answer>")[-1].split("</answer>")[0]
    rows = projection.projection(dimacs.parse(answer.strip()), 3)
    assert rows == sum(1 << r for r in range(8) if r & 4 or r & 3 == 3)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("test", "strategies"),
    [
        (test_projection_agrees_with_trying_everything, (formulas(), st.sampled_from([STEPS, 25, 0]))),
        (test_damaged_references_are_judged_exactly, (st.integers(0, 5), st.data())),
    ],
)
def test_at_length(test: Any, strategies: tuple[Any, ...]) -> None:
    longer: Any = settings(deadline=None, max_examples=4_000)
    given_those: Any = given(*strategies)
    longer(given_those(test.hypothesis.inner_test))()
