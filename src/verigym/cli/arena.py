"""``verigym arena``: a solver and a tester play each other over tasks of functions."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verigym.bench import records
from verigym.bench.jsonl import must_be_new
from verigym.cli import command
from verigym.cli.output import note, progress, say, say_json, table
from verigym.errors import UserError
from verigym.task import Task

if TYPE_CHECKING:
    from verigym.arena import Material, Problem

HELP = """let a solver and a tester play each other

In each round the solver answers each task, and the tester attacks the wrong answers that survived with
inputs; what is expected comes from the task's reference. Pools of tests and of wrong answers grow."""

RUN_HELP = """play rounds over a file of tasks, and store them

Reads tasks of functions that have a reference (as 'verigym tasks' writes them). A player is the
name of a script, module:function (a function from a view to text), or MODEL@URL, a model behind an
OpenAI-compatible endpoint. A run that was stopped goes on with --resume.

solvers: mutants (the reference or its mutants, with a skill that rises), reference, memoriser, hostile
testers: random, mutation (tries its inputs on mutants), lazy, hostile"""

RUN_EPILOG = """\
  verigym tasks code/humaneval --data HumanEval.jsonl.gz --out tasks.jsonl
  verigym arena run tasks.jsonl --out run1 --solver mutants --tester mutation --white-box
  verigym arena run tasks.jsonl --out run2 --solver my_policies:solve \\
      --tester qwen3-8b@http://localhost:8000/v1 --resume
"""

DEMO_HELP = """play scripted players over ten small tasks that come with it

Needs no data and no model, and prints what the report prints."""

REPORT_HELP = """sum a run up, round by round

Prints a table, or JSON; --html writes one page with curves that needs no network."""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "arena", run, HELP, "  verigym arena demo\n" + RUN_EPILOG)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    runner = command.add(actions, "run", run, RUN_HELP, RUN_EPILOG)
    runner.add_argument("tasks", metavar="TASKS", help="a file of tasks; '-' is standard input")
    runner.add_argument("--out", metavar="FOLDER", required=True, help="the run's folder")
    runner.add_argument("--resume", action="store_true", help="go on with the run in --out")
    runner.add_argument("--solver", metavar="WHO", default="mutants", help="(default: mutants)")
    runner.add_argument("--tester", metavar="WHO", default="mutation", help="(default: mutation)")
    _add_numbers(runner, rounds=8)
    runner.add_argument(
        "--white-box", action="store_true", help="show the tester the wrong answers alive"
    )
    runner.add_argument("--open-pool", action="store_true", help="show the solver the pool's tests")
    runner.add_argument(
        "--wrong", metavar="FILE", help="recorded wrong answers, as 'verigym verify' reads answers"
    )
    runner.add_argument(
        "--right", metavar="FILE", help="right answers: inputs on which one differs are not valid"
    )
    runner.add_argument(
        "--key", metavar="VARIABLE", help="the environment variable with the key for models"
    )
    runner.add_argument(
        "--request", metavar="NAME=VALUE", action="append", default=[], type=command.knob,
        help="a field of requests to models, such as temperature=1; repeatable",
    )  # fmt: skip
    runner.add_argument(
        "--timeout", metavar="S", type=command.positive, default=120,
        help="seconds for one request to a model (default: 120)",
    )  # fmt: skip
    runner.add_argument(
        "--workers", metavar="N", type=command.positive, help="how many turns at a time"
    )
    _add_common(runner)

    shower = command.add(actions, "demo", run_demo, DEMO_HELP, "  verigym arena demo --out demo\n")
    shower.add_argument("--out", metavar="FOLDER", help="keep the run here, and its page")
    shower.add_argument("--tester", metavar="WHO", default="mutation", help="(default: mutation)")
    shower.add_argument("--resume", action="store_true", help="go on with the run in --out")
    _add_numbers(shower, rounds=6)
    _add_common(shower)

    reporter = command.add(
        actions, "report", run_report, REPORT_HELP, "  verigym arena report run1 --html run1.html\n"
    )
    reporter.add_argument("run_folder", metavar="RUN", help="the folder of a run")
    reporter.add_argument("--html", metavar="FILE", help="write the page here")
    reporter.add_argument("--json", action="store_true", help="print a JSON object")


def _add_numbers(parser: command.Parser, rounds: int) -> None:
    for name, default, about in (
        ("rounds", rounds, "rounds"),
        ("answers", 2, "answers to each task in each round"),
        ("tests", 4, "tests for each task in each round, at most"),
    ):
        parser.add_argument(
            f"--{name}", metavar="N", type=command.positive, default=default,
            help=f"{about} (default: {default})",
        )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="N", type=command.natural, default=0, help="of what is drawn (default: 0)"
    )


