"""Events in the order of time, whatever the order in which they come, in bounded memory.

Flows are written when they end, half a minute after they began or more, and files may hold several traces
one after the other: nothing less than sorting everything gives the order of time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from operator import itemgetter
from typing import IO, Any

Entry = tuple[Any, ...]
"""Time in ns, position in the file, and what makes the event; no two positions are the same."""

RUN = 150_000
"""Entries kept in memory; more go to a temporary file, sorted."""

_BATCH = 1_000
_TIME = itemgetter(0)


class Timeline:
    """Takes entries in any order; gives them sorted, once, by iteration."""

    def __init__(self, run: int = RUN) -> None:
        self._run = run
        self._entries: list[Entry] = []
        self._spilled: list[IO[bytes]] = []

    def add(self, entry: Entry) -> None:
        """Take an entry; positions ascend."""
        self._entries.append(entry)
        if len(self._entries) >= self._run:
            self._spill()

    def __iter__(self) -> Iterator[Entry]:
        self._entries.sort(key=_TIME)  # those of the same time stay in the order of their positions
        if self._spilled:
            runs = [_entries(file) for file in self._spilled]
            yield from heapq.merge(*runs, self._entries)
        else:
            yield from self._entries

    def close(self) -> None:
        """Forget the entries, and remove the temporary files."""
        self._entries.clear()
        for file in self._spilled:
            file.close()

    def _spill(self) -> None:
        import pickle
        import tempfile

        self._entries.sort(key=_TIME)  # those of the same time stay in the order of their positions
        file = tempfile.TemporaryFile(prefix="tracetui-")  # noqa: SIM115 - closed with the timeline
        self._spilled.append(file)
        for start in range(0, len(self._entries), _BATCH):
            pickle.dump(self._entries[start : start + _BATCH], file, pickle.HIGHEST_PROTOCOL)
        self._entries = []


def _entries(file: IO[bytes]) -> Iterator[Entry]:
    """The entries of a run; what is unpickled is what this process has written to a file without a name."""
    import pickle

    file.seek(0)
    while True:
        try:
            batch = pickle.load(file)
        except EOFError:
            return
        yield from batch
