"""Entries of a dictionary that tell the same are asked once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.index.facets import UNKNOWN, Dictionary, Span

VALUES = st.none() | st.integers(0, 2) | st.sampled_from(["", "0", "open"]) | st.just(Span(1, 2))
ENTRIES = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), max_size=12)
NAMES = st.sampled_from([("a",), ("a", "b"), ("c", "a", "b"), ("missing",)])


def grow(dictionary, entries):
    for entry in entries:
        dictionary.entries.append(entry)


@given(ENTRIES, ENTRIES, NAMES)
def test_each_entry_has_an_example_that_tells_the_same(first, later, names):
    dictionary = Dictionary()
    for entries in (first, later):
        grow(dictionary, entries)
        alike = dictionary.alike(names)
        assert len(alike.places) == len(dictionary.entries)
        assert alike.places[UNKNOWN] == 0
        examples = [None, *alike.examples]
        for entry, place in zip(dictionary.entries[1:], alike.places[1:].tolist(), strict=True):
            told = [(name in entry, entry.get(name)) for name in names]
            assert told == [(name in examples[place], examples[place].get(name)) for name in names]
        told_by_examples = [tuple(repr(one.get(name, ...)) for name in names) for one in alike.examples]
        assert len(set(told_by_examples)) == len(told_by_examples)


def test_what_is_known_is_not_sorted_again():
    dictionary = Dictionary()
    grow(dictionary, [{"a": 1}, {"a": 1}, {"a": 2}])
    before = dictionary.alike(("a",))
    assert dictionary.alike(("a",)) is before
    assert len(before.examples) == 2
    grow(dictionary, [{"a": 3}])
    assert dictionary.alike(("a",)) is not before
