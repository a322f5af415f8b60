"""Shared by the tests of the SysFlow source: samples, and files made on the spot."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracetui.logger import Block

DATA = Path(__file__).with_name("data") / "sysflow"

OID = "sysflow.type.OID"


class Target:
    """Takes what an import writes, and gives each row to ``take`` as ``DB.add_event`` would get it."""

    def __init__(self, take: Callable[..., object] = lambda *_: None) -> None:
        self.add_event = take

    def add_block(self, block: Block) -> None:
        for call in block.calls():
            self.add_event(*call)


def content(name: str) -> bytes:
    """A sample, decompressed."""
    data = (DATA / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def record(name: str, **fields: Any) -> dict[str, Any]:
    """Schema of a record: field name to Avro type."""
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": key, "type": kind} for key, kind in fields.items()],
    }


HEADER = record("sysflow.entity.SFHeader", version="long", exporter="string")
PROCESS = record(
    "sysflow.entity.Process",
    oid=record(OID, createTS="long", hpid="long"),
    poid=["null", OID],
    ts="long",
    exe="string",
    exeArgs="string",
    uid="int",
    gid="int",
    containerId=["null", "string"],
)
PROCESS_EVENT = record(
    "sysflow.event.ProcessEvent",
    procOID=OID,
    ts="long",
    tid="long",
    opFlags="int",
    args={"type": "array", "items": "string"},
    ret="int",
)


def union(*members: dict[str, Any]) -> dict[str, Any]:
    """Schema of a file with a header and these records."""
    return {
        "type": "record",
        "name": "sysflow.SysFlow",
        "fields": [{"name": "rec", "type": [HEADER, *members]}],
    }


def avro(schema: dict[str, Any], records: list[Any]) -> bytes:
    """An Avro file."""
    import fastavro

    stream = io.BytesIO()
    fastavro.writer(stream, schema, records)
    return stream.getvalue()


def read_by_fastavro(data: bytes) -> tuple[Any, list[Any]]:
    """The schema of a file, without ``logicalType``, and its records as (name, fields)."""
    import fastavro

    reader = fastavro.reader(io.BytesIO(data), return_record_name=True, return_record_name_override=True)
    _strip(reader.writer_schema)
    return reader.writer_schema, [entry["rec"] for entry in reader]


def _strip(schema: Any) -> None:
    if isinstance(schema, dict):
        schema.pop("logicalType", None)
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _strip(part)


def header(exporter: str = "node") -> tuple[str, dict[str, Any]]:
    return "sysflow.entity.SFHeader", {"version": 5, "exporter": exporter}


def oid(pid: int, born: int = 0) -> dict[str, int]:
    return {"createTS": born, "hpid": pid}


def process(
    pid: int, exe: str, args: str = "", parent: int | None = None, born: int = 0
) -> tuple[str, dict[str, Any]]:
    values = {"oid": oid(pid, born), "poid": None if parent is None else oid(parent), "ts": 1, "exe": exe}
    return "sysflow.entity.Process", {**values, "exeArgs": args, "uid": 10, "gid": 20, "containerId": None}


def process_event(
    pid: int,
    ts: int,
    flags: int,
    ret: int = 0,
    tid: int | None = None,
    args: tuple[str, ...] = (),
    born: int = 0,
) -> tuple[str, dict[str, Any]]:
    values = {"procOID": oid(pid, born), "ts": ts, "tid": tid or pid, "opFlags": flags}
    return "sysflow.event.ProcessEvent", {**values, "args": list(args), "ret": ret}


def sysflow_file(
    *records: tuple[str, dict[str, Any]], also: tuple[dict[str, Any], ...] = (), exporter: str = "node"
) -> bytes:
    """A file of a header, processes and process events, and of the records ``also`` declares."""
    entries = [{"rec": entry} for entry in (header(exporter), *records)]
    return avro(union(PROCESS, PROCESS_EVENT, *also), entries)
