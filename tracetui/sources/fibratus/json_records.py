"""Events in JSON: one a line, arrays, batches, compact or indented, as a stream."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from tracetui.sources.fibratus.recognition import encoding_of

Values = dict[str, Any]
"""Members of one record, by name."""

_CHUNK = 1 << 18
_LONGEST = 1 << 26
"""Characters after which a record that does not end is given up."""

_EXAMPLES = 3
_EXAMPLE = 120
_BETWEEN = re.compile(r"[\s,\[\]]*")
_NEXT = re.compile(r'\n[\s,\[\]]*(?=\{)|,\s*(?=\{\s*"seq")')
"""Where a record may begin after one that could not be read."""


def _spelt_out(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no text as an escaped ``\\xff`` each: inside a text of JSON, that is one ``\xff``."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"\\\\x{byte:02x}" for byte in error.object[error.start : error.end]), error.end


_SPELT_OUT = "tracetui-json"
codecs.register_error(_SPELT_OUT, _spelt_out)


class JsonRecords:
    """The objects of one file, in its order; iterate once.

    What is no JSON does not raise: it is counted in :attr:`bad`, and reading goes on with the next object.
    """

    def __init__(self, stream: BufferedReader) -> None:
        self.records = 0
        """Objects and broken pieces so far."""
        self.bad = 0
        self.examples: list[str] = []
        self.notes: list[str] = []
        self._stream = stream
        encoding, self._skipped = encoding_of(stream.peek(4)[:4])
        self._decode = codecs.getincrementaldecoder(encoding)(_SPELT_OUT).decode
        self._buffer = ""
        self._position = 0
        self._ended = False

    def __iter__(self) -> Iterator[Values]:
        decode = json.JSONDecoder(parse_constant=str).raw_decode
        self._stream.read(self._skipped)
        while self._find(_BETWEEN):
            try:
                value, end = decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error.pos) or not self._read():
                    self._give_up(str(error))
                continue
            except (ValueError, RecursionError) as error:  # a number or nesting beyond all bounds
                self._give_up(str(error))
                continue
            if isinstance(value, dict):
                self.records += 1
                self._position = end
                yield value
            else:
                self._give_up("no object")

    def reject(self, values: Values, reason: str) -> None:
        """Count a record that is JSON and yet no event."""
        self._count_bad(f"{json.dumps(values, ensure_ascii=False, default=str)[:_EXAMPLE]}: {reason}")

    def _find(self, pattern: re.Pattern[str]) -> bool:
        """Go to where ``pattern`` ends and something follows; false at the end of the file."""
        while True:
            found = pattern.search(self._buffer, self._position)
            if found is not None and found.end() < len(self._buffer):
                self._position = found.end()
                return True
            if found is not None and pattern is _BETWEEN:
                self._position = found.end()
            elif found is None:
                # What a match could begin with has to stay: white space and separators before a brace.
                self._position += len(self._buffer[self._position :].rstrip("\n\r\t ,[]{"))
            if not self._read():
                return False

    def _read(self) -> bool:
        """Read on; what lies before the position is forgotten. False at the end of the file."""
        rest = self._buffer[self._position :]
        while not self._ended:
            data = self._stream.read(max(_CHUNK, len(rest)))
            self._ended = not data
            text = self._decode(data, self._ended)
            if text:
                self._buffer, self._position = rest + text, 0
                return True
        return False

    def _may_go_on(self, error: int) -> bool:
        """Whether a record could be right but for its end, which has not been read."""
        rest = self._buffer[error:]
        is_short = len(self._buffer) - self._position < _LONGEST
        return is_short and ("\n" not in rest or rest.isspace())

    def _give_up(self, reason: str) -> None:
        start = self._position
        self.records += 1
        self._count_bad(f"{self._buffer[start : start + _EXAMPLE].splitlines()[0]}: {reason}")
        self._position += 1
        self._find(_NEXT)

    def _count_bad(self, example: str) -> None:
        self.bad += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)
