"""Reading a published data set: what every reader needs, once.

A reader names its fields; this module checks them. Whatever is wrong with a record becomes an error
that names the record and the field. Nothing here runs or unpickles what a record holds, and all of it
is bounded: texts by their length, JSON by its nesting before it is parsed.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from typing import Any, ClassVar

from verigym.envs.code.functions import null_functions
from verigym.envs.code.references import invalid_tasks
from verigym.envs.code.stdio import null_programs
from verigym.envs.code.testcode import parse
from verigym.envs.records import Source, read_records
from verigym.errors import FamilyError, TaskError
from verigym.family import LoadedFamily
from verigym.task import Task
from verigym.verifiers.answer import fence_for
from verigym.verifiers.base import default_workers, ordered_map
from verigym.verifiers.code import CodeVerifier

MAX_TEXT = 64 << 20
"""Characters of one field; the largest published record of tests is well below."""
MAX_NESTING = 200


@dataclass(frozen=True)
class Record:
    """One published record, with the words that name it in errors."""

    fields: Mapping[str, Any]
    where: str

    def error(self, name: str, why: str) -> FamilyError:
        """An error that names this record and a field of it."""
        return FamilyError(f"{self.where}: field {name!r} {why}")

    def has(self, name: str) -> bool:
        """Whether a field is there and says something: not None, not an empty text or list."""
        value = self.fields.get(name)
        return value is not None and value != "" and value != []

    def name(self, *names: str) -> str:
        """The first of some fields that names the record; empty when none does."""
        found = (self.fields.get(name) for name in names)
        return next((str(one)[:80] for one in found if isinstance(one, str | int) and one != ""), "")

    def get(self, name: str, kind: type | tuple[type, ...]) -> Any:
        """A field of a type; raises :class:`FamilyError` when it is missing or of another type."""
        if name not in self.fields:
            raise FamilyError(f"{self.where}: no field {name!r}")
        value, kinds = self.fields[name], kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(one.__name__ for one in kinds)
            raise self.error(name, f"is a {type(value).__name__}, not a {wanted}")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A text field; ``default``, where given, stands for a missing or null one."""
        if default is not None and self.fields.get(name) is None:
            return default
        return check_text(self.get(name, str), self, name)

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        """A list of texts; ``default``, where given, stands for a missing or null one."""
        if default is not None and self.fields.get(name) is None:
            return default
        return [check_text(text, self, name) for text in self.get(name, (list, tuple))]

    def json(self, name: str) -> Any:
        """A field that is JSON text, parsed; one that is parsed already is taken as it is."""
        value = self.get(name, (str, list, tuple, Mapping))
        return read_json(value, self, name) if isinstance(value, str) else value


def check_text(value: Any, record: Record, name: str) -> str:
    """A text of bounded length.

    Raises:
        FamilyError: when it is none, or longer than ``MAX_TEXT`` characters.
    """
    if not isinstance(value, str):
        raise record.error(name, f"holds a {type(value).__name__} where text must be")
    if len(value) > MAX_TEXT:
        raise record.error(name, f"holds {len(value)} characters, at most {MAX_TEXT} are read")
    return value


def read_json(text: str, record: Record, name: str) -> Any:
    """The JSON value in a field's text.

    Raises:
        FamilyError: when it is too long, nests too deep, or is no JSON.
    """
    check_text(text, record, name)
    if nesting(text) > MAX_NESTING:
        raise record.error(name, f"is JSON that nests more than {MAX_NESTING} deep")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise record.error(name, f"is not JSON: {str(error)[:200]}") from None


def nesting(text: str) -> int:
    """How deep the brackets of a JSON text nest, those in its strings left out. Asked before it is
    parsed, because the parser recurses as deep as the interpreter lets it.
    """
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return 0
    bare = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    steps = ((1 if char in "[{" else -1) for char in bare if char in "[]{}")
    return max(accumulate(steps), default=0)


def fenced(code: str) -> str:
    """The code in a fenced block that nothing in it can close."""
    mark = fence_for(code)
    return f"{mark}\n{code}\n{mark}"


def first_python(sources: Iterable[str]) -> str | None:
    """The first of some solutions that is Python 3, as far as its syntax tells; it is not run."""
    for source in islice(sources, MOST_SOLUTIONS):
        try:
            if source.strip():
                parse(source, "the solution")
                return source
        except TaskError:
            continue
    return None


