"""Captures: from the bytes of a ``.kcap`` file (formats 1.0 and 1.1) to the records that JSON would hold.

Layout: a header, a section of handles, then a section for each event. Integers are in the byte order that
the magic number shows; a text is its length in 16 bits and UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Literal

from tracetui.sources.fibratus.json_records import Values
from tracetui.sources.fibratus.kcap_event import read_event, read_handle
from tracetui.sources.fibratus.kcap_fields import SECTION_BYTES, Cursor, Section, Truncated
from tracetui.sources.fibratus.processes import STARTS
from tracetui.sources.fibratus.recognition import KCAP_MAGICS
from tracetui.sources.report import SourceError

MAJOR = 1
"""Format that is read; older ones were never released."""

_EXAMPLES = 3
_LARGEST = 1 << 28
"""Bytes of one event above which the file is damaged."""

ByteOrder = Literal["little", "big"]


class KcapRecords:
    """The events of one capture, in its order; iterate once.

    An event that makes no sense is counted in :attr:`bad`. Damage ends the iteration and is told in
    :attr:`notes`. As a capture tells the state of a process only where it starts or is enumerated, that is
    added to the other events of its pid, as Fibratus does when it replays one.
    """

    def __init__(self, stream: BufferedReader, on_handle: Callable[[Values], object]) -> None:
        """Read the header; ``on_handle`` gets the handles that were open at the start.

        Raises :class:`SourceError` where it is not that of a capture."""
        self.records = 0
        self.bad = 0
        self.examples: list[str] = []
        self.notes: list[str] = []
        self._stream = stream
        self._on_handle = on_handle
        self._order = self._read_header()
        self._states: dict[int, Values] = {}

    def __iter__(self) -> Iterator[Values]:
        try:
            yield from self._events()
        except Truncated as error:
            self.notes.append(f"the capture is damaged or cut off after event {self.records:,}: {error}")

    def reject(self, values: Values, reason: str) -> None:
        """Count an event that is none."""
        self._count_bad(f"event {self.records:,}: {reason}")

    def _events(self) -> Iterator[Values]:
        self._read_handles()
        while (section := self._section()) is not None:
            if section.size > _LARGEST:
                raise Truncated(f"an event of {section.size:,} bytes")
            content = self._take(section.size)
            self.records += 1
            try:
                values = read_event(Cursor(content, self._order), section.version)
            except (Truncated, ValueError) as error:
                self._count_bad(f"event {self.records:,}: {error}")
                continue
            self._add_state(values)
            yield values

    def _read_header(self) -> ByteOrder:
        head = self._read(18)
        order = KCAP_MAGICS.get(head[:8])
        if order is None:
            raise SourceError("invalid kcap file magic number", "Is it a capture of Fibratus?")
        if len(head) < 18:
            raise SourceError("the capture ends in its header")
        if head[8] < MAJOR:
            raise SourceError(
                f"incompatible kcap file: its major version is {head[8]}, and {MAJOR} is the oldest known"
            )
        if head[8] > MAJOR:
            self.notes.append(f"the capture is of format {head[8]}.{head[9]}, newer than what is known here")
        return "little" if order == "little" else "big"

    def _read_handles(self) -> None:
        """Hand on the handles at the start."""
        section = self._section()
        count = 0 if section is None else section.length
        for _ in range(count):
            size = int.from_bytes(self._take(2), self._order)
            self._on_handle(read_handle(Cursor(self._take(size), self._order)))
        if count:
            self.notes.append(f"handles that were open at the start, in table kevent_handle: {count:,}")

    def _add_state(self, values: Values) -> None:
        """Remember the state that an event brings, or give it the one of its process."""
        pid, state = values["pid"], values.get("ps")
        if state is not None:
            self._states[state["pid"]] = state
        elif pid in self._states:
            values["ps"] = self._states[pid]
        if values["name"] in STARTS and state is None:
            self._states.pop(values["kparams"].get("pid", -1), None)

    def _section(self) -> Section | None:
        """The next section's head; ``None`` at the end of the file."""
        head = self._read(SECTION_BYTES)
        if not head:
            return None
        return Cursor(head, self._order).section()

    def _take(self, size: int) -> bytes:
        """So many bytes. Raises :class:`Truncated`."""
        data = self._read(size)
        if len(data) < size:
            raise Truncated("it ends in the middle of an event")
        return data

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as error:  # decompressors have errors of their own, and no common base
            raise Truncated(str(error) or "it cannot be decompressed") from error

    def _count_bad(self, example: str) -> None:
        self.bad += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)
