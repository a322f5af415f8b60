"""strace: its logs as events, from a file or live from a running program.

A log line goes through lines (columns), arguments (tokenizer), values (numbers and texts as in Penguin's
traces), processes (who made whom) and rows; the converter holds them together.
"""

from tracetui.sources.report import Import, OneAfterTheOther, Target
from tracetui.sources.strace.converter import Converter, Counts
from tracetui.sources.strace.logfile import detect, import_file
from tracetui.sources.strace.recorder import Recording, StraceMissing, record

__all__ = ["Converter", "Counts", "Recording", "StraceMissing", "begin", "detect", "import_file", "record"]


def begin(target: Target) -> Import:
    """An import of logs into ``target``, one after the other."""
    return OneAfterTheOther(import_file, target)
