"""Making tests stronger: new cases for tasks with a reference, found against mutants of it."""

from verigym.harden.cases import Hardened, Tested, harden
from verigym.harden.examples import examples_in
from verigym.harden.tasks import Report, harden_task

__all__ = ["Hardened", "Report", "Tested", "examples_in", "harden", "harden_task"]
