"""Normalised numbers as SQL: the same rules that :class:`tracetui.events.Record` follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, LargeBinary, Text, and_, case, cast, func, literal, null, or_, select

from tracetui.events.ends import UNTOLD_ENDS
from tracetui.events.eras import MAX_PID, Era
from tracetui.events.errnos import GENERIC, MAX_ERRNO, errno_name
from tracetui.events.families import PREFIX
from tracetui.events.kevent_tables import KEVENT, LINK
from tracetui.events.record import NO_RESULT
from tracetui.filter.derive import KIND_CALLS
from tracetui.filter.joining import Expr

if TYPE_CHECKING:
    from tracetui.filter.scope import Visible


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression and the tables it reads; the first must exist, the others may be missing."""

    tables: tuple[str, ...]
    build: Callable[[Visible], Expr]


def _integer(expr: Expr) -> Expr:
    """``expr`` where it is an integer, else NULL."""
    return case((func.typeof(expr) == "integer", expr), else_=null())


def _pid(visible: Visible) -> Expr:
    proc_id = visible.tables["event"].c.proc_id
    known = case(
        (and_(func.typeof(proc_id) == "integer", proc_id > 0, proc_id < MAX_PID), proc_id), else_=null()
    )
    own: Expr = null() if visible.era is Era.V1 else known
    starts = [visible.tables[name] for name in ("proc_start", "proc_exit") if name in visible.tables]
    if not starts:
        return own
    return case(*((table.c.id.is_not(None), _integer(table.c.pid)) for table in starts), else_=own)


def _create_time(visible: Visible) -> Expr:
    proc_id = visible.tables["event"].c.proc_id
    if visible.era is not Era.V1:
        return null()
    return case((and_(func.typeof(proc_id) == "integer", proc_id != 0), proc_id), else_=null())


def _retno(visible: Visible) -> Expr:
    call = visible.tables["syscall"]
    whens: list[tuple[Any, Any]] = []
    if visible.era.is_penguin:
        whens.append((call.c.name.in_(sorted(NO_RESULT)), null()))
    whens.append((call.c.retno.is_(None), case((call.c.retno_repr == "0x0", 0), else_=null())))
    return case(*whens, else_=_integer(call.c.retno))


def _failure_of(visible: Visible) -> Expr:
    """The result where it is an error, else NULL.

    The stored number is looked at first: most calls do not fail, and the rest need not be computed.
    """
    call = visible.tables["syscall"]
    is_error = and_(func.typeof(call.c.retno) == "integer", call.c.retno >= -MAX_ERRNO, call.c.retno <= -1)
    if visible.era.is_penguin:
        is_error = and_(is_error, call.c.name.not_in(sorted(NO_RESULT)))
    return case((is_error, call.c.retno), else_=null())


def _failed(visible: Visible) -> Expr:
    return case((_failure_of(visible).is_not(None), 1), (_retno(visible).is_not(None), 0), else_=null())


_NAME_WIDTH = 24
_ERRNO_NAMES = b"".join(
    (errno_name(number) or "").encode().ljust(_NAME_WIDTH) for number in range(max(GENERIC) + 1)
)
"""Names of errors by number, each as wide as the others."""


def _errno_name(visible: Visible) -> Expr:
    """The name that the logger wrote, as in ``ENOENT(No such file)``, else that of the number."""
    shown = cast(visible.tables["syscall"].c.retno_repr, Text)
    parenthesis = func.instr(shown, "(")
    written = func.substr(shown, 1, parenthesis - 1)
    is_written = and_(
        shown.op("GLOB")("E*(*"),
        parenthesis > 2,
        written.op("NOT GLOB")("*[^A-Z0-9_]*"),
    )
    failure = _failure_of(visible)
    known = func.substr(literal(_ERRNO_NAMES), 1 - failure * _NAME_WIDTH, _NAME_WIDTH)
    return case((failure.is_(None), null()), (is_written, written), else_=_text_of(known))


def _text_of(padded: Expr) -> Expr:
    """Text from bytes that end in spaces, NULL where there is none."""
    return func.nullif(func.rtrim(cast(padded, Text)), "")


def _code(visible: Visible) -> Expr:
    ends = visible.tables["proc_exit"].c
    return case((ends.reason.in_(sorted(UNTOLD_ENDS)), null()), else_=_integer(ends.code))


def _outcome(visible: Visible) -> Expr:
    failure = _failure_of(visible)
    succeeded = and_(failure.is_(None), _retno(visible).is_not(None))
    return case((succeeded, "SUCCESS"), else_=func.coalesce(_errno_name(visible), cast(failure, Text)))


def _event_kind(visible: Visible) -> Expr:
    kind = cast(visible.tables["event"].c.type, Text)
    is_kind = kind.not_in(("", "syscall"))
    return case((is_kind, case(KIND_CALLS, value=kind, else_=kind)), else_=null())


def _event_call(visible: Visible) -> Expr:
    name = visible.tables["syscall"].c.name
    # Of the bytes: the rest of a text would end at a NUL.
    bare = cast(func.substr(cast(name, LargeBinary), len(PREFIX) + 1), Text)
    shown = cast(name, Text)
    common = case((shown.op("GLOB")(f"{PREFIX}*"), bare), else_=shown)
    return case((name.is_not(None), common), else_=_event_kind(visible))


def _signed32(expr: Expr) -> Expr:
    low = _integer(expr).op("&")(0xFFFFFFFF)
    return (low + (1 << 31)).op("&")(0xFFFFFFFF) - (1 << 31)


def _fd_argument(visible: Visible) -> Expr:
    call = visible.tables["syscall"].c
    whens = [(_names_fd(call[f"arg{index}_repr"]), _signed32(call[f"arg{index}"])) for index in range(6)]
    return case(*whens, else_=null())


