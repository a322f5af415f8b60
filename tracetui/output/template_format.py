"""Templates: ``{id} {procname}: {summary}`` or ``{{ .Seq }} {{ .Process }}``, one line an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tracetui.canonical.template import Placeholder, TemplateError, canonical_field, parse_template
from tracetui.events import Record
from tracetui.output.canonical_source import CanonicalSource
from tracetui.output.layout import Layout, Selected
from tracetui.output.table_format import cell

__all__ = ["TemplateError", "is_template", "template"]


def is_template(text: str) -> bool:
    """Whether a ``--format`` value is a template and not the name of a format."""
    return "{" in text


def template(
    text: str, select: Callable[[str], Selected], source: CanonicalSource | None = None
) -> Callable[[Iterable[Record], Layout], Iterator[str]]:
    """A formatter that fills ``text`` in for each record; see :mod:`tracetui.canonical.template`.

    ``select`` finds what ``{name}`` is; what it raises for an unknown one passes through. ``{{ .Name }}`` is
    a field of canonical events, which ``source`` makes. Raises :class:`TemplateError`.
    """
    events = source or CanonicalSource()
    parts: list[str | tuple[Placeholder, Selected]] = [
        part if isinstance(part, str) else (part, _selected(part, select, events))
        for part in parse_template(text)
    ]

    def lines(records: Iterable[Record], layout: Layout) -> Iterator[str]:
        for record in records:
            yield (
                "".join(
                    part if isinstance(part, str) else part[0].fill(cell(part[1].value(record)))
                    for part in parts
                )
                + "\n"
            )

    return lines


def _selected(
    placeholder: Placeholder, select: Callable[[str], Selected], source: CanonicalSource
) -> Selected:
    field = canonical_field(placeholder, source.style, source.delimiter) if placeholder.dotted else None
    return select(placeholder.name) if field is None else source.selected(placeholder.name, field)
