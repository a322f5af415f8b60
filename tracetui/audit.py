"""Record the running Python program: for servers and others that cannot be started by ``tracetui record``.

    import tracetui.audit
    tracetui.audit.start("server.db")

From then on every audit event of this process, of its forks and of the Python programs that it starts is
written to the trace, by a process of its own, until all of them have ended. ``tracetui server.db`` shows it
meanwhile.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from tracetui.sources.audit import Options
from tracetui.sources.audit.prepare import injected, make_spool
from tracetui.sources.audit.watch import start_watching

__all__ = ["Refused", "start"]

_SQLITE = b"SQLite format 3\0"
_started: list[Path] = []


class Refused(RuntimeError):
    """An audit hook that was there before does not allow another one."""


def start(
    path: str | os.PathLike[str],
    *,
    everything: bool = False,
    include: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    keep_secrets: bool = False,
    children: bool = True,
) -> None:
    """Record this process to the trace ``path`` from now on; an existing trace is continued.

    ``everything`` records also the events that are noise to most, ``include`` and ``exclude`` are patterns
    of event names (``"os.*"``), one or several, ``keep_secrets`` writes down what looks like a password or
    token. For Python ``children`` to be followed, PYTHONPATH in ``os.environ`` is changed. It cannot be
    stopped: Python has no way to remove an audit hook.

    Raises OSError where the trace cannot be written, ValueError where ``path`` is another file,
    RuntimeError where this process is being recorded already, and :class:`Refused`.
    """
    if _started:
        raise RuntimeError(f"this process is being recorded to {_started[0]}")
    trace = Path(path).resolve()
    _check(trace)
    options = Options(everything, _patterns(include), _patterns(exclude), keep_secrets)
    folder = Path(tempfile.mkdtemp(prefix="tracetui-")).resolve()
    inject = make_spool(folder, options.skipped)
    start_watching(folder, trace, options)
    heard = _begin(inject)
    if not heard:
        raise Refused("an audit hook of this program does not allow another one")
    _started.append(trace)
    if children:
        os.environ.update(injected(dict(os.environ), inject))


def _patterns(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _check(trace: Path) -> None:
    """Raise OSError or ValueError for a file that cannot be written as a trace."""
    with trace.open("ab"):
        pass
    with trace.open("rb") as file:
        head = file.read(len(_SQLITE))
    if head not in (b"", _SQLITE):
        raise ValueError(f"{trace} is not a trace, so nothing can be added to it")


def _begin(inject: Path) -> bool:
    """Install the hook; false where another has refused it."""
    loaded = set(sys.modules)
    sys.path.insert(0, str(inject))
    try:
        heard: bool = import_module("tracetui_audit_hook").begin()
        return heard
    finally:
        sys.path.remove(str(inject))
        sys.path_importer_cache.pop(str(inject), None)
        for name in {name for name in sys.modules if name.startswith("tracetui_audit_")} - loaded:
            del sys.modules[name]
