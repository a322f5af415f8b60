"""Records and canonical events for tests."""

from __future__ import annotations

from typing import Any

from tracetui.canonical import CanonicalEvent, canonical_event
from tracetui.events import Era, Event, Record


def record(event: Event, event_id: int = 1, era: Era = Era.V3B, **more: Any) -> Record:
    event.id = event_id
    return Record(event, era, **more)


def canonical(event: Event, **more: Any) -> CanonicalEvent:
    return canonical_event(record(event, **more))


def values(event: CanonicalEvent) -> dict[str, Any]:
    return {parameter.name: parameter.value for parameter in event.parameters}


def texts(event: CanonicalEvent) -> dict[str, str]:
    return {parameter.name: parameter.text for parameter in event.parameters}


def types(event: CanonicalEvent) -> dict[str, str]:
    return {parameter.name: parameter.type.value for parameter in event.parameters}