def _add_common(parser: command.Parser) -> None:
    command.add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Play over a file of tasks, and return the exit code."""
    from verigym.arena import Config, Material  # here, because no other command needs it

    config = Config(
        rounds=args.rounds, answers=args.answers, tests=args.tests, seed=args.seed,
        white_box=args.white_box, open_pool=args.open_pool, solver=args.solver, tester=args.tester,
        request=_options(args.request),
    )  # fmt: skip
    command.use_sandbox(args)
    tasks = records.tasks(args.tasks)
    wrong, right = _answers(tasks, args.wrong), _answers(tasks, args.right)
    materials = [
        Material(task, tuple(wrong.get(index, ())), tuple(right.get(index, ())))
        for index, task in enumerate(tasks)
    ]
    told = {"key_variable": args.key, "timeout": float(args.timeout), "options": config.request}
    return _played(args, materials, config, args.out, told)


def run_demo(args: argparse.Namespace) -> int:
    """Play over the small tasks, and return the exit code."""
    from verigym.arena import Config
    from verigym.arena.demo import materials

    config = Config(
        rounds=args.rounds, answers=args.answers, tests=args.tests, seed=args.seed, white_box=True,
        solver="mutants", tester=args.tester,
    )  # fmt: skip
    if args.resume and args.out is None:
        raise UserError("--resume continues a run: name its folder with --out")
    command.use_sandbox(args)
    args.workers = None
    with ExitStack() as stack:
        out = args.out or stack.enter_context(tempfile.TemporaryDirectory(prefix="verigym-arena-"))
        return _played(args, materials(), config, out, {})


def _played(
    args: argparse.Namespace, materials: Sequence[Material], config: Any, out: str, told: dict[str, Any]
) -> int:
    from verigym.arena import choose, play, prepared
    from verigym.arena.ledger import path_of

    if not args.resume:
        must_be_new(path_of(out), "--resume continues it; or choose another folder")
    problems: list[Problem] = []
    reasons: list[str] = []
    with progress(len(materials), "task", args.no_progress) as bar:
        for found in prepared(materials, config.seed, workers=args.workers):
            if isinstance(found, str):
                reasons.append(found)
            else:
                problems.append(found)
            bar.update()
    for reason in sorted(set(reasons)):
        note(f"verigym: note: {reasons.count(reason)} tasks are not played: {reason}")
    if not problems:
        raise UserError("none of the tasks can be played")
    solver = choose.solver(config.solver, problems, **told)
    tester = choose.tester(config.tester, problems, **told)
    with progress((config.rounds + 1) * len(problems), "turn", args.no_progress) as bar:
        play(
            problems, solver, tester, config, out, resume=args.resume, workers=args.workers,
            seen=lambda _: bar.update(),
        )  # fmt: skip
    return _report(out, args.json, os.path.join(out, "report.html"))


def run_report(args: argparse.Namespace) -> int:
    """Sum a run up, and return the exit code."""
    return _report(args.run_folder, args.json, args.html)


def _report(folder: str, as_json: bool, html: str | None) -> int:
    from verigym.arena import curves, page, read
    from verigym.arena.page import rows

    header, turns = read(folder)
    figures = curves(header, turns)
    if html is not None:
        try:
            Path(html).write_text(page(header, figures), encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot write {html!r}: {error.strerror or error}") from None
    lost = _abstained(turns)
    if as_json:
        say_json({"run": header, "abstained": len(lost), "rounds": figures})
    else:
        say(table(rows(figures)))
    if lost:
        note(
            f"verigym: note: {len(lost)} turns could not be judged and have no reward; "
            f"the first because of: {lost[0]}"
        )
    return command.ABSTAINED if lost else command.OK


def _abstained(turns: Sequence[Mapping[str, Any]]) -> list[str]:
    """The reasons of the turns in which we failed."""
    parts = [part for turn in turns for part in (*turn["answers"], turn["suite"])]
    return [str(part["reason"]) for part in parts if part["status"] == "abstained"]


def _answers(tasks: list[Task], path: str | None) -> dict[int, list[str]]:
    """The answers of a file, by the position of their task."""
    found: dict[int, list[str]] = {}
    if path is not None:
        for job in records.joined(tasks, path):
            found.setdefault(job.index, []).append(job.answer)
    return found


def _options(given: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    for name, _ in given:
        if name in ("model", "messages", "seed", "stream", "n"):
            raise UserError(f"--request {name}=... is not for you to set: the arena does")
    return dict(given)
