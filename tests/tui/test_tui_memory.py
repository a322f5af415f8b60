"""Memory goes back to the system, where the C library can do that."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pytest

from tracetui.tui import memory


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    memory._trim.cache_clear()
    yield
    memory._trim.cache_clear()


def test_the_library_is_asked_to_keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Library:
        class malloc_trim:  # noqa: N801
            def __new__(cls, pad: int) -> int:  # type: ignore[misc]
                asked.append(pad)
                return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library)
    memory.give_back()
    memory.give_back()
    assert asked == [0, 0]


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_a_library_that_cannot_is_left_alone(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(name: None) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", fail)
    memory.give_back()
