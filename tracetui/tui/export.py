"""The selected event in other forms, for the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.trace.schema import Schema


def event_json(record: Record, schema: Schema) -> str:
    """The event as ``tracetui query --format jsonl`` gives it."""
    from tracetui.output import Layout
    from tracetui.output.json_format import jsonl

    return "".join(jsonl([record], Layout(schema, None))).strip()
