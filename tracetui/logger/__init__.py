"""Logger: the buffered, asynchronous writer of traces.

Byte-compatible with Penguin's: the same calls leave the same schema, rows and ids. It only ever writes.
"""

from tracetui.logger.batch import Rejected
from tracetui.logger.block import Block
from tracetui.logger.db import DB, LoggerError
from tracetui.logger.null import NULL

__all__ = ["DB", "NULL", "Block", "LoggerError", "Rejected"]
