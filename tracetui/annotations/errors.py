"""What can be wrong with annotations, said so that the user knows what to do."""

from __future__ import annotations

from tracetui.events.complaint import Complaint


class AnnotationError(Complaint):
    """Annotations cannot be read or written, or are none; nothing was changed."""


class Unreadable(AnnotationError):
    """The file is damaged, somebody else's or of a newer version: what it holds cannot be told."""


class Unwritable(AnnotationError):
    """The place takes no file, or the file no change: another place may."""
