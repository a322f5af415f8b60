"""Former filters, newest first, kept between sessions in the user's state folder."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

MAX_ENTRIES = 500
_MAX_LINES = 4 * MAX_ENTRIES
"""Lines of the file, with those that are there twice, above which it is written anew."""


def default_file() -> Path:
    """``filters`` where the system keeps the state of programs."""
    import platformdirs

    return Path(platformdirs.user_state_dir("tracetui")) / "filters"


class History:
    """Applied filters. The file is read at first use; what cannot be read or written is done without."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._entries: list[str] | None = None

    @property
    def entries(self) -> list[str]:
        """Newest first, none twice."""
        if self._entries is None:
            self._entries = self._read()
        return self._entries

    def add(self, text: str) -> None:
        """Note a filter as the newest one."""
        text = text.strip()
        if not text or self.entries[:1] == [text]:
            return
        self._entries = [text, *(entry for entry in self.entries if entry != text)][:MAX_ENTRIES]
        self._append(text)

    def _path(self) -> Path:
        return self._file if self._file is not None else default_file()

    def _read(self) -> list[str]:
        try:
            lines = self._path().read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []
        found: dict[str, None] = {}
        for line in reversed(lines):
            with suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, str):
                    found.setdefault(entry)
        entries = list(found)[:MAX_ENTRIES]
        if len(lines) > _MAX_LINES:
            self._shorten(entries)
        return entries

    def _shorten(self, entries: list[str]) -> None:
        """Leave in the file what is still of use."""
        from tracetui.filter.saved import replace_file

        with suppress(OSError):
            replace_file(self._path(), "".join(json.dumps(entry) + "\n" for entry in reversed(entries)))

    def _append(self, text: str) -> None:
        # One line a filter: programs that run side by side add to it and lose nothing of each other.
        with suppress(OSError):
            path = self._path()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(text) + "\n")
