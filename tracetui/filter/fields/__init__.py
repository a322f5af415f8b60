"""Every field of the language.

A new field is one new entry in one of these tables; parser, help, completion and both back ends read them.
"""

from __future__ import annotations

from tracetui.filter.field import Field
from tracetui.filter.fields.call import CALL_FIELDS
from tracetui.filter.fields.event import EVENT_FIELDS, KINDS, TEXT_COLUMNS
from tracetui.filter.fields.fibratus import FIBRATUS_FIELDS
from tracetui.filter.fields.file import FILE_FIELDS
from tracetui.filter.fields.flow import FLOW_FIELDS
from tracetui.filter.fields.process import PROCESS_FIELDS
from tracetui.filter.fields.sysflow import SYSFLOW_FIELDS, widened
from tracetui.filter.fields.values import PAIRS, TEXTS

__all__ = ["FIELDS", "KINDS", "PAIRS", "TEXTS", "TEXT_COLUMNS"]

FIELDS: tuple[Field, ...] = (
    *map(widened, (*EVENT_FIELDS, *PROCESS_FIELDS, *CALL_FIELDS, *FILE_FIELDS, *FLOW_FIELDS)),
    *SYSFLOW_FIELDS,
    *FIBRATUS_FIELDS,
)
