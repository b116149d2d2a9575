"""``testgen/tests``: a few tests that find the faults of programs that are not shown."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.records import Source
from verigym.envs.testgen.faults import Trial, tried
from verigym.envs.testgen.pool import shuffled
from verigym.envs.testgen.records import RecordFamily
from verigym.errors import FamilyError
from verigym.mutation.decoys import decoys
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.observe import observe
from verigym.verifiers.suite_rewards import EXACT, NAMES
from verigym.verifiers.suites import CODE, DATA, SuiteVerifier

MOST = 200
BANK = 8
"""Random suites, of which the best is the floor."""

_PROMPT = """\
Write tests for the function that is described below. They will be run on programs that have a fault: \
give at most {most} tests that, together, find all of them. Each must be valid: the function is meant \
to take the input{predicted}. Programs that are only slow have no fault.

Answer with a JSON array inside <answer> tags and with nothing else in them; each test in it is \
{form}. For example, for a function that adds two numbers: <answer>{example}</answer>. What JSON does \
not have is written as an object with its type: {{"tuple": [1, 2]}}, {{"set": [1]}}, \
{{"dict": [["key", 1]]}}.

{problem}"""
_CODE_PROMPT = """\
Write test code for the function `{name}` that is described below. It will be run on programs that \
have a fault, and is to fail on all of them; and on right programs, however they are written, on which \
it is to pass. It may call the function at most {most} times, with positional arguments that are plain \
data and that the function is meant to take. Programs that are only slow have no fault.

Answer with Python in one fenced block: a function `check(candidate)` that is given the function, with \
asserts in it; or asserts that call `{name}`. Nothing of a program can be had but what its calls give \
back.

{problem}"""
_ARGS = "an array, of the arguments of the call", "[[1, 2], [0, -3]]"
_BOTH = (
    'an object with "args", an array of the arguments, and "expected", what must come back',
    '[{"args": [1, 2], "expected": 3}]',
)


class Suites(RecordFamily):
    """Suites of tests: data, or code.

    Raises:
        FamilyError: for a malformed record, and when no record gives a task.
    """

    name = "testgen/tests"
    summary = "Write tests, as data, that find the faults of hidden programs; a right one checks them."
    verifier = SuiteVerifier()
    knobs: ClassVar[Mapping[str, str]] = {
        "data": "JSONL(.gz) path or list of records of code/functions with cases and a reference, and "
        "perhaps wrong: a list of wrong answers, and contract: the source of one",
        "most": "how many tests a suite may have (default: one more than are needed)",
        "faults": "how many faulty programs, at most, for each record (default 20)",
        "predict": "whether tests say what is expected, too (default false)",
        "form": "data (default), or code: a test function, tried on a proxy of each program",
        "reward": "what is paid for less than a full success: exact (default), or by the definition of "
        "utrl, cure, atgen, code_a1 or marginal",
        "seed": "which of the faulty programs are taken (default 0)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {
        "faults": Dial(1, MOST, (5, 10, 20, 30, 40)),
    }

    def __init__(
        self,
        data: Source | None = None,
        most: int | None = None,
        faults: int = 20,
        predict: bool = False,
        form: str = DATA,
        reward: str = EXACT,
        seed: int = 0,
    ) -> None:
        if data is None:
            raise FamilyError(f"{self.name} needs data=: a JSONL path or a list of records")
        for knob, value in (("most", 1 if most is None else most), ("faults", faults)):
            if type(value) is not int or not 1 <= value <= MOST:
                raise FamilyError(f"{knob} is {value!r}; it must be an int from 1 to {MOST}")
        if type(predict) is not bool or type(seed) is not int:
            raise FamilyError("predict must be true or false, and seed an int")
        if form not in (DATA, CODE) or (form == CODE and predict):
            raise FamilyError(f"form is {form!r}; it must be data, or code without predict")
        if reward not in NAMES:
            raise FamilyError(f"reward is {reward!r}; it must be one of {', '.join(NAMES)}")

        def posed(function: Task, wrong: Sequence[str], contract: str | None) -> list[Task]:
            trial = tried(function, wrong, seed, contract)
            task = _posed(trial, contract, most, faults, predict, form, reward)
            if form == CODE and not self.verifier.judge(task, self.reference(task)).correct:
                raise FamilyError("asserts of plain equality do not tell its faults")
            return [task]

        self._pose(data, posed)

    def reference(self, task: Task) -> str:
        if task.spec.get("form", DATA) == CODE:
            return written_tests(task.spec["known"])
        return json.dumps(task.spec["known"])

    def null_answers(self, task: Task) -> list[str]:
        count = len(task.spec["shapes"])
        suites: list[Any] = [[], [[]], [[None] * count], [[0] * count], [[""] * count], {}, 0]
        expected = [{"args": [0] * count, "expected": None}]
        texts = ["", "I do not know.", task.text, *map(json.dumps, [*suites, expected])]
        if task.spec.get("form", DATA) == CODE:
            texts += [
                "pass",
                "assert False",
                "def check(candidate): candidate",
                "import os; os._exit(0)",
            ]
        found = dict.fromkeys(texts)
        return [text for text in found if self.verify(task, text).reward == 0.0]

    def random_answer(self, task: Task, seed: int) -> str:
        """A suite of as many as may be of the inputs that were tried when the task was made."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        chosen = shuffled(task.spec["inputs"], rng)[: task.spec["most"]]
        return written_tests(chosen) if task.spec.get("form", DATA) == CODE else json.dumps(chosen)


