"""SysFlow's Avro container: every schema version, damage, and files that are something else."""

from __future__ import annotations

import io
from collections import Counter
from random import Random

import pytest
from sysflow_helpers import Target, avro, content, header, read_by_fastavro, record, union

from tracetui.sources.report import SourceError
from tracetui.sources.sysflow import RecordFile, detect, import_file

fastavro = pytest.importorskip("fastavro")

RECORDS = {
    "alpine.sf": {"SFHeader": 1, "Container": 1, "Process": 8, "File": 5, "FileFlow": 16, "ProcessEvent": 8},
    "tcp.sf": {"SFHeader": 1, "Process": 10, "ProcessEvent": 4, "File": 2, "FileFlow": 4, "NetworkFlow": 2},
    "tcp_v1.sf": {
        "SFHeader": 1,
        "Process": 10,
        "ProcessEvent": 4,
        "File": 2,
        "FileFlow": 4,
        "NetworkFlow": 2,
    },
    "objectstore_play_mon": {"SFHeader": 1, "Container": 3, "Process": 90, "ProcessEvent": 143},
    "oss.sf.gz": {
        "SFHeader": 4,
        "Container": 4,
        "Process": 238,
        "File": 897,
        "FileFlow": 1497,
        "ProcessEvent": 403,
        "NetworkFlow": 112,
        "FileEvent": 15,
    },
    "k8s_small.sf": {
        "SFHeader": 1,
        "Pod": 19,
        "Container": 23,
        "Process": 217,
        "File": 666,
        "FileFlow": 3383,
        "NetworkFlow": 1511,
        "ProcessEvent": 341,
        "FileEvent": 8,
        "K8sEvent": 4,
    },
}


@pytest.mark.parametrize("name", RECORDS)
def test_all_records_of_every_schema_version(name):
    assert detect(content(name)[:65_536])
    file = RecordFile(io.BytesIO(content(name)))
    assert Counter(kind for kind, _ in file) == RECORDS[name]
    assert file.records == sum(RECORDS[name].values())
    assert file.damage is None
    assert not file.unknown


@pytest.mark.parametrize("name", RECORDS)
def test_values_are_those_that_fastavro_reads(name):
    _, expected = read_by_fastavro(content(name))
    names = {"ProcessFlow": "ProcessEvent"} if name == "objectstore_play_mon" else {}
    found = list(RecordFile(io.BytesIO(content(name))))
    assert found == [
        (names.get(short, short), values) for full, values in expected for short in [full.rpartition(".")[2]]
    ]


def test_nanoseconds_declared_as_milliseconds_stay_numbers():
    file = RecordFile(io.BytesIO(content("tcp_v1.sf")))
    event = next(values for kind, values in file if kind == "ProcessEvent")
    assert event["ts"] == 1553543280704111050


def test_a_cut_file_gives_its_beginning():
    whole = content("k8s_small.sf")
    file = RecordFile(io.BytesIO(whole[: len(whole) * 4 // 5]))
    records = list(file)
    assert 4_900 < len(records) < 6_173, "what is there of the last block is read, too"
    assert records == list(RecordFile(io.BytesIO(whole)))[: len(records)]
    assert file.damage is not None
    assert f"after record {len(records):,}" in file.damage


@pytest.mark.parametrize("where", [0.3, 0.5, 0.9])
def test_a_damaged_file_gives_what_comes_before(where):
    broken = bytearray(content("oss.sf.gz"))
    start = int(len(broken) * where)
    broken[start : start + 200] = b"\xff" * 200
    file = RecordFile(io.BytesIO(bytes(broken)))
    assert list(file)
    assert file.damage is not None


def test_records_of_unknown_type_are_counted():
    quantum = "sysflow.flow.QuantumFlow"
    records = [{"rec": header()}, {"rec": (quantum, {"x": 1})}, {"rec": (quantum, {"x": 2})}]
    file = RecordFile(io.BytesIO(avro(union(record(quantum, x="long")), records)))
    assert [kind for kind, _ in file] == ["SFHeader"]
    assert file.records == 3
    assert file.unknown == {quantum: 2}


def test_another_avro_file_is_named():
    schema = {"type": "record", "name": "weather.Rain", "fields": [{"name": "mm", "type": "int"}]}
    data = avro(schema, [{"mm": 3}])
    assert not detect(data)
    with pytest.raises(SourceError, match=r"not SysFlow's.*weather\.Rain"):
        RecordFile(io.BytesIO(data))


@pytest.mark.parametrize("data", [b"", b"Obj\x01", b"Obj\x01\xff\xff\xff", b"hello", b"Obj\x01" + bytes(100)])
def test_what_is_no_avro_file(data):
    assert not detect(data)
    with pytest.raises(SourceError, match="not a readable Avro file"):
        RecordFile(io.BytesIO(data))


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_ways_to_compress(codec):
    schema, records = read_by_fastavro(content("files.sf"))
    stream = io.BytesIO()
    fastavro.writer(stream, schema, [{"rec": entry} for entry in records], codec=codec)
    file = RecordFile(io.BytesIO(stream.getvalue()))
    assert list(file) == list(RecordFile(io.BytesIO(content("files.sf"))))
    assert file.damage is None


def test_an_unknown_way_to_compress_is_named():
    data = content("files.sf").replace(b"\x0edeflate", b"\x12zstandard")
    assert data != content("files.sf")
    with pytest.raises(SourceError, match="compressed with zstandard") as caught:
        import_file(io.BytesIO(data), Target())
    assert "recodec" in caught.value.hint


def test_a_block_of_no_records_is_not_the_end():
    whole = content("files.sf")
    marker = whole[-16:]
    start = whole.index(marker) + len(marker)
    empty = b"\x00\x04\x03\x00" + marker  # no records, two bytes, which deflate nothing
    file = RecordFile(io.BytesIO(whole[:start] + empty + whole[start:]))
    assert list(file) == list(RecordFile(io.BytesIO(whole)))
    assert file.damage is None


def test_what_follows_a_block_is_checked():
    whole = bytearray(content("files.sf"))
    whole[-1] ^= 1
    file = RecordFile(io.BytesIO(bytes(whole)))
    assert list(file) == list(RecordFile(io.BytesIO(content("files.sf"))))
    assert file.damage is not None
    assert "does not end where it should" in file.damage


def mutated(whole: bytes, seed: int) -> bytes:
    """Some bytes after the file's head changed, inserted or removed."""
    random, broken = Random(seed), bytearray(whole)
    for _ in range(random.randint(1, 5)):
        where = random.randrange(whole.rindex(b"}") + 1, len(broken))
        broken[where : where + random.randrange(3)] = random.randbytes(random.randrange(1, 4))
    return bytes(broken)


@pytest.mark.parametrize("name", ["files.sf", "tcp_v1.sf"])
def test_no_damage_raises(name):
    whole = content(name)
    schema, records = read_by_fastavro(whole)
    uncompressed = avro(schema, [{"rec": entry} for entry in records])
    outcomes: Counter[bool] = Counter()
    for data in (whole, uncompressed):
        for seed in range(150):
            report = import_file(io.BytesIO(mutated(data, seed)), Target())
            assert report.records or report.notes
            outcomes[bool(report.notes or report.bad)] += 1
    assert outcomes[True] > 100, "most damage is noticed"
