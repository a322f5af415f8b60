"""What a trace says about its own recording: table ``recording``, which Penguin's readers do not look at."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tracetui.events.audit_events import noise_names
from tracetui.sources.audit.reader import Reader
from tracetui.sources.audit.recorder import Options
from tracetui.sources.audit.report import unfollowed_children
from tracetui.sources.report import Target


class FactBase(DeclarativeBase):
    """A registry apart, so that the table is only made where there is a recording."""

    metadata = MetaData()


class RecordingFact(FactBase):
    """One fact about a recording. A trace that was continued has each of them more than once."""

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    """``source``, ``python``, ``processes``, ``lost``, ``filtered``, ``not_recorded``, ..."""
    value: Mapped[str]


def tell_facts(target: Target, reader: Reader, options: Options) -> None:
    """Write down what was recorded, and what was not."""
    facts = {
        "source": "Python audit events",
        "python": ", ".join(sorted(reader.versions)),
        "processes": str(reader.recorded),
        "lost": str(reader.lost),
        "not_understood": str(reader.bad),
        "filtered": str(reader.story.left_out),
        "not_recorded": "" if options.everything else " ".join(noise_names()),
        "include": " ".join(options.include),
        "exclude": " ".join(options.exclude),
        "redacted": "no" if options.keep_secrets else "yes",
        "unfollowed": "; ".join(unfollowed_children(reader)),
    }
    for key, value in facts.items():
        target.add_event(RecordingFact, {"key": key, "value": value})
