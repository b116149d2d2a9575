"""``verigym tasks``: writes tasks to a file, to be answered and verified elsewhere."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.bench.answers import Posed
from verigym.bench.jsonl import must_be_new, writing
from verigym.cli import command
from verigym.cli.output import progress

HELP = """write tasks as JSON Lines

Each line is a whole task: its prompt, and its 'spec' with all that the verifier needs. Show policies
the prompt alone: a spec may hold answers. 'verigym verify' reads these lines."""

EPILOG = """\
  verigym tasks sat/decide --count 100 > tasks.jsonl
  verigym tasks sat/decide --split train --count 10000 --set n=40 --out train.jsonl
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "tasks", run, HELP, EPILOG)
    command.add_family(parser)
    parser.add_argument(
        "--count",
        metavar="N",
        type=command.natural,
        help="how many, from the first (default: the family's)",
    )
    parser.add_argument("--out", metavar="FILE", help="write here (default: standard output)")
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    must_be_new(args.out, "remove it or choose another name")
    posed = Posed(command.family(args), args.split, args.count)
    quiet = args.no_progress or args.out is None
    with writing(args.out) as write, progress(len(posed), "task", quiet) as bar:
        for task in posed:
            write(task.to_json())
            bar.update()
    return command.OK
