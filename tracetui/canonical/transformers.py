"""Changes to canonical events: tags; parameters removed, renamed, replaced, trimmed.

Each transformer is a function that changes an event; :func:`transform` applies several in order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.parameters import Parameter, Parameters
from tracetui.canonical.types import TEXTS

Transformer = Callable[[CanonicalEvent], CanonicalEvent]

_VARIABLE = re.compile(r"%([^%]+)%")


def transform(event: CanonicalEvent, transformers: Iterable[Transformer]) -> CanonicalEvent:
    """The event after all transformers; the one that is given stays as it is."""
    for transformer in transformers:
        event = transformer(event)
    return event


def tags(pairs: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Transformer:
    """Add tags to the metadata; ``%NAME%`` in a value is that environment variable.

    A tag whose value is empty in the end is left out.
    """
    variables = os.environ if environment is None else environment
    known = {
        name: _VARIABLE.sub(lambda found: variables.get(found[1], ""), value) for name, value in pairs.items()
    }
    added = {name: value for name, value in known.items() if value}
    return lambda event: replace(event, metadata={**event.metadata, **added})


def remove(names: Collection[str]) -> Transformer:
    """Leave parameters out."""

    def change(parameter: Parameter) -> Parameter | None:
        return None if parameter.name in names else parameter

    return _each(change)


def rename(names: Mapping[str, str]) -> Transformer:
    """Give parameters other names."""
    return _each(lambda parameter: replace(parameter, name=names.get(parameter.name, parameter.name)))


def replace_text(name: str, old: str, new: str) -> Transformer:
    """Replace a part of a text parameter wherever it occurs; of another type, it stays as it is."""
    return _texts(name, lambda text: text.replace(old, new))


def trim(name: str, *, prefix: str = "", suffix: str = "") -> Transformer:
    """Take a beginning and an end away from a text parameter that has them."""
    return _texts(name, lambda text: text.removeprefix(prefix).removesuffix(suffix))


def _texts(name: str, of: Callable[[str], str]) -> Transformer:
    def change(parameter: Parameter) -> Parameter:
        if parameter.name != name or parameter.type not in TEXTS:
            return parameter
        return replace(parameter, value=of(parameter.value))

    return _each(change)


def _each(change: Callable[[Parameter], Parameter | None]) -> Transformer:
    def transformer(event: CanonicalEvent) -> CanonicalEvent:
        changed = (change(parameter) for parameter in event.parameters)
        return replace(
            event, parameters=Parameters(parameter for parameter in changed if parameter is not None)
        )

    return transformer
