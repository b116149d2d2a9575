"""Mutation testing: programs with one fault each, and which inputs tell them from the right one."""

from verigym.mutation.mutants import Mutant, Unparsable, mutants
from verigym.mutation.operators import OPERATORS

__all__ = ["OPERATORS", "Mutant", "Unparsable", "mutants"]
