"""tracetui: a terminal explorer of system-event traces."""

__version__ = "0.1.0"
