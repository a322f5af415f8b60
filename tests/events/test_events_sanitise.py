"""Nothing from a trace reaches the terminal as a command."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.events import bounded, clean, clean_value


@given(st.text())
def test_cleaned_text_is_printable(text):
    assert clean(text).isprintable()


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_passes(text):
    assert clean(text) is text


def test_what_is_dangerous_is_shown():
    assert clean("\x1b[31m") == "␛[31m"
    assert clean("a\nb\tc\x00") == "a␊b␉c␀"
    assert clean("\x7f\x9b\u202e\ufeff") == "␡\\x9b\\u202e\\ufeff"
    assert clean("\U000e0041") == "\\U000e0041"


def test_values_of_any_type_become_text():
    assert clean_value(None) == ""
    assert clean_value(b"\x00ab\xff") == "␀abÿ"
    assert clean_value(12) == "12"
    assert clean_value("x" * 10_000_000, 10) == "x" * 9 + "…"


def test_bounded():
    assert bounded("abc", 3) == "abc"
    assert bounded("abcd", 3) == "ab…"
