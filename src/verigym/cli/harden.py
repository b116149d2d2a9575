"""``verigym harden``: stronger tests for tasks of functions and programs."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.bench import records
from verigym.bench.jsonl import must_be_new, writing
from verigym.cli import command
from verigym.cli.output import note, progress, say, table
from verigym.task import Task

HELP = """make the tests of tasks stronger

Reads tasks of functions, and of Python programs on standard input, that have a reference (as 'verigym
tasks' writes them) and writes them with more cases: inputs that kill mutants of the reference, or
recorded wrong answers, which the cases that there are let pass. What inputs look like is learnt from
the cases and from the examples in the prompt; what is expected is what the reference gives back. Tasks
that cannot be hardened are written as they are, and the report says why; among them are those that are
wrong: their reference fails their own cases, or does not do the same twice.

Only inputs like the examples are made: where no example is negative or empty, none is. --wide makes
others too, for tasks whose functions are to take anything of the type. What a program reads is laid
out as in its cases: rows, and runs and blocks as long as an earlier number says."""

EPILOG = """\
  verigym tasks code/humaneval --data HumanEval.jsonl.gz --out tasks.jsonl
  verigym harden tasks.jsonl --out hardened.jsonl --report report.jsonl
  verigym harden tasks.jsonl --wrong answers.jsonl --minimise --out hardened.jsonl
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "harden", run, HELP, EPILOG)
    parser.add_argument("tasks", metavar="TASKS", help="a file of tasks; '-' is standard input")
    parser.add_argument("--out", metavar="FILE", required=True, help="write the tasks here")
    parser.add_argument(
        "--report", metavar="FILE", help="write here, a line for each task, what came of it"
    )
    parser.add_argument(
        "--wrong",
        metavar="FILE",
        help="answers that are known to be wrong, as 'verigym verify' reads answers",
    )
    parser.add_argument(
        "--right",
        metavar="FILE",
        help="answers that are known to be right: inputs on which they differ are not used",
    )
    parser.add_argument(
        "--minimise", action="store_true", help="leave out hidden cases that tell nothing new"
    )
    parser.add_argument("--wide", action="store_true", help="make inputs unlike the examples too")
    parser.add_argument(
        "--rounds", metavar="N", type=command.natural, default=12,
        help="of 40 inputs each, at most (default: 12)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="N", type=command.natural, default=0, help="of what is drawn (default: 0)"
    )
    command.add_sandbox(parser)
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from verigym.harden import harden_task  # here, because no other command needs it

    for path in (args.out, args.report):
        must_be_new(path, "remove it or choose another name")
    command.use_sandbox(args)
    tasks = records.tasks(args.tasks)
    wrong, right = _answers(tasks, args.wrong), _answers(tasks, args.right)
    reports = []
    with writing(args.out) as write, progress(len(tasks), "task", args.no_progress) as bar:
        for index, task in enumerate(tasks):
            changed, report = harden_task(
                task, wrong.get(index, ()), right.get(index, ()), seed=args.seed, wide=args.wide,
                minimise=args.minimise, rounds=args.rounds,
            )  # fmt: skip
            write(changed.to_json())
            reports.append(report)
            bar.update()
    if args.report is not None:
        with writing(args.report) as write:
            for report in reports:
                write(report.to_json())
    say(_summary(reports))
    for report in reports:
        if report.invalid:
            note(f"verigym: note: task {report.task_id[:12]} is invalid: {report.reason}")
    return command.OK


def _answers(tasks: list[Task], path: str | None) -> dict[int, list[str]]:
    """The answers of a file, by the position of their task."""
    found: dict[int, list[str]] = {}
    if path is not None:
        for job in records.joined(tasks, path):
            found.setdefault(job.index, []).append(job.answer)
    return found


def _summary(reports: list[Any]) -> str:
    hardened = [report for report in reports if report.hardened]

    def total(name: str) -> int:
        return sum(getattr(report, name) for report in hardened)

    def share(part: str, whole: str) -> str:
        return f"{total(part)} of {total(whole)}"

    rows = [
        ("", "BEFORE", "AFTER"),
        ("cases", str(total("cases_before")), str(total("cases_after"))),
        ("mutants killed", share("killed_before", "mutants"), share("killed_after", "mutants")),
        ("wrong answers refused", share("refused_before", "wrong"), share("refused_after", "wrong")),
    ]
    left = [report for report in reports if not report.hardened]
    lines = [f"{len(hardened)} of {len(reports)} tasks were hardened", "", table(rows)]
    reasons = sorted({report.reason for report in left})
    for reason in reasons[:20]:
        count = sum(report.reason == reason for report in left)
        lines.append(f"\nleft as they are: {count}, because {reason}")
    return "\n".join(lines)
