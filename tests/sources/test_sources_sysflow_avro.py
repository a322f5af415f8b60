"""Avro's binary encoding: values of every type, and bytes that are none."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.sources.sysflow.avro import Schema, read_long

fastavro = pytest.importorskip("fastavro")

TREE = {
    "type": "record",
    "name": "Tree",
    "namespace": "wood",
    "fields": [
        {"name": "leaf", "type": {"type": "fixed", "name": "Leaf", "size": 3}},
        {"name": "twigs", "type": {"type": "array", "items": "Tree"}},
        {"name": "again", "type": ["null", "wood.Leaf"]},
    ],
}
VALUES: list[tuple[Any, Any]] = [
    ("null", None),
    ("boolean", True),
    ("int", -1),
    ("long", -(2**63)),
    ("long", 2**63 - 1),
    ("float", 0.5),
    ("double", -1e300),
    ("bytes", b"\x00\xff"),
    ("string", "ä\n"),
    ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B"),
    ({"type": "map", "values": "long"}, {"a": 1, "b": 2}),
    ({"type": "array", "items": {"type": "array", "items": "string"}}, [["a"], [], ["b", "c"]]),
    (["null", "string", {"type": "array", "items": "long"}], [1, 2]),
    ({"type": "long", "logicalType": "timestamp-millis"}, 1713280704111050000),
    (TREE, {"leaf": b"abc", "twigs": [{"leaf": b"def", "twigs": [], "again": b"ghi"}], "again": None}),
]


def encoded(schema: Any, value: Any) -> bytes:
    stream = io.BytesIO()
    plain = schema["type"] if isinstance(schema, dict) and "logicalType" in schema else schema
    fastavro.schemaless_writer(stream, plain, value)
    return stream.getvalue()


@pytest.mark.parametrize(("schema", "value"), VALUES)
def test_values_of_every_type(schema, value):
    data = encoded(schema, value)
    assert Schema().type(schema).read(b"\x7f" + data, 1) == (value, 1 + len(data))


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers(value):
    data = encoded("long", value)
    assert read_long(data, 0) == (value, len(data))


@pytest.mark.parametrize(("schema", "value"), VALUES[1:])
def test_values_that_are_cut_raise(schema, value):
    with pytest.raises((EOFError, LookupError)):
        Schema().type(schema).read(encoded(schema, value)[:-1], 0)


def test_blocks_of_lists_may_have_sizes():
    read = Schema().type({"type": "array", "items": "long"}).read
    assert read(bytes([3, 4, 2, 4, 2, 6, 0]), 0) == ([1, 2, 3], 7)


def test_text_that_is_no_utf_8_is_kept():
    """A name of a file may be any bytes; the records after it are none the worse for that."""
    assert Schema().type("string").read(b"\x06a\xffb", 0) == ("a\\xffb", 4)


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ("long", b"\xff" * 10 + b"\x01"),
        ("bytes", b"\x01"),
        ({"type": "array", "items": "null"}, b"\xfe\xff\xff\xff\x0f\x00"),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, b"\x02"),
        (["null", "long"], b"\x01"),
    ],
)
def test_what_is_no_value_raises(schema, data):
    with pytest.raises((EOFError, LookupError, ValueError)):
        Schema().type(schema).read(data, 0)


@pytest.mark.parametrize("schema", ["Unheard", {"name": "X"}, {"type": "fixed", "name": "F"}, 3, None])
def test_what_is_no_schema_raises(schema):
    with pytest.raises((LookupError, TypeError, ValueError, AttributeError)):
        Schema().type(schema)
