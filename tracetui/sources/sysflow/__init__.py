"""SysFlow: its trace files as events.

A file goes through container (records of Avro), entities (who and what the records refer to), rows (what
they are in a trace) and timeline (the order of time); the importer holds them together.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports
from tracetui.sources.sysflow.container import RecordFile, detect

if TYPE_CHECKING:
    from tracetui.sources.sysflow.importer import SysflowImport, begin, import_file

__all__ = ["RecordFile", "SysflowImport", "begin", "detect", "import_file"]

__getattr__ = exports(__name__, {"importer": "SysflowImport begin import_file"})
