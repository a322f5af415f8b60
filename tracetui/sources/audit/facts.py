"""What a recording says about itself: rows of ``recording``, made without importing the model."""

from __future__ import annotations

from tracetui.logger import Block
from tracetui.sources.audit.reader import Reader
from tracetui.sources.audit.recorder import Options
from tracetui.sources.audit.report import unfollowed_children
from tracetui.sources.report import Target


def tell_facts(target: Target, reader: Reader, options: Options) -> None:
    """Write down what was recorded, and what was not."""
    facts = {
        "source": "Python audit events",
        "python": ", ".join(sorted(reader.versions)),
        "processes": str(reader.recorded),
        "lost": str(reader.lost),
        "not_understood": str(reader.bad),
        "filtered": str(reader.story.left_out),
        "not_recorded": " ".join(options.skipped),
        "include": " ".join(options.include),
        "exclude": " ".join(options.exclude),
        "redacted": "no" if options.keep_secrets else "yes",
        "unfollowed": "; ".join(unfollowed_children(reader)),
    }
    block = Block()
    block.rows_of("recording", ("key", "value")).extend(facts.items())
    target.add_block(block)
