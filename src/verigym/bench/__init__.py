"""Runs answers over tasks and counts what came of it.

``run`` judges a stream of answers in order with bounded concurrency and memory; ``answers`` makes that
stream from a family and a source of answers; ``summary`` counts verdicts; ``records`` (tasks, answers)
and ``results`` (verdicts) say what the lines of files mean, and ``jsonl`` reads and writes them.
"""
