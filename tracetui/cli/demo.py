"""``tracetui demo``: play a recorded boot of a small firmware, live, and explore it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from pathlib import Path

from tracetui.cli.explore import NoTerminal, on_terminal
from tracetui.cli.guard import OK, UNREADABLE, complain
from tracetui.cli.replay import add_speed_argument

NAME = "demo"
HELP = "explore a recorded boot of a small firmware while it is replayed"

_WAIT_FOR_FILE = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_speed_argument(parser)
    parser.add_argument(
        "--no-ui", action="store_true", help="only replay: print the path of the trace, and end with it"
    )


def run(args: argparse.Namespace) -> int:
    """Replay the demo into a temporary file, with the explorer on it. The file is removed in the end."""
    source = demo_trace()
    if source is None:
        complain("the demo trace is missing from this installation", "Record one: demo_db/record.sh")
        return UNREADABLE
    if not args.no_ui and not on_terminal():
        raise NoTerminal("Only the replay: tracetui demo --no-ui")
    with tempfile.TemporaryDirectory(prefix="tracetui-demo-") as folder:
        target = Path(folder, "plugins.db")
        if args.no_ui:
            return _only_replay(source, target, args.speed)
        return _explore(source, target, args.speed)


def demo_trace() -> Path | None:
    """The demo's file, in an installation or in a checkout."""
    package = Path(__file__).parent.parent
    places = (package / "demo_db" / "plugins.db", package.parent / "demo_db" / "plugins.db")
    return next((place for place in places if place.is_file()), None)


def _only_replay(source: Path, target: Path, speed: float) -> int:
    from tracetui.sources.replay import replay

    print(target, flush=True)
    done = replay(source, target, speed=speed)
    print(f"tracetui: {done.events:,} events in {done.seconds:.1f} s", file=sys.stderr)
    return OK


def _explore(source: Path, target: Path, speed: float) -> int:
    from tracetui.annotations import beside
    from tracetui.sources.replay import replay
    from tracetui.tui import run as explore

    stop = threading.Event()
    player = threading.Thread(
        target=replay,
        args=(source, target),
        kwargs={"speed": speed, "stop": stop},
        name="replay",
        daemon=True,
    )
    player.start()
    try:
        return explore(target, follow=True, wait=True)
    finally:
        stop.set()
        player.join(_WAIT_FOR_FILE)
        if beside(target).exists():
            complain(
                "what you annotated was removed with the demo", "To keep annotations, open a trace by name."
            )
