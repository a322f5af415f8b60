"""What each record of SysFlow becomes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from strace_helpers import Told
from sysflow_helpers import (
    OID,
    PROCESS,
    Target,
    avro,
    header,
    oid,
    process,
    process_event,
    record,
    sysflow_file,
    union,
)

from tracetui.events import Event, Exec, ProcExit, ProcStart, Syscall
from tracetui.events.sysflow import (
    FileFlow,
    NetworkEvent,
    NetworkFlow,
    ProcessFlow,
    SysflowFile,
    SysflowProcess,
    SysflowRecord,
)
from tracetui.sources.report import Report
from tracetui.sources.sysflow import import_file
from tracetui.sources.sysflow.entities import program_name

pytest.importorskip("fastavro")

CLONE, EXEC, EXIT, SETUID = 1, 2, 4, 8


class Story:
    """What an import gave."""

    def __init__(self, data: bytes) -> None:
        self.events: list[Told] = []
        self.entities: list[Told] = []
        self.links: list[dict[str, Any]] = []
        self.report: Report = import_file(io.BytesIO(data), Target(self._add))

    def _add(self, cls: type[Any], row: dict[str, Any], context: Any = None, beside: Any = None) -> None:
        told = Told(cls, row, context or {})
        if issubclass(cls, Event):
            self.events.append(told)
            self.links.append(beside[SysflowRecord])
        else:
            self.entities.append(told)


def story(*records: Any, also: tuple[dict[str, Any], ...] = ()) -> Story:
    return Story(sysflow_file(*records, also=also))


def one(*records: Any, also: tuple[dict[str, Any], ...] = ()) -> Told:
    """The only event."""
    (event,) = story(*records, also=also).events
    return event


SHELL = process(7, "/bin/sh", "-c ls", parent=1, born=5)


def test_a_new_process_starts():
    event = one(process(1, "/sbin/init"), SHELL, process_event(7, 99, CLONE, born=5))
    assert event.cls is ProcStart
    assert (event.pid, event.ppid, event.create_time) == (7, 1, 5)
    assert (event.procname, event.comm, event.proc_id) == ("sh", "sh", 7)
    assert (event.uid, event.euid, event.gid, event.egid) == (10, 10, 20, 20)
    assert event.context["ts"] == 99
    assert event.context["tid"] == 7
    assert event.context["host"] == "node"


@pytest.mark.parametrize(
    ("ret", "tid", "text"),
    [(847, None, "0x34f"), (0, 8, "0x0"), (-11, None, "EAGAIN(Resource temporarily unavailable)")],
)
def test_other_clones_are_calls(ret, tid, text):
    event = one(SHELL, process_event(7, 99, CLONE, ret=ret, tid=tid, born=5))
    assert event.cls is Syscall
    assert event.name == "sys_clone"
    assert event.retno == ret
    assert event.retno_repr.split("(")[0] == text.split("(")[0]
    assert event.context["tid"] == (tid or 7)


def test_an_exec_has_its_ancestry_and_arguments():
    event = one(process(1, "/sbin/init"), SHELL, process_event(7, 99, EXEC, born=5))
    assert event.cls is Exec
    assert event.argv == "['/bin/sh', '-c', 'ls']"
    assert event.calltree == "init (1) -> sh (7)"
    assert (event.procname, event.euid, event.egid) == ("sh", 10, 20)


def test_ancestry_that_goes_in_a_circle_ends():
    event = one(process(1, "/a", parent=2), process(2, "/b", parent=1), process_event(2, 99, EXEC))
    assert event.calltree == "a (1) -> b (2)"


def test_a_failed_exec_is_a_call_without_a_program():
    event = one(SHELL, process_event(7, 99, EXEC, ret=-2, born=5))
    assert event.cls is Syscall
    assert (event.name, event.retno) == ("sys_execve", -2)
    assert event.retno_repr == "ENOENT(No such file or directory)"
    assert event.arg0_repr == ""


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (0, 0, "exit_group"),
        (256, 1, "exit_group"),
        (65280, 255, "exit_group"),
        (2, 130, "signal:SIGINT"),
        (139, 139, "signal:SIGSEGV"),
    ],
)
def test_an_exit_status_is_taken_apart(status, code, reason):
    told = story(SHELL, process_event(7, 99, EXIT, ret=status, born=5))
    (event,) = told.events
    assert event.cls is ProcExit
    assert (event.pid, event.create_time, event.code, event.reason) == (7, 5, code, reason)
    assert told.links[0]["ret"] == status


def test_the_exit_of_a_thread_is_a_call():
    event = one(SHELL, process_event(7, 99, EXIT, tid=9, ret=256, born=5))
    assert event.cls is Syscall
    assert (event.name, event.retno, event.arg0, event.arg0_repr) == ("sys_exit", None, 1, "error_code=0x1")


def test_setuid_names_the_user():
    told = story(SHELL, process_event(7, 99, SETUID, ret=-1, args=("root",), born=5))
    (event,) = told.events
    assert (event.name, event.retno, event.arg0_repr) == ("sys_setuid", -1, "uid=0x?(root)")
    assert told.links[0]["extra"] == '{"args":["root"]}'


def test_an_event_refers_to_the_process_as_it_was_then():
    told = story(
        SHELL,
        process_event(7, 10, CLONE, born=5),
        process(7, "/bin/ls", parent=1, born=5),
        process_event(7, 20, EXEC, born=5),
    )
    assert [event.procname for event in told.events] == ["sh", "ls"]
    assert [link["process"] for link in told.links] == [2, 3]
    assert told.report.processes == 1
    assert [row.number for row in told.entities] == [1, 2, 3]


def test_a_header_ends_what_was_known():
    told = story(
        SHELL, process_event(7, 10, EXEC, born=5), header("other"), process_event(7, 20, EXEC, born=5)
    )
    assert [event.cls for event in told.events] == [Exec, Syscall]
    assert [event.procname for event in told.events] == ["sh", "[?]"]
    assert [event.context["host"] for event in told.events] == ["node", "other"]
    assert told.links[1]["process"] is None


FOID = {"type": "fixed", "name": "sysflow.type.FOID", "size": 20}
FILE = record("sysflow.entity.File", oid=FOID, ts="long", restype="int", path="string")
FILE_EVENT = record(
    "sysflow.event.FileEvent",
    procOID=OID, ts="long", tid="long", opFlags="int", fileOID="sysflow.type.FOID", ret="int",
    newFileOID=["null", "sysflow.type.FOID"],
)  # fmt: skip
A, B = b"a" * 20, b"b" * 20
FILES = (
    ("sysflow.entity.File", {"oid": A, "ts": 1, "restype": ord("f"), "path": '/tmp/a "b"'}),
    ("sysflow.entity.File", {"oid": B, "ts": 1, "restype": ord("f"), "path": "/tmp/c\n"}),
)


@pytest.mark.parametrize(
    ("flags", "new", "name", "arguments"),
    [
        (1 << 15, None, "sys_mkdir", ['pathname=0x?("/tmp/a "b"")', ""]),
        (1 << 16, None, "sys_rmdir", ['pathname=0x?("/tmp/a "b"")', ""]),
        (1 << 17, B, "sys_link", ['oldname=0x?("/tmp/a "b"")', 'newname=0x?("/tmp/c\n")']),
        (1 << 18, None, "sys_unlink", ['pathname=0x?("/tmp/a "b"")', ""]),
        (1 << 19, B, "sys_symlink", ['oldname=0x?("/tmp/a "b"")', 'newname=0x?("/tmp/c\n")']),
        (1 << 20, B, "sys_rename", ['oldname=0x?("/tmp/a "b"")', 'newname=0x?("/tmp/c\n")']),
        (1 << 17 | 1 << 20, B, "sys_link_rename", ['pathname=0x?("/tmp/a "b"")', 'newname=0x?("/tmp/c\n")']),
        (1 << 30, None, "sys_unknown", ['pathname=0x?("/tmp/a "b"")', ""]),
    ],
)
def test_operations_on_names_are_calls(flags, new, name, arguments):
    values = {
        "procOID": oid(7, 5),
        "ts": 9,
        "tid": 7,
        "opFlags": flags,
        "fileOID": A,
        "ret": -17,
        "newFileOID": new,
    }
    told = story(SHELL, *FILES, ("sysflow.event.FileEvent", values), also=(FILE, FILE_EVENT))
    (event,) = told.events
    assert event.cls is Syscall
    assert (event.name, event.retno, event.retno_repr) == (name, -17, "EEXIST(File exists)")
    assert [event.arg0_repr, event.arg1_repr] == arguments
    assert event.arg0 is None
    files = [row for row in told.entities if row.cls is SysflowFile]
    assert told.links[0]["file"] == files[0].number
    assert told.links[0]["newfile"] == (files[1].number if new else None)


FLOW = {"procOID": OID, "ts": "long", "tid": "long", "opFlags": "int", "endTs": "long"}
NUMBERS = {
    "fd": "int",
    "numRRecvOps": "long",
    "numWSendOps": "long",
    "numRRecvBytes": "long",
    "numWSendBytes": "long",
}
ENDS = {"sip": "int", "sport": "int", "dip": "int", "dport": "int", "proto": "int"}
FLOWING = {"procOID": oid(7, 5), "ts": 9, "tid": 8, "opFlags": 1408, "endTs": 12}
COUNTED = {"fd": 3, "numRRecvOps": 1, "numWSendOps": 2, "numRRecvBytes": 30, "numWSendBytes": 1 << 40}
ENDED = {"sip": 16777343, "sport": 1, "dip": -1, "dport": 2, "proto": -1}


def test_a_file_flow():
    schema = record("sysflow.flow.FileFlow", **FLOW, **NUMBERS, openFlags="int", fileOID="sysflow.type.FOID")
    values = {**FLOWING, **COUNTED, "openFlags": 4097, "fileOID": A}
    event = one(SHELL, *FILES, ("sysflow.flow.FileFlow", values), also=(FILE, schema))
    assert event.cls is FileFlow
    assert (event.path, event.file_type, event.fd, event.openflags) == ('/tmp/a "b"', "f", 3, 4097)
    assert (event.rbytes, event.rops, event.wbytes, event.wops) == (30, 1, 1 << 40, 2)
    assert (event.context["ts"], event.context["end_ts"], event.context["tid"]) == (9, 12, 8)


def test_a_network_flow_and_a_network_event():
    flow = record("sysflow.flow.NetworkFlow", **FLOW, **ENDS, **NUMBERS)
    act = record(
        "sysflow.event.NetworkEvent", procOID=OID, ts="long", tid="long", opFlags="int", **ENDS, ret="int"
    )
    acted = {"procOID": oid(7, 5), "ts": 11, "tid": 7, "opFlags": 64, "ret": 0, **ENDED}
    told = story(
        SHELL,
        ("sysflow.flow.NetworkFlow", {**FLOWING, **ENDED, **COUNTED}),
        ("sysflow.event.NetworkEvent", acted),
        also=(flow, act),
    )
    assert [event.cls for event in told.events] == [NetworkFlow, NetworkEvent]
    for event in told.events:
        assert (event.sip, event.sport, event.dip, event.dport, event.proto) == (
            "127.0.0.1",
            1,
            "255.255.255.255",
            2,
            -1,
        )
    assert [link["kind"] for link in told.links] == ["NF", "NE"]


def test_a_process_flow_has_no_thread():
    counts = ("numThreadsCloned", "numThreadsExited", "numCloneErrors")
    fields = {name: kind for name, kind in FLOW.items() if name != "tid"}
    values = {name: value for name, value in FLOWING.items() if name != "tid"}
    schema = record("sysflow.flow.ProcessFlow", **fields, **dict.fromkeys(counts, "long"))
    flow = ("sysflow.flow.ProcessFlow", {**values, **dict(zip(counts, (4, 5, 6), strict=True))})
    event = one(SHELL, flow, also=(schema,))
    assert event.cls is ProcessFlow
    assert (event.nthreads, event.nexits, event.nerrors) == (4, 5, 6)
    assert event.context["tid"] is None


def test_the_process_event_of_the_prototypes():
    kinds = {"type": "enum", "name": "sysflow.type.EventType", "symbols": ["CLONE", "EXEC", "EXIT"]}
    old = record(
        "sysflow.flow.ProcessFlow",
        type=kinds, ts="long", procOID=OID, tid="long", args={"type": "array", "items": "string"}, ret="int",
    )  # fmt: skip
    values = {"type": "EXIT", "ts": 9, "procOID": oid(7, 5), "tid": 7, "args": ["x"], "ret": 256}
    told = Story(
        avro(union(PROCESS, old), [{"rec": entry} for entry in (header(), SHELL, (old["name"], values))])
    )
    (event,) = told.events
    assert (event.cls, event.code) == (ProcExit, 1)
    assert (told.links[0]["kind"], told.links[0]["opflags"]) == ("PE", EXIT)
    assert told.links[0]["extra"] == '{"args":["x"]}'


def test_fields_that_nobody_knew_of_are_kept():
    strange = record(
        "sysflow.entity.File",
        oid=FOID,
        ts="long",
        restype="int",
        path="string",
        selabel="string",
        seal="bytes",
    )
    values = {"oid": A, "ts": 1, "restype": 102, "path": "/x", "selabel": "system_u", "seal": b"\x01\xff"}
    told = story(("sysflow.entity.File", values), also=(strange,))
    (file,) = [row for row in told.entities if row.cls is SysflowFile]
    assert file.extra == '{"seal":"01ff","selabel":"system_u"}'


def test_events_come_in_the_order_of_time_and_else_of_the_file():
    told = story(
        SHELL, *(process_event(7, ts, EXIT, tid=tid, born=5) for tid, ts in enumerate((30, 10, 20, 10), 100))
    )
    assert [(event.context["ts"], event.context["tid"]) for event in told.events] == [
        (10, 101),
        (10, 103),
        (20, 102),
        (30, 100),
    ]
    assert [link["record"] for link in told.links] == [3, 5, 4, 2]


def test_a_process_that_no_record_describes():
    event = one(process_event(7, 99, CLONE))
    assert (event.cls, event.procname, event.proc_id) == (Syscall, "[?]", 7)


@pytest.mark.parametrize(
    ("exe", "args", "name"),
    [
        ("/usr/bin/bash", "x", "bash"),
        ("./server", "", "server"),
        ("<NA>", "/opt/run.py -v", "run.py"),
        ("", "", "[?]"),
        ("<NA>", "", "[?]"),
        ("/odd/", "", "/odd/"),
    ],
)
def test_names_of_programs(exe, args, name):
    assert program_name(exe, args) == name


def test_records_that_make_no_sense_are_counted():
    event = record(
        "sysflow.event.ProcessEvent", procOID=OID, ts="string", tid="long", opFlags="int", ret="int"
    )
    values = {"procOID": oid(7), "ts": "noon", "tid": 7, "opFlags": 1, "ret": 1}
    records = [header(), process(7, "/x"), *[("sysflow.event.ProcessEvent", values)] * 5]
    schema = union(PROCESS, event)
    told = Story(avro(schema, [{"rec": entry} for entry in records]))
    assert told.events == []
    assert told.report.bad == 5
    assert told.report.examples[0] == "ProcessEvent 3: TypeError: ts is 'noon'"
    assert len(told.report.examples) == 3


def test_records_of_unknown_type_are_told():
    quantum = record("sysflow.flow.QuantumFlow", x="long")
    told = story(
        SHELL, ("sysflow.flow.QuantumFlow", {"x": 1}), process_event(7, 9, EXIT, born=5), also=(quantum,)
    )
    assert len(told.events) == 1
    assert told.report.notes == ["records of unknown type sysflow.flow.QuantumFlow, not imported: 1"]
    assert told.report.records == 4
    assert [row.cls for row in told.entities][-1] is SysflowProcess
