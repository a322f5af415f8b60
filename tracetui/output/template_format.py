"""Templates: ``{id} {procname}: {summary}``, one line an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from string import Formatter as _Parser

from tracetui.events import Record
from tracetui.output.layout import Layout, Selected
from tracetui.output.table_format import cell

_ESCAPES = {"\\t": "\t", "\\n": "\n"}


class TemplateError(ValueError):
    """A template that cannot be used; the message names what is wrong and what would be right."""


def is_template(text: str) -> bool:
    """Whether a ``--format`` value is a template and not the name of a format."""
    return "{" in text


def template(
    text: str, select: Callable[[str], Selected]
) -> Callable[[Iterable[Record], Layout], Iterator[str]]:
    """A formatter that fills ``text`` in for each record.

    ``{name}`` is a field, ``{name:<20}`` pads it, ``{{`` is a brace, ``\\t`` and ``\\n`` are a tab and a
    new line. ``select`` finds a field by its name; what it raises for an unknown one passes through.

    Raises :class:`TemplateError` for unbalanced braces and bad padding.
    """
    parts = [(literal, spec, select(name) if name else None) for literal, name, spec in _parse(text)]

    def lines(records: Iterable[Record], layout: Layout) -> Iterator[str]:
        for record in records:
            yield (
                "".join(
                    literal + (format(cell(field.value(record)), spec) if field else "")
                    for literal, spec, field in parts
                )
                + "\n"
            )

    return lines


def _parse(text: str) -> list[tuple[str, str, str]]:
    """(literal, field name or empty, format specification) of each part."""
    for written, meant in _ESCAPES.items():
        text = text.replace(written, meant)
    try:
        parts = [
            (literal, (name or "").strip(), spec or "")
            for literal, name, spec, conversion in _Parser().parse(text)
            if _checked(name, spec, conversion)
        ]
    except ValueError as error:
        raise TemplateError(f"template {text!r}: {error}") from None
    return parts


def _checked(name: str | None, spec: str | None, conversion: str | None) -> bool:
    """Raise ``ValueError`` for what a template cannot have."""
    if conversion:
        raise ValueError(f"conversion '!{conversion}' is not supported")
    if name is not None and not name.strip():
        raise ValueError("empty field {}")
    if spec:
        format("", spec)
    return True
