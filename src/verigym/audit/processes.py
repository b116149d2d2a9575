"""Checks that take processes of their own: verdicts that must not depend on where they are given."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from verigym import seeding
from verigym.audit.context import Audit, Skip, Tally
from verigym.audit.judges import Judge, Seen, Setting
from verigym.audit.mutate import mutants
from verigym.audit.trial import Must, Trial

NO_SANDBOX = ("local", ("tier=3", "highest=1"))
"""A sandbox that cannot be had anywhere: it demands more than it lets itself use."""

Pair = tuple[int, Any]


def determinism(audit: Audit) -> Tally:
    """The same answers in two processes with other hash seeds: in order; each twice, shuffled."""
    tally, answers = Tally(), _answers(audit)
    shuffled = [pair for pair in answers for _ in range(2)]
    random.Random(seeding.derive("audit", audit.seed, "determinism")).shuffle(shuffled)
    orders = (answers, shuffled)
    first: dict[Pair, Seen] = {}
    for hash_seed, order in enumerate(orders):
        with _judge(audit.setting, hash_seed) as judge:
            _same_tasks(audit, judge, hash_seed, tally)
            for pair, seen in zip(order, judge.ask_in_order(order), strict=True):
                tally.look(audit, Trial(*pair, "an answer", Must.VERDICT), seen)
                before = first.setdefault(pair, seen)
                if _differ(before, seen):
                    how = "in another process, order and hash seed"
                    item = audit.target.items[pair[0]]
                    tally.add(item, f"the same answer {how}", before.words, seen.words, pair[1])
    return tally


def _answers(audit: Audit) -> list[Pair]:
    found: list[Pair] = []
    for item in audit.target.items:
        answers = [item.prompt, "0", *item.nulls[1:3]]
        if item.reference is not None:
            rng = audit.rng("determinism", item)
            near = mutants(item.content or "", rng, 2, item.form is not None)
            answers += [item.reference, *near]
        found += [(item.index, answer) for answer in dict.fromkeys(answers)]
    return found


def _differ(one: Seen, two: Seen) -> bool:
    if one.excused or two.excused:
        return False
    return (one.reward, one.status, one.raised, one.odd) != (
        two.reward,
        two.status,
        two.raised,
        two.odd,
    )


def _same_tasks(audit: Audit, judge: Judge, hash_seed: int, tally: Tally) -> None:
    """Whether a family poses the tasks that it posed here."""
    target = audit.target
    if target.family is None or target.knobs is None:
        return
    count = len(target.items)
    about = {"family": target.family.name, "knobs": dict(target.knobs)}
    ids = judge.pose({**about, "split": target.split, "count": count})
    for item, found in zip(target.items, ids, strict=True):
        if item.id != found:
            what = f"the task posed in another process, under hash seed {hash_seed}"
            tally.add(item, what, f"the same task, {item.id[:12]}", found[:12])


def outage(audit: Audit) -> Tally:
    """The references, where no sandbox can be had: no reward at all, or the right one without it."""
    if not audit.target.waits:
        raise Skip("judging needs no sandbox")
    tally = Tally()
    with _judge(replace(audit.setting, sandbox=NO_SANDBOX)) as judge:
        for item in audit.referenced():
            seen = judge.ask(item.index, item.reference)
            tally.judged += 1
            right = seen.reward is not None and audit.scale.is_full(seen.reward)
            if not (seen.excused or right):
                what = "the reference, without a sandbox"
                tally.add(item, what, "an abstention", seen.words, item.reference)
    return tally


@contextmanager
def _judge(setting: Setting, hash_seed: int = 0) -> Iterator[Judge]:
    judge = Judge(setting, hash_seed)
    try:
        yield judge
    except BaseException:
        judge.close(kill=True)
        raise
    finally:
        judge.close()
