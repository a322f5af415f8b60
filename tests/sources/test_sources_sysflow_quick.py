"""Quick readers give what the general one gives, arranged."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sysflow_helpers import OID, PROCESS_EVENT, avro, content, header, oid, process_event, record, union

from tracetui.sources.sysflow import RecordFile
from tracetui.sources.sysflow.fields import arranger
from tracetui.sources.sysflow.quick import QuickReaders

NOW = 1_713_280_704_111_050_001
FOID = {"type": "fixed", "name": "sysflow.type.FOID", "size": 20}
FILE_EVENT = record(
    "sysflow.event.FileEvent",
    procOID=OID, ts="long", tid="long", opFlags="int", fileOID=FOID, ret="int", newFileOID=["null", "sysflow.type.FOID"],
)  # fmt: skip
FILE_FLOW = record(
    "sysflow.flow.FileFlow",
    procOID=OID, ts="long", tid="long", opFlags="int", openFlags="int", endTs="long", fileOID="sysflow.type.FOID",
    fd="int", numRRecvOps="long", numWSendOps="long", numRRecvBytes="long", numWSendBytes="long",
)  # fmt: skip
DECLARED = record("sysflow.entity.Process", oid=record(OID, createTS="long", hpid="long"))


def both(data: bytes) -> tuple[list[Any], list[Any], int]:
    """Events as quick readers and as the general one give them, and how many the quick ones gave."""
    quick = list(RecordFile(io.BytesIO(data), QuickReaders().makers()))
    file = RecordFile(io.BytesIO(data))
    arrangers = {
        kind: arranger(kind, fields)
        for kind, fields in file.fields.items()
        if kind.endswith(("Event", "Flow"))
    }
    general = [arrangers[kind](values) for kind, values in file if kind in arrangers]
    events = [
        values if isinstance(values, tuple) else arrangers[kind](values)
        for kind, values in quick
        if kind in arrangers
    ]
    return [*map(repr, events)], [*map(repr, general)], sum(isinstance(values, tuple) for _, values in quick)


@pytest.mark.parametrize(
    "name", ["alpine.sf", "tcp_v1.sf", "oss.sf.gz", "k8s_small.sf", "rename2at.sf", "objectstore_play_mon"]
)
def test_samples(name):
    quick, general, taken = both(content(name))
    assert quick == general
    assert taken > 0.9 * len(general) or name in ("objectstore_play_mon", "rename2at.sf")


EXTREMES = [0, 1, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31)]
TIMES = [0, 1, -5, 2**27 - 1, 2**27, 2**34, NOW, NOW + 1, 2**62 - 1, 2**62, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("ts", TIMES)
def test_times_of_any_size(ts):
    data = avro(
        union(DECLARED, PROCESS_EVENT), [{"rec": entry} for entry in (header(), process_event(7, ts, 2))]
    )
    quick, general, taken = both(data)
    assert quick == general
    assert str(ts) in quick[0]
    assert taken == (2**27 <= ts < 2**62)


@pytest.mark.parametrize("number", EXTREMES)
def test_numbers_of_any_size(number):
    fields = {
        **{
            "procOID": oid(number, number),
            "ts": NOW,
            "endTs": NOW + 1,
            "tid": number,
            "opFlags": 1,
            "openFlags": 2,
        },
        **{"fileOID": b"\n" * 20, "fd": number, "numRRecvOps": number, "numWSendOps": 3},
        **{"numRRecvBytes": -number, "numWSendBytes": 2**63 - 1},
    }
    event = {
        **{"procOID": oid(1), "ts": NOW, "tid": 1, "opFlags": 1 << 20, "fileOID": bytes(20), "ret": number},
        "newFileOID": b"\xff" * 20,
    }
    flow, file = (FILE_FLOW["name"], fields), (FILE_EVENT["name"], event)
    entries = [header(), file, ("sysflow.event.FileEvent", {**event, "newFileOID": None}), flow, flow]
    quick, general, taken = both(
        avro(union(DECLARED, FILE_EVENT, FILE_FLOW), [{"rec": entry} for entry in entries])
    )
    assert quick == general
    assert taken >= 2


def test_a_list_that_is_not_empty_is_left_to_the_general_reader():
    entries = [header(), process_event(7, NOW, 8, args=("root",)), process_event(7, NOW, 2)]
    quick, general, taken = both(avro(union(DECLARED, PROCESS_EVENT), [{"rec": entry} for entry in entries]))
    assert quick == general
    assert taken == 1


def test_fields_in_another_order_are_read_by_their_names():
    swapped = {**PROCESS_EVENT, "fields": PROCESS_EVENT["fields"][::-1]}
    data = avro(
        union(DECLARED, swapped), [{"rec": entry} for entry in (header(), process_event(7, NOW, 2, tid=9))]
    )
    quick, general, taken = both(data)
    assert quick == general
    assert (taken, "(9, 2, 0)" in quick[0]) == (0, True)
