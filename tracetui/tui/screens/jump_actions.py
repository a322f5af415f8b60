"""Where the explorer jumps to: ids, failures, events alike, and back through where one was."""

from __future__ import annotations

from textual import on

from tracetui.tui.goto import goto_error, goto_target
from tracetui.tui.screens.parts import ExplorerParts
from tracetui.tui.trail import Trail
from tracetui.tui.widgets.event_list import EventList
from tracetui.tui.widgets.events_pane import FAILURES


class JumpActions(ExplorerParts):
    """Keys that move the cursor far; each place so left can be gone back to."""

    def __init__(self) -> None:
        super().__init__()
        self._trail = Trail()
        self._place: tuple[int, int] | None = None
        """Id and line of the event where the cursor was last."""
        self._going = False

    @on(EventList.Selected)
    def _note_place(self, message: EventList.Selected) -> None:
        events = self._pane.list
        if message.event_id is None:
            return
        before, self._place = self._place, (message.event_id, events.cursor)
        far = before is not None and abs(before[1] - events.cursor) >= events.page_height
        if message.by_user and far and not self._going and before is not None:
            self._trail.left(before[0])
        self._going = False

    async def action_goto(self) -> None:
        from tracetui.tui.widgets.prompt import Prompt

        events = self._pane.list

        def go(answer: str) -> None:
            events.select_id(goto_target(answer, events.current_id or 0, events.positions), by_user=True)

        await Prompt("Go to event", "id, 50%, +100, -100, #12: the twelfth", goto_error).ask(self, go)

    def action_failure(self, step: int) -> None:
        if not self._pane.beside[FAILURES].active:
            self._filters.find_failures(self._pane, step)
        else:
            self._pane.step(FAILURES, step)

    def action_alike(self, field: str, step: int) -> None:
        """Go to the next (previous) event that has the same process, call, descriptor or path."""
        problem = self._filters.find_alike(self._pane, field, step)
        if problem:
            self._notice(problem)

    def action_trail(self, step: int) -> None:
        """Back to where a jump began, or forward again."""
        events = self._pane.list
        current = events.current_id
        if current is None:
            return
        target = self._trail.back(current) if step < 0 else self._trail.forward(current)
        if target is not None:
            self._going = True
            events.select_id(target, by_user=True)