MOST_SOLUTIONS = 50
"""How many solutions of a record are looked at for one that parses."""

KNOBS = {
    "skip_invalid": "leave out records that are malformed, instead of refusing all (default false)",
    "skip_failing": "leave out tasks whose reference fails their own tests (default false)",
}
"""What every reader takes beside ``data`` and ``timeout``."""


class Published(LoadedFamily):
    """A data set with one task for each record. Subclasses say how in :meth:`pose`.

    ``skipped`` says, for each record that was left out, which one and why.

    Args:
        data: a path or a list of records.
        timeout: seconds of processor time, where the record itself does not say.
        skip_invalid: leave out the records that cannot be judged, instead of refusing all.
        skip_failing: judge all references, and leave out the tasks whose own is not accepted.

    Raises:
        FamilyError: when there is no data, it cannot be read, nothing of it can be judged, or
            (without ``skip_invalid``) one record cannot.
        SandboxError: when references are to be run and the sandbox fails.
    """

    verifier = CodeVerifier()
    needs_data = True
    published_as: ClassVar[str]
    """What ``data=`` must be, for the error that says it is lacking."""
    named_by: ClassVar[tuple[str, ...]] = ()
    """The fields that name a record, the first that it has."""
    runs_references: ClassVar[bool] = False
    """Whether posing a task waits for the sandbox, so that many should be posed at a time."""

    def __init__(
        self,
        data: Source | None = None,
        timeout: float = 6.0,
        skip_invalid: bool = False,
        skip_failing: bool = False,
    ) -> None:
        self.timeout = timeout
        self.load(data, skip_invalid, skip_failing)

    def load(self, data: Source | None, skip_invalid: bool, skip_failing: bool) -> None:
        """Fill the family from its data; arguments and errors are those of the class."""
        if data is None:
            raise FamilyError(f"{self.name} needs data=: {self.published_as}")
        for name, value in (("skip_invalid", skip_invalid), ("skip_failing", skip_failing)):
            if type(value) is not bool:
                raise FamilyError(f"{name} is {value!r}; it must be true or false")
        self._tasks: list[Task] = []
        self.skipped: list[str] = []
        records = (Record(fields, self._where(fields, at)) for at, fields in read_records(data))
        for posed in self._attempts(records):
            if isinstance(posed, Task):
                self._tasks.append(posed)
            elif skip_invalid:
                self.skipped.append(str(posed))
            else:
                raise posed
        if skip_failing:
            found = {invalid.task.id: str(invalid) for invalid in invalid_tasks(self)}
            self._tasks = [task for task in self._tasks if task.id not in found]
            self.skipped += found.values()
        if not self._tasks:
            why = f": {self.skipped[0]}" if self.skipped else ""
            raise FamilyError(f"{self.name}: the data holds no record that can be judged{why}")

    def _attempts(self, records: Iterable[Record]) -> Iterable[Task | FamilyError]:
        """What came of each record, in order: one after the other, or where that waits several."""
        if not self.runs_references:
            return map(self._attempt, records)
        return ordered_map(self._attempt, list(records), default_workers(True))

    def _attempt(self, record: Record) -> Task | FamilyError:
        try:
            return self.posed(record)
        except FamilyError as error:
            return error

    def posed(self, record: Record) -> Task:
        """The task of a record; every fault names the record."""
        try:
            return self.pose(record)
        except TaskError as error:
            raise FamilyError(f"{record.where}: {error}") from None

    @abstractmethod
    def pose(self, record: Record) -> Task:
        """The task of a record; may raise :class:`FamilyError` and :class:`TaskError`."""

    def own(self, task: Task, metadata: Mapping[str, Any], **more: Any) -> Task:
        """A task as this family's, with ``more`` in its spec."""
        said = {name: value for name, value in metadata.items() if value not in (None, "")}
        return replace(
            task,
            family=self.name,
            version=self.version,
            metadata=said,
            spec={**task.spec, **more},
            id="",
        )

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(
                f"task {task.id[:12]} has no reference answer: its record has no solution"
            )
        return fenced(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        if "entry_point" in task.spec:
            return null_functions(task.spec["entry_point"], task.text)
        return null_programs(task)

    def _where(self, fields: Mapping[str, Any], where: str) -> str:
        name = Record(fields, where).name(*self.named_by)
        return f"{where} ({name})" if name else where
