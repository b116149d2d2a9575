"""Checks of the tasks themselves: are splits disjoint, and does a prompt's look give its label away?"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from verigym.audit import features
from verigym.audit.context import Audit, Skip, Tally
from verigym.audit.target import Item
from verigym.errors import FamilyError
from verigym.family import Family, LoadedFamily
from verigym.seeding import SPLITS
from verigym.task import Task, canonical

POSED = 40
"""Tasks of each split that are compared."""
LABELLED = 160
"""Tasks of a generated family that are looked at for a leak."""
SAMPLED = 48
"""After so many tasks of one label no more are looked at. Of a label that fewer than 17 tasks of all
have nothing is sure, whatever the feature; and of 17 none is among these once in 200 times."""
LEAST = 8
"""Tasks of each label without which nothing is said."""
LEAK = 0.7
"""An area under the curve that no trivial feature may surely reach; chance is 0.5."""


def seeds(audit: Audit) -> Tally:
    """The first tasks of all splits, compared by what they ask; and posed under two global seeds."""
    family = _generated(audit)
    tally = Tally()
    seen: dict[str, str] = {}
    for split in SPLITS:
        for index, task in enumerate(_posed(family, split, tally)):
            asked = canonical([task.prompt, task.spec])
            before = seen.setdefault(asked, split)
            tally.judged += 1
            if before != split:
                what = f"task {index} of the split {split}"
                tally.add(None, what, "a task of no other split", f"a task of {before} too", task.id)
    return tally


def _posed(family: Family, split: str, tally: Tally) -> list[Task]:
    """The tasks of a split, posed twice, with the global stream in two states."""
    state = random.getstate()
    try:
        random.seed(1)
        tasks = family.tasks(split, POSED)
        random.seed(2)
        before = random.getstate()
        again = [family.sample(split, index) for index in range(len(tasks))]
        if random.getstate() != before:
            tally.add(
                None, f"posing tasks of {split}", "no use of global randomness", "its state moved"
            )
    finally:
        random.setstate(state)
    for index, (one, two) in enumerate(zip(tasks, again, strict=True)):
        if one.id != two.id:
            what = f"task {index} of the split {split}, posed again"
            tally.add(None, what, f"the same task, {one.id[:12]}", two.id[:12])
    return tasks


def _generated(audit: Audit) -> Family:
    family = audit.target.family
    if family is None:
        raise Skip("a grading function poses no tasks")
    if isinstance(family, LoadedFamily) and family.size() is not None:
        raise Skip("the tasks were loaded, so there is one split")
    return family


def leak(audit: Audit) -> Tally:
    """The area under the curve of each trivial feature, as a predictor of the label.

    A finding needs more than chance: the lower end of a confidence interval, over all features, above
    :data:`LEAK`.
    """
    labelled = _labelled(audit)
    names = sorted({label for _, label in labelled})
    counts = [sum(label == name for _, label in labelled) for name in names]
    if len(names) != 2 or min(counts) < LEAST:
        raise Skip(f"there are no two labels with at least {LEAST} tasks each")
    tally = Tally(judged=len(labelled))
    positive = [label == names[1] for _, label in labelled]
    worst = 0.5
    for name, feature in features.FEATURES.items():
        values = [feature(prompt) for prompt, _ in labelled]
        area = features.auc(values, positive)
        strength = max(area, 1 - area)
        worst = max(worst, strength)
        least = strength - features.margin(counts[0], counts[1], len(features.FEATURES))
        if least > LEAK:
            what = f"{name} as a sign of {names[1]!r} against {names[0]!r}"
            tally.add(None, what, f"an AUC below {LEAK:g}", f"{strength:.2f}, surely above {least:.2f}")
    tally.figures["auc"] = worst
    return tally


def _labelled(audit: Audit) -> list[tuple[str, str]]:
    """(prompt, label) of the items that have one, and of more tasks where they can be generated."""
    found = [(item.prompt, label) for item in audit.target.items if (label := _label(item)) is not None]
    if not found:
        raise Skip("no task has a label")
    family = audit.target.family
    if family is None or family.size() is not None:
        return found
    found = []
    for index in range(LABELLED):
        if index == SAMPLED and len({label for _, label in found}) < 2:
            break
        task = family.sample(audit.target.split, index)
        try:
            label = label_of(task.spec, task.metadata, family.reference(task))
        except FamilyError:
            continue
        if label is not None:
            found.append((task.text, label))
    return found


def _label(item: Item) -> str | None:
    return None if item.form is not None else label_of(item.spec, {}, item.reference)


def label_of(spec: Mapping[str, Any], metadata: Mapping[str, Any], reference: str | None) -> str | None:
    """The class that a task belongs to.

    That is its field ``label``, else the shape of its reference: the first word, with ``#`` for a
    number. So yes and no are labels, and so are a model (``v ...``) and a refutation (``1 2 0 ...``).
    """
    for about in (spec, metadata):
        if type(about.get("label")) in (str, bool, int):
            return str(about["label"])
    words = (reference or "").split(None, 1)
    if not words:
        return None
    return "#" if words[0].lstrip("-").isdecimal() else words[0].casefold()[:40]
