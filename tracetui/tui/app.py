"""The application: opens the trace, holds settings, and shows one screen."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from tracetui.tui import messages
from tracetui.tui.options import Options
from tracetui.tui.screens.explorer import Explorer

if TYPE_CHECKING:
    from pathlib import Path

    from tracetui.tui.filtering import FilterStackScreen
    from tracetui.tui.session import Session

DEFAULT_THEME = "textual-dark"

WORKING_TURN = 0.001
"""Seconds that a thread may keep the interpreter: short, a reader thread never delays a key for long."""


class TracetuiApp(App[int]):
    """``tracetui TRACE``."""

    TITLE = "tracetui"
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
        self._stopping = threading.Event()
        self.animation_level = "none"
        self.theme = options.theme if options.theme in self.available_themes else DEFAULT_THEME

    def get_default_screen(self) -> Screen[Any]:
        return Explorer(self.options)

    def on_mount(self) -> None:
        threading.Thread(target=self._open, name="tracetui-open", daemon=True).start()

    def opened(self) -> None:
        """The first events are on the screen: from now on the keyboard comes first."""
        gc.freeze()
        gc.enable()
        sys.setswitchinterval(WORKING_TURN)

    async def on_event(self, event: events.Event) -> None:
        if self.session is not None and isinstance(event, events.Key | events.MouseEvent):
            self.session.touch()
        await super().on_event(event)

    def on_unmount(self) -> None:
        self._stopping.set()
        if self.session is not None:
            self.session.stop()

    def _open(self) -> None:
        """Import what is heavy and open the trace, while the first frame is already on the screen."""
        from tracetui.trace.errors import NotYetThere, TraceError
        from tracetui.trace.places import locate

        path: Path | None = None
        told = ""
        while path is None and not self._stopping.is_set():
            try:
                path = locate(self.options.trace)
            except NotYetThere as error:
                if not self.options.wait:
                    self._post(messages.OpenFailed(error))
                    return
                if told != error.message:
                    told = error.message
                    self._post(messages.Waiting(told))
                self._stopping.wait(0.2)
            except TraceError as error:
                self._post(messages.OpenFailed(error))
                return
        if path is None:
            return
        from tracetui.tui.session import Session

        self.session = Session.opened(path, self._post, self._stopping, self.options.wait)
        if self.session is not None:
            self.session.start()

    def _post(self, message: object) -> bool:
        screen = self.screen_stack[0] if self.screen_stack else None
        return screen.post_message(message) if screen is not None else False  # type: ignore[arg-type]

    def on_filter_stack_screen_changed(self, message: FilterStackScreen.Changed) -> None:
        """A dialog's messages rise to the application; the screen below it shows their effect."""
        self._post(message)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from super().get_system_commands(screen)

    def action_help(self) -> None:
        from tracetui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())
