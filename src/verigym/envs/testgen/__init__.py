"""Families in which the answer is a test: an input that shows a fault."""
