"""The user's own text for the list's lines: a template, as ``tracetui query --format`` takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.events import clean
from tracetui.tui.configuration import ConfigurationError

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.trace import Schema


def row_text(template: str, schema: Schema) -> Callable[[Record], str]:
    """What fills ``template`` in for an event. Raises :class:`ConfigurationError`.

    Fields that need the whole story of a process are refused: a line is shown before that is known.
    """
    from tracetui.output import CanonicalSource, Layout, TemplateError, UnknownField, find_format

    if "{" not in template:
        raise ConfigurationError(f"list.format: {template!r} has no fields in braces, as in '{{summary}}'")
    source = CanonicalSource()
    try:
        form = find_format(template, schema, source).formatter
    except (TemplateError, UnknownField) as error:
        raise ConfigurationError(f"list.format: {error}") from error
    if source.needs:
        raise ConfigurationError("list.format: a line shows the event's own fields, not its process's state")
    layout = Layout(schema, exact=False)
    return lambda record: clean(next(iter(form([record], layout))).removesuffix("\n"))
