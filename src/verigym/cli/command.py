"""What the commands share: how they are declared, their exit codes, and how they name a family."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, NoReturn

import verigym
from verigym.difficulty import levels
from verigym.errors import FamilyError, UserError
from verigym.family import Family, family_class

OK, ERROR, ABSTAINED, INTERRUPTED = 0, 1, 3, 130
"""Exit codes: done; wrong input or a failure; done, but some answers could not be judged; Ctrl-C."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are :class:`UserError`, printed like all others."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **kwargs
        )
        self.add_argument("--debug", action="store_true", help="show logs and full tracebacks")

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


def add(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], help: str, epilog: str
) -> Parser:
    """Declare a command; the first line of ``help`` is its summary, all of it its description."""
    summary = help.partition("\n")[0]
    command: Parser = commands.add_parser(
        name, help=summary, description=help, epilog=f"examples:\n{epilog}"
    )
    command.set_defaults(run=run)
    return command


def add_family(command: Parser, optional: bool = False) -> None:
    """Arguments that say which tasks: the family, its knobs and data, and the split."""
    about = "a name that 'verigym families' lists"
    command.add_argument("family", metavar="FAMILY", nargs="?" if optional else None, help=about)
    command.add_argument("--data", metavar="PATH", help="the data set, for families that need one")
    command.add_argument(
        "--set",
        metavar="KNOB=VALUE",
        action="append",
        default=[],
        type=knob,
        help="set a knob of the family (JSON, or else text); repeatable",
    )
    command.add_argument(
        "--level",
        metavar="N",
        type=positive,
        help="set the knobs of a level of difficulty, from 1, the easiest (see 'verigym show')",
    )
    command.add_argument(
        "--split",
        metavar="NAME",
        default="test",
        help="where the tasks come from: train, validation or test (default: test)",
    )


def family(args: argparse.Namespace) -> Family:
    """The family that the arguments name.

    Raises:
        UserError: when there is none, or it refuses a knob.

    """
    knobs: dict[str, Any] = {}
    given = [*args.set, *([("data", args.data)] if args.data is not None else [])]
    for name, value in given:
        if name in knobs:
            raise UserError(f"knob {name!r} is set twice")
        knobs[name] = value
    known = family_class(args.family).knobs
    unknown = sorted(set(knobs) - set(known))
    if unknown:
        there_are = f"it has {', '.join(sorted(known))}" if known else "it has none"
        raise FamilyError(f"{args.family} has no knob {unknown[0]!r}; {there_are}")
    return verigym.family(args.family, level=args.level, **knobs)


def difficulty(cls: type[Family]) -> dict[str, Any]:
    """A family's difficulty space as JSON: its dials, and the knobs of each level from easy to hard.

    Raises:
        FamilyError: when the dials do not fit together.

    """
    dials = {name: dial.to_json() for name, dial in cls.dials.items()}
    return {"dials": dials, "levels": levels(cls.dials)}


def add_sandbox(command: Parser) -> None:
    """Arguments that say where code runs."""
    command.add_argument(
        "--backend",
        metavar="NAME",
        help="where code runs: local, docker or remote (default: $VERIGYM_SANDBOX, or local)",
    )
    command.add_argument(
        "--option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an option of that sandbox, such as image=mine:1; repeatable (docs/sandbox.md)",
    )


def use_sandbox(args: argparse.Namespace) -> None:
    """Have code run where the arguments say.

    Raises:
        UserError: for an unknown backend or option.

    """
    if args.backend is None and not args.option:
        return
    from verigym.sandbox import use  # here: the sandbox loads when it is entered
    from verigym.sandbox.backends import options_from

    backend = args.backend or "local"
    use(backend, **options_from(backend, args.option))


def knob(text: str) -> tuple[str, Any]:
    """A knob's name and value from ``name=value``; the value is JSON where it can be, else text.

    Raises:
        argparse.ArgumentTypeError: when there is no name or no ``=``.

    """
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not KNOB=VALUE")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def natural(text: str) -> int:
    """An int from 0 up."""
    return _at_least(0, text)


def positive(text: str) -> int:
    """An int from 1 up."""
    return _at_least(1, text)


def _at_least(least: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) >= least):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from {least} up")
    return int(text)
