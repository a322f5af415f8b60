"""Sources: one module or package per origin of events: strace, Python's audit events, SysFlow, replay.

A source reads what something else wrote and hands events to an :data:`~tracetui.sources.report.Emit`, which
is ``DB.add_event`` of the logger. It knows no view.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.sources.formats import FORMATS, Format, detect_format
    from tracetui.sources.input import Input, open_input
    from tracetui.sources.report import Emit, Report

__all__ = ["FORMATS", "Emit", "Format", "Input", "Report", "detect_format", "open_input"]

__getattr__ = exports(
    __name__,
    {
        "formats": "FORMATS Format detect_format",
        "input": "Input open_input",
        "report": "Emit Report",
    },
)
