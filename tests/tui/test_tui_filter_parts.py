"""The pure parts behind the filter line: history walk, known values, error layout, colours."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from tracetui.tui.filtering.highlight import FilterHighlighter
from tracetui.tui.filtering.problem import layout
from tracetui.tui.filtering.recall import Recall
from tracetui.tui.filtering.search import SearchKind, search_error
from tracetui.tui.filtering.values import Values


def test_walking_up_and_down_the_history_ends_at_what_was_typed() -> None:
    recall = Recall()
    entries = ["newest", "older"]
    assert recall.older(entries, "draft") == "newest"
    assert recall.older(entries, "newest") == "older"
    assert recall.older(entries, "older") is None
    assert recall.newer() == "newest"
    assert recall.newer() == "draft"
    assert not recall.walking
    assert recall.newer() is None


def test_the_filter_in_the_line_is_not_offered_again() -> None:
    assert Recall().older(["pid = 1", "pid = 2"], "pid = 1") == "pid = 2"


def test_typing_ends_the_walk() -> None:
    recall = Recall()
    recall.older(["newest", "older"], "")
    recall.end()
    assert recall.older(["newest", "older"], "") == "newest"


def test_values_of_a_shorter_prefix_serve_until_the_answer_is_there() -> None:
    values = Values()
    assert values.ask("errno", "E")
    assert not values.ask("errno", "E")
    values.put("errno", "E", [("ENOENT", 3)])
    assert values.ask("errno", "EN")
    assert values.of("errno", "EN") == [("ENOENT", 3)]
    assert values.of("path", "EN") == ()


def test_values_are_asked_for_again_and_serve_meanwhile() -> None:
    values = Values()
    values.ask("errno", "")
    values.put("errno", "", [("ENOENT", 3)])
    values.ask_again()
    assert values.of("errno", "") == [("ENOENT", 3)]
    assert values.ask("errno", "")


def test_an_error_that_fits_stands_beside_its_carets() -> None:
    assert layout("no such field", 4, 3, "", 40).plain == "    ^^^ no such field"


def test_an_error_that_does_not_fit_goes_below_and_stays_inside() -> None:
    assert layout("no such field", 30, 3, "", 40).plain == " " * 30 + "^^^\n" + " " * 27 + "no such field"
    assert layout("x" * 60, 30, 3, "", 40).plain == " " * 30 + "^^^\n" + "x" * 60


def test_carets_of_a_place_that_is_scrolled_away_stand_at_the_edge() -> None:
    assert layout("m", -5, 3, "", 40).plain.startswith("^")
    assert layout("m", 90, 3, "", 40).plain.splitlines()[0] == " " * 39 + "^"


def test_an_error_never_carries_control_characters_to_the_screen() -> None:
    assert "\x1b" not in layout("unknown \x1b]0;x\x07", 0, 1, "", 80).plain
    assert len(layout("x" * 100_000, 0, 1, "", 80).plain) < 1000


class Named(Widget):
    """Gives each component its own name as a style, so that a test can read it."""

    def get_component_rich_style(self, *names: str, partial: bool = False, default: object = None) -> Style:
        return Style(meta={"part": names[0].removeprefix("line--")})


def painted(text: str) -> list[tuple[str, str]]:
    shown = FilterHighlighter(Named())(text)
    parts = [
        (shown.plain[span.start : span.end], span.style.meta["part"])
        for span in shown.spans
        if isinstance(span.style, Style)
    ]
    return [(part, name) for part, name in parts if part]


def test_the_parts_of_a_filter_are_told_apart() -> None:
    assert painted('errno in (ENOENT) and not arg1 ~ "O_(W|R) and" or @mine && ret >= -0x2') == [
        ("errno", "field"),
        ("in", "operator"),
        ("and", "logic"),
        ("not", "logic"),
        ("arg1", "field"),
        ("~", "operator"),
        ('"O_(W|R) and"', "string"),
        ("or", "logic"),
        ("@mine", "reference"),
        ("&&", "logic"),
        ("ret", "field"),
        (">=", "operator"),
        ("-0x2", "number"),
    ]


def test_words_that_hold_an_operator_are_no_operators() -> None:
    assert painted("normal /etc/in/order") == []


def test_control_characters_are_painted_as_signs_in_the_same_places() -> None:
    assert FilterHighlighter(Named())("a\x1b]0;\x07\x9bb").plain == "a␛]0;␇\ufffdb"


def test_searches_are_checked_by_their_kind() -> None:
    assert search_error(SearchKind.TEXT, "(") == ""
    assert "regular expression" in search_error(SearchKind.REGEX, "(")
    assert search_error(SearchKind.REGEX, "a|b") == ""
    assert "hex" in search_error(SearchKind.HEX, "7f4")
    assert search_error(SearchKind.HEX, "7f:45 4C46") == ""
    assert "fd.name" in search_error(SearchKind.FILTER, "fd.nmae = 3")
    assert search_error(SearchKind.FILTER, "errno = ENOENT") == ""
    assert search_error(SearchKind.HEX, "") == ""


def test_a_regular_expression_that_would_take_long_to_compile_is_refused() -> None:
    assert search_error(SearchKind.REGEX, "a(b)?") == ""
    assert "not a regular expression" in search_error(SearchKind.REGEX, "a(")
    assert "repeat" in search_error(SearchKind.REGEX, "((a{999}){999}){999}")
