"""Repositories judged by their own pytest suites: change some files so that certain tests pass."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from verigym.envs.code.limits import shown_packages, timed
from verigym.envs.code.testcode import parse
from verigym.envs.records import Source, arguments, read_records
from verigym.errors import FamilyError, TaskError, UserError
from verigym.family import LoadedFamily
from verigym.sandbox.files import check_files, room
from verigym.task import Task
from verigym.verifiers.answer_files import MOST_FILES, fenced_files
from verigym.verifiers.outcome import clip, limits_from
from verigym.verifiers.repository import CONFTEST, PACKAGE, ROOM_FOR_TESTS, RepositoryVerifier

TIMEOUT = 30.0
"""Seconds of processor time for one round of all tests."""
ROUNDS = 3
MOST_REPOSITORY_FILES = 800
MOST_BYTES = 16 << 20
"""Of a repository."""
MOST_TESTS = 5000
LONGEST_ID = 1000

_NULL_SOURCES = (
    "",
    "import os\nos._exit(0)\n",
    "raise SystemExit(0)\n",
    "import atexit, os\natexit.register(os._exit, 0)\n",
)


def repository_task(
    prompt: str,
    files: Mapping[str, str],
    tests: Iterable[str],
    fail_to_pass: Iterable[str],
    pass_to_pass: Iterable[str] = (),
    *,
    others: Iterable[str] | None = (),
    python_path: Iterable[str] = (".",),
    ini: Mapping[str, str] | None = None,
    packages: Iterable[str] = (),
    rounds: int = ROUNDS,
    reference: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    limits: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Task:
    r"""A task that asks for changed or new files of a repository, each given whole.

    >>> task = repository_task(
    ...     "double(n) in a.py does not double. Give the file anew.",
    ...     files={
    ...         "a.py": "def double(n): return n",
    ...         "test_a.py": "import a\ndef test_two(): assert a.double(2) == 4",
    ...     },
    ...     tests=["test_a.py"],
    ...     fail_to_pass=["test_a.py::test_two"],
    ... )
    >>> import verigym
    >>> verigym.verify(task, "```python a.py\ndef double(n): return 2 * n\n```").reward
    1.0

    Args:
        prompt: what the policy sees; :func:`verigym.verifiers.answer_files.fenced_files` writes files
            in the form in which they are answered.
        files: the repository: relative path -> text.
        tests: the paths that are restored over what the answer gives: test files, their helpers, data
            and ``conftest.py`` files. A ``conftest.py`` that is not among them is not used.
        fail_to_pass: ids of tests that fail now and must pass, as pytest writes them from the root of
            the repository: ``tests/test_a.py::TestB::test_c[2]``.
        pass_to_pass: ids of tests that pass now and must go on to.
        others: ids that may be collected from the same files too, and are not run. None: any. What is
            collected beyond these, or not at all, fails the answer.
        python_path: folders of the repository to import from.
        ini: pytest's settings, name -> value; none is read from the repository.
        packages: installed packages that the code or the tests need besides pytest.
        rounds: 3, 2 or 1; how often the tests are run, each time with other ones turned into their
            opposites. With 2, only forged reports are seen; with 1, nothing is.
        reference: an answer that must be accepted: path -> text.
        timeout: seconds of processor time for each round.
        limits: further fields of :class:`verigym.sandbox.Limits`.
        metadata: where it comes from; may be shown.

    Raises:
        TaskError: when nothing needs to be changed or tested, a test file is not there or does not
            parse, an id names no test in it, or an argument is not what it should be.
    """
    if not isinstance(prompt, str):
        raise TaskError(f"prompt must be text, not {type(prompt).__name__}")
    repository = _files(files, "files")
    kept = _names(tests, "tests")
    fails, passes = _names(fail_to_pass, "fail_to_pass"), _names(pass_to_pass, "pass_to_pass")
    extra = None if others is None else _names(others, "others")
    _check_tests(repository, kept)
    _check_ids(repository, kept, fails, passes, extra or [])
    if rounds not in (1, 2, 3) or type(rounds) is not int:
        raise TaskError(f"rounds is {rounds!r}; it must be 1, 2 or 3")
    spec: dict[str, Any] = {
        "files": repository,
        "tests": kept,
        "fail_to_pass": fails,
        "pass_to_pass": passes,
        "others": extra,
        "python_path": _folders(python_path),
        "ini": _ini(ini or {}),
        "packages": _packages(packages),
        "rounds": rounds,
        "limits": timed(timeout, limits),
    }
    _check_size(repository, spec)
    if reference is not None:
        spec["reference"] = _reference(reference, kept)
    return Task(
        family=Repository.name,
        version=Repository.version,
        prompt=prompt,
        spec=spec,
        metadata=metadata or {},
    )


def _files(files: Any, what: str) -> dict[str, str]:
    if not isinstance(files, Mapping) or not all(isinstance(text, str) for text in files.values()):
        raise TaskError(f"{what} must map paths to texts")
    try:
        check_files(files)
        for text in files.values():
            text.encode()
    except UnicodeEncodeError as error:
        raise TaskError(f"{what}: a text cannot be written in UTF-8: {error.reason}") from None
    except UserError as error:
        raise TaskError(f"{what}: {error}") from None
    if not files or len(files) > MOST_REPOSITORY_FILES:
        raise TaskError(
            f"{what} holds {len(files)} files; it must be from 1 to {MOST_REPOSITORY_FILES}"
        )
    return dict(files)


def _names(names: Any, what: str) -> list[str]:
    if isinstance(names, str | bytes | Mapping) or not isinstance(names, Iterable):
        raise TaskError(f"{what} must be a list of texts, not {clip(repr(names), 80)}")
    found = list(names)
    for name in found:
        if type(name) is not str or not 0 < len(name) <= LONGEST_ID:
            raise TaskError(f"{what} holds {clip(repr(name), 80)}; it must be a text, not a long one")
    if len(set(found)) != len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise TaskError(f"{what} holds {twice!r} twice")
    return found


def _check_tests(files: Mapping[str, str], tests: list[str]) -> None:
    if not tests:
        raise TaskError("tests is empty: there is nothing to restore, so an answer could bring its own")
    for path in tests:
        if path not in files:
            raise TaskError(f"the test file {path!r} is not among the files")
        if path.endswith(".py"):
            parse(files[path], f"the tests in {path}")


def _check_ids(
    files: Mapping[str, str], tests: list[str], fails: list[str], passes: list[str], others: list[str]
) -> None:
    if not fails:
        raise TaskError("fail_to_pass is empty: a repository without any change would be right")
    every = [*fails, *passes, *others]
    if len(every) > MOST_TESTS:
        raise TaskError(f"{len(every)} test ids; at most {MOST_TESTS} are judged")
    if len(set(every)) != len(every):
        twice = next(name for name in every if every.count(name) > 1)
        raise TaskError(f"the test id {twice!r} is given as one that must pass and as another")
    known = {path: _defined(files[path]) for path in tests if path.endswith(".py")}
    for name in every:
        path, _, inner = name.partition("::")
        first = inner.partition("[")[0].partition("::")[0]
        if path not in known:
            raise TaskError(f"the test id {name!r} is in no .py file among the tests")
        if not {first, "*"} & known[path]:
            raise TaskError(f"the test id {name!r} names nothing that is defined in {path}")


def _defined(source: str) -> set[str]:
    """Names that a file defines or imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _folders(paths: Any) -> list[str]:
    found = _names(paths, "python_path")
    try:
        check_files({path: b"" for path in found if path != "."})
    except UserError as error:
        raise TaskError(f"python_path: {error}") from None
    return found


