"""The check of cheap policies: what do answers earn that take no reasoning, at each level?

A family names them (:meth:`verigym.family.Family.cheap_answers`). Below success they must earn exactly
nothing: the floors of partial rewards are made of them. As to success, luck has to be told from a
defect, since small questions have so few answers that some guess is right. So *chance* is measured, as
the share of right ones among :data:`GUESSES` seeded random answers to each task, and a policy is a
finding only when it is surely better: the lower confidence bound of its share above the upper bound of
chance.

A policy that *searches* (greedy flipping weighs all clauses at each step) is a small solver, and where
it is right it has found the answer. It is not held against chance; its share is shown, because it says
which levels are too easy to teach more than it knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from verigym.audit.bounds import at_least, at_most
from verigym.audit.context import Ask, Audit, Skip, Tally
from verigym.audit.judges import Seen
from verigym.audit.target import Item
from verigym.audit.trial import Must, fault
from verigym.difficulty import levels
from verigym.errors import FamilyError
from verigym.family import Family, make
from verigym.task import Task

GUESSES = 16
"""Random answers to each task, by which chance is measured."""
ALPHA = 0.001
"""How often a family may be accused whose cheap policies are no better than chance, over all rows."""
LUCK = 0.05
"""The share of random answers that may earn a partial reward: a floor that is the best of 32 guesses is
beaten by one guess in 33."""
CHANCE = "random answers"
"""The row that chance is measured by."""


@dataclass(frozen=True)
class _Posed:
    """The tasks of one level, or those of the knobs that were given."""

    level: int | None
    knobs: Mapping[str, Any]
    family: Family
    tasks: list[Task]


@dataclass
class _Count:
    """What one policy's answers came to."""

    answers: int = 0
    right: int = 0
    partial: int = 0
    earned: float = 0.0
    """The sum of partial rewards."""
    example: tuple[Item, str, str] | None = None
    """The first answer that earned a partial reward, with what came of it."""


@dataclass
class _Row:
    """One policy at one level."""

    posed: _Posed
    policy: str
    count: _Count = field(default_factory=_Count)


def cheap(audit: Audit) -> Tally:
    """Every cheap policy on every task of every level, against chance."""
    if audit.target.family is None:
        raise Skip("a grading function names no cheap policies")
    tally = Tally()
    own = audit.target.knobs != {} or not audit.target.family.dials
    posed = [_given(audit)] if own else list(_levels(audit, tally))
    items = list(audit.target.items)
    if not own:
        tasks = [task for one in posed for task in one.tasks]
        items = [
            Item(index, task.id, task.text, task.to_json(), task.spec)
            for index, task in enumerate(tasks)
        ]
    rows = list(_judged(audit, tally, posed, items, own))
    tests = max(2 * len(rows), 1)
    for one in posed:
        _compare([row for row in rows if row.posed is one], ALPHA / tests, tally)
    if not tally.judged and not tally.findings:
        raise Skip("the family names no cheap policies")
    return tally


def _given(audit: Audit) -> _Posed:
    family = audit.target.family
    assert family is not None
    tasks = [Task.from_json(item.payload) for item in audit.target.items]
    return _Posed(None, audit.target.knobs or {}, family, tasks)


def _levels(audit: Audit, tally: Tally) -> Iterator[_Posed]:
    """The tasks of each level, as many as are audited; a level that poses none is a finding."""
    default = audit.target.family
    assert default is not None
    for level, knobs in enumerate(levels(default.dials), 1):
        try:
            family = make(default.name, level=level)
            tasks = family.tasks(audit.target.split, len(audit.target.items))
        except FamilyError as error:
            tally.add(None, f"posing level {level}", "tasks", str(error))
        else:
            yield _Posed(level, knobs, family, tasks)


def _judged(
    audit: Audit, tally: Tally, posed: list[_Posed], items: list[Item], own: bool
) -> list[_Row]:
    """A row for each policy and level, with its answers counted."""
    asked: list[tuple[_Row, Item, str]] = []
    rows: list[_Row] = []
    start = 0
    for one in posed:
        here: dict[str, _Row] = {}
        for item, task in zip(items[start:], one.tasks, strict=False):
            for policy, answer in _answers(one.family, task):
                row = here.setdefault(policy, _Row(one, policy))
                asked.append((row, item, answer))
        start += len(one.tasks)
        rows += here.values()
    for (row, item, answer), seen in zip(asked, _seen(audit, items, asked, own), strict=True):
        tally.judged += 1
        tally.abstained += seen.excused
        if expected := fault(Must.VERDICT, seen, audit.scale):
            tally.add(item, row.policy, expected, seen.words, answer)
        elif seen.reward is not None:
            _count(row.count, item, answer, seen)
    return rows


def _answers(family: Family, task: Task) -> Iterator[tuple[str, str]]:
    yield from family.cheap_answers(task).items()
    if type(family).random_answer is not Family.random_answer:
        for seed in range(GUESSES):
            yield CHANCE, family.random_answer(task, seed)


def _seen(
    audit: Audit, items: list[Item], asked: list[tuple[_Row, Item, str]], own: bool
) -> Iterator[Seen]:
    """What came of the answers, in order; tasks of other levels need judges that know them."""
    opened: AbstractContextManager[Ask] = nullcontext(audit.judge)
    if not own:
        payloads = tuple(item.payload for item in items)
        opened = audit.open(replace(audit.setting, payloads=payloads))
    with opened as judge:
        yield from judge((item.index, answer) for _, item, answer in asked)


def _count(count: _Count, item: Item, answer: str, seen: Seen) -> None:
    assert seen.reward is not None
    count.answers += 1
    if seen.correct:
        count.right += 1
    elif seen.reward > 0:
        count.partial += 1
        count.earned += seen.reward
        count.example = count.example or (item, answer, seen.words)


def _compare(rows: list[_Row], alpha: float, tally: Tally) -> None:
    """Note the rows of one level, and the findings among them."""
    chance = next((row.count for row in rows if row.policy == CHANCE), _Count())
    # Where nobody said how to guess, a guess is a null answer, which is never right.
    luck = at_most(chance.right, chance.answers, alpha) if chance.answers else 0.0
    for row in rows:
        count, searches = row.count, row.policy in row.posed.family.searching
        least = at_least(count.right, count.answers, alpha) if count.answers else 0.0
        dials, given = row.posed.family.dials, row.posed.knobs
        tally.rows.append(
            {
                "level": row.posed.level,
                "knobs": {name: given[name] for name in dials if name in given},
                "policy": row.policy,
                "searches": searches,
                "answers": count.answers,
                "partial": count.earned / max(count.answers, 1),
                "success": count.right / max(count.answers, 1),
                "chance": chance.right / max(chance.answers, 1),
                "chance_at_most": luck,
            }
        )
        where = row.policy if row.posed.level is None else f"{row.policy} at level {row.posed.level}"
        if row.policy == CHANCE:
            share = at_least(count.partial, count.answers, alpha) if count.answers else 0.0
            if share > LUCK:
                got = f"{count.partial} of {count.answers}, surely above {share:.1%}"
                tally.add(None, where, f"a partial reward for at most {LUCK:.0%}", got)
        elif count.example is not None:
            item, answer, words = count.example
            tally.add(item, where, "no reward below success", words, answer)
        elif least > luck and not searches:
            got = f"{count.right} of {count.answers} right, surely above {least:.1%}"
            tally.add(None, where, f"no more than chance, at most {luck:.1%}", got)
