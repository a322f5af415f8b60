"""Lines and ids: two kinds of positions, one behaviour."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.trace.positions import IdList, IdRuns
from tracetui.trace.segments import SIZE, Segment, compact

ascending = st.lists(st.integers(0, 200) | st.integers(2**32 - 3, 2**32 + 3), unique=True).map(sorted)


def filled(kind, ids):
    positions = kind()
    if kind is IdList:
        positions.extend(IdList(ids))
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
    above.extend(IdList(high))
    below.prepend(IdList(low))
    assert list(above.ids(0, 10**6)) == list(below.ids(0, 10**6)) == low + high


def test_a_dense_trace_is_one_run():
    runs = IdRuns.dense(1, 10_000_000)
    runs.append_range(10_000_001, 10_000_002)
    assert (len(runs), runs.runs) == (10_000_002, 1)
    runs.append_range(20_000_000, 20_000_000)
    assert runs.runs == 2
    assert runs.position(15_000_000) == 10_000_002


def packed_size(ids):
    """Bytes that the ids of a list take."""
    return sum(sys.getsizeof(part._bits if part._listed is None else part._listed) for part in ids._segments)


def test_frequent_ids_take_a_bit_or_two_each():
    assert packed_size(IdList(range(1, 1_000_001))) < 150_000
    assert packed_size(IdList(range(1, 1_000_001, 8))) < 150_000
    assert packed_size(IdList(range(1, 1_000_001, 100))) < 45_000


def test_large_ids_among_small_ones():
    ids = IdList(range(1, 1001))
    ids.extend(IdList([2**40, 2**63 - 1]))
    ids.prepend(IdList([-5]))
    assert ids.ids(1000, 1003) == [1000, 2**40, 2**63 - 1]
    assert [ids.position(wanted) for wanted in (-6, -5, 1, 2**40, 2**63 - 1, 2**63)] == [
        0,
        0,
        1,
        1001,
        1002,
        1003,
    ]


runs = st.tuples(st.integers(1, 3 * SIZE), st.integers(1, 40), st.integers(1, 5_000))
"""How many ids, how far from one to the next, how far from the last one to the next run."""


def ids_of(start, runs):
    found = []
    for count, step, gap in runs:
        found += range(start, start + count * step, step)
        start = found[-1] + gap
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([-3, 1, 2**32 - 5_000, 2**62]),
    st.lists(runs, min_size=1, max_size=4),
    st.lists(st.integers(0, 20_000), max_size=12).map(sorted),
    st.data(),
)
def test_lists_that_grow_in_pieces_at_both_ends(start, runs, cuts, data):
    """Whatever is frequent or rare in whichever part, and in whatever pieces it comes: it is the sorted list."""
    expected = ids_of(start, runs)
    ends = [0, *(cut for cut in cuts if cut < len(expected)), len(expected)]
    pieces = [expected[low:high] for low, high in pairwise(ends)]
    middle = data.draw(st.integers(0, len(pieces)))
    ids = IdList()
    for piece in pieces[middle:]:
        ids.extend(IdList(piece))
    for piece in reversed(pieces[:middle]):
        ids.prepend(IdList(piece))
    assert len(ids) == len(expected)
    assert ids.last == expected[-1]
    assert list(ids.ids(0, len(expected) + 1)) == expected
    for _ in range(20):
        line, wanted = (
            data.draw(st.integers(-3, len(expected) + 3)),
            data.draw(st.integers(expected[0] - 2, expected[-1] + 2)),
        )
        assert list(ids.ids(line, line + 50)) == expected[max(line, 0) : max(line + 50, 0)]
        assert ids.position(wanted) == bisect_left(expected, wanted)


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, min_size=1, max_size=50).map(sorted), st.data()
)
def test_a_segment_is_a_sorted_list(ids, data):
    segment = Segment.of(ids)
    assert list(segment.ids()) == ids
    assert (segment.first, segment.last, segment.count) == (ids[0], ids[-1], len(ids))
    wanted = data.draw(st.integers(-(2**63), 2**63 - 1) | st.sampled_from(ids))
    assert segment.position(wanted) == bisect_left(ids, wanted)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2 * SIZE), st.integers(1, 3)), min_size=1, max_size=6), st.data())
def test_ids_that_are_there_several_times(runs, data):
    """A damaged trace may have rows of one event in several tables: it is listed as often as it is found."""
    expected = sorted(event_id for count, step in runs for event_id in range(1, count * step, step))
    ids = IdList(expected[: len(expected) // 3])
    ids.extend(IdList(expected[len(expected) // 3 :]))
    assert list(ids.ids(0, len(expected) + 1)) == expected
    for _ in range(20):
        line, wanted = data.draw(st.integers(0, len(expected))), data.draw(st.integers(0, 8 * SIZE))
        assert list(ids.ids(line, line + 5)) == expected[line : line + 5]
        assert ids.position(wanted) == bisect_left(expected, wanted)


@given(ascending)
def test_compact_ids_are_the_same_ids(ids):
    for ordered in (ids, ids[::-1]):
        found = compact(array("q", ordered))
        assert found.tolist() == ordered
        assert found.typecode == ("q" if ids and ids[-1] >= 2**32 else "I")
