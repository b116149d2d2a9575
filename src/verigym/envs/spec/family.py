"""What the families of specs share: each index is a spec, with examples of its own."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym.envs.code.published import fenced
from verigym.envs.records import Source
from verigym.envs.spec.corpus import MOST_EXAMPLES, TooWeak, spec_task
from verigym.envs.spec.loading import Spec, read_specs
from verigym.errors import FamilyError, TaskError
from verigym.family import GeneratedFamily
from verigym.task import Task, canonical
from verigym.verifiers.base import Verifier
from verigym.verifiers.properties import PropertyVerifier
from verigym.verifiers.scoring import ALL, STATUS

MOST_TRIES = 5
"""Seeds that are tried until examples refuse all lazy answers."""


class SpecFamily(GeneratedFamily):
    """Tasks over specs of one kind: index ``i`` is spec ``i % n``, with examples of its own.

    Raises:
        FamilyError: for a spec that is not as it should be; when a task is made, also for one that
            cannot judge anybody (its reference fails it, say).
    """

    verifier: ClassVar[Verifier] = PropertyVerifier()
    kind: ClassVar[str]
    knobs: ClassVar[Mapping[str, str]] = {
        "data": "a spec's folder or a folder of such, a JSONL path, or a list of records (default: "
        "the specs that ship)",
        "examples": "how many examples are tried for each test (default: as each test says, or 100)",
        "feedback": "what is told of a failing example: status (nothing, the default) or all",
        "shrink": "whether a failing example is shrunk (default false)",
        "seed": "which examples (default 0)",
    }
    shown = frozenset({"feedback", "shrink"})

    def configure(  # type: ignore[override]
        self,
        *,
        data: Source | None = None,
        examples: int | None = None,
        feedback: str = STATUS,
        shrink: bool = False,
    ) -> Mapping[str, Any]:
        if examples is not None and (type(examples) is not int or not 1 <= examples <= MOST_EXAMPLES):
            raise FamilyError(f"examples is {examples!r}; it must be an int from 1 to {MOST_EXAMPLES}")
        if feedback not in (STATUS, ALL):
            raise FamilyError(f"feedback is {feedback!r}; it must be {STATUS} or {ALL}")
        if type(shrink) is not bool:
            raise FamilyError(f"shrink is {shrink!r}; it must be true or false")
        self.specs: list[Spec] = read_specs(data, self.kind)
        texts = [
            [spec.name, spec.tests, spec.reference, list(spec.entry_points)] for spec in self.specs
        ]
        digest = hashlib.sha256(canonical(texts).encode()).hexdigest()
        return {"specs": digest, "examples": examples, "feedback": feedback, "shrink": shrink}

    @property
    def default_count(self) -> int:  # type: ignore[override]
        """One task for each spec."""
        return len(self.specs)

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        spec = self.specs[index % len(self.specs)]
        for _ in range(MOST_TRIES):
            try:
                return self.pose(spec, rng.getrandbits(48))
            except TooWeak as error:  # a lazy answer was lucky; other examples may refuse it
                why = error
            except TaskError as error:
                raise FamilyError(str(error)) from None
        raise FamilyError(f"{why}: give more examples than {self.config['examples'] or 100}")

    def pose(self, spec: Spec, seed: int) -> Task:
        """The task of a spec, with the examples of a seed; raises as :func:`spec_task` does."""
        return spec_task(
            spec,
            seed,
            family=self.name,
            version=self.version,
            examples=self.config["examples"],
            feedback=self.config["feedback"],
            shrink=self.config["shrink"],
        )

    def reference(self, task: Task) -> str:
        return fenced(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        names = task.spec["entry_points"]
        nothing = "\n".join(f"def {name}(*args, **kwargs):\n    pass\n" for name in names)
        leaves = "import os\n" + nothing.replace("pass", "os._exit(0)")
        return ["", "I do not know.", task.text, nothing, leaves, *task.spec["lazy"]]
