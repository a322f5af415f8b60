"""Reading the next chunk while the last one is taken apart: SQLite reads without the interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import TypeVar

from typing_extensions import Self

Item = TypeVar("Item")


class Ahead:
    """A thread that gets the items of several iterators, one after the other, each before it is asked for.

    Nobody else may use what the iterators read from until it has been closed.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "tracetui-ahead")

    def of(self, items: Iterator[Item]) -> Iterator[Item]:
        """The items, none of which is ``None``. Raises what getting them raises."""
        following: Future[Item | None] = self._thread.submit(next, items, None)
        try:
            while (item := following.result()) is not None:
                following = self._thread.submit(next, items, None)
                yield item
        finally:
            wait((following,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._thread.shutdown()
