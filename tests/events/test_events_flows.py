"""Meaning of the numbers in flows; expected values are what SysFlow's own Python API prints."""

from __future__ import annotations

import time

import pytest

from tracetui.events.flows import connection, ipv4, open_flags, operation_columns, operations
from tracetui.events.times import iso_time, local_time


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        (0, "           "),
        (1, "CLONE"),
        (5, "CLONEEXIT"),
        (17, "CLONE"),
        (16, "     N     "),
        (32, " A         "),
        (64, "  C        "),
        (1408, "O   R   C  "),
        (1856, "  CWR   C  "),
        (9600, "O   R M C  "),
        (0x7FF0, "OACWRNMSCTD"),
        (32769, "MKDIR"),
        (98304, "MKDIRRMDIR"),
        (786432, "SYMLINKUNLINK"),
        (1310720, "UNLINKRENAME"),
    ],
)
def test_operations_in_columns(flags, shown):
    assert operation_columns(flags) == shown


def test_operations_by_name():
    assert operations(0) == ()
    assert operations(1408) == ("OPEN", "READ", "RECV", "CLOSE")
    assert operations(1 << 20 | 1 << 40) == ("RENAME",)
    assert len(operations(-1)) == 23


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (0, ()),
        (1, ("RDONLY",)),
        (2, ("WRONLY",)),
        (3, ("RDWR",)),
        (4097, ("RDONLY", "CLOEXEC")),
        (262, ("WRONLY", "CREAT", "TRUNC")),
        (1 << 10, ("DIRECTORY",)),
    ],
)
def test_open_flags_have_one_access_mode(flags, names):
    assert open_flags(flags) == names


@pytest.mark.parametrize(
    ("number", "address"),
    [
        (0, "0.0.0.0"),
        (16777343, "127.0.0.1"),
        (1681631424, "192.168.59.100"),
        (-1062731420, "100.1.168.192"),
        (-1, "255.255.255.255"),
    ],
)
def test_addresses(number, address):
    assert ipv4(number) == address


def test_connection():
    assert connection("10.0.0.1", 52852, "127.0.0.1", 8080) == "10.0.0.1:52852-127.0.0.1:8080"


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1553543280704111050, "2019-03-25T19:48:00.704111050Z"),
        (1553543280000000000, "2019-03-25T19:48:00.000000000Z"),
        ((1 << 63) - 1, "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_times_are_exact(ns, text):
    assert iso_time(ns) == text


def test_local_time_has_its_offset(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert local_time(1553543280704111050) == "2019-03-26T01:18:00.704111050+05:30"
    finally:
        monkeypatch.undo()
        time.tzset()
