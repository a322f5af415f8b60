"""What is annotated: values by kind, metadata, neighbours, one book over another."""

from __future__ import annotations

import pytest

from tracetui.annotations import Annotation, AnnotationError, Book, check_note, check_tags

BOOK = Book(
    {
        7: Annotation(("a",), ("env=prod", "odd"), "first"),
        3: Annotation((), ("odd",)),
        9: Annotation(("b", "c"), (), "last"),
        5: Annotation(),
    }
)


def test_only_annotated_events_are_in_it_in_order():
    assert list(BOOK) == BOOK.event_ids == [3, 7, 9]
    assert 5 not in BOOK
    assert BOOK[5] == Annotation()
    assert BOOK.marks == {"a": 7, "b": 9, "c": 9}


def test_values_are_asked_once_each():
    asked = []

    def test(text):
        asked.append(text)
        return text == "odd"

    assert BOOK.ids("tag", test) == {3, 7}
    assert sorted(asked) == ["env=prod", "odd"]
    assert BOOK.of("tag", 7) == ("env=prod", "odd")
    assert BOOK.of("note", 3) == ()
    assert BOOK.counts("tag") == [("odd", 2), ("env=prod", 1)]


def test_the_next_and_the_one_before():
    assert list(BOOK.after(3)) == [7, 9]
    assert list(BOOK.before(9)) == [7, 3]
    assert list(BOOK.after(9)) == list(BOOK.before(3)) == []


@pytest.mark.parametrize(
    ("annotation", "metadata"),
    [
        (Annotation(("a",), ("odd", "slow"), "why"), {"mark": "a", "tags": "odd slow", "note": "why"}),
        (Annotation(tags=("env=prod", "env=test")), {"env": "prod test"}),
        (Annotation(tags=("type=odd", "note=x", "=y", "z=")), {"tags": "type=odd note=x =y z="}),
        (Annotation(), {}),
    ],
)
def test_metadata_keeps_every_tag_that_has_a_value(annotation, metadata):
    assert annotation.metadata == metadata


def test_one_over_another_wins_marks_and_notes_and_joins_tags():
    own = Book({9: Annotation(("a",), ("own",), "mine")})
    both = own.over(BOOK)
    assert both.marks == {"a": 9, "b": 9, "c": 9}
    assert both[9] == Annotation(("a", "b", "c"), ("own",), "mine")
    assert both[7] == Annotation((), ("env=prod", "odd"), "first")
    assert BOOK.within({3, 4}) == Book({3: Annotation((), ("odd",))})


@pytest.mark.parametrize("tag", ["", "two words", "line\nbreak", "\x1b[31m", "\udcff", "x" * 101])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(AnnotationError, match="a tag"):
        check_tags(["fine", tag])


@pytest.mark.parametrize("note", ["x" * 20_001, "\udcff"])
def test_what_is_no_note_is_refused(note):
    with pytest.raises(AnnotationError, match="a note"):
        check_note(note)
