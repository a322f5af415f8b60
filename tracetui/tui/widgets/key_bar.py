"""The last line: the keys that do something now."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tracetui.tui.keys import first_key, is_typed


class KeyBar(Widget):
    """One widget for the whole line: cheaper at start than a widget a key, and cut where space ends."""

    DEFAULT_CSS = """
    KeyBar { height: 1; background: $panel; color: $foreground; }
    KeyBar > .keys--key { color: $text-accent; text-style: bold; }
    """
    COMPONENT_CLASSES = {"keys--key"}  # noqa: RUF012

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._places: list[tuple[int, str]] = []
        self._painted: list[tuple[str, str, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if self.shown() != self._painted:
            self.refresh()

    def shown(self) -> list[tuple[str, str, str]]:
        """(key, description, action) of the bindings that are shown and valid now, without repeats."""
        found: dict[str, tuple[str, str, str]] = {}
        typing = isinstance(self.screen.focused, Input)
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if typing and active.node is self.screen and is_typed(binding.key):
                continue
            if binding.show and active.enabled and binding.action not in found:
                found[binding.action] = (first_key(binding), binding.description, binding.action)
        return list(found.values())

    def render_line(self, y: int) -> Strip:
        style = self.rich_style
        key_style = style + self.get_component_rich_style("keys--key", partial=True)
        segments: list[Segment] = [Segment(" ", style)]
        self._places = []
        used = 1
        self._painted = self.shown()
        for key, description, action in self._painted:
            width = len(key) + len(description) + 3
            if used + width > self.size.width:
                break
            segments += [Segment(key, key_style), Segment(f" {description}  ", style)]
            self._places.append((used + width, action))
            used += width
        return Strip(segments).adjust_cell_length(self.size.width, style)

    async def on_click(self, event: events.Click) -> None:
        for end, action in self._places:
            if event.x < end:
                await self.app.run_action(action, default_namespace=self.screen)
                return