def _posed(
    trial: Trial,
    contract: str | None,
    most: int | None,
    faults: int,
    predict: bool,
    form: str,
    reward: str,
) -> Task:
    """The task of a trial.

    Raises:
        FamilyError: when no fault can be found, or not with so few tests.
    """
    chosen: dict[tuple[bool, ...], tuple[str, bool]] = {}
    for mutant, hits in trial.rows:
        if any(hits) and not all(hits) and len(chosen) < faults:
            chosen.setdefault(hits, (mutant.source, mutant.operator == "recorded"))
    if not chosen:
        raise FamilyError("no fault of its programs shows on some inputs and not on others")
    vectors = list(chosen)
    suite = fewest(vectors)
    most = len(suite) + 1 if most is None else most
    if len(suite) > most:
        raise FamilyError(f"its faults take {len(suite)} tests, and at most {most} are allowed")
    inputs = [call["args"] for call in trial.calls]

    def test(place: int) -> Any:
        told = {"args": inputs[place], "expected": trial.expected[place]}
        return told if predict or form == CODE else inputs[place]

    spec: dict[str, Any] = {
        "entry_point": trial.entry_point,
        "reference": trial.reference,
        "programs": [source for source, recorded in chosen.values() if not recorded],
        "recorded": [source for source, recorded in chosen.values() if recorded],
        "shapes": list(trial.shapes),
        "compare": dict(trial.compare),
        "packages": list(trial.packages),
        "most": most,
        "predict": predict,
        "floor": floors(vectors, most, trial.rng),
        "known": [test(place) for place in suite],
        "inputs": [test(place) for place in range(len(inputs))],
    }
    if contract is not None:
        spec["contract"] = contract
    if reward != EXACT:
        spec["reward"] = reward
    if form == CODE:
        spec |= {"form": CODE, "decoys": _decoys(trial)}
    shape, example = _BOTH if predict else _ARGS
    prompt = (_CODE_PROMPT if form == CODE else _PROMPT).format(
        name=trial.entry_point,
        most=most,
        predicted=", and what is expected is what it must give back" if predict else "",
        form=shape,
        example=example,
        problem=trial.task.text,
    )
    return Task(
        family=Suites.name,
        version=Suites.version,
        prompt=prompt,
        spec=spec,
        difficulty={"faults": len(chosen), "most": most, "needed": len(suite)},
        metadata=trial.task.metadata,
    )


def written_tests(tests: Sequence[Mapping[str, Any]]) -> str:
    """Test code that asserts what tests as data say."""
    lines = [
        "def same(one, other):",
        "    unordered = isinstance(one, (dict, set, frozenset))",
        "    return one == other and (unordered or repr(one) == repr(other))",
        "",
        "def check(candidate):",
        "    inf, nan = float('inf'), float('nan')",
    ]
    for test in tests:
        args = ", ".join(repr(plain.decode(tree)) for tree in test["args"])
        lines.append(f"    assert same(candidate({args}), {plain.decode(test['expected'])!r})")
    return "```python\n" + "\n".join(lines) + "\n```"


def _decoys(trial: Trial) -> list[str]:
    """Decoys of the reference that do as it does on all inputs that were tried."""
    found = decoys(trial.reference, trial.entry_point)
    rows = observe([trial.reference, *found], trial.entry_point, trial.calls, packages=trial.packages)
    own, *others = [[(one.kind, one.value) for one in row] for row in rows]
    return [source for source, row in zip(found, others, strict=True) if row == own]


def fewest(vectors: Sequence[tuple[bool, ...]]) -> list[int]:
    """Greedily the fewest inputs that show every fault."""
    left, suite = set(range(len(vectors))), []
    while left:
        counts = [sum(vectors[i][place] for i in left) for place in range(len(vectors[0]))]
        best = counts.index(max(counts))
        suite.append(best)
        left = {i for i in left if not vectors[i][best]}
    return suite


def floors(vectors: Sequence[tuple[bool, ...]], most: int, rng: random.Random) -> list[float]:
    """For each number of tests the share of faults that cheap suites show: the first inputs, which are
    those of the task's own cases, and the best of some random ones.
    """
    places = range(len(vectors[0]))
    orders = [list(places), *(shuffled(places, rng) for _ in range(BANK))]
    found = []
    for count in range(1, most + 1):
        best = max(
            sum(any(hits[place] for place in order[:count]) for hits in vectors) for order in orders
        )
        found.append(round(best / len(vectors), 6))
    return found
