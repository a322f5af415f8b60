"""The thread that reads and writes annotations, so that the screen waits for no disk and no other program."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.annotations.book import EMPTY, Book
from tracetui.annotations.errors import AnnotationError
from tracetui.annotations.places import beside, may_exist
from tracetui.trace.errors import TraceError
from tracetui.tui.messages import Annotated

if TYPE_CHECKING:
    from textual.message import Message

    from tracetui.annotations import Notebook
    from tracetui.trace import Trace

Work = Callable[["Trace", "Notebook"], str]
"""Something to be done, in order; returns what to tell the user."""

LOOK_SECONDS = 0.5
"""How often the files are looked at; a look without news is two ``stat``."""

STOP_SECONDS = 8.0
"""How long the end waits for what is still to be written: longer than a writer waits for a lock."""


class Annotating:
    """Annotations of the open trace, kept up to date; answers with :class:`messages.Annotated`."""

    def __init__(self, path: Path, open_trace: Callable[[], Trace], post: Callable[[Message], bool]) -> None:
        """``path`` is the trace as the user named it."""
        self.book: Book = EMPTY
        """What is annotated, as far as known."""
        self.said = ""
        """What was told last: what cannot be read or written, or is not shown."""
        self.unsaved: list[str] = []
        """Why something could not be written while the program ended."""
        self._path = path
        self._open_trace = open_trace
        self._post = post
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._unread = False
        """Whether the last reading failed: it is tried again."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tracetui-annotations", daemon=True)

    @property
    def expected(self) -> bool:
        """Whether there will be annotations, as far as can be told at once."""
        return bool(self.book) or beside(self._path).exists()

    def start(self) -> None:
        """Read what there is, and look for changes from now on."""
        self._thread.start()

    def do(self, work: Work) -> None:
        """Have something done after all that was asked for before."""
        self._work.put(work)

    def stop(self) -> None:
        """End when all is written that was asked for."""
        self._stopping.set()
        self._work.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
            if self._thread.is_alive():
                self.unsaved.append("annotations could not be written in time")

    def _run(self) -> None:
        trace: Trace | None = None
        notebook: Notebook | None = None
        for work in self._asked():
            if work is None and notebook is None and not may_exist(self._path):
                continue
            with self._telling(wanted=work is not None):
                if trace is None or notebook is None:
                    from tracetui.annotations import Notebook

                    trace = self._open_trace()
                    notebook = Notebook(trace)
                if work is not None:
                    said = work(trace, notebook)
                    self._read(notebook)
                    self._tell(said or notebook.sentence)
                elif self._unread or notebook.changed:
                    self._read(notebook)
                    self._tell(notebook.sentence)
        if trace is not None:
            trace.close()

    def _asked(self) -> Iterator[Work | None]:
        """What to do next; ``None`` from time to time, for a look at the files."""
        yield None
        while True:
            try:
                work = self._work.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                yield None
                continue
            if work is None:
                return
            yield work

    def _read(self, notebook: Notebook) -> None:
        self._unread = True
        self.book = notebook.read()
        self._unread = False
        self.said = notebook.sentence

    def _tell(self, said: str) -> None:
        self.said = said
        self._post(Annotated(self.book, said))

    @contextmanager
    def _telling(self, *, wanted: bool) -> Iterator[None]:
        """Tell what goes wrong; of a look that nobody asked for, only once."""
        try:
            yield
        except (AnnotationError, TraceError, OSError) as error:
            said = ". ".join(str(error).split("\n"))
            if wanted and self._stopping.is_set():
                self.unsaved.append(said)
            if wanted or said != self.said:
                self._tell(said)
