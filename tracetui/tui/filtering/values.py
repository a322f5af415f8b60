"""Values that occur in the trace, as far as the application has told them."""

from __future__ import annotations

from collections.abc import Sequence

Counted = tuple[str | int, int]
"""A value and the number of events that have it."""


class Values:
    """Counted values by field and prefix. Each pair is asked for once; what was told for a shorter prefix
    serves until the answer is there."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Sequence[Counted]] = {}
        self._asked: set[tuple[str, str]] = set()

    def ask(self, field: str, prefix: str) -> bool:
        """Whether the values are to be asked for: true once for each field and prefix."""
        if (field, prefix) in self._asked:
            return False
        self._asked.add((field, prefix))
        return True

    def put(self, field: str, prefix: str, values: Sequence[Counted]) -> None:
        """Take in an answer."""
        self._told[field, prefix] = values

    def of(self, field: str, prefix: str) -> Sequence[Counted]:
        """The best known values for ``prefix``, most frequent first."""
        for length in range(len(prefix), -1, -1):
            told = self._told.get((field, prefix[:length]))
            if told is not None:
                return told
        return ()

    def ask_again(self) -> None:
        """The trace may have grown: ask for all anew; what was told serves until the answers are there."""
        self._asked.clear()
