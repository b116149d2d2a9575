"""Mutation testing: programs with one fault each, and which inputs tell them from the right one."""

from verigym.mutation.cases import harden
from verigym.mutation.examples import examples_in
from verigym.mutation.mutants import Mutant, Unparsable, mutants
from verigym.mutation.operators import OPERATORS
from verigym.mutation.search import Hardened, Tested

__all__ = [
    "OPERATORS",
    "Hardened",
    "Mutant",
    "Tested",
    "Unparsable",
    "examples_in",
    "harden",
    "mutants",
]
