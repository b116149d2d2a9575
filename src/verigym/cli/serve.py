"""``verigym serve``: an HTTP service that runs programs and judges answers for others."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from verigym.cli import command
from verigym.cli.output import note
from verigym.errors import UserError
from verigym.sandbox import BACKENDS, Limits
from verigym.sandbox.backends import options_from

HELP = """run programs and judge answers for others, over HTTP

Serves SandboxFusion's /run_code for trainers that know it, /run and /run_pair for the sandbox backend
'remote', /verify and /verify_batch for verdicts, /healthz and /metrics for those who watch over it. All
that it runs goes to one sandbox. Too many requests are told to come back later (429), never piled up.
SIGTERM or Ctrl-C ends it when everything accepted is answered; a second one ends it at once.

On an address that other machines can reach it wants a token, from --token-file or the environment's
VERIGYM_TOKEN, and clients say 'Authorization: Bearer TOKEN'. There is no encryption: across a network
that you do not trust, put a proxy with TLS before it. docs/server.md shows each path."""

EPILOG = """\
  verigym serve                                     for this machine only, on port 8080
  verigym serve --port 0 --workers 4                any free port; four programs at a time
  openssl rand -hex 32 > token; verigym serve --host 0.0.0.0 --token-file token
  verigym serve --backend docker --option image=my/image --option fresh=true
  verigym serve --max wall_seconds=30 --max memory_bytes=1073741824

then:
  curl http://127.0.0.1:8080/healthz
  curl http://127.0.0.1:8080/run_code -d '{"language": "python", "code": "print(6 * 7)"}'
"""


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "serve", run, HELP, EPILOG)
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine only)",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=command.natural,
        default=8080,
        help="port to listen on; 0 takes a free one and says which (default: 8080)",
    )
    parser.add_argument(
        "--backend",
        choices=sorted(BACKENDS),
        default="local",
        help="the sandbox that runs everything (default: local)",
    )
    parser.add_argument(
        "--tier", metavar="N", type=command.natural, help="the least containment that you accept"
    )
    parser.add_argument(
        "--workers", metavar="N", type=command.positive, help="programs at a time (default: one a core)"
    )
    parser.add_argument(
        "--option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="any other option of the backend, such as image=mine:1; repeatable",
    )
    parser.add_argument(
        "--scratch",
        action="store_true",
        help="give every program of /run_code a directory to write to, which costs time; otherwise "
        "those that bring or leave files have one",
    )
    parser.add_argument(
        "--queue",
        metavar="N",
        type=command.positive,
        default=1024,
        help="requests that may wait for their turn (default: 1024)",
    )
    parser.add_argument(
        "--max-request-bytes",
        metavar="N",
        type=command.positive,
        default=32 << 20,
        help="longest body of a request (default: 32 MiB)",
    )
    parser.add_argument(
        "--max",
        metavar="LIMIT=N",
        action="append",
        default=[],
        type=command.knob,
        help="the most that a request may ask for of a limit, such as wall_seconds; repeatable",
    )
    parser.add_argument("--token-file", metavar="FILE", help="a file with the token alone")
    parser.add_argument(
        "--no-auth",
        action="store_true",
        help="let everybody who can connect run programs here, without a token",
    )


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    try:
        from verigym.server.main import serve
    except ModuleNotFoundError as error:
        if error.name not in ("uvicorn", "uvloop", "httptools"):
            raise
        raise UserError(
            f"verigym serve needs {error.name}, which is not installed: pip install 'verigym[serve]'"
        ) from None
    from verigym.server import auth
    from verigym.server.settings import CEILING, Settings

    own = [("tier", args.tier), ("workers", args.workers)]
    words = [*args.option, *(f"{name}={value}" for name, value in own if value is not None)]
    settings = Settings(
        host=args.host,
        port=args.port,
        backend=args.backend,
        options=options_from(args.backend, words),
        queue=args.queue,
        max_request_bytes=args.max_request_bytes,
        ceiling=_ceiling(CEILING, args.max),
        scratch=args.scratch,
        token=auth.token(args.token_file, args.no_auth, args.host),
    )
    who = "with a token" if settings.token else "without a token"
    return serve(settings, lambda address: note(f"verigym: serving on {address}, {who}"))


def _ceiling(default: Limits, given: list[tuple[str, Any]]) -> Limits:
    known = [field.name for field in dataclasses.fields(Limits)]
    for name, _ in given:
        if name not in known:
            raise UserError(f"--max {name}: no limit is called so; there are: {', '.join(known)}")
    try:
        return dataclasses.replace(default, **dict(given))
    except UserError as error:
        raise UserError(f"--max: {error}") from None
