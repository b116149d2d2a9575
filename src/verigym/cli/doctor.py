"""``verigym doctor``: what this machine can contain."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.cli import command
from verigym.cli.output import say, say_json, table
from verigym.errors import UserError

HELP = """show what this machine can contain

Tries each means of containment that the sandbox uses, and says which tier they add up to and what
would raise it."""

EPILOG = """\
  verigym doctor
  verigym doctor --json
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "doctor", run, HELP, EPILOG)
    parser.add_argument("--json", action="store_true", help="print a JSON object")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    try:
        from verigym.sandbox.doctor import report
    except ImportError:
        raise UserError("this installation of verigym has no sandbox to examine") from None
    found = report()
    if args.json:
        say_json(found)
    else:
        say(_text(found))
    return command.OK


def _text(found: dict[str, Any]) -> str:
    facts = [[name, str(found[name])] for name in ("platform", "kernel", "python", "tier")]
    tiers = [
        [str(item["tier"]), _yes(item["available"]), item["reason"] or ""] for item in found["tiers"]
    ]
    features = [
        [item["name"], _yes(item["available"]), item["detail"] or ""] for item in found["features"]
    ]
    parts = [
        table(facts),
        table([["TIER", "AVAILABLE", "REASON"], *tiers]),
        table([["FEATURE", "AVAILABLE", "DETAIL"], *features]),
        *found["advice"],
    ]
    return "\n\n".join(parts)


def _yes(value: object) -> str:
    return "yes" if value else "no"
