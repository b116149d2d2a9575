"""What is audited, however it was named: its items (tasks or records), and how to judge answers.

A *family* comes as a registered name, as ``module:Class``, as a class or as an object. A *grader* is a
function ``grade(prompt, answer, record) -> float``, named ``module:function`` or given itself, with
records: mappings with a ``prompt``, a ``reference`` where there is one, and whatever the function
reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from verigym.audit.worker import load
from verigym.envs.records import read_records
from verigym.errors import FamilyError, UserError
from verigym.family import Family, at_level, family_class, make, register
from verigym.task import Task
from verigym.verifiers.answer import extract

FUNCTION, PROGRAM = "function", "program"


@dataclass(frozen=True, eq=False)
class Item:
    """One question, as the checks see it."""

    index: int
    id: str
    prompt: str
    payload: Any
    """What the judging process needs of it."""
    spec: Mapping[str, Any]
    """A task's spec, or the record."""
    reference: str | None = None
    nulls: tuple[str, ...] = ()
    """Answers that the family or the record itself calls worthless."""
    form: str | None = None
    """``FUNCTION`` or ``PROGRAM`` when the answer is Python source."""
    entry_point: str = "f"

    @property
    def content(self) -> str | None:
        """The reference without its fence or tags."""
        return None if self.reference is None else (extract(self.reference) or self.reference)


@dataclass(frozen=True)
class Target:
    """What is audited."""

    name: str
    """As it was asked for."""
    importable: str
    """``module:name``, by which another process finds it."""
    items: tuple[Item, ...]
    is_family: bool
    family: Family | None = None
    knobs: Mapping[str, Any] | None = None
    """The family's keyword arguments, when they are known."""
    split: str = "test"
    waits: bool = False


def resolve(
    target: str | Family | type[Family] | Callable[..., Any],
    knobs: Mapping[str, Any] | None,
    data: Any,
    split: str,
    count: int,
    level: int | None = None,
) -> Target:
    """The target with its first ``count`` items, at a level of difficulty where one is asked for.

    Raises:
        UserError: when it is nothing that can be audited, has no items, or cannot be imported.
    """
    name = target if isinstance(target, str) else ""
    found: Any = load(name) if ":" in name else (family_class(name) if name else target)
    if isinstance(found, Family):
        if knobs or data is not None or level is not None:
            raise UserError("a family that is built already takes neither knobs nor data nor a level")
        return _of_family(name or found.name, found, None, split, count)
    if isinstance(found, type) and issubclass(found, Family):
        register(found)
        given = {**(knobs or {}), **({} if data is None else {"data": data})}
        if level is not None:
            given = at_level(found, level, given)
        return _of_family(name or found.name, make(found.name, **given), given, split, count)
    if callable(found) and not isinstance(found, type):
        if level is not None:
            raise UserError("a grading function has no levels")
        if knobs:
            raise UserError(f"a grading function has no knobs, so no {sorted(knobs)[0]!r}")
        return _of_grader(name, found, data, count)
    raise UserError(f"{target!r} is neither a family nor a function grade(prompt, answer, record)")


def _of_family(
    name: str, family: Family, knobs: Mapping[str, Any] | None, split: str, count: int
) -> Target:
    tasks = family.tasks(split, count)
    if not tasks:
        raise UserError(f"{name} poses no tasks in the split {split!r}: there is nothing to audit")
    for task in tasks:
        if (task.family, task.version) != (family.name, family.version):
            raise UserError(
                f"task {task.id[:12]} says that it is of {task.family} version {task.version}, but "
                f"{name} is {family.name} version {family.version}: nothing could verify it"
            )
    items = [_item(index, task, family) for index, task in enumerate(tasks)]
    return Target(
        name=name,
        importable=_importable(type(family)),
        items=tuple(items),
        is_family=True,
        family=family,
        knobs=knobs if _is_json(knobs) else None,
        split=split,
        waits=family.verifier.waits,
    )


def _item(index: int, task: Task, family: Family) -> Item:
    try:
        reference: str | None = family.reference(task)
    except FamilyError:  # a task of the user's own may come without one
        reference = None
    form, entry_point = _form(task.spec)
    return Item(
        index=index,
        id=task.id,
        prompt=task.text,
        payload=task.to_json(),
        spec=task.spec,
        reference=reference,
        nulls=tuple(family.null_answers(task)),
        form=form,
        entry_point=entry_point,
    )


def _of_grader(name: str, grader: Callable[..., Any], data: Any, count: int) -> Target:
    importable = name or _importable(grader)
    if data is None:
        raise UserError(
            f"{importable} is a grading function: give it examples, data= a JSONL path or a list of "
            "records with a prompt and a reference"
        )
    items = []
    for index, (where, record) in enumerate(read_records(data)):
        if index == count:
            break
        if type(record.get("prompt")) is not str:
            raise UserError(f"{where}: a record must have a text 'prompt'")
        reference = record.get("reference")
        if reference is not None and type(reference) is not str:
            raise UserError(f"{where}: reference must be text, an answer that earns the full reward")
        wrong = record.get("wrong", [])
        if not isinstance(wrong, list | tuple) or not all(type(one) is str for one in wrong):
            raise UserError(f"{where}: wrong must be a list of texts, answers that earn nothing")
        if not _is_json(record):
            raise UserError(f"{where}: a record must be JSON, because it is judged in another process")
        form, entry_point = _form(record)
        shown = f"record {index}"
        common = (index, shown, record["prompt"], dict(record), record)
        items.append(Item(*common, reference, tuple(wrong), form, entry_point))
    if not items:
        raise UserError(f"{importable}: the data holds no record")
    return Target(name or importable, importable, tuple(items), is_family=False)


def _form(spec: Mapping[str, Any]) -> tuple[str | None, str]:
    """(what kind of Python the answer is, the function's name), by what the spec holds."""
    if spec.get("language", "python") != "python":
        return None, "f"
    name = spec.get("entry_point")
    if type(name) is str and name.isidentifier():
        return FUNCTION, name
    cases = spec.get("cases")
    first = cases[0] if isinstance(cases, list | tuple) and cases else None
    if isinstance(first, Mapping) and {"input", "output"} <= set(first):
        return PROGRAM, "f"
    return None, "f"


def _importable(thing: Any) -> str:
    module, name = getattr(thing, "__module__", ""), getattr(thing, "__qualname__", "")
    path = f"{module}:{name}"
    if not module or module == "__main__" or "<" in name:
        raise UserError(
            f"{path} cannot be imported by another process, and that is where an audit judges: define "
            "it at the top of a module"
        )
    if load(path) is not thing:
        raise UserError(f"{path} is another object than the one given: audit it by its name")
    return path


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False
