"""``verigym image``: makes and lists the images that the docker backend runs programs in."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from verigym.cli import command
from verigym.cli.output import note, progress, say, say_json, table
from verigym.errors import UserError

HELP = """make and list the images of the docker backend

An image holds a Python and the tools of the languages to be run. A new one takes its name only once a
hardened container of it has shown that programs can be run there."""

EPILOG = """\
  verigym image build                      where a registry can be reached
  verigym image import ./rootfs            where none can: a folder or a tar archive
  verigym image list
"""

IMPORT_HELP = """make an image of a root file system

Reads a folder, such as debootstrap makes, or a tar archive of one. Owners and modes are kept, and no
link is followed. docs/docker.md has a recipe that needs no registry."""

BUILD_HELP = """build an image

By default from Debian, with the tools of all languages; with --file by a Dockerfile of your own."""

LIST_HELP = """list the images that were made here"""


DEFAULT = "verigym-sandbox:latest"  # as in the sandbox, which loads when it is entered


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "image", run_list, HELP, EPILOG)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    example = "  verigym image import ./rootfs\n"
    importer = command.add(actions, "import", run_import, IMPORT_HELP, example)
    importer.add_argument("source", metavar="PATH", help="a folder, or a tar archive")

    example = "  verigym image build --languages python,cpp\n"
    builder = command.add(actions, "build", run_build, BUILD_HELP, example)
    which = builder.add_mutually_exclusive_group()
    which.add_argument("--languages", metavar="A,B", help="only the tools of these (default: all)")
    which.add_argument("--file", metavar="FILE", help="a Dockerfile; its folder is the context")
    builder.add_argument("--base", metavar="IMAGE", help="start from this one (default: Debian's)")
    builder.add_argument("--network", metavar="MODE", help="network of the steps, such as host")
    builder.add_argument("--quiet", action="store_true", help="do not show the engine's report")

    for maker in (importer, builder):
        maker.add_argument("--name", default=DEFAULT, help=f"what to call it (default: {DEFAULT})")

    lister = command.add(actions, "list", run_list, LIST_HELP, "  verigym image list --json\n")
    lister.add_argument("--json", action="store_true", help="print a JSON array")


def run_import(args: argparse.Namespace) -> int:
    """Import, and return the exit code."""
    from verigym.sandbox.docker import engine, images

    with progress(None, "MiB", quiet=False) as bar:
        found = images.import_root(
            engine.connect(), args.source, args.name, lambda size: bar.update(size >> 20)
        )
    say(f"{args.name} is ready: {found}")
    return command.OK


def run_build(args: argparse.Namespace) -> int:
    """Build, and return the exit code."""
    from verigym.sandbox.docker import engine, images

    if args.file is not None and args.base is not None:
        raise UserError("--base is for our own Dockerfile; name yours after FROM in --file")
    found = images.build(
        engine.connect(),
        args.name,
        wanted=None if args.languages is None else args.languages.split(","),
        file=args.file,
        base=args.base,
        network=args.network,
        tell=(lambda line: None) if args.quiet else note,
    )
    say(f"{args.name} is ready: {found}")
    return command.OK


def run_list(args: argparse.Namespace) -> int:
    """List, and return the exit code."""
    from verigym.sandbox.docker import engine, images

    found = images.listing(engine.connect())
    if args.json:
        say_json([dataclasses.asdict(image) for image in found])
        return command.OK
    rows = [
        (image.name, image.id.removeprefix("sha256:")[:12], f"{image.bytes / 1e6:.0f}", image.made_by)
        for image in found
    ]
    say(table([("NAME", "ID", "MB", "MADE BY VERIGYM"), *rows]))
    return command.OK
