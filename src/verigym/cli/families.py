"""``verigym families``: what can be asked."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.cli import command
from verigym.cli.output import say, say_json, table
from verigym.errors import FamilyError
from verigym.family import family_class, names

HELP = """list the families of tasks

Families come with verigym and with any installed package that declares the entry-point group
'verigym.families'."""

EPILOG = """\
  verigym families
  verigym families --json
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "families", run, HELP, EPILOG)
    parser.add_argument("--json", action="store_true", help="print a JSON array")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    rows = [_describe(name) for name in names()]
    if args.json:
        say_json(rows)
        return command.OK
    cells = [("NAME", "VERSION", "DATA", "LEVELS", "WHAT IT ASKS")]
    for row in rows:
        data = "needed" if row.get("needs_data") else ""
        what = row.get("summary", f"({row.get('error')})")
        count = str(len(row.get("levels", ())) or "")
        cells.append((row["name"], str(row.get("version", "?")), data, count, what))
    say(table(cells))
    return command.OK


def _describe(name: str) -> dict[str, Any]:
    try:
        cls = family_class(name)
        difficulty = command.difficulty(cls)
    except (FamilyError, ImportError) as error:  # one broken package must not hide the others
        return {"name": name, "error": str(error)}
    return {
        "name": name,
        "version": cls.version,
        "needs_data": cls.needs_data,
        "summary": cls.summary,
        **difficulty,
    }
