"""``verigym audit``: shows a verifier answers that must be refused, and says which ones it pays for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from verigym.bench.jsonl import STDIN, must_be_new, writing
from verigym.cli import command
from verigym.cli.output import progress, say, say_json, table
from verigym.errors import UserError

if TYPE_CHECKING:
    from verigym.audit import Report, Scale

HELP = """show a verifier answers that must be refused, and say which it pays for

FAMILY is a name that 'verigym families' lists; or your own, as package.module:Class; or a grading
function as package.module:function, called as grade(prompt, answer, record), with --data: a JSONL file
of records with a "prompt", a "reference" that must earn the full reward, perhaps "wrong" (a list of
answers that must earn nothing), and whatever else the function reads of its record. Modules are
found from the current directory too.

Each check tries answers of one kind: references, answers that know nothing, echoes, other tasks'
answers, mutants, hedges, injections, code that attacks its judge, made-up text. All verdicts are given
in other processes, so that one which ends or hangs its judge is a finding and not the end of the audit.
A check that fails lists its findings, each with the answer; docs/audit.md says what each claims."""

EPILOG = """\
  verigym audit sat/decide --set n=12
  verigym audit code/humaneval --data HumanEval.jsonl.gz --tasks 20 --json audit.json
  verigym audit my_package:MyFamily --only hedges --only echo
  verigym audit my_rewards:grade --data examples.jsonl --range 0 1 --floor 0.01
  verigym audit --list

exit codes:
  0    every check passed, or had nothing to try
  1    a check failed, or wrong input
  3    no check failed, but some answers could not be judged, or there was nothing to try
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "audit", run, HELP, EPILOG)
    command.add_family(parser, optional=True)
    parser.add_argument(
        "--tasks", metavar="N", type=command.positive, default=8, help="how many tasks (default: 8)"
    )
    parser.add_argument(
        "--seed", metavar="N", type=command.natural, default=0, help="of what is drawn (default: 0)"
    )
    parser.add_argument(
        "--only", metavar="CHECK", action="append", help="do this check alone; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="list the checks with what they claim")
    parser.add_argument(
        "--deadline",
        metavar="SECONDS",
        type=float,
        default=30.0,
        help="for one verdict; then the verifier counts as hanging (default: 30)",
    )
    parser.add_argument(
        "--range",
        metavar=("LOW", "HIGH"),
        nargs=2,
        type=float,
        help="of a grading function: its lowest and its full reward (default: 0 1)",
    )
    parser.add_argument(
        "--floor",
        metavar="REWARD",
        type=float,
        help="of a grading function: rewards up to this count as none (default: LOW)",
    )
    parser.add_argument(
        "--rough",
        action="store_true",
        help="on a grading function, also run exploits that may harm this machine",
    )
    command.add_sandbox(parser)
    parser.add_argument(
        "--json", metavar="FILE", help="write the whole report here as JSON; '-' is standard output"
    )
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from verigym.audit import CHECKS, audit  # here, because no other command needs it

    if args.list:
        say(table([("CHECK", "CLAIM"), *((check.name, check.claim) for check in CHECKS.values())]))
        return command.OK
    if args.family is None:
        raise UserError("name a FAMILY to audit (see verigym audit --help)")
    if ":" in args.family:
        sys.path.insert(0, os.getcwd())  # as the interpreter does for a script
    if args.json not in (None, STDIN):
        must_be_new(args.json, "remove it or choose another name")
    with progress(len(args.only or CHECKS), "check", args.no_progress) as bar:
        report = audit(
            args.family,
            data=args.data,
            knobs=dict(args.set),
            level=args.level,
            split=args.split,
            tasks=args.tasks,
            seed=args.seed,
            checks=args.only,
            sandbox=_sandbox(args),
            scale=_scale(args),
            rough=args.rough,
            deadline=args.deadline,
            progress=_showing(bar),
        )
        bar.update(bar.total - bar.n)
    _show(report, args.json)
    return _code(report)


def _showing(bar: Any) -> Callable[[str, int], None]:
    begun: list[str] = []

    def show(check: str, count: int) -> None:
        if check not in begun:
            begun.append(check)
            bar.update(len(begun) - 1 - bar.n)
        bar.set_postfix_str(f"{check}: {count} answers", refresh=False)
        bar.update(0)

    return show


def _sandbox(args: argparse.Namespace) -> tuple[str, list[str]] | None:
    """Where code runs, in words: the audit's own processes open it."""
    if args.backend is None and not args.option:
        return None
    from verigym.sandbox.backends import check_options, options_from

    backend = args.backend or "local"
    check_options(backend, options_from(backend, args.option))
    return backend, args.option


def _scale(args: argparse.Namespace) -> Scale | None:
    from verigym.audit import Scale

    if args.range is None and args.floor is None:
        return None
    low, high = args.range or (0.0, 1.0)
    return Scale(low, high, low if args.floor is None else args.floor)


def _show(report: Report, path: str | None) -> None:
    if path == STDIN:
        say_json(report.to_json())
        return
    say(report.text())
    if path is not None:
        with writing(path) as write:
            write(report.to_json())


def _code(report: Report) -> int:
    if report.findings:
        return command.ERROR
    return command.OK if report.passed else command.ABSTAINED
