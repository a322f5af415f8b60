"""Fields of files: descriptors, names, and what was read or written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tracetui.events.arguments import UNRESOLVED
from tracetui.filter import derive
from tracetui.filter.field import Data, Derived, Field, Kind, Number, Stored, Values
from tracetui.filter.fields.flow import of_rows
from tracetui.filter.fields.values import TEXTS, one

if TYPE_CHECKING:
    from tracetui.events.record import Record


_flow_path = of_rows(str, "file_flow.path")
_flow_fd = of_rows(int, "file_flow.fd", "network_flow.fd")


def _file_names(record: Record) -> Values:
    if record.paths:
        return record.paths
    return _flow_path(record) if record.path is None else (record.path,)


_FILE_SOURCES = (
    Stored("read.fname", UNRESOLVED),
    Stored("write.fname", UNRESOLVED),
    Derived(("syscall.name", *TEXTS), derive.call_paths, TEXTS),
    Derived(("exec.argv",), derive.program_path),
    Stored("file_flow.path"),
)


def part_of_path(part: Callable[[str], str | None]) -> tuple[Derived, ...]:
    """Sources of a part of each file name."""

    def over(values: Callable[..., Iterable[str]]) -> Callable[..., Values]:
        return lambda *columns: tuple(p for path in values(*columns) if (p := part(path)) is not None)

    return (
        Derived(("read.fname",), over(derive.known_name), ("read.fname",), repeats=True),
        Derived(("write.fname",), over(derive.known_name), ("write.fname",), repeats=True),
        Derived(("syscall.name", *TEXTS), over(derive.call_paths), TEXTS),
        Derived(("exec.argv",), over(derive.program_path)),
        Derived(("file_flow.path",), over(derive.only_text), ("file_flow.path",), repeats=True),
    )


def _parts(part: Callable[[str], str | None]) -> Callable[[Record], Values]:
    return lambda record: tuple(p for path in _file_names(record) if (p := part(str(path))) is not None)


FILE_FIELDS: tuple[Field, ...] = (
    Field(
        "fd",
        Kind.NUMBER,
        "file descriptor of a read, a write, a flow, or of a call's argument fd, as the C int that it is",
        ("fd.num", "sf.file.fd"),
        "fd = 3",
        lambda r: _flow_fd(r) if r.fd is None else (r.fd,),
        (
            Number("=read.fd", ("read",)),
            Number("=write.fd", ("write",)),
            Number("=fd", ("syscall",)),
            Number("file_flow.fd"),
            Number("network_flow.fd"),
        ),
        wraps32=True,
    ),
    Field(
        "fd.name",
        Kind.TEXT,
        "name behind the file descriptor: a path, socket:[n], pipe:[n]",
        ("fdname", "fname"),
        "fd.name startswith socket:",
        lambda r: _flow_path(r) if r.fname is None else (r.fname,),
        (
            Stored("read.fname", UNRESOLVED),
            Stored("write.fname", UNRESOLVED),
            Derived(TEXTS, derive.fd_names, TEXTS),
            Stored("file_flow.path"),
        ),
    ),
    Field(
        "path",
        Kind.TEXT,
        "any file that the event names: a quoted path in the arguments, else the name behind its fd",
        ("fs.path.name", "file", "sf.file.path", "file.path", "file.name", "fs.path", "fspath"),
        "path pmatch (/etc, /dev)",
        _file_names,
        _FILE_SOURCES,
    ),
    Field(
        "fd.directory",
        Kind.TEXT,
        "folder of each file that the event names",
        ("directory", "dir", "sf.file.directory"),
        "fd.directory = /etc",
        _parts(derive.directory),
        part_of_path(derive.directory),
    ),
    Field(
        "fd.filename",
        Kind.TEXT,
        "last component of each file that the event names",
        ("filename", "basename", "sf.file.name"),
        "fd.filename = passwd",
        _parts(derive.last_part),
        part_of_path(derive.last_part),
    ),
    Field(
        "buffer",
        Kind.BYTES,
        "bytes that were read or written; text, or 47:45:54",
        ("evt.buffer", "buf", "data", "evt.buf"),
        'buffer contains "GET /cgi-bin"',
        one(lambda r: r.buffer),
        (Data("read.buffer"), Data("write.buffer")),
    ),
    Field(
        "buflen",
        Kind.NUMBER,
        "number of bytes that were read or written",
        ("evt.buflen", "evt.buffer.len", "file.io.size"),
        "buflen > 4k",
        one(lambda r: r.buflen),
        (
            Number("=buflen.read", ("read",)),
            Number("=buflen.write", ("write",)),
            *(
                Derived((f"=textbuffer.{table}",), derive.text_length, guard=f"=textbuffer.{table}")
                for table in ("read", "write")
            ),
        ),
    ),
)
