"""``tracetui connections``: the connections of processes, put together from network flows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tracetui.cli.guard import complain
from tracetui.cli.opening import add_trace, condition_of, open_trace, whole_number

if TYPE_CHECKING:
    from tracetui.analysis import Connection

NAME = "connections"
HELP = "list the connections that network flows tell of, with what was sent and received"

FORMATS = ("table", "json", "jsonl", "csv")
SORTS = ("bytes", "time", "duration", "flows", "process")

_PLOT_LINES = 4
_PLOT_WIDTH = 72
_MILLISECONDS = len("2019-03-25T20:48:00.704")

_HEADINGS = (
    "start",
    "duration",
    "pid",
    "process",
    "proto",
    "dir",
    "from",
    "to",
    "received",
    "sent",
    "flows",
    "state",
)
_NUMBERS = ("duration", "pid", "received", "sent", "flows")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    parser.add_argument(
        "--sort",
        choices=SORTS,
        default="bytes",
        help="what comes first: most bytes (the default), earliest, …",
    )
    parser.add_argument("-n", "--top", metavar="N", type=whole_number(1), help="only the first N")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")
    parser.add_argument("--plot", action="store_true", help="plot the bytes over time, instead")


def run(args: argparse.Namespace) -> int:
    """Print the connections of the flows that match."""
    from tracetui.analysis import Connections, Sort
    from tracetui.output import ROW_PRINTERS

    with open_trace(args.trace) as trace:
        found = Connections(trace, condition_of(args.expr, trace))
        for _ in found.steps():
            pass
    connections = found.sorted(Sort(args.sort))
    shown = connections[: args.top]
    if args.plot:
        sys.stdout.writelines(f"{line}\n" for line in _plot(shown))
    elif args.format == "table":
        sys.stdout.writelines(_table(shown))
    else:
        rows = [{name: value(connection) for name, value in _VALUES.items()} for connection in shown]
        sys.stdout.writelines(ROW_PRINTERS[args.format](list(_VALUES), rows, not sys.stdout.isatty()))
    if rest := len(connections) - len(shown):
        complain(f"{rest:,} more connection{' is' if rest == 1 else 's are'} not shown")
    if not connections:
        complain("no network flow matches; they are in traces imported from SysFlow")
    return 0


_VALUES: dict[str, Callable[[Connection], Any]] = {
    "host": lambda found: found.ends.host,
    "pid": lambda found: found.ends.pid,
    "procname": lambda found: found.procname,
    "fd": lambda found: found.ends.fd,
    "proto": lambda found: found.protocol,
    "sip": lambda found: found.ends.sip,
    "sport": lambda found: found.ends.sport,
    "dip": lambda found: found.ends.dip,
    "dport": lambda found: found.ends.dport,
    "direction": lambda found: found.direction,
    "state": lambda found: found.state.value,
    "first_ts": lambda found: found.first,
    "last_ts": lambda found: found.last,
    "rbytes": lambda found: found.rbytes,
    "rops": lambda found: found.rops,
    "wbytes": lambda found: found.wbytes,
    "wops": lambda found: found.wops,
    "flows": lambda found: len(found.fragments),
    "first_id": lambda found: found.first_id,
    "last_id": lambda found: found.last_id,
}
"""Columns of JSON and CSV: exact, times in ns since the epoch."""


def _table(connections: Sequence[Connection]) -> Iterator[str]:
    from tracetui.output import align

    return align(_HEADINGS, map(_cells, connections), numbers=_NUMBERS)


def _cells(connection: Connection) -> tuple[str, ...]:
    from tracetui.events.times import local_time
    from tracetui.output import cell, short_seconds

    ends, duration = connection.ends, connection.duration
    return (
        "-" if connection.first is None else local_time(connection.first)[:_MILLISECONDS].replace("T", " "),
        "-" if duration is None else short_seconds(duration / 1e9),
        str(ends.pid),
        cell(connection.procname),
        connection.protocol,
        connection.direction or "-",
        cell(f"{ends.sip}:{ends.sport}"),
        cell(f"{ends.dip}:{ends.dport}"),
        f"{connection.rbytes:,}",
        f"{connection.wbytes:,}",
        f"{len(connection.fragments):,}",
        connection.state.value,
    )


def _plot(connections: Sequence[Connection]) -> Iterator[str]:
    """Bytes over time, those received above those sent, each on its own scale."""
    from tracetui.analysis import bytes_over_time
    from tracetui.events.times import local_time
    from tracetui.output import column_chart, short_bytes, short_seconds

    found = bytes_over_time(connections, _PLOT_WIDTH)
    if found is None:
        return
    for name, values in (("received", found.received), ("sent", found.sent)):
        most = f"{short_bytes(max(values))} in {short_seconds(found.part)}"
        yield f"{name}: {sum(values):,.0f} B, at most {most}"
        yield from column_chart(values, _PLOT_LINES)
        yield "─" * _PLOT_WIDTH
    begin, end = (local_time(ns)[:_MILLISECONDS].replace("T", " ") for ns in (found.first, found.last))
    yield f"{begin}{end:>{_PLOT_WIDTH - len(begin)}}"
