"""``verigym doctor``: what this machine can contain, and which languages it runs."""

from __future__ import annotations

import argparse
from typing import Any

from verigym.cli import command
from verigym.cli.output import say, say_json, table

HELP = """show what this machine can contain

Tries each means of containment that the sandbox uses, and says which tier they add up to and what
would raise it. Tries each language too, by compiling and running a small program in the sandbox."""

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
    from verigym.sandbox.doctor import report  # here: the sandbox loads when it is entered

    found = report()
    if args.json:
        say_json(found)
    else:
        say(_text(found))
    return command.OK


_LISTS = (("contained", "contained"), ("not contained", "not_contained"))


def _text(found: dict[str, Any]) -> str:
    names = ("platform", "kernel", "python", "user", "cores", "tier")
    facts = [[name, str(found[name])] for name in names]
    tiers = [
        [str(row["tier"]), _yes(row["available"]), row["reason"] or row["what"]]
        for row in found["tiers"]
    ]
    features = [[row["name"], _yes(row["available"]), row["detail"]] for row in found["features"]]
    docker = [[row["name"], _yes(row["available"]), row["detail"]] for row in found.get("docker", ())]
    languages = [
        [row["language"], _yes(row["available"]), row["version"] or _first_line(row["reason"])]
        for row in found["languages"]
    ]
    packages = [
        [row["name"], _yes(row["available"]), row["detail"]] for row in found.get("packages", ())
    ]
    parts = [
        table(facts),
        table([["TIER", "AVAILABLE", "WHAT IT IS, OR WHY NOT"], *tiers]),
        table([["FEATURE", "AVAILABLE", "DETAIL"], *features]),
        table([["DOCKER", "AVAILABLE", "DETAIL"], *docker]),
        table([["LANGUAGE", "AVAILABLE", "VERSION, OR WHY NOT"], *languages]),
        table([["PACKAGE", "AVAILABLE", "VERSION, OR WHY NOT"], *packages]),
        *(f"{name}: {', '.join(found[key])}" for name, key in _LISTS),
        *found["advice"],
    ]
    return "\n\n".join(parts)


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
