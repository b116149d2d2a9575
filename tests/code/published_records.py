"""Small records in the shapes that data sets are published in, written for these tests, and what every
reader must do with them: accept the right answers, refuse all that know nothing or attack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import verigym
from verigym import Family, Task
from verigym.errors import FamilyError

Record = dict[str, Any]


def family_of(name: str, *records: Record, **knobs: Any) -> Any:
    """The family over some records."""
    return verigym.family(name, data=list(records), **knobs)


def only_task(name: str, record: Record, **knobs: Any) -> tuple[Any, Task]:
    """The family over one record, and its task."""
    family = family_of(name, record, **knobs)
    (task,) = family.tasks()
    return family, task


def hostile_functions(name: str) -> list[str]:
    """Answers that attack whoever calls a function, or what it gives back."""
    owner, _, method = name.rpartition(".")
    equal = "class Yes:\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"
    bodies = ("import os; os._exit(0)", "raise SystemExit(0)", "return Yes()", "return [Yes()] * 3")
    walk = (
        "import sys; frame = sys._getframe()\n"
        "    while frame:\n"
        "        for value in frame.f_locals.values():\n"
        "            if isinstance(value, dict) and 'expected' in value: return value['expected']\n"
        "        frame = frame.f_back\n"
    )
    texts = [f"{equal}def {method}(*args): {body}\n" for body in (*bodies, walk)]
    return [*texts, "import os\nos._exit(0)", f"import sys\nsys.exit(0)\ndef {method}(*a): pass"] + (
        [f"class {owner}:\n    def __getattr__(self, name): return lambda *a: 0"] if owner else []
    )


HOSTILE_PROGRAMS = [
    "import os; os._exit(0)",
    "print('AC'); raise SystemExit(0)",
    "print(open('/proc/self/cmdline').read())",
    "import sys; print(sys._getframe().f_back)",
    "\0\x01\x02",
    "```python\n```",
]


def check(family: Family, task: Task, right: Iterable[str], wrong: Iterable[str]) -> None:
    """The right answers earn 1 and all others exactly 0."""
    entry_point = task.spec.get("entry_point")
    hostile = hostile_functions(entry_point) if entry_point else HOSTILE_PROGRAMS
    rights = list(right)
    if "reference" in task.spec:
        rights.append(family.reference(task))
    wrongs = [*wrong, *hostile, *family.null_answers(task)]
    pairs = [(task, answer) for answer in (*rights, *wrongs)]
    verdicts = verigym.verify_many(pairs)
    for (_, answer), verdict in list(zip(pairs, verdicts, strict=True))[: len(rights)]:
        assert verdict.reward == 1.0, (answer, verdict.feedback, verdict.evidence)
    for (_, answer), verdict in list(zip(pairs, verdicts, strict=True))[len(rights) :]:
        assert verdict.reward == 0.0, (answer, verdict)


def refuse(name: str, record: Record, match: str, **knobs: Any) -> None:
    """A malformed record is refused, by its place and what is wrong with it, and can be skipped."""
    with pytest.raises(FamilyError, match=match) as caught:
        family_of(name, record, **knobs)
    assert str(caught.value).startswith("record 0")
    assert len(str(caught.value)) < 1000
    with pytest.raises(FamilyError, match="no record that can be judged"):
        family_of(name, record, skip_invalid=True, **knobs)


def without(record: Record, name: str) -> Record:
    return {key: value for key, value in record.items() if key != name}


NESTED = "[" * 100_000 + "]" * 100_000
"""JSON that no recursive parser should be given."""


def edited(record: Record, name: str, edit: Callable[[Any], Any]) -> Record:
    """A record whose field of JSON text is edited."""
    return {**record, name: json.dumps(edit(json.loads(record[name])))}
