"""What the lines of task and answer files mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verigym.bench import jsonl
from verigym.bench.run import Job
from verigym.errors import FormatError, TaskError
from verigym.family import checked_verifier
from verigym.task import Task


def tasks(path: str) -> list[Task]:
    """The tasks of a file, each of which this installation can verify.

    Raises:
        FormatError: when the file is not JSON Lines.
        TaskError: when a line is not a task, was altered, or is of a family or version not here.

    """
    return [_task(line, line.value) for line in jsonl.read(path)]


def pairs(path: str) -> Iterator[Job]:
    """The jobs of a file whose lines are ``{"task": {...}, "answer": "..."}``, lazily.

    Raises:
        FormatError: when a line is none of that.
        TaskError: as in :func:`tasks`.

    """
    for index, line in enumerate(jsonl.read(path)):
        record = line.as_object()
        if "task" not in record:
            raise FormatError(f"{line.where}: there is no field 'task'")
        yield Job(_task(line, record["task"]), _answer(line, record), index)


def joined(posed: list[Task], path: str) -> Iterator[Job]:
    """The jobs of a file of answers to the given tasks, lazily and in the order of the answers.

    Raises:
        FormatError: when a line is not an answer, or one to none of the tasks.

    """
    ids = {task.id: index for index, task in enumerate(posed)}
    for line in jsonl.read(path):
        key, answer = answer_to(line)
        index = ids.get(key, -1) if isinstance(key, str) else key
        if not 0 <= index < len(posed):
            raise FormatError(f"{line.where}: {unknown_task(key, len(posed))}")
        yield Job(posed[index], answer, index)


def answer_to(line: jsonl.Line) -> tuple[str | int, str]:
    """The task (its id, or its position from 0) and the answer of a line of answers.

    Such a line is an object with ``answer`` (text, or null for none) and either ``task_id`` or
    ``index``; other fields are ignored.

    Raises:
        FormatError: when the line has no such fields, or of other types.

    """
    record = line.as_object()
    if ("task_id" in record) == ("index" in record):
        raise FormatError(f"{line.where}: give either 'task_id' or 'index', to say whose answer it is")
    name, kind = ("task_id", str) if "task_id" in record else ("index", int)
    key: str | int = record[name]
    if type(key) is not kind:
        expected = "a string" if kind is str else "an integer"
        raise FormatError(f"{line.where}: {name!r} must be {expected}, not {key!r}")
    return key, _answer(line, record)


def unknown_task(key: str | int, count: int) -> str:
    """What to say about an answer to a task that is not among ``count`` tasks."""
    if isinstance(key, int):
        return f"index is {key}; there are {count} tasks, from 0"
    return f"no task has the id {key[:80]!r}; answers must be to the same tasks as given here"


def _answer(line: jsonl.Line, record: dict[str, Any]) -> str:
    if "answer" not in record:
        raise FormatError(f"{line.where}: there is no field 'answer'")
    answer = record["answer"]
    if answer is not None and not isinstance(answer, str):
        what = jsonl.json_type(answer)
        raise FormatError(f"{line.where}: 'answer' must be a string, not {what}")
    return answer or ""


def _task(line: jsonl.Line, value: Any) -> Task:
    try:
        task = Task.from_json(value)
        checked_verifier(task)
    except TaskError as error:
        raise TaskError(f"{line.where}: {error}") from None
    return task
