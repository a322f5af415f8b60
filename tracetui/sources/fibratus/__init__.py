"""Fibratus: its events, written as JSON or captured, as a trace.

A file goes through json_records or kcap (the same records from either form), rows (what each is in a trace)
and processes (states that events share); the importer holds them together.
"""

from tracetui.sources.fibratus.importer import FibratusImport, import_file
from tracetui.sources.fibratus.recognition import detect

__all__ = ["FibratusImport", "begin", "detect", "import_file"]

begin = FibratusImport
