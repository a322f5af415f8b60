"""The formats that can be imported: a table, and a guess by content."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple, Protocol, cast

from tracetui.sources.report import Import, Target


class Source(Protocol):
    """What the module of a format offers."""

    def detect(self, head: bytes) -> bool:
        """Do these first bytes of a file look like this format?"""

    def begin(self, target: Target) -> Import:
        """An import of files of this format into ``target``."""


class Format(NamedTuple):
    """One format that can be imported."""

    name: str
    """As given to ``--from``."""
    module: str
    """Name of the module that reads it; it is a :class:`Source`."""
    description: str

    @property
    def source(self) -> Source:
        """The module, imported when it is first needed."""
        return cast(Source, import_module(self.module))


FORMATS = (
    Format("sysflow", "tracetui.sources.sysflow", "SysFlow trace (Avro), of any version of its schema"),
    Format("strace", "tracetui.sources.strace", "log of strace, with or without -f, -t, -T, -y, -v"),
    Format("fibratus", "tracetui.sources.fibratus", "events of Fibratus: JSON, or a capture (.kcap)"),
)
"""All formats, in the order in which a file is tried for them: first what a magic number tells."""


def detect_format(head: bytes) -> Format | None:
    """The format that the first bytes of a file look like, or None."""
    return next((candidate for candidate in FORMATS if candidate.source.detect(head)), None)
