"""``verigym show``: a family's knobs and levels, and one of its tasks as a policy sees it."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.cli import command
from verigym.cli.output import say, say_json, table
from verigym.family import Family, family_class
from verigym.task import Task

HELP = """show the knobs and levels of a family, and one of its tasks

What the verifier needs (hidden tests, stored optima) is never shown; the reference answer is, when
asked for."""

EPILOG = """\
  verigym show sat/decide
  verigym show sat/decide --set n=8 --index 3 --reference
  verigym show sat/decide --level 3
  verigym show code/humaneval --data HumanEval.jsonl.gz --index 42
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "show", run, HELP, EPILOG)
    command.add_family(parser)
    parser.add_argument(
        "--index",
        metavar="N",
        type=command.natural,
        default=0,
        help="which task of the split, from 0 (default: 0)",
    )
    parser.add_argument("--reference", action="store_true", help="show the reference answer too")
    parser.add_argument("--json", action="store_true", help="print a JSON object")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    cls = family_class(args.family)
    about: dict[str, Any] = {
        "name": cls.name,
        "version": cls.version,
        "summary": cls.summary,
        "needs_data": cls.needs_data,
        "knobs": dict(cls.knobs),
        **command.difficulty(cls),
    }
    if cls.needs_data and args.data is None and not args.set:
        about["task"] = None
    else:
        family = command.family(args)
        about |= _pose(family, family.sample(args.split, args.index), args.reference)
    if args.json:
        say_json(about)
    else:
        say(_text(about))
    return command.OK


def _pose(family: Family, task: Task, reference: bool) -> dict[str, Any]:
    # The fields that a policy may see: never the spec.
    shown = {
        "id": task.id,
        "prompt": task.prompt,
        "difficulty": task.difficulty,
        "metadata": task.metadata,
    }
    return {"task": shown, **({"reference": family.reference(task)} if reference else {})}


def _text(about: dict[str, Any]) -> str:
    parts = [f"{about['name']}, version {about['version']}: {about['summary']}"]
    if about["knobs"]:
        parts.append(table([("KNOB", "MEANING"), *about["knobs"].items()]))
    if about["dials"]:
        parts.append(_dials(about["dials"]))
    task = about["task"]
    if task is None:
        parts.append("Give --data PATH to see a task.")
        return "\n\n".join(parts)
    difficulty = ", ".join(f"{name}={value}" for name, value in task["difficulty"].items())
    parts.append(f"--- task {task['id'][:12]} {difficulty}".rstrip())
    if isinstance(task["prompt"], str):
        parts.append(task["prompt"])
    else:
        parts += [f"[{message['role']}] {message['content']}" for message in task["prompt"]]
    if "reference" in about:
        parts += ["--- reference answer", about["reference"]]
    return "\n\n".join(parts)


def _dials(dials: dict[str, Any]) -> str:
    """The knobs that move difficulty, with their values at each level."""
    count = len(next(iter(dials.values()))["levels"])
    rows = [("DIAL", "FROM", "TO", "HARDER", *(f"LEVEL {level + 1}" for level in range(count)))]
    for name, dial in dials.items():
        cells = (dial["low"], dial["high"], dial["harder"], *dial["levels"])
        rows.append((name, *map(str, cells)))
    return table(rows)
