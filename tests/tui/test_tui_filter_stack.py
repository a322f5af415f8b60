"""The filter stack as a value: what it shows, and what each operation makes of it."""

from __future__ import annotations

import pytest

from tracetui.tui.filtering import FilterStack, Mode, Pointing, StackedFilter, conjunction, join


def stack(*texts: str) -> FilterStack:
    return FilterStack(tuple(StackedFilter(text) for text in texts))


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("", Pointing.ONLY, "pid = 3"),
        ("errno = ENOENT", Pointing.ONLY, "pid = 3"),
        ("", Pointing.AND, "pid = 3"),
        ("errno = ENOENT", Pointing.AND, "errno = ENOENT and pid = 3"),
        ("a = 1 or b = 2", Pointing.AND, "(a = 1 or b = 2) and pid = 3"),
        ("a = 1 || b = 2", Pointing.AND, "(a = 1 || b = 2) and pid = 3"),
        ('path = "this or that"', Pointing.AND, 'path = "this or that" and pid = 3'),
        ('path = "a\\" or b"', Pointing.AND, 'path = "a\\" or b" and pid = 3'),
        ("a = 1 or b = 2", Pointing.OR, "a = 1 or b = 2 or pid = 3"),
        ("", Pointing.EXCLUDE, "not pid = 3"),
        ("a = 1 or b = 2", Pointing.EXCLUDE, "(a = 1 or b = 2) and not pid = 3"),
    ],
)
def test_pointing_joins_with_parentheses_only_where_needed(text: str, how: Pointing, expected: str) -> None:
    assert join(text, "pid = 3", how) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("pid = 3 and ret = 0", "not (pid = 3 and ret = 0)"),
        ("not failed", "not (not failed)"),
        ("!failed", "not (!failed)"),
        ("pid != 3", "not pid != 3"),
        ("path contains normal", "not path contains normal"),
    ],
)
def test_excluding_negates_the_whole_condition(condition: str, expected: str) -> None:
    assert join("", condition, Pointing.EXCLUDE) == expected


def test_conjunction_leaves_a_single_filter_alone() -> None:
    assert conjunction([]) == ""
    assert conjunction(["a or b"]) == "a or b"
    assert conjunction(["a or b", "", "c"]) == "(a or b) and c"


def test_modes_are_told_apart_and_filters_that_are_off_do_nothing() -> None:
    filters = FilterStack(
        (
            StackedFilter("pid = 1"),
            StackedFilter("fd = 2", enabled=False),
            StackedFilter("failed", Mode.DIM),
            StackedFilter("ret = 0 or ret = 1", Mode.DIM),
            StackedFilter("GET", Mode.HIGHLIGHT),
            StackedFilter("POST", Mode.HIGHLIGHT),
        )
    )
    assert filters.hiding == "pid = 1"
    assert filters.dimming == "failed and (ret = 0 or ret = 1)"
    assert filters.highlights == ("GET", "POST")


def test_suspending_hides_nothing_and_resuming_brings_back_what_was_on() -> None:
    filters = stack("pid = 1", "fd = 2").toggled(1)
    suspended = filters.toggled_all()
    assert (suspended.hiding, suspended.dimming, suspended.highlights) == ("", "", ())
    assert suspended.toggled_all() == filters


def test_the_line_edits_the_current_filter() -> None:
    filters = stack("pid = 1", "fd = 2").picked(1)
    assert filters.text == "fd = 2"
    assert filters.edited(" fd = 3 ").hiding == "pid = 1 and fd = 3"
    assert filters.edited("").hiding == "pid = 1"


def test_editing_an_empty_stack_adds_a_filter_and_clearing_removes_it() -> None:
    filters = FilterStack().edited("pid = 1")
    assert filters == FilterStack((StackedFilter("pid = 1"),), 0)
    assert filters.edited("") == FilterStack()
    assert FilterStack().edited("") == FilterStack()


def test_editing_puts_a_filter_that_was_off_back_in_force() -> None:
    filters = stack("pid = 1").toggled(0).toggled_all()
    assert filters.edited("pid = 2").hiding == "pid = 2"


def test_pointing_extends_the_current_filter_and_leaves_the_others() -> None:
    filters = stack("pid = 1", "fd = 2").picked(1).pointed("failed", Pointing.ONLY)
    assert filters.hiding == "pid = 1 and failed"


def test_adding_makes_the_new_filter_current() -> None:
    filters = stack("pid = 1").added("failed", Mode.HIGHLIGHT)
    assert filters.text == "failed"
    assert filters.highlights == ("failed",)
    assert filters.added("  ") is filters


def test_the_current_filter_stays_current_when_filters_move() -> None:
    filters = stack("a", "b", "c").picked(1)
    assert [one.text for one in filters.moved(0, 2).filters] == ["b", "c", "a"]
    assert filters.moved(0, 2).text == "b"
    assert filters.moved(1, 5).text == "b"
    assert [one.text for one in filters.moved(1, -5).filters] == ["b", "a", "c"]


def test_the_current_filter_stays_current_when_another_is_removed() -> None:
    filters = stack("a", "b", "c").picked(1)
    assert filters.removed(0).text == "b"
    assert filters.removed(2).text == "b"
    assert filters.removed(1).text == "c"
    assert filters.picked(2).removed(2).text == "b"


def test_an_index_that_is_not_there_changes_nothing() -> None:
    filters = stack("a")
    for changed in (
        filters.removed(5),
        filters.toggled(-1),
        filters.moved(3, 1),
        filters.changed(9, text="x"),
    ):
        assert changed == filters


def test_modes_go_round() -> None:
    assert Mode.HIDE.next is Mode.DIM
    assert Mode.DIM.next is Mode.HIGHLIGHT
    assert Mode.HIGHLIGHT.next is Mode.HIDE