def _ini(ini: Any) -> dict[str, str]:
    if not isinstance(ini, Mapping) or {type(word) for pair in ini.items() for word in pair} - {str}:
        raise TaskError("ini must map names to texts")
    for name in ini:
        if not name.isidentifier() or name == "addopts":
            raise TaskError(f"ini: {name!r} is no name of a setting, or one that is not taken")
    return dict(ini)


def _packages(names: Any) -> list[str]:
    found: list[str] = shown_packages((PACKAGE, *_names(names, "packages")))["packages"]
    return found


def _check_size(files: Mapping[str, str], spec: Mapping[str, Any]) -> None:
    size = room(check_files(files))
    most = min(MOST_BYTES, limits_from(spec).scratch_bytes - 2 * ROOM_FOR_TESTS)
    if size > most:
        raise TaskError(
            f"the repository takes {size} bytes and may take {most}: give fewer files, or raise "
            "the limit scratch_bytes"
        )


def _reference(given: Any, tests: list[str]) -> dict[str, str]:
    found = _files(given, "reference")
    if len(found) > MOST_FILES:
        raise TaskError(f"reference gives {len(found)} files; an answer may give {MOST_FILES}")
    if lost := sorted(path for path in found if path in tests or path.rpartition("/")[2] == CONFTEST):
        raise TaskError(f"reference gives {lost[0]!r}, which is not taken from an answer")
    return found


class Repository(LoadedFamily):
    """Your own repositories, from records with the arguments of :func:`repository_task`."""

    name = "code/repository"
    summary = "change a repository; judged by its own pytest suite, restored, and run with opposites"
    verifier = RepositoryVerifier()
    knobs = {"data": "JSONL(.gz) path or list of records with the arguments of repository_task"}
    needs_data = True

    def __init__(self, data: Source | None = None) -> None:
        if data is None:
            raise FamilyError("code/repository needs data=: a JSONL path or a list of records")
        self._tasks = [_task(record, where) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/repository: the data holds no record")

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"task {task.id[:12]} has no reference answer")
        return fenced_files(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        """Nothing, prose, the files as they are, and files that only end the run."""
        files, kept = task.spec["files"], task.spec["tests"]
        changed = task.spec.get("reference") or [path for path in files if path.endswith(".py")]
        paths = [path for path in changed if path not in kept and path.endswith(".py")][:MOST_FILES]
        as_it_is = {path: files[path] for path in paths if path in files}
        ending = [fenced_files(dict.fromkeys(paths, source)) for source in _NULL_SOURCES if paths]
        unchanged = [fenced_files(as_it_is)] if as_it_is else []
        return ["", "I do not know.", task.text, *unchanged, *ending]


_OPTIONS = (
    *("pass_to_pass", "others", "python_path", "ini", "packages", "rounds", "reference"),
    *("timeout", "limits", "metadata"),
)


def _task(record: Mapping[str, Any], where: str) -> Task:
    needed = {"prompt": str, "files": dict, "tests": list, "fail_to_pass": list}
    try:
        return repository_task(**arguments(record, where, needed, _OPTIONS))
    except TaskError as error:
        raise FamilyError(f"{where}: {error}") from None
