"""Arrays that are written and read in parts, by the rules of NumPy's own archives."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.index.archive import DAMAGE, Archive, write_arrays

KINDS = st.sampled_from([np.uint8, np.uint16, np.int64])
PARTS = st.lists(st.tuples(KINDS, st.lists(st.integers(0, 255), max_size=20)), min_size=1, max_size=6).map(
    lambda parts: [np.array(values, kind) for kind, values in parts]
)


def written(**arrays):
    file = io.BytesIO()
    write_arrays(file, arrays.items())
    file.seek(0)
    return file


def reader(file):
    return Archive(zipfile.ZipFile(file))


@given(PARTS)
def test_numpy_reads_what_was_written_in_parts(parts):
    file = written(some=parts, other=[np.arange(3)])
    kept = np.load(file, allow_pickle=False)
    expected = np.concatenate(parts)
    assert kept["some"].tolist() == expected.tolist()
    assert kept["some"].dtype == expected.dtype
    assert kept["other"].tolist() == [0, 1, 2]


@given(PARTS, st.lists(st.integers(0, 40), max_size=5).map(sorted))
def test_it_is_read_in_whatever_parts(parts, cuts):
    expected = np.concatenate(parts)
    ends = [0, *(cut for cut in cuts if cut <= len(expected)), len(expected)]
    lengths = np.diff(ends).tolist()
    kept = reader(written(some=parts))
    found = list(kept.parts("some", lengths))
    assert [len(part) for part in found] == lengths
    assert np.concatenate(found).tolist() == kept.whole("some").tolist() == expected.tolist()


def test_parts_must_be_as_long_as_all():
    kept = reader(written(some=[np.arange(10)]))
    for lengths in ([], [9], [5, 6]):
        with pytest.raises(ValueError, match="10 items"):
            list(kept.parts("some", lengths))


def test_objects_are_not_read():
    file = io.BytesIO()
    np.savez(file, some=np.array([{}, []], object))
    with pytest.raises(DAMAGE):
        reader(file).whole("some")


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_damage_is_one_of_the_errors_that_are_said(place):
    """Wherever a byte is wrong: the values are right, or damage is told."""
    values = np.arange(20, dtype=np.uint16)
    content = bytearray(written(some=[values]).getvalue())
    content[min(place, len(content) - 1)] ^= 0x5A
    try:
        found = reader(io.BytesIO(content)).whole("some")
    except DAMAGE:
        return
    assert found.tolist() == values.tolist() or found.dtype != values.dtype


def test_a_file_that_promises_too_much():
    file = written(some=[np.arange(4, dtype=np.uint8)])
    content = file.getvalue().replace(b"'shape': (4,)", b"'shape': (9,)")
    with pytest.raises(DAMAGE):
        reader(io.BytesIO(content)).whole("some")
