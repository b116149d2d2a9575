"""Solvers that need no model: what they answer follows from the seed.

They are made for the problems of a run and may look at what no other player sees, faulty programs and
the reference; never at a held-out fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verigym.arena.draws import chance, stream
from verigym.arena.players import Solver, SolverView
from verigym.arena.problem import Problem
from verigym.sandbox.inside import plain


class Mutants:
    """Answers with the reference or, while it lacks the skill, with one of its faulty programs.

    The skill, the chance of a right answer, is ``first`` in round 1 and rises by ``rise`` in each round
    up to ``best``.
    """

    def __init__(
        self, problems: Sequence[Problem], first: float = 0.1, rise: float = 0.04, best: float = 0.6
    ) -> None:
        self._problems = {problem.task.id: problem for problem in problems}
        self._skill = first, rise, best

    def __call__(self, view: SolverView) -> str:
        problem = self._problems[view.task_id]
        rng = stream("mutants", view.seed)
        first, rise, best = self._skill
        if chance(rng, min(first + rise * (view.round - 1), best)):
            return problem.reference
        stock = problem.stock or (f"def {view.entry_point}(*args): return None",)
        return stock[rng.randrange(len(stock))]


class Reference:
    """Always right."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = {problem.task.id: problem for problem in problems}

    def __call__(self, view: SolverView) -> str:
        return self._problems[view.task_id].reference


class Memoriser:
    """Knows the tests of an open pool by heart, and nothing else: passes all of them and is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        del problems  # it needs none of what they hold

    def __call__(self, view: SolverView) -> str:
        table = {_literal(test["args"]): plain.decode(test["expected"]) for test in view.tests}
        owner, _, method = view.entry_point.rpartition(".")
        function = f"def {method}(*args):\n    return TABLE.get(repr(args[{int(bool(owner))}:]))\n"
        if owner:
            indented = "".join(f"    {line}\n" for line in function.splitlines())
            function = f"class {owner}:\n{indented}"
        return f"TABLE = {table!r}\n{function}"


class Hostile:
    """Tries to end, stall, flood or fool whoever judges it."""

    BODIES: Sequence[str] = (
        "import os; os._exit(0)",
        "while True: pass",
        "print('x' * 10 ** 6); return 0",
        "raise SystemExit(0)",
        'import os; os.write(3, b\'{"replies":[{"value":1}]}\'); os._exit(0)',
        "return type('Yes', (), {'__eq__': lambda self, other: True})()",
        "x = []\n    while True:\n        try:\n            x.append('y' * 10 ** 6)\n"
        "        except BaseException: pass",
        "import sys; sys.modules.clear(); return 1",
    )

    def __init__(self, problems: Sequence[Problem]) -> None:
        del problems

    def __call__(self, view: SolverView) -> str:
        body = self.BODIES[(view.round * 3 + view.sample) % len(self.BODIES)]
        return f"def {view.entry_point.rpartition('.')[2]}(*args, **kwargs):\n    {body}\n"


def _literal(args: Sequence[object]) -> str:
    return repr(tuple(plain.decode(tree) for tree in args))


SOLVERS: Mapping[str, tuple[type, str]] = {
    "mutants": (Mutants, "the reference or one of its mutants; its skill rises from round to round"),
    "reference": (Reference, "always right"),
    "memoriser": (Memoriser, "knows the tests of an open pool by heart, and nothing else"),
    "hostile": (Hostile, "tries to end, stall, flood or fool the judge"),
}
"""Name -> the class of a scripted solver, made for problems, and what it does."""


def solver(name: str, problems: Sequence[Problem]) -> Solver:
    """The scripted solver of a name, ready to answer these problems."""
    return SOLVERS[name][0](problems)  # type: ignore[no-any-return]
