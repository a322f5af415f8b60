"""Shared by the tests of the Fibratus source: events as JSON, and captures written on the spot."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

from tracetui.cli import main

STATE: dict[str, Any] = {
    "pid": 2436,
    "ppid": 6304,
    "name": "firefox.exe",
    "comm": 'C:\\ff\\firefox.exe -a "b c"',
    "exe": "C:\\ff\\firefox.exe",
    "cwd": "C:\\ff\\",
    "sid": "archrabbit\\SYSTEM",
    "args": ["-a", "b c"],
    "sessionid": 4,
}


def event(name: str = "CreateFile", category: str = "file", **members: Any) -> dict[str, Any]:
    """The members of an event as version 1 writes them; ``None`` leaves one out."""
    values = {
        "seq": 2,
        "pid": 859,
        "tid": 2484,
        "cpu": 1,
        "name": name,
        "category": category,
        "description": "Creates or opens a file or I/O device",
        "host": "archrabbit",
        "timestamp": "2021-01-03T19:24:21.0986701+01:00",
        "kparams": {},
        "meta": {},
        **members,
    }
    return {member: value for member, value in values.items() if value is not None}


def imported(tmp_path: Path, content: bytes | str, name: str = "events.json", code: int = 0) -> Path:
    """A trace of a file with this content."""
    source, trace = tmp_path / name, tmp_path / f"{name}.db"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    assert main(["import", str(source), "-o", str(trace)]) == code
    return trace


def lines(*events: dict[str, Any]) -> str:
    """Events as console output has them."""
    return "".join(json.dumps(event) + "\n" for event in events)


def rows(trace: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table in order of its key."""
    with closing(sqlite3.connect(trace)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1")]


# Captures.

PROCESS_PROVIDER = bytes.fromhex("3d6fa8d0fe0511d09dda00c04fd7ba7c")
MAGIC = 0x6669627261747573


class Capture:
    """Writes a capture, in either order of bytes."""

    def __init__(self, minor: int = 0, *, major: int = 1, order: str = "<", process_version: int = 1) -> None:
        self.order = order
        self.process_version = process_version
        self.data = self.number("Q", MAGIC) + bytes([major, minor]) + bytes(8)

    def number(self, code: str, value: float) -> bytes:
        return struct.pack(self.order + code, value)

    def text(self, text: str) -> bytes:
        return self.number("H", len(text.encode())) + text.encode()

    def texts(self, texts: list[str]) -> bytes:
        return self.number("H", len(texts)) + b"".join(map(self.text, texts))

    def pairs(self, pairs: dict[str, str]) -> bytes:
        joined = b"".join(self.text(name) + self.text(value) for name, value in pairs.items())
        return self.number("H", len(pairs)) + joined

    def section(self, kind: int, content: bytes = b"", *, version: int = 1, length: int = 0) -> bytes:
        head = bytes([kind, version]) + self.number("I", length) + self.number("I", len(content))
        return head + content

    def handle(self, number: int, kind: str, name: str, more: bytes = b"\5") -> bytes:
        content = self.number("Q", number) + self.number("Q", 0xAB) + self.number("I", 7)
        content += self.text(kind) + self.text(name) + more
        return self.number("H", len(content)) + content

    def handles(self, *handles: bytes) -> Capture:
        """The section that every capture begins with."""
        head = bytes([2, 1]) + self.number("I", len(handles)) + self.number("I", 0)
        self.data += head + b"".join(handles)
        return self

    def event(
        self,
        name: str = "CreateFile",
        *parameters: tuple[int, str, bytes],
        seq: int = 1,
        pid: int = 859,
        category: str = "file",
        state: bytes = b"",
        opcode: int = 0,
        provider: bytes = bytes(16),
        timestamp: str = "2020-12-31T16:29:28.6997571+01:00",
        meta: dict[str, str] | None = None,
        version: int = 1,
    ) -> Capture:
        content = self.number("Q", seq) + self.number("I", pid) + self.number("I", 2484)
        content += provider + bytes([opcode, 3])
        content += b"".join(map(self.text, (name, category, "said", "archrabbit", timestamp)))
        content += self.number("H", len(parameters))
        for kind, parameter, value in parameters:
            content += self.number("H", kind) + self.text(parameter) + value
        content += self.pairs(meta or {}) + self.section(1, state, version=self.process_version)
        self.data += self.section(3, content, version=version)
        return self

    def state(self, pid: int, name: str = "firefox.exe", *, pe: bytes = b"", after: bytes = b"") -> bytes:
        """A process with one environment variable and two handles."""
        content = self.number("I", pid) + self.number("I", 6304)
        content += b"".join(map(self.text, (name, f"C:\\{name} -a", f"C:\\{name}", "C:\\", "HOST\\SYSTEM")))
        content += self.texts(["-a"]) + self.number("I" if self.process_version > 2 else "B", 4)
        content += self.pairs({"OS": "Windows_NT"})
        mutant = b"\2" + self.number("i", -1) + b"\1"
        handles = self.handle(16, "File", "C:\\Users", b"\3\1") + self.handle(17, "Mutant", "m", mutant)
        content += bytes([2, 1]) + self.number("I", 2) + self.number("I", 0) + handles
        return content + self.section(4, pe) + after

    def pe(self) -> bytes:
        content = self.number("H", 1) + self.number("I", 10)
        content += b"".join(map(self.text, ("140000000", "20110", "2021-01-03T19:24:21Z")))
        content += self.number("H", 1) + self.number("I", 132608) + self.number("d", 6.5)
        content += self.text(".text") + self.text("db23")
        return (
            content
            + self.texts(["SelectObject"])
            + self.texts(["GDI32.dll"])
            + self.pairs({"FileDescription": "x"})
        )
