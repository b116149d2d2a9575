"""The command ``verigym``: parses arguments, prints results, and says in one line what went wrong.

Each command has a module with ``add(commands)``, which declares it, and ``run(args)``, which does it
and returns the exit code. What happens around all of them is here: whatever goes wrong ends as one
line on stderr and an exit code, never as a traceback, unless ``--debug`` asks for one.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import verigym
from verigym.cli import (
    arena,
    audit,
    demo,
    doctor,
    evaluate,
    families,
    harden,
    image,
    serve,
    show,
    tasks,
    verify,
)
from verigym.cli.command import ERROR, INTERRUPTED, OK, Parser
from verigym.cli.output import note
from verigym.errors import VerigymError

EPILOG = """\
examples:
  verigym families                           what can be asked
  verigym show sat/decide --set n=20         one task of a family, as a policy sees it
  verigym eval sat/decide --answers null     answers that know nothing earn nothing
  verigym COMMAND --help                     teaches a command

exit codes:
  0    done
  1    wrong input or a failure, named in one line on stderr
  3    done, but some answers could not be judged (they have no reward)
  130  interrupted
"""

MAX_ERROR_CHARS = 1000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    debug = "--debug" in arguments
    try:
        with _logging(debug):
            args = _parser().parse_args(arguments)
            code: int = args.run(args)
            return code
    except SystemExit as stop:  # argparse, after --help and --version
        return stop.code if isinstance(stop.code, int) else OK
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exc()
        _complain(_explain(error))
        return ERROR
    finally:
        _abandon_broken_stdout()


def _parser() -> Parser:
    parser = Parser(
        prog="verigym", description="Rewards you can trust, for code and logic.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"verigym {verigym.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (
        demo,
        families,
        show,
        tasks,
        verify,
        evaluate,
        audit,
        harden,
        arena,
        image,
        serve,
        doctor,
    ):
        module.add(commands)
    return parser


def _explain(error: Exception) -> str:
    if isinstance(error, VerigymError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.strerror}: {error.filename!r}"
    return f"unexpected {type(error).__name__}: {error} (--debug shows where; please report it)"


def _complain(message: str) -> None:
    cut = message[:MAX_ERROR_CHARS] + (" ..." if len(message) > MAX_ERROR_CHARS else "")
    note(f"verigym: error: {cut}")


@contextmanager
def _logging(debug: bool) -> Iterator[None]:
    """Show warnings as notes of one line, and everything with ``--debug``."""
    if debug:
        logging.basicConfig(level=logging.INFO)
        yield
        return
    handler, logger = _Notes(logging.WARNING), logging.getLogger("verigym")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Notes(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # What verifiers log about single answers is in their verdicts.
        if not record.name.startswith("verigym.verifiers"):
            note(f"verigym: {record.levelname.lower()}: {record.getMessage()}")


def _abandon_broken_stdout() -> None:
    """Let the interpreter end quietly when the rest of standard output cannot be written."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
