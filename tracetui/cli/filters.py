"""``tracetui filters``: the saved filters, which other filters name as ``@name``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tracetui.cli.guard import UsageError, complain

NAME = "filters"
HELP = "list saved filters as TOML; save, remove and import them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--save", nargs=2, metavar=("NAME", "EXPR"), help="save a filter, or replace it")
    action.add_argument("--remove", metavar="NAME", help="forget a saved filter")
    action.add_argument(
        "--import",
        dest="file",
        metavar="FILE",
        type=Path,
        help="add the filters of a file, as this command prints it; - is standard input",
    )


def run(args: argparse.Namespace) -> int:
    """Do what is asked; without an option print the saved filters, in a form that ``--import`` reads."""
    from tracetui.filter import saved

    try:
        if args.save is not None:
            saved.save(*args.save)
        elif args.remove is not None:
            saved.remove(args.remove)
        elif args.file is not None:
            return _import(args.file)
        else:
            sys.stdout.write(saved.dumps(saved.load()))
    except saved.SavedError as error:
        raise UsageError(str(error)) from error
    return 0


def _import(file: Path) -> int:
    """Add what parses, and name what does not: exit code 2 then."""
    from tracetui.filter import saved

    filters = saved.loads(sys.stdin.read()) if str(file) == "-" else _read(file)
    refused = saved.add_all(filters)
    complain(f"{len(filters) - len(refused):,} filters were imported")
    for name in refused:
        complain(f"{name!r} was not: it has no valid name, or is no filter")
    return 2 if refused else 0


def _read(file: Path) -> dict[str, str]:
    """The filters of a file that must be there."""
    from tracetui.filter import saved

    if not file.exists():
        raise UsageError(f"--import: {file} does not exist")
    return saved.load(file)
