"""``testgen/cover``: a few inputs that reach every statement of a program, and every outcome of its
conditions.

The goals are those that some input of a pool reaches (the record's cases, and inputs drawn like them);
so what cannot be reached is no goal, and the more inputs are drawn, the rarer are the goals.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.code.published import fenced
from verigym.envs.records import Source
from verigym.envs.testgen.pool import DRAWN, Pool, pooled, shuffled
from verigym.envs.testgen.records import RecordFamily
from verigym.envs.testgen.suites import MOST, fewest, floors
from verigym.errors import FamilyError
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.cover import CoverVerifier
from verigym.verifiers.observe import Kind, call, observe
from verigym.verifiers.shape import fits

MOST_DRAWN = 1000
CONSTANTS: tuple[Any, ...] = (None, 0, 1, -1, "", "a", [], [0], True)
"""What knows nothing of the program: calls with one of these in all places."""

_PROMPT = """\
Give inputs on which the program below executes each of its statements and, of each of its conditions, \
both outcomes{operands}; a `for` loop is also to end by running out. Statements and outcomes that no \
input reaches do not count. At most {most} inputs are allowed, and each must be one that the function \
is meant to take.

Answer with a JSON array inside <answer> tags and with nothing else in them; each input in it is an \
array, of the arguments of one call of `{name}`. For example, for a function that adds two numbers: \
<answer>[[1, 2], [0, -3]]</answer>. What JSON does not have is written as an object with its type: \
{{"tuple": [1, 2]}}, {{"set": [1]}}, {{"dict": [["key", 1]]}}.

The problem that it solves:

{problem}

The program:

{program}"""


class Cover(RecordFamily):
    """Suites of inputs that cover a program.

    Raises:
        FamilyError: for a malformed record, and when no record gives a task.
    """

    name = "testgen/cover"
    summary = "Give a few inputs that reach all lines and branches of a program."
    verifier = CoverVerifier()
    knobs: ClassVar[Mapping[str, str]] = {
        "data": "JSONL(.gz) path or list of records of code/functions with cases and a reference, and "
        "perhaps a contract",
        "most": "how many inputs a suite may have (default: as many as are needed)",
        "drawn": "how many inputs are drawn to find what can be reached (default 40)",
        "operands": "whether the operands of and and or are conditions, too (default false)",
        "seed": "which inputs are drawn (default 0)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {"drawn": Dial(1, MOST_DRAWN, (10, 20, 40, 80, 160))}

    def __init__(
        self,
        data: Source | None = None,
        most: int | None = None,
        drawn: int = DRAWN,
        operands: bool = False,
        seed: int = 0,
    ) -> None:
        if data is None:
            raise FamilyError(f"{self.name} needs data=: a JSONL path or a list of records")
        for knob, value, limit in (
            ("most", 1 if most is None else most, MOST),
            ("drawn", drawn, MOST_DRAWN),
        ):
            if type(value) is not int or not 1 <= value <= limit:
                raise FamilyError(f"{knob} is {value!r}; it must be an int from 1 to {limit}")
        if type(operands) is not bool or type(seed) is not int:
            raise FamilyError("operands must be true or false, and seed an int")
        watch = "operands" if operands else "conditions"

        def posed(task: Task, _wrong: Sequence[str], contract: str | None) -> list[Task]:
            return [_posed(pooled(task, seed, drawn, contract), contract, most, watch)]

        self._pose(data, posed)

    def reference(self, task: Task) -> str:
        return json.dumps(task.spec["known"])

    def null_answers(self, task: Task) -> list[str]:
        count = len(task.spec["shapes"])
        constant = [[value] * count for value in CONSTANTS]
        suites = [[], [[]], {}, 0, *([one] for one in constant)]
        return ["", "I do not know.", task.text, *map(json.dumps, suites)]

    def random_answer(self, task: Task, seed: int) -> str:
        """A suite of as many as may be of the inputs that were tried when the task was made."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        return json.dumps(shuffled(task.spec["inputs"], rng)[: task.spec["most"]])


def _posed(pool: Pool, contract: str | None, most: int | None, watch: str) -> Task:
    """The task of a pool.

    Raises:
        FamilyError: when one input reaches everything, or so few tests do not.
    """
    reached = _reached(pool, pool.calls, watch)
    usable = [place for place, found in enumerate(reached) if found is not None]
    inputs = [list(pool.calls[place]["args"]) for place in usable]
    sets = [reached[place] or frozenset() for place in usable]
    goals = sorted(frozenset().union(*sets), key=_in_the_source)
    if not goals or any(len(found) == len(goals) for found in sets):
        raise FamilyError("one input reaches all that inputs reach of its reference")
    vectors = [tuple(goal in found for found in sets) for goal in goals]
    suite = fewest(vectors)
    most = len(suite) if most is None else most
    if len(suite) > most:
        raise FamilyError(f"its goals take {len(suite)} inputs, and at most {most} are allowed")
    spec: dict[str, Any] = {
        "entry_point": pool.entry_point,
        "reference": pool.reference,
        "goals": goals,
        "watch": watch,
        "shapes": list(pool.shapes),
        "compare": dict(pool.compare),
        "packages": list(pool.packages),
        "most": most,
        "floor": _floor(pool, goals, vectors, most, watch),
        "known": [inputs[place] for place in suite],
        "inputs": inputs,
    }
    if contract is not None:
        spec["contract"] = contract
    prompt = _PROMPT.format(
        most=most,
        name=pool.entry_point,
        operands=" (the operands of `and` and `or` but the last are conditions, too)"
        if watch == "operands"
        else "",
        problem=pool.task.text,
        program=fenced(pool.reference),
    )
    return Task(
        family=Cover.name,
        version=Cover.version,
        prompt=prompt,
        spec=spec,
        difficulty={"goals": len(goals), "most": most, "needed": len(suite)},
        metadata=pool.task.metadata,
    )


def _reached(pool: Pool, calls: Sequence[Mapping[str, Any]], watch: str) -> list[frozenset[str] | None]:
    """The goals that each call reaches; None where the program does not take it, or not twice alike."""
    told = {"packages": pool.packages, "watch": watch}
    (one,), (two,) = (
        observe([pool.reference], pool.entry_point, calls, **told)  # type: ignore[arg-type]
        for _ in range(2)
    )
    return [
        frozenset(first.reached) if first.kind is Kind.VALUE and first == second else None
        for first, second in zip(one, two, strict=True)
    ]


def _floor(
    pool: Pool, goals: Sequence[str], vectors: Sequence[tuple[bool, ...]], most: int, watch: str
) -> list[float]:
    """For each number of inputs the share of the goals that cheap suites reach: random ones, and calls
    with constants alone.

    Raises:
        FamilyError: when the constants reach everything.
    """
    count = len(pool.shapes)
    constants = [
        [value] * count for value in CONSTANTS if all(fits(value, shape) for shape in pool.shapes)
    ]
    calls = [call([plain.encode(value) for value in args]) for args in constants]
    found = _reached(pool, calls, watch) if calls else []
    share = len(frozenset().union(*(one or frozenset() for one in found))) / len(goals)
    if share >= 1:
        raise FamilyError("calls with constants reach all that inputs reach of its reference")
    return [max(floor, round(share, 6)) for floor in floors(vectors, most, pool.rng)]


def _in_the_source(goal: str) -> tuple[int, str]:
    return int(goal.removeprefix("line ").partition(",")[0].partition(":")[0]), goal
