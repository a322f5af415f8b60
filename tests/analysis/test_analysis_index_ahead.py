"""Items that are got ahead: all of them in their order, one at a time, by one thread for several iterators."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tracetui.analysis.index.ahead import Ahead

SECONDS = 20.0


def test_items_come_in_order_from_one_thread() -> None:
    threads: set[int] = set()

    def items(first: int) -> Iterator[int]:
        for number in range(first, first + 50):
            threads.add(threading.get_ident())
            yield number

    with Ahead() as ahead:
        pairs = list(zip(ahead.of(items(0)), ahead.of(items(100)), strict=True))
    assert pairs == [(number, 100 + number) for number in range(50)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_the_next_item_is_got_while_the_last_one_is_in_use() -> None:
    asked = threading.Semaphore(0)

    def items() -> Iterator[int]:
        for number in range(3):
            asked.release()
            yield number

    with Ahead() as ahead:
        got = ahead.of(items())
        assert next(got) == 0
        assert asked.acquire(timeout=SECONDS)
        assert asked.acquire(timeout=SECONDS), "the second one, which nobody has asked for"
        assert list(got) == [1, 2]


def test_what_fails_is_raised_where_the_item_would_be() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    with Ahead() as ahead:
        got = ahead.of(items())
        assert next(got) == 1
        with pytest.raises(OSError, match="gone"):
            next(got)


def test_nothing_is_got_any_more_once_it_is_left() -> None:
    began, may_end = threading.Event(), threading.Event()
    ended: list[bool] = []

    def items() -> Iterator[int]:
        yield 1
        began.set()
        assert may_end.wait(SECONDS)
        ended.append(True)
        yield 2

    with Ahead() as ahead:
        got = ahead.of(items())
        assert next(got) == 1
        assert began.wait(SECONDS)
        may_end.set()
    assert ended == [True]
    got.close()  # type: ignore[attr-defined]
