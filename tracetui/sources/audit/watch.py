"""Writes the trace of programs that record themselves: a process of its own, which outlives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tracetui.sources.audit.prepare import INJECT
from tracetui.sources.audit.process import others_with
from tracetui.sources.audit.recorder import Options, make_story

_LOOK_AROUND = 0.25
_FLUSH_SECONDS = 0.5
_FIRST_LINE = 10.0
"""Seconds that the program has for its first line."""


def start_watching(folder: Path, trace: Path, options: Options) -> None:
    """Have another process write what comes to the spool in ``folder`` to ``trace``.

    It is nobody's child, so the program will not meet it when it waits for its own. Raises OSError or
    subprocess.SubprocessError where it cannot be started.
    """
    command = [sys.executable, "-m", __name__, str(folder), str(trace), json.dumps(options._asdict())]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    subprocess.run(
        command,
        check=True,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def watch(folder: Path, trace: Path, options: Options) -> None:
    """Write until all recorded processes have ended."""
    from tracetui.logger import DB
    from tracetui.sources.audit.facts import tell_facts
    from tracetui.sources.audit.reader import Reader

    inject = folder / INJECT
    patience = time.monotonic() + _FIRST_LINE
    looked = 0.0
    with DB(trace.parent, filename=trace.name, interval=_FLUSH_SECONDS, order="arrival") as db:
        reader = Reader(folder, inject, make_story(db, options))
        while True:
            reader.poll()
            now = time.monotonic()
            if reader.processes or (not reader.recorded and now < patience):
                time.sleep(reader.tick)
            elif now - looked < _LOOK_AROUND:
                time.sleep(_LOOK_AROUND)
            elif others_with(inject, os.getpid()):
                looked = now
            else:
                break
        reader.drain()
        tell_facts(db, reader, options)
    reader.clear()


def main() -> None:
    """Let go of whoever started this process, and watch."""
    folder, trace, options = sys.argv[1:]
    if os.fork():
        os._exit(0)
    chosen = json.loads(options)
    chosen = {name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()}
    watch(Path(folder), Path(trace), Options(**chosen))


if __name__ == "__main__":
    main()
