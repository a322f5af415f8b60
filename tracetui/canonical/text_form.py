"""A canonical event as a block of lines, in the layout that Fibratus gives its events."""

from __future__ import annotations

from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.state import ProcessState
from tracetui.events.times import go_text


def event_text(event: CanonicalEvent) -> str:
    """The event and the state of its process, a member a line; what is not known is empty.

    Not sanitised: of a trace from elsewhere, show it through :func:`tracetui.events.clean` line by line.
    """
    lines = [
        f"Seq: {event.sequence}",
        f"Pid: {_known(event.pid)}",
        f"Tid: {_known(event.tid)}",
        f"Type: {event.name}",
        f"CPU: {_known(event.cpu)}",
        f"Name: {event.name}",
        f"Category: {event.category}",
        f"Description: {event.description}",
        f"Host: {_known(event.host)},",
        f"Timestamp: {_moment(event)},",
        f"Kparams: {event.parameters.text()},",
        f"Metadata: {', '.join(f'{name}:{value}' for name, value in event.metadata.items())}",
    ]
    text = "".join(f"\n\t\t{line}" for line in lines)
    return f"{text}\n\t" if event.process is None else f"{text},\n\t    {_process(event.process)}\n\t"


def _process(state: ProcessState) -> str:
    environment = " ".join(f"{name}:{value}" for name, value in sorted((state.env or {}).items()))
    lines = [
        f"Pid:  {_known(state.pid)}",
        f"Ppid: {_known(state.ppid)}",
        f"Name: {state.name}",
        f"Comm: {state.command_line}",
        f"Exe:  {state.exe}",
        f"Cwd:  {_known(state.cwd)}",
        f"SID:  {_known(state.facts.get('sid'))}",
        f"Args: [{' '.join(state.argv[1:])}]",
        f"Session ID: {_known(state.facts.get('sessionid'))}",
        f"Envs: map[{environment}]",
        "",
    ]
    return "".join(f"\n\t\t{line}" for line in lines)


def _known(value: object) -> str:
    return "" if value is None else str(value)


def _moment(event: CanonicalEvent) -> str:
    return "" if event.timestamp is None else go_text(event.timestamp, event.utc_offset or 0)
