"""Adversarial test generation: a solver and a tester play each other over a set of function tasks.

In each round the solver answers each task and the tester attacks the wrong answers that survived; pools
of tests and of wrong answers grow, by behaviour and not by text. ``problem`` makes tasks ready,
``players`` says what each role sees, ``referee`` judges, ``play`` is the loop, ``ledger`` the file,
``curves`` and ``page`` the report. ``docs/arena.md`` explains it.
"""

from verigym.arena.config import Config
from verigym.arena.curves import curves
from verigym.arena.ledger import read
from verigym.arena.page import page
from verigym.arena.play import Material, play, prepared
from verigym.arena.players import PlayerFailed, SolverView, TesterView
from verigym.arena.problem import Problem, Unfit, prepare
from verigym.arena.training import Sample, samples

__all__ = [
    "Config",
    "Material",
    "PlayerFailed",
    "Problem",
    "Sample",
    "SolverView",
    "TesterView",
    "Unfit",
    "curves",
    "page",
    "play",
    "prepare",
    "prepared",
    "read",
    "samples",
]
