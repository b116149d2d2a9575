"""Families over one CNF formula: generated or loaded, solved or decided; see docs/sat.md."""
