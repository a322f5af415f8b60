"""The application: opens the trace, holds settings, and shows one screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from tracetui.tui import configuration, keymap, messages
from tracetui.tui.configuration import Configuration, ConfigurationError
from tracetui.tui.options import Options
from tracetui.tui.screens.explorer import Explorer
from tracetui.tui.screens.keys import EXPLORER_KEYS
from tracetui.tui.typeahead import Follower, TypeAhead

if TYPE_CHECKING:
    from pathlib import Path

    from tracetui.trace.source import Source
    from tracetui.tui.filtering import FilterStackScreen
    from tracetui.tui.session import Session

DEFAULT_THEME = "textual-dark"

PROGRESS_SECONDS = 0.1
"""At most how often progress is shown."""

LEAVING_SECONDS = 2.0
"""How long to wait, at the end, for a thread that opens a trace, or for the terminal."""

WORKING_TURN = 0.001
"""Seconds that a thread may keep the interpreter: short, a reader thread never delays a key for long."""

COLLECTED_AFTER = (2_000, 20, 100)
"""How often garbage of each generation is looked for: all of it seldom, which holds up keys for 20 ms."""


class TracetuiApp(App[int]):
    """``tracetui TRACE``."""

    TITLE = "tracetui"
    DEFAULT_MODE = "trace"
    """A mode for each trace that is opened, one after the other: a mode's first screen cannot be switched."""
    CSS_PATH = "app.tcss"
    BINDINGS = [  # noqa: RUF012 - Textual's spelling
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
        Binding("f1", "help", "Help", show=False, id="app.help"),
        Binding("ctrl+z", "suspend_process", "Suspend to the shell", show=False, id="app.suspend"),
        Binding(
            "ctrl+p",
            "command_palette",
            "Commands",
            show=False,
            priority=True,
            id="app.palette",
            tooltip="Commands by name: theme, screenshot, keys",
        ),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (150, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options
        self.session: Session | None = None
        self._typeahead = TypeAhead(self)
        """The last key that the explorer had no use for, on its way here."""
        self.unsaved: list[str] = []
        """What the user wrote and could not be kept, told when the terminal is free again."""
        self._source: Source | None = None
        self._opening: threading.Thread | None = None
        self._stopping = threading.Event()
        self._recovery_wanted = threading.Event()
        self._progress_told = 0.0
        self.animation_level = "none"
        self.add_mode(self.DEFAULT_MODE, self._explorer)
        self._configuration = Configuration()
        self.theme = DEFAULT_THEME

    def _explorer(self) -> Screen[Any]:
        return Explorer(self.options)

    def on_mount(self) -> None:
        self._end_on_signals()
        self._take_configuration()
        self._take_keymap()
        self._start_opening()

    def _start_opening(self) -> None:
        self._opening = threading.Thread(target=self._open, name="tracetui-open", daemon=True)
        self._opening.start()

    def _end_on_signals(self) -> None:
        """Leave as the user does: the terminal is restored and a private copy of the trace removed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            # Only Unix has them, and only the main thread of a program.
            with suppress(NotImplementedError, ValueError, RuntimeError):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, self._leave, 128 + number)

    def _leave(self, code: int) -> None:
        """End with ``code``; at last without Textual, which waits for ever for a terminal that is gone."""
        self.exit(code)
        forced = threading.Timer(LEAVING_SECONDS, self._leave_now, (code,))
        forced.daemon = True
        forced.start()

    def _leave_now(self, code: int) -> None:
        self._stop()
        os._exit(code)

    def _take_configuration(self) -> None:
        try:
            self._configuration = configuration.load()
        except ConfigurationError as error:
            self._complain(error)
        theme = self.options.theme or self._configuration.theme
        if theme in self.available_themes:
            self.theme = theme
        elif theme:
            self._complain(
                f"there is no theme {theme!r}: there are {', '.join(sorted(self.available_themes))}"
            )

    def _complain(self, about: object) -> None:
        self.notify(str(about), severity="error", markup=False)

    def _take_keymap(self) -> None:
        """The user's own keys: those of the command line, else those of the configuration."""
        file = self.options.keymap or keymap.default_file()
        if self.options.keymap is None and not file.is_file():
            return
        try:
            self.set_keymap(keymap.load(file))
        except ConfigurationError as error:
            self._complain(error)

    def opened(self) -> None:
        """The first events are on the screen: from now on the keyboard comes first."""
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        gc.enable()
        sys.setswitchinterval(WORKING_TURN)

    async def on_event(self, event: events.Event) -> None:
        if self.session is not None and isinstance(event, events.Key | events.MouseEvent):
            self.session.background.touch()
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self._typeahead.holds(event):
            await super().on_event(event)
            self._typeahead.follow(event)

    def on_resize(self) -> None:
        """Paint everything: a terminal that shrank and grew at once kept its size, but lost its content."""
        for screen in self.screen_stack[-1:]:
            screen.refresh()

    def on_follower(self, message: Follower) -> None:
        message.stop()
        self._typeahead.arrived(message)

    def on_unmount(self) -> None:
        self._stop()

    def _stop(self) -> None:
        """End all threads and remove the copy that was made of the trace."""
        self._stopping.set()
        if self._opening is not None:
            # A copy under way is removed by the thread that makes it.
            self._opening.join(LEAVING_SECONDS)
        if self.session is not None:
            self._end(self.session)
        self._close_source()

    async def open_again(self, filter_text: str = "") -> None:
        """Leave what is open and open what stands in its place now, with the filter in the line."""
        if self.session is None:
            return
        self._end(self.session)
        self.session = None
        self._close_source()
        self.options = replace(self.options, filter=filter_text or None, goto=None)
        left = self.current_mode
        entered = f"{left}+"
        self.add_mode(entered, self._explorer)
        await self.switch_mode(entered)
        # Not awaited: it ends the screen that asked for this and still waits for the answer.
        self.remove_mode(left)
        self._start_opening()

    def _end(self, session: Session) -> None:
        session.stop()
        self.unsaved += session.annotations.unsaved

    def recover(self) -> None:
        """The user wants the recovered copy that was offered."""
        self._recovery_wanted.set()

    def _open(self) -> None:
        """Open the trace in the background; a defect ends the program as one in the foreground does."""
        try:
            self._open_trace()
        except Exception as error:
            self.call_later(_raise, error)

    def _open_trace(self) -> None:
        """Import what is heavy and open the trace, while the first frame is already on the screen."""
        from tracetui.trace.errors import TraceError

        try:
            path = self._located()
            readable = self._readable(path) if path is not None else None
        except TraceError as error:
            self._post(messages.OpenFailed(error))
            return
        if path is None or readable is None:
            return
        from tracetui.tui.session import Session

        self.session = Session.opened(readable, self._post, self._stopping, self.options.wait, path)
        if self.session is not None:
            self._write_rows(self.session)
            done = self._source.sentence if self._source is not None else None
            self.session.start(path, done or "", follow=self.options.follow)

    def _write_rows(self, session: Session) -> None:
        if self._configuration.row_format is None:
            return
        try:
            session.write_rows(self._configuration.row_format)
        except ConfigurationError as error:
            self.call_later(self._complain, str(error))

    def _located(self) -> Path | None:
        """The file to open; waits for one where that is asked for. ``None`` where the program ends first."""
        from tracetui.trace.errors import NotYetThere
        from tracetui.trace.places import locate

        told = ""
        while not self._stopping.is_set():
            try:
                return locate(self.options.trace)
            except NotYetThere as error:
                if not self.options.wait:
                    raise
                if told != error.message:
                    told = error.message
                    self._post(messages.Waiting(told))
                self._stopping.wait(0.2)
        return None

    def _readable(self, path: Path) -> Path | None:
        """The file itself, or a copy of it that can be read; a recovered one only if the user agrees."""
        from tracetui.trace.connection import connect
        from tracetui.trace.errors import HotJournal, NotADatabase, NotYetThere

        try:
            connect(path).close()
        except NotADatabase:
            return self._copied(path)
        except NotYetThere:
            return path
        except HotJournal as error:
            self._post(messages.RecoveryOffered(f"{error.message}. {error.hint or ''}"))
            while not self._recovery_wanted.wait(0.1):
                if self._stopping.is_set():
                    return None
            return self._copied(path)
        return path

    def _copied(self, path: Path) -> Path | None:
        """A copy that can be read: unpacked or recovered. Raises :class:`TraceError`."""
        from tracetui.trace.copies import Cancelled
        from tracetui.trace.source import open_source

        try:
            self._source = open_source(path, self._prepared, self._stopping.is_set)
        except Cancelled:
            return None
        return self._source.path

    def _prepared(self, done: int, total: int | None) -> None:
        if time.monotonic() - self._progress_told > PROGRESS_SECONDS:
            self._progress_told = time.monotonic()
            self._post(messages.Preparing(done, total or 0))

    def _close_source(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None

    def _post(self, message: object) -> bool:
        screen = self.screen_stack[0] if self.screen_stack else None
        return screen.post_message(message) if screen is not None else False  # type: ignore[arg-type]

    def on_filter_stack_screen_changed(self, message: FilterStackScreen.Changed) -> None:
        """A dialog's messages rise to the application; the screen below it shows their effect."""
        self._post(message)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from super().get_system_commands(screen)
        if isinstance(screen, Explorer):
            told = "Write all marks, tags and notes with their events to a Markdown file"
            yield SystemCommand("Report", told, partial(screen.run_action, "report"))
            for key in EXPLORER_KEYS:
                if key.label and key.help:
                    yield SystemCommand(key.label, key.help, partial(screen.run_action, key.action))

    def action_help(self) -> None:
        from tracetui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())


def _raise(error: Exception) -> None:
    raise error
