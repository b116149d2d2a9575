"""A family: one kind of task, with everything that makes it trustworthy.

A family poses tasks (from a seeded generator, or from real data), renders their prompts, names the
verifier that judges them, and knows two kinds of answers to each task: a *reference*, which must be
accepted, and *null answers* (empty, constant, an echo of the prompt, ...), which must earn exactly 0.

Families are found by name. Those of this package are listed in :data:`BUILTIN`; anybody's package
adds its own through the entry-point group ``verigym.families`` or :func:`register`.
"""

from __future__ import annotations

import importlib
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial, knobs_of
from verigym.errors import FamilyError, TaskError
from verigym.task import Task
from verigym.verdict import Verdict
from verigym.verifiers.base import Verifier

ENTRY_POINT_GROUP = "verigym.families"

BUILTIN = {
    "sat/solve": "verigym.envs.sat.solve:SatSolve",
    "sat/decide": "verigym.envs.sat.decide:SatDecide",
    "sat/interactive": "verigym.envs.sat.interactive:SatInteractive",
    "sat/maxsat": "verigym.envs.sat.maxsat:MaxSat",
    "sat/mcs": "verigym.envs.sat.mcs:SatMcs",
    "sat/mus": "verigym.envs.sat.mus:SatMus",
    "sat/encode": "verigym.envs.sat.encode:SatEncode",
    "sat/equivalent": "verigym.envs.sat.equivalent:SatEquivalent",
    "sat/interpolant": "verigym.envs.sat.interpolant:SatInterpolant",
    "sat/backbone": "verigym.envs.sat.backbone:SatBackbone",
    "sat/implicant": "verigym.envs.sat.implicant:SatImplicant",
    "sat/count": "verigym.envs.sat.count:SatCount",
    "code/humaneval": "verigym.envs.code.humaneval:HumanEval",
    "code/functions": "verigym.envs.code.functions:Functions",
    "code/stdio": "verigym.envs.code.stdio:Stdio",
    "code/repair": "verigym.envs.code.repair:Repair",
    "code/efficiency": "verigym.envs.code.efficiency:Efficiency",
    "code/mbpp": "verigym.envs.code.mbpp:Mbpp",
    "code/mbpp-plus": "verigym.envs.code.mbpp_plus:MbppPlus",
    "code/humaneval-plus": "verigym.envs.code.humaneval_plus:HumanEvalPlus",
    "code/apps": "verigym.envs.code.apps:Apps",
    "code/taco": "verigym.envs.code.taco:Taco",
    "code/codecontests": "verigym.envs.code.codecontests:CodeContests",
    "code/codeforces": "verigym.envs.code.codeforces:Codeforces",
    "code/livecodebench": "verigym.envs.code.livecodebench:LiveCodeBench",
    "code/inputs-outputs": "verigym.envs.code.inputs_outputs:InputsOutputs",
    "code/repository": "verigym.envs.code.repository:Repository",
    "spec/properties": "verigym.envs.spec.properties:Properties",
    "spec/contracts": "verigym.envs.spec.contracts:Contracts",
    "spec/metamorphic": "verigym.envs.spec.metamorphic:Metamorphic",
    "spec/differential": "verigym.envs.spec.differential:Differential",
    "spec/stateful": "verigym.envs.spec.stateful:Stateful",
    "testgen/distinguish": "verigym.envs.testgen.distinguish:Distinguish",
    "testgen/break": "verigym.envs.testgen.breaking:Break",
    "testgen/tests": "verigym.envs.testgen.suites:Suites",
    "testgen/cover": "verigym.envs.testgen.cover:Cover",
}
"""Name -> ``module:class`` of the families in this package, imported when first used."""

_registered: dict[str, type[Family]] = {}


