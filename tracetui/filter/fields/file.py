"""Fields of files: descriptors, names, and what was read or written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tracetui.events.arguments import UNRESOLVED
from tracetui.filter import derive, told
from tracetui.filter.field import Data, Derived, Field, Kind, Number, Source, Stored, Values
from tracetui.filter.fields.flow import of_rows
from tracetui.filter.fields.values import TEXTS, one

if TYPE_CHECKING:
    from tracetui.events.record import Record


_KEVENT_FILES = tuple(
    f"{table}.{column}" for table in ("file_event", "image_event") for column in ("file_name", "file_path")
)
"""Where events of Fibratus name a file, in the manner of Windows."""

_flow_path = of_rows(str, "file_flow.path")
_kevent_paths = of_rows(str, *_KEVENT_FILES)
_kevent_size = of_rows(int, "file_event.io_size")
_flow_fd = of_rows(int, "file_flow.fd", "network_flow.fd")


def _unix_names(record: Record) -> Values:
    if record.paths:
        return record.paths
    return _flow_path(record) if record.path is None else (record.path,)


def _file_names(record: Record) -> Values:
    return (*_unix_names(record), *_kevent_paths(record))


_FILE_SOURCES: tuple[Source, ...] = (
    Stored("read.fname", UNRESOLVED),
    Stored("write.fname", UNRESOLVED),
    Derived(("syscall.name", *TEXTS), derive.call_paths, TEXTS),
    Derived(("exec.argv",), derive.program_path),
    Stored("file_flow.path"),
    *map(Stored, _KEVENT_FILES),
)


Part = Callable[[str], "str | None"]


def part_of_path(part: Part, windows: Part) -> tuple[Derived, ...]:
    """Sources of a part of each file name; ``windows`` gives that of one in the manner of Windows."""

    def over(values: Callable[..., Iterable[str]], of: Part = part) -> Callable[..., Values]:
        return lambda *columns: tuple(p for path in values(*columns) if (p := of(path)) is not None)

    return (
        Derived(("read.fname",), over(derive.known_name), ("read.fname",), repeats=True),
        Derived(("write.fname",), over(derive.known_name), ("write.fname",), repeats=True),
        Derived(("syscall.name", *TEXTS), over(derive.call_paths), TEXTS),
        Derived(("exec.argv",), over(derive.program_path)),
        Derived(("file_flow.path",), over(derive.only_text), ("file_flow.path",), repeats=True),
        *(Derived((place,), over(derive.only_text, windows), repeats=True) for place in _KEVENT_FILES),
    )


def _parts(part: Part, windows: Part) -> Callable[[Record], Values]:
    def values(record: Record) -> Values:
        found = [part(str(path)) for path in _unix_names(record)]
        found += [windows(str(path)) for path in _kevent_paths(record)]
        return tuple(p for p in found if p is not None)

    return values


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
        in_words="fd.name",
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
        _parts(derive.directory, told.windows_folder),
        part_of_path(derive.directory, told.windows_folder),
    ),
    Field(
        "fd.filename",
        Kind.TEXT,
        "last component of each file that the event names",
        ("filename", "basename", "sf.file.name"),
        "fd.filename = passwd",
        _parts(derive.last_part, told.windows_name),
        part_of_path(derive.last_part, told.windows_name),
    ),
    Field(
        "file.extension",
        Kind.TEXT,
        "extension of each file that the event names, with its point and in small letters",
        ("extension",),
        "file.extension = .dll",
        _parts(told.extension, told.extension),
        part_of_path(told.extension, told.extension),
        expand=lambda word: (word.lower(),),
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
        lambda r: _kevent_size(r) if r.buflen is None else (r.buflen,),
        (
            Number("file_event.io_size"),
            Number("=buflen.read", ("read",)),
            Number("=buflen.write", ("write",)),
            *(
                Derived((f"=textbuffer.{table}",), derive.text_length, guard=f"=textbuffer.{table}")
                for table in ("read", "write")
            ),
        ),
        in_words="buffer",
    ),
)
