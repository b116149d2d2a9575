"""``verigym demo``: right, ignorant and hostile answers, judged here and now.

The answers and what is expected of each are in :mod:`verigym.cli.demo_answers`. Since all of it is
checked, this is also the quickest test of an installation and of what its sandbox holds.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import verigym
from verigym.cli import command
from verigym.cli.output import progress, say, say_json, table
from verigym.errors import SandboxUnavailable
from verigym.verdict import Verdict

if TYPE_CHECKING:
    from verigym.cli.demo_answers import Row

HELP = """judge right, ignorant and hostile answers to small tasks

Each answer comes with the verdict that it must get; the exit code is 1 when any gets another one. So
this is also a check of an installation. Without a sandbox only logic is judged (exit code 3)."""

EPILOG = """\
  verigym demo
  verigym demo --json
  verigym demo --backend docker --option fresh=yes
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "demo", run, HELP, EPILOG)
    command.add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from verigym.cli import demo_answers  # here, because no other command poses these tasks

    command.use_sandbox(args)
    tier, why, name = _sandbox()
    with demo_answers.bait() as bait:
        rows = demo_answers.sat_rows()
        if tier is not None:
            rows += demo_answers.code_rows(bait)
            # The first runs start the sandbox's agents; the times below are of a warm one.
            verigym.verify_many((row.task, row.answer) for row in rows if row.kind == "reference")
        judged = []
        with progress(len(rows), "answer", args.no_progress) as bar:
            for row in rows:
                judged.append((row, verigym.verify(row.task, row.answer)))
                bar.update()
    found = [_describe(row, verdict) for row, verdict in judged]
    unexpected = sum(not item["as_expected"] for item in found)
    if args.json:
        about = {"sandbox": name, "tier": tier, "unavailable": why}
        say_json({**about, "unexpected": unexpected, "answers": found})
    else:
        say(_text(name, tier, why, unexpected, found))
    if unexpected:
        return command.ERROR
    return command.OK if tier is not None else command.ABSTAINED


def _sandbox() -> tuple[int | None, str | None, str | None]:
    """The tier of the sandbox that judges code, or why there is none, and its name."""
    from verigym.sandbox import shared

    try:
        return shared().tier, None, shared().name
    except SandboxUnavailable as error:
        return None, str(error), None


def _describe(row: Row, verdict: Verdict) -> dict[str, Any]:
    return {
        "family": row.family,
        "kind": row.kind,
        "answer": row.what,
        "status": verdict.status.value,
        "reward": verdict.reward,
        "milliseconds": round(verdict.timings["total"] * 1000, 1),
        "expected": [status.value for status in row.expected],
        "as_expected": verdict.status in row.expected,
    }


def _text(
    name: str | None, tier: int | None, why: str | None, unexpected: int, found: list[dict[str, Any]]
) -> str:
    first = f"no sandbox, so code is not judged: {why}"
    if tier is not None:
        first = f"sandbox: {name}, tier {tier} (verigym doctor says what that contains)"
    rows = [("FAMILY", "KIND", "ANSWER", "VERDICT", "REWARD", "     MS", "")]
    for item in found:
        reward = "none" if item["reward"] is None else f"{item['reward']:.2f}"
        cells = (item["family"], item["kind"], item["answer"], item["status"], reward)
        surprise = "" if item["as_expected"] else f"! expected {' or '.join(item['expected'])}"
        rows.append((*cells, f"{item['milliseconds']:.1f}".rjust(7), surprise))
    last = f"{len(found)} answers judged, all as expected"
    if unexpected:
        last = f"{unexpected} of {len(found)} verdicts are not as expected, see the marked lines"
    return f"{first}\n\n{table(rows)}\n\n{last}"