class Family(ABC):
    """One kind of task. ``knobs`` are keyword arguments; unknown ones are an error.

    Raises:
        FamilyError: for a knob that the family does not have or a value that it cannot take.

    """

    name: ClassVar[str]
    """Registered name, stable for ever."""
    version: ClassVar[int] = 1
    """Counts up whenever an old task would be posed or judged differently."""
    summary: ClassVar[str]
    """One line that says what is asked and how it is checked."""
    verifier: ClassVar[Verifier]
    knobs: ClassVar[Mapping[str, str]] = {}
    """What each keyword argument means, in one line each."""
    dials: ClassVar[Mapping[str, Dial]] = {}
    """The knobs that move difficulty; :func:`verigym.difficulty.levels` turns them into levels, and
    ``verigym.family(name, level=3)`` sets them."""
    needs_data: ClassVar[bool] = False
    """True when the family poses nothing without ``data``."""
    searching: ClassVar[frozenset[str]] = frozenset()
    """Those of the cheap policies that look at many answers before they give one: small solvers, which
    may be right more often than a guess."""
    turns: int = 1
    """How many answers an episode may take; after each the policy sees the feedback on it."""

    @abstractmethod
    def tasks(self, split: str = "test", count: int | None = None) -> list[Task]:
        """The first ``count`` tasks of a split, always the same ones."""

    @abstractmethod
    def sample(self, split: str = "train", index: int = 0) -> Task:
        """Task number ``index`` of a split, a pure function of its arguments and the knobs."""

    @abstractmethod
    def size(self) -> int | None:
        """How many tasks a split has; ``None`` when there is no end to them."""

    @abstractmethod
    def reference(self, task: Task) -> str:
        """An answer that the verifier accepts, in the form that a policy would write it."""

    @abstractmethod
    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing and must earn exactly 0."""

    def solver_answer(self, task: Task) -> str:
        """What a solver for this kind of problem answers by itself: raw, and not checked here.

        Raises:
            FamilyError: when there is no such solver, or the task is too hard for its limit.

        """
        raise FamilyError(f"{self.name} has no solver that could answer; try the reference answers")

    def random_answer(self, task: Task, seed: int) -> str:
        """A seeded guess of the right form, for a baseline; by default one of the null answers."""
        answers = self.null_answers(task)
        return answers[seeding.derive("random answer", task.id, seed) % len(answers)]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """What policies that do not reason would answer, by the policy's name, the same for each task.

        Below success each earns exactly 0, and none succeeds more often than a guess, but for those of
        :attr:`searching`; ``verigym audit`` shows it for each level. By default the null answers.
        """
        names = {"": "empty", task.text: "copy of the prompt"}
        return {
            names.get(answer, f"null answer {number}"): answer
            for number, answer in enumerate(self.null_answers(task), 1)
        }

    def episode(self, task: Task, answers: Sequence[Any]) -> Any:
        """What is judged after these answers of one episode: by default the last of them.

        A family whose answers build on each other writes all of them as one, so that its verifier sees
        the whole episode and can judge it again without an environment. An answer may be any value.
        """
        return answers[-1]

    def verify(self, task: Task, answer: str) -> Verdict:
        """:func:`verigym.verify`, as a method."""
        return checked_verifier(task).verify(task, answer)


class GeneratedFamily(Family):
    """A family with a generator: endless tasks, each seeded by a hash of all that names it.

    ``seed`` is part of that: every seed gives other tasks, and no two seeds share any.
    """

    default_count: ClassVar[int] = 100
    shown: ClassVar[frozenset[str]] = frozenset()
    """Knobs that only change how a task is shown: they seed nothing, so that the same index of the same
    split is the same question whatever they are."""

    def __init__(self, *, seed: int = 0, **knobs: Any) -> None:
        if type(seed) is not int:
            raise FamilyError(f"seed is {seed!r}; it must be an int")
        stream = {"seed": seed} if seed else {}
        self.config: Mapping[str, Any] = {**self.configure(**knobs), **stream}

    @abstractmethod
    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        """The full JSON configuration that these knobs stand for; raises :class:`FamilyError`."""

    @abstractmethod
    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        """One task from its own ``random.Random``; reads no other randomness."""

    def sample(self, split: str = "train", index: int = 0) -> Task:
        if split not in seeding.SPLITS:
            raise FamilyError(f"split is {split!r}; it must be one of {', '.join(seeding.SPLITS)}")
        if type(index) is not int or index < 0:
            raise FamilyError(f"index is {index!r}; it must be an int from 0 up")
        return self.generate(self.stream(split, index), split, index)

    def stream(self, split: str, index: int) -> random.Random:
        """The randomness of one item."""
        config = {knob: value for knob, value in self.config.items() if knob not in self.shown}
        return seeding.item_rng(self.name, self.version, config, split, index)

    def size(self) -> int | None:
        return None

    def tasks(self, split: str = "test", count: int | None = None) -> list[Task]:
        return [self.sample(split, index) for index in range(check_count(count, self.default_count))]


class LoadedFamily(Family):
    """A family over real data: a fixed list of tasks, all of them in the split ``"test"``.

    Subclasses fill ``self._tasks`` when built.
    """

    _tasks: list[Task]

    def sample(self, split: str = "test", index: int = 0) -> Task:
        self._check_split(split)
        if type(index) is not int or not 0 <= index < len(self._tasks):
            raise FamilyError(f"index is {index!r}; the data holds {len(self._tasks)} tasks, from 0")
        return self._tasks[index]

    def tasks(self, split: str = "test", count: int | None = None) -> list[Task]:
        self._check_split(split)
        return self._tasks[: check_count(count, len(self._tasks))]

    def size(self) -> int | None:
        return len(self._tasks)

    def _check_split(self, split: str) -> None:
        if split != "test":
            raise FamilyError(f"split is {split!r}; loaded data has only the split 'test'")


def check_count(count: int | None, default: int) -> int:
    """A task count as given, or the default."""
    if count is None:
        return default
    if type(count) is not int or count < 0:
        raise FamilyError(f"count is {count!r}; it must be an int from 0 up")
    return count


def check_knobs(cls: type[Family], knobs: Mapping[str, Any]) -> None:
    """Refuse, by name, a knob that a family does not list."""
    if unknown := sorted(set(knobs) - set(cls.knobs)):
        has = f"it has {', '.join(sorted(cls.knobs))}" if cls.knobs else "it has none"
        raise FamilyError(f"{cls.name} has no knob {unknown[0]!r}; {has}")


def register(cls: type[Family]) -> type[Family]:
    """Make a family known by its ``name``; usable as a class decorator.

    Raises:
        FamilyError: when another class already has that name.

    """
    known = _registered.setdefault(cls.name, cls)
    if known is not cls and (known.__module__, known.__qualname__) != (
        cls.__module__,
        cls.__qualname__,
    ):
        raise FamilyError(f"family {cls.name!r} is already registered by {known.__module__}")
    _registered[cls.name] = cls
    return cls


def names() -> list[str]:
    """The names of all known families, sorted."""
    return sorted({*BUILTIN, *_registered, *(point.name for point in _entry_points())})


def family_class(name: str) -> type[Family]:
    """The class registered under a name.

    Raises:
        FamilyError: when there is none, or its package cannot be imported.

    """
    if name in _registered:
        return _registered[name]
    if name in BUILTIN:
        module, _, attribute = BUILTIN[name].partition(":")
        return register(getattr(importlib.import_module(module), attribute))
    for point in _entry_points():
        if point.name == name:
            return register(_load(name, point.load))
    raise FamilyError(f"no family is called {name!r}; there are: {', '.join(names())}")


def make(name: str, *, level: int | None = None, **knobs: Any) -> Family:
    """A family by name, with its knobs: ``verigym.family("sat/decide", n=30)``.

    ``level``, from 1 (the easiest) up, sets the knobs that its dials list for that level; others may be
    given beside it.

    Raises:
        FamilyError: for an unknown name, knob or level, and for a knob that the level sets too.

    """
    cls = family_class(name)
    check_knobs(cls, knobs)
    return cls(**(knobs if level is None else at_level(cls, level, knobs)))


def at_level(cls: type[Family], level: int, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs of a level of a family, with others beside them.

    Raises:
        FamilyError: when there is no such level, or a knob says what the level says.

    """
    set_by_level = knobs_of(level, cls.dials, cls.name)
    given = [name for name in knobs if name in set_by_level]
    if given:
        raise FamilyError(
            f"{cls.name}: level {level} sets {given[0]} to {set_by_level[given[0]]}, so it cannot be "
            f"{knobs[given[0]]!r} as well: leave one of the two out"
        )
    if knobs.get("data") is not None and not cls.needs_data:
        raise FamilyError(f"{cls.name}: data has no level; leave one of the two out")
    return {**set_by_level, **knobs}


def checked_verifier(task: Task) -> Verifier:
    """The verifier for a task.

    Raises:
        TaskError: when the task's family is unknown here or has another version.

    """
    if not isinstance(task, Task):
        raise TaskError(f"expected a Task, got {type(task).__name__}; see Task.from_json")
    try:
        cls = family_class(task.family)
    except FamilyError as error:
        raise TaskError(f"task {task.id[:12]}: {error}") from None
    if task.version != cls.version:
        raise TaskError(
            f"task {task.id[:12]} was built for version {task.version} of {task.family}, this is "
            f"version {cls.version}: pose it again, or install the release that made it"
        )
    return cls.verifier


def _entry_points() -> Iterator[Any]:
    from importlib.metadata import entry_points  # here: most families are found without it

    yield from entry_points(group=ENTRY_POINT_GROUP)


def _load(name: str, load: Callable[[], Any]) -> type[Family]:
    try:
        cls = load()
    except Exception as error:  # a plugin may fail in any way; ours must say which one did
        raise FamilyError(
            f"family {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if not (isinstance(cls, type) and issubclass(cls, Family) and cls.name == name):
        raise FamilyError(f"entry point {name!r} must name a Family class whose name is {name!r}")
    return cls
