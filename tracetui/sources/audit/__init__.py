"""Python's audit events of a program and of its Python children, live.

A hook inside each process (inject) writes lines to a spool (spool); the reader follows all of them, puts them
in the order of time and tells rows (story), and the recorder runs the program meanwhile.
"""

from tracetui.events.audit_events import AuditEvent, audit_event, audit_events
from tracetui.sources.audit.recorder import Options, Recording, Running, record, start

__all__ = ["AuditEvent", "Options", "Recording", "Running", "audit_event", "audit_events", "record", "start"]
