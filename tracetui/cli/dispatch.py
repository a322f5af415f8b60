"""From the arguments to the verb that they mean."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tracetui import __version__
from tracetui.cli.guard import UsageError
from tracetui.cli.verbs import EXPLORER, VERBS, load

_DESCRIPTION = "Explore system-event traces (Penguin's plugins.db and tracetui's own) in the terminal."
_USAGE = "%(prog)s [TRACE] [options]\n       %(prog)s COMMAND ..."


def dispatch(argv: Sequence[str]) -> int:
    """Run the verb that ``argv`` names, or the explorer, and return its exit code.

    Raises what the verb raises; :func:`tracetui.cli.guard.guarded` knows what to say about it.
    """
    first = argv[0] if argv else ""
    if first in VERBS:
        verb = load(VERBS[first])
        parser: argparse.ArgumentParser = _Parser(prog=f"tracetui {first}", description=verb.HELP)
        verb.add_arguments(parser)
        return verb.run(_parse(parser, argv[1:]))
    if "--wait" not in argv:
        _check_verb(first)
    explorer = load(EXPLORER)
    parser = _root_parser(with_commands=any(word in ("-h", "--help") for word in argv))
    explorer.add_arguments(parser)
    return explorer.run(_parse(parser, argv))


class _Parser(argparse.ArgumentParser):
    """Explains the one mistake that the usual message does not: a shell has split the filter into words."""

    def error(self, message: str) -> NoReturn:
        words = message.removeprefix("unrecognized arguments: ")
        takes_filter = any(action.dest == "expr" for action in self._actions)
        if takes_filter and words != message and not words.startswith("-"):
            message += f"\nA filter of several words is written in quotes: '... {words}'"
        super().error(message)


def _root_parser(with_commands: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tracetui",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_command_list() if with_commands else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tracetui {__version__}")
    return parser


def _command_list() -> str:
    width = max(map(len, VERBS))
    lines = [f"  {name:<{width}} {load(module).HELP}" for name, module in VERBS.items()]
    return "\n".join(["commands (each has --help):", *lines])


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Parse with options between positionals where the verb's arguments allow it.

    Plain ``parse_args`` would give the optional EXPR of ``query TRACE --limit 3 EXPR`` its default before it
    meets the value.
    """
    greedy = any(action.nargs in (argparse.REMAINDER, argparse.PARSER) for action in parser._actions)
    if greedy or "--" in argv:
        return parser.parse_args(argv)
    return parser.parse_intermixed_args(argv)


def _check_verb(word: str) -> None:
    """Raise for a misspelt verb: a bare word that is no file and looks like one of ours."""
    if not word or word.startswith("-") or "/" in word or "." in word or Path(word).exists():
        return
    import difflib

    close = difflib.get_close_matches(word, VERBS, n=1, cutoff=0.6)
    if close:
        raise UsageError(
            f"'{word}' is neither a command nor a file. Did you mean '{close[0]}'?",
            f"Commands: {', '.join(VERBS)}. A file of that name: tracetui ./{word}",
        )
