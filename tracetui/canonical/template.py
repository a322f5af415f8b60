"""Templates: ``{{ .Seq }} {{ .Type }} ({{ .Params }})`` or ``{seq} {event} ({params})``.

Both spellings of a field may stand in one template; everything else is literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.fields import (
    CanonicalField,
    Needs,
    UnknownCanonicalField,
    dotted_field,
    known_names,
    plain_field,
    plain_names,
)
from tracetui.canonical.naming import NameStyle
from tracetui.canonical.parameters import DELIMITER
from tracetui.events import clean_value

DEFAULT_TEMPLATE = (
    "{{ .Seq }} {{ .Timestamp }} - {{ .CPU }} {{ .Process }} ({{ .Pid }}) - {{ .Type }} ({{ .Params }})"
)
"""One line an event, where times and processors are recorded."""

DEFAULT_WITHOUT_CONTEXT = "{{ .Seq }} - {{ .Process }} ({{ .Pid }}) - {{ .Type }} ({{ .Params }})"
"""The default for a trace that has neither."""

_ESCAPES = {"\\t": "\t", "\\n": "\n"}
_TOKEN = re.compile(
    r"\{\{\s*\.(?P<dotted>[^{}:]*)(?::(?P<dotted_spec>[^{}]*?))?\s*\}\}"
    r"|(?P<brace>\{\{|\}\})"
    r"|\{(?P<plain>[^{}:!]*)(?P<conversion>![^{}:]*)?(?::(?P<plain_spec>[^{}]*))?\}"
    r"|(?P<stray>[{}])"
)
_DOUBLE = re.compile(r"\{\{([^{}]*)\}\}")
_WIDE = re.compile(r"\d{5}")


class TemplateError(ValueError):
    """A template that cannot be used; the message names what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A field in a template."""

    name: str
    dotted: bool
    """Whether it is spelt ``{{ .Name }}``."""
    spec: str
    """How to pad it, as Python's ``format`` takes it: ``<20``."""

    def fill(self, text: str) -> str:
        return format(text, self.spec)


Part = str | Placeholder


def parse_template(text: str) -> list[Part]:
    """The parts of a template in order. ``{{`` and ``}}`` are braces where no ``.`` follows.

    ``\\t`` and ``\\n`` are a tab and a new line. Raises :class:`TemplateError`.
    """
    for written, meant in _ESCAPES.items():
        text = text.replace(written, meant)
    parts = list(_joined(_parts(text)))
    fields = [part for part in parts if isinstance(part, Placeholder)]
    if not fields:
        raise TemplateError(
            f'invalid template format: "{text}": '
            "no fields, which would be as in '{{ .Seq }}' or '{id}'"
        )
    if all(field.dotted for field in fields):
        _check_braces(text)
    return parts


def _check_braces(text: str) -> None:
    """Where all fields are written ``{{ .Name }}``, two braces around anything else are a mistake."""
    for position, found in enumerate(_DOUBLE.finditer(text), 1):
        name = found[1].strip()
        if not name:
            raise TemplateError(f"empty field found at position {position}")
        if not name.startswith("."):
            known = " ".join(known_names())
            raise TemplateError(
                f"{name} is not a known field name. Maybe you meant one of the following fields: {known}"
            )


def _unbalanced(text: str, said: str) -> TemplateError:
    """Braces that do not fit together; ``#`` is the first field whose four are not ``{{}}``."""
    if not _DOUBLE.search(text) and "{{" in text:
        return TemplateError(f'invalid template format: "{text}": {said}')
    braces = "".join(character for character in text if character in "{}")
    groups = (braces[start : start + 4] for start in range(0, len(braces), 4))
    field = next((number for number, group in enumerate(groups, 1) if group != "{{}}"), 1)
    return TemplateError(f'template syntax error near field #{field}: "{text}": {said}')


def _parts(text: str) -> Iterator[Part]:
    end = 0
    for found in _TOKEN.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        if found["brace"]:
            yield found["brace"][0]
        elif found["stray"]:
            raise _unbalanced(text, f"single {found['stray']!r} at position {found.start() + 1}")
        else:
            yield _placeholder(text, found)
    yield text[end:]


def _placeholder(text: str, found: re.Match[str]) -> Placeholder:
    where = f"template {text!r}: "
    if found["conversion"]:
        raise TemplateError(f"{where}conversion {found['conversion']!r} is not supported")
    dotted = found["dotted"] is not None
    name = (found["dotted"] if dotted else found["plain"]).strip()
    spec = (found["dotted_spec"] if dotted else found["plain_spec"]) or ""
    if not dotted and name.startswith("."):
        raise _unbalanced(text, f"single braces at position {found.start() + 1}")
    if not name:
        raise TemplateError(f"{where}empty field at position {found.start() + 1}")
    if _WIDE.search(spec):
        raise TemplateError(f"{where}{spec!r} pads to more than 9999 columns")
    try:
        format("", spec)
    except ValueError as error:
        raise TemplateError(f"{where}{error}") from None
    return Placeholder(name, dotted, spec)


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts without empty texts, and with neighbouring ones in one."""
    waiting = ""
    for part in parts:
        if isinstance(part, str):
            waiting += part
            continue
        if waiting:
            yield waiting
        waiting = ""
        yield part
    if waiting:
        yield waiting


def canonical_field(
    placeholder: Placeholder, style: NameStyle = NameStyle.SNAKE, delimiter: str = DELIMITER
) -> CanonicalField | None:
    """What a placeholder stands for; ``None`` for a ``{name}`` that is no canonical field.

    Raises :class:`TemplateError` for an unknown ``{{ .Name }}``.
    """
    if not placeholder.dotted:
        return plain_field(placeholder.name, style, delimiter)
    try:
        return dotted_field(placeholder.name, style, delimiter)
    except UnknownCanonicalField as error:
        raise TemplateError(str(error)) from None


class Template:
    """A template over canonical events, ready to be filled in.

    ``style`` and ``delimiter`` are for all parameters in one text. What an event does not have prints
    nothing. Raises :class:`TemplateError`.
    """

    def __init__(
        self,
        text: str = DEFAULT_TEMPLATE,
        *,
        style: NameStyle = NameStyle.SNAKE,
        delimiter: str = DELIMITER,
        shown: Callable[[object], str] = clean_value,
    ) -> None:
        self.text = text
        self.needs = Needs.NOTHING
        """What the events must have been made with for all fields to have values."""
        self._shown = shown
        self._parts: list[tuple[str, Placeholder | None, CanonicalField | None]] = []
        for part in parse_template(text):
            if isinstance(part, str):
                self._parts.append((part, None, None))
                continue
            field = canonical_field(part, style, delimiter)
            if field is None:
                raise TemplateError(
                    f"unknown field '{part.name}' in template {text!r}. Known: {', '.join(plain_names())}"
                )
            self.needs |= field.needs
            self._parts.append(("", part, field))

    def fill(self, event: CanonicalEvent) -> str:
        """The template with the values of an event: one line, unless it has line breaks of its own."""
        return "".join(
            literal if placeholder is None or field is None else placeholder.fill(self._text(field, event))
            for literal, placeholder, field in self._parts
        )

    def _text(self, field: CanonicalField, event: CanonicalEvent) -> str:
        value = field.value(event)
        return self._shown(" ".join(value) if isinstance(value, tuple) else value)
