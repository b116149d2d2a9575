"""``verigym verify``: judges answers to stored tasks, one verdict a line."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.bench import records
from verigym.bench.jsonl import STDIN, must_be_new, writing
from verigym.bench.run import judging
from verigym.cli import command
from verigym.cli.output import note, progress
from verigym.errors import UserError

HELP = """judge answers to stored tasks

Reads tasks (as 'verigym tasks' writes them) and answers ({"task_id": ..., "answer": ...}, or "index"
for the position of the task), or one file of {"task": {...}, "answer": ...}. Writes one verdict a line,
in the order of the answers, as soon as it is known. A verdict whose reward is null is an abstention:
the answer could not be judged, and must not count as wrong. '-' reads standard input."""

EPILOG = """\
  verigym verify --tasks tasks.jsonl --answers answers.jsonl > verdicts.jsonl
  verigym verify pairs.jsonl --workers 8 --out verdicts.jsonl
  verigym verify pairs.jsonl --backend docker --option image=mine:1
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "verify", run, HELP, EPILOG)
    parser.add_argument("pairs", metavar="PAIRS", nargs="?", help="a file of tasks with answers")
    parser.add_argument("--tasks", metavar="FILE", help="a file of tasks")
    parser.add_argument("--answers", metavar="FILE", help="a file of answers to them")
    parser.add_argument("--out", metavar="FILE", help="write here (default: standard output)")
    parser.add_argument(
        "--workers", metavar="N", type=command.positive, help="how many to judge at a time"
    )
    command.add_sandbox(parser)
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    both = args.tasks is not None and args.answers is not None
    either = args.tasks is not None or args.answers is not None
    if both == (args.pairs is not None) or either != both:
        raise UserError("give either PAIRS, or both --tasks and --answers (see verigym verify --help)")
    if args.tasks == args.answers == STDIN:
        raise UserError("only one of --tasks and --answers can be standard input")
    must_be_new(args.out, "remove it or choose another name")
    command.use_sandbox(args)
    jobs = (
        records.joined(records.tasks(args.tasks), args.answers) if both else records.pairs(args.pairs)
    )
    abstained = 0
    quiet = args.no_progress or args.out is None
    with (
        writing(args.out) as write,
        progress(None, "answer", quiet) as bar,
        judging(jobs, args.workers) as verdicts,
    ):
        for _, verdict in verdicts:
            write(verdict.to_json())
            abstained += verdict.abstained
            bar.update()
    if abstained:
        note(f"verigym: note: {abstained} answers could not be judged and have no reward")
        return command.ABSTAINED
    return command.OK
