"""Lines and ids: two kinds of positions, one behaviour."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from tracetui.trace.positions import IdList, IdRuns, compact

ascending = st.lists(st.integers(0, 200) | st.integers(2**32 - 3, 2**32 + 3), unique=True).map(sorted)


def filled(kind, ids):
    positions = kind()
    if kind is IdList:
        positions.extend(ids)
    else:
        for event_id in ids:
            positions.append_range(event_id, event_id)
    return positions


@given(ascending, st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**32 + 5))
def test_both_kinds_are_a_sorted_list(ids, start, length, wanted):
    for kind in (IdRuns, IdList):
        positions = filled(kind, ids)
        assert len(positions) == len(ids)
        assert list(positions.ids(start, start + length)) == ids[start : start + length]
        assert list(positions.ids(-5, 3)) == ids[:3]
        assert positions.position(wanted) == bisect_left(ids, wanted)
        assert positions.last == (ids[-1] if ids else None)


@given(ascending, ascending)
def test_growth_at_both_ends(low, high):
    high = [event_id + 2**33 for event_id in high]
    above, below = filled(IdList, low), filled(IdList, high)
    above.extend(high)
    below.prepend(low)
    assert list(above.ids(0, 10**6)) == list(below.ids(0, 10**6)) == low + high


def test_a_dense_trace_is_one_run():
    runs = IdRuns.dense(1, 10_000_000)
    runs.append_range(10_000_001, 10_000_002)
    assert (len(runs), runs.runs) == (10_000_002, 1)
    runs.append_range(20_000_000, 20_000_000)
    assert runs.runs == 2
    assert runs.position(15_000_000) == 10_000_002


def test_small_ids_take_four_bytes():
    ids = IdList(range(1, 1001))
    assert ids._ids.itemsize == 4
    ids.extend([2**40])
    assert ids._ids.itemsize == 8
    assert ids.ids(999, 1001) == [1000, 2**40]


@given(ascending)
def test_compact_ids_are_the_same_ids(ids):
    for ordered in (ids, ids[::-1]):
        found = compact(array("q", ordered))
        assert found.tolist() == ordered
        assert found.typecode == ("q" if ids and ids[-1] >= 2**32 else "I")
