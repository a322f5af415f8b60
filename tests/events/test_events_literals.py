"""What Python writes is read as Python reads it; what it does not write is no list."""

from __future__ import annotations

import ast
import gc
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.events.literals import argument_vector, environment_pairs, pairs_of, unquoted, words_of

PLAIN = st.one_of(st.text(), st.binary(), st.integers(), st.none(), st.booleans())


@given(st.lists(PLAIN))
def test_lists_are_read_as_python_reads_them(words):
    assert words_of(repr(words)) == tuple(map(str, words))
    if len(words) != 1:
        assert words_of(repr(tuple(words))) == tuple(map(str, words))


@given(st.dictionaries(st.text(), PLAIN))
def test_dictionaries_are_read_as_python_reads_them(pairs):
    assert pairs_of(repr(pairs)) == tuple((name, str(value)) for name, value in pairs.items())


@given(st.text(alphabet="['\"]{}:,\\\\xnu0 aé\n", max_size=14).map("[{}".format))
def test_what_is_read_python_reads_too(text):
    found = words_of(text)
    if found is not None:
        assert found == tuple(map(str, ast.literal_eval(text)))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a b",
            "[",
            "[]x",
            "['a'",
            "['a',,]",
            "[,]",
            "['a' 'b']",
            "[a]",
            "['a'}",
            "{'a': 'b'}",
            "[['a']]",
        ),
        *(r"['\x4']", r"['\U00110000']", r"['\N{DASH}']", "['a\n']"),
    ],
)
def test_what_python_does_not_write_is_no_list(text):
    assert words_of(text) is None


@pytest.mark.parametrize(
    "text", ["", "{", "{'a'}", "{'a':}", "{'a': 'b': 'c'}", "{'a', 'b'}", "['a']", "{'a': 'b'"]
)
def test_what_python_does_not_write_is_no_dictionary(text):
    assert pairs_of(text) is None


def test_what_is_no_list_is_words_between_blanks():
    assert argument_vector("sh -c ls") == ("sh", "-c", "ls")
    assert argument_vector("") == ()
    assert environment_pairs("A=1, B=2=3") == (("A", "1"), ("B", "2=3"))
    assert unquoted(r"'\x41\n\101\q'") == "A\nA\\q"


def test_threads_do_not_disturb_each_other():
    """``ast.literal_eval`` raises SystemError where another thread calls it while garbage is collected in it."""
    text, failed = repr([f"word {n}" for n in range(40)]), []

    def read() -> None:
        try:
            for _ in range(300):
                assert len(argument_vector(text)) == 40
        except BaseException as error:
            failed.append(error)

    def give_way(*_: object) -> None:
        time.sleep(0)

    threads = [threading.Thread(target=read) for _ in range(4)]
    before = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(50)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.callbacks.remove(give_way)
        gc.set_threshold(*before)
    assert not failed


def test_a_list_of_megabytes_is_read_at_once():
    assert len(words_of(repr(["x" * 20] * 20_000)) or ()) == 20_000
    assert words_of(repr(["\\\x1b" * 200_000])) == ("\\\x1b" * 200_000,)
