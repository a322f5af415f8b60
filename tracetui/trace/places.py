"""From what the user typed to the database file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tracetui.trace.compressed import COMPRESSIONS
from tracetui.trace.errors import NotYetThere, TraceError
from tracetui.trace.faults import look_at

DATABASE = "plugins.db"
"""Name of the file that Penguin's DB logger writes."""

_SUFFIXES = ("", *(compression.suffix for compression in COMPRESSIONS))
"""A trace may be compressed; one that is not comes first."""

_IN_FOLDER = tuple(
    f"{place}{DATABASE}{suffix}" for place in ("", "latest/", "results/latest/") for suffix in _SUFFIXES
)
"""Where a folder keeps its trace: a run's folder, a ``results`` folder, a project folder."""

STANDARD_INPUT = Path("/dev/stdin")

_PIPES = (
    "Save it to a file first, or use a text command: query, stats, tree, info and export read from pipes, "
    "and import reads logs."
)


def locate(target: str | Path | None = None, cwd: Path | None = None, *, streams: bool = False) -> Path:
    """The database that ``target`` stands for.

    ``target`` may be a file, the folder of a run (``results/3``), a ``results`` folder, or a project folder
    (``results/latest/plugins.db``). The file may be compressed: see :func:`open_source`.

    With ``streams``, it may also be a pipe, or ``-``, standard input: see :func:`open_source`.

    ``None`` looks in the current folder, in the project that
    ``PENGUIN_PROJECT_DIR`` names, and where Penguin's container keeps its results.

    Raises :class:`NotYetThere` where there is no file (yet) and :class:`TraceError` where a folder holds
    several runs or something that is no file.
    """
    if target is None or str(target) == "":
        return _search(cwd or _here())
    if str(target) == "-" and not streams:
        raise TraceError("what comes through standard input can be neither explored nor annotated", _PIPES)
    path = STANDARD_INPUT if str(target) == "-" else Path(os.path.expanduser(target))
    mode = look_at(path).st_mode
    if stat.S_ISDIR(mode):
        return _in_folder(path)
    if streams and (stat.S_ISFIFO(mode) or (path == STANDARD_INPUT and stat.S_ISSOCK(mode))):
        return path
    if not stat.S_ISREG(mode):
        raise TraceError(f"{path} is neither a file nor a folder", _PIPES if stat.S_ISFIFO(mode) else None)
    return path


def usual_places(cwd: Path) -> list[Path]:
    """Folders that are searched when no trace is named, nearest first."""
    places = [cwd]
    project = os.environ.get("PENGUIN_PROJECT_DIR")
    if project:
        places.append(Path(project))
    places += [Path("/workspace"), cwd.parent]
    return places


def _here() -> Path:
    """The current folder, which may have been removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def _search(cwd: Path) -> Path:
    places = usual_places(cwd)
    for place in places:
        for relative in _IN_FOLDER:
            if os.path.isfile(place / relative):
                return place / relative
    looked = ", ".join(str(place) for place in places)
    raise NotYetThere(
        f"no {DATABASE} found in {looked} (nor in results/latest below them)",
        "Name one: tracetui FILE. Or record one: tracetui record -o t.db -- COMMAND. Or see: tracetui demo",
    )


def _in_folder(folder: Path) -> Path:
    for relative in _IN_FOLDER:
        if os.path.isfile(folder / relative):
            return folder / relative
    if not os.access(folder, os.R_OK | os.X_OK):
        raise TraceError(f"{folder} cannot be opened: Permission denied")
    runs = sorted(path for suffix in _SUFFIXES for path in folder.glob(f"*/{DATABASE}{suffix}"))
    names = sorted({path.parent.name for path in runs})
    if len(names) == 1:
        return runs[0]
    if names:
        raise TraceError(f"{folder} holds several runs: {', '.join(names[:20])}", "Name one of them.")
    databases = sorted(path for suffix in _SUFFIXES for path in folder.glob(f"*.db{suffix}"))
    if len(databases) == 1:
        return databases[0]
    raise NotYetThere(
        f"no {DATABASE} in {folder}, nor in results/latest below it",
        "Were the loggers on? tracetui --wait FOLDER opens the trace as soon as one makes it.",
    )