def _names_fd(stored: Expr) -> Expr:
    """Whether an argument, a text or a blob, starts with ``fd=`` or ``FD:``.

    Comparisons take a third of the time of substr.
    """
    return or_(
        and_(stored >= "FD:", stored < "fd>", or_(stored >= "fd=", stored < "FD;")),
        and_(
            stored >= _blob(b"FD:"),
            stored < _blob(b"fd>"),
            or_(stored >= _blob(b"fd="), stored < _blob(b"FD;")),
        ),
    )


def _blob(data: bytes) -> Expr:
    return literal(data, LargeBinary)


def _argument(index: int) -> Callable[[Visible], Expr]:
    def build(visible: Visible) -> Expr:
        call = visible.tables["syscall"].c
        number, text = call[f"arg{index}"], call[f"arg{index}_repr"]
        return case((or_(number != 0, text != ""), _integer(number)), else_=null())

    return build


def _length(table: str) -> Callable[[Visible], Expr]:
    def build(visible: Visible) -> Expr:
        buffer = visible.tables[table].c.buffer
        return case((func.typeof(buffer) != "text", func.length(buffer)), else_=null())

    return build


def _text_buffer(table: str) -> Callable[[Visible], Expr]:
    """Buffers that eras v1 and v2a kept as text: their length in bytes is not that of the text."""

    def build(visible: Visible) -> Expr:
        buffer = visible.tables[table].c.buffer
        return case((func.typeof(buffer) == "text", buffer), else_=null())

    return build


def _duration(visible: Visible) -> Expr:
    times = visible.tables["context"].c
    # Beyond what an integer can be, SQLite goes on with an approximation.
    return _integer(_integer(times.end_ts) - _integer(times.ts))


def _of_state(column: str, kind: str) -> Callable[[Visible], Expr]:
    """A column of the state that an event refers to, where it is of a type."""

    def build(visible: Visible) -> Expr:
        states, kevents = visible.states, visible.tables[KEVENT]
        if states is None or LINK not in kevents.c:
            return null()
        stored = states.c[column]
        known = case((func.typeof(stored) == kind, stored), else_=null())
        found = select(known).where(states.c.number == kevents.c[LINK]).correlate(kevents)
        return found.scalar_subquery()

    return build


def _of_kevent(column: str, other: Callable[[Visible], Expr]) -> Callable[[Visible], Expr]:
    """An integer that Fibratus tells of an event, else what is known of any event."""

    def build(visible: Visible) -> Expr:
        kevents = visible.tables.get(KEVENT)
        if kevents is None or column not in kevents.c:
            return other(visible)
        return case((func.typeof(kevents.c[column]) == "integer", kevents.c[column]), else_=other(visible))

    return build


def _untold_type(visible: Visible) -> Expr:
    """The type of an event that is no call and does not tell what it is, as Fibratus' events do."""
    kind, kevents = visible.tables["event"].c.type, visible.tables.get(KEVENT)
    speaks: ColumnElement[bool] = kind.in_(("", "syscall"))
    if kevents is not None and "name" in kevents.c:
        speaks = or_(speaks, func.typeof(kevents.c.name) == "text")
    return case((speaks, null()), else_=kind)


def _state_pid(visible: Visible) -> Expr:
    if KEVENT not in visible.tables:
        return _pid(visible)
    return func.coalesce(_of_state("pid", "integer")(visible), _pid(visible))


_STATE = {
    **dict.fromkeys("comm exe cwd sid args parent envs modules handles pe extra".split(), "text"),
    **dict.fromkeys(("ppid", "sessionid"), "integer"),
}
"""Columns of states that fields ask for, and the type of their values in SQLite."""

_OF_PID = ("event", KEVENT, "proc_start", "proc_exit")

COMPUTED: dict[str, Computed] = {
    **{f"ps.{column}": Computed((KEVENT,), _of_state(column, kind)) for column, kind in _STATE.items()},
    "ps.own_pid": Computed(_OF_PID, _state_pid),
    "kevt.pid": Computed(_OF_PID, _of_kevent("pid", _pid)),
    "kevt.seq": Computed(("event", KEVENT), _of_kevent("seq", lambda visible: visible.tables["event"].c.id)),
    "untold_type": Computed(("event", KEVENT), _untold_type),
    "utc_offset": Computed(("event", KEVENT), _of_kevent("utc_offset", lambda visible: null())),
    "pid": Computed(("event", "proc_start", "proc_exit"), _pid),
    "create_time": Computed(("event",), _create_time),
    "retno": Computed(("syscall",), _retno),
    "errno": Computed(("syscall",), lambda visible: -_failure_of(visible)),
    "errno_name": Computed(("syscall",), _errno_name),
    "outcome": Computed(("syscall",), _outcome),
    "event_call": Computed(("syscall", "event"), _event_call),
    "event_kind": Computed(("event",), _event_kind),
    "failed": Computed(("syscall",), _failed),
    "fd": Computed(("syscall",), _fd_argument),
    "read.fd": Computed(("read",), lambda visible: _signed32(visible.tables["read"].c.fd)),
    "write.fd": Computed(("write",), lambda visible: _signed32(visible.tables["write"].c.fd)),
    **{f"arg{index}": Computed(("syscall",), _argument(index)) for index in range(6)},
    "buflen.read": Computed(("read",), _length("read")),
    "buflen.write": Computed(("write",), _length("write")),
    "textbuffer.read": Computed(("read",), _text_buffer("read")),
    "textbuffer.write": Computed(("write",), _text_buffer("write")),
    "code": Computed(("proc_exit",), _code),
    "duration": Computed(("context",), _duration),
}
