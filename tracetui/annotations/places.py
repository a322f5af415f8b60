"""Where annotations are kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tracetui.trace.compressed import COMPRESSIONS

SUFFIX = ".notes"
"""``plugins.db.notes`` is beside ``plugins.db``, in sight: who copies the one takes the other."""


def beside(trace: Path) -> Path:
    """The file beside a trace, wherever links to it lead from; that of a compressed trace is its own, too."""
    path = trace.resolve()
    suffixes = [one.suffix for one in COMPRESSIONS if path.name.endswith(one.suffix)]
    name = path.name.removesuffix(suffixes[0]) if suffixes else path.name
    return path.with_name(name + SUFFIX)


def may_exist(trace: Path) -> bool:
    """Whether there is any file that may hold annotations of a trace; told without opening one."""
    with suppress(OSError):
        return beside(trace).exists() or own().exists()
    return False


def own() -> Path:
    """The file for all traces beside which nothing can be written, in the user's data folder."""
    import platformdirs

    return Path(platformdirs.user_data_dir("tracetui")) / "annotations.notes"
