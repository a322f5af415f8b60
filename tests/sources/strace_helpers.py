"""Shared by the tests of the strace source: run lines through a converter and look at what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracetui.events import Event
from tracetui.sources.report import Report
from tracetui.sources.strace import Converter, import_file

DATA = Path(__file__).with_name("data")


@dataclass
class Told:
    """One event as the converter gave it."""

    cls: type[Event]
    row: dict[str, Any]
    context: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.row[name]
        except KeyError:
            raise AttributeError(name) from None


class Story:
    """The events of some lines, and the counts."""

    def __init__(self) -> None:
        self.events: list[Told] = []
        self.report: Report | None = None

    def add(self, cls: type[Event], row: dict[str, Any], context: dict[str, Any] | None) -> None:
        self.events.append(Told(cls, row, context or {}))

    def of(self, cls: type[Event]) -> list[Told]:
        return [event for event in self.events if event.cls is cls]

    def calls(self, name: str) -> list[Told]:
        return [event for event in self.events if event.row.get("name") == f"sys_{name}"]


def convert(*lines: str, **options: Any) -> tuple[Story, Converter]:
    """Convert log lines, to the end."""
    story = Story()
    converter = Converter(story.add, **options)
    for text in lines:
        converter.feed(text)
    converter.close()
    return story, converter


def one_call(body: str) -> Told:
    """The syscall row of one line."""
    story, converter = convert(f"10 {body}")
    assert converter.counts.unparsed == 0, body
    (call,) = [event for event in story.events if "retno" in event.row]
    return call


def sample(name: str) -> Story:
    """A log from the data folder, imported."""
    story = Story()
    with (DATA / name).open("rb") as file:
        story.report = import_file(file, story.add, written=1_800_000_000)
    return story
