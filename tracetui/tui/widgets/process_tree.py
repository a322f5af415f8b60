"""The process tree: who started whom, how each ended, how much it did; it narrows the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tracetui.tui.columns import fill
from tracetui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from tracetui.process import Forest, Identity, Line, Order, Process, Scope

FIRST_LINES = 200
"""Lines up to which a tree is unfolded at first, level by level."""


class TreeLines(VirtualList):
    """The lines of the tree. The process under the cursor stays under it while the tree grows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "scope(False)",
            "Only this",
            key_display="⏎",
            id="tree.scope",
            tooltip="Show only the events of this process",
        ),
        Binding(
            "b",
            "scope(True)",
            "And below",
            id="tree.scope_subtree",
            tooltip="Show the events of this process and of all below it",
        ),
        Binding(
            "backspace",
            "unscope",
            "All",
            key_display="⌫",
            id="tree.unscope",
            tooltip="Show the events of all processes again",
        ),
        Binding("left,h", "fold", "Fold", show=False, id="tree.fold", tooltip="Fold, or go to the parent"),
        Binding(
            "right,l",
            "unfold",
            "Unfold",
            show=False,
            id="tree.unfold",
            tooltip="Unfold, or go to the first child",
        ),
        Binding("asterisk", "unfold_all", "Unfold all", show=False, id="tree.unfold_all"),
        Binding("o", "order", "Order", id="tree.order", tooltip="Order by start, events, failures or name"),
        Binding(
            "slash",
            "find",
            "Find",
            id="tree.find",
            tooltip="Leave only processes with a text in their command",
        ),
    ]

    class Changed(Message):
        """Another order or another search: the head of the tree says which."""

    class Scoped(Message):
        """The list should show only this part; everything where ``scope`` is ``None``."""

        def __init__(self, scope: Scope | None) -> None:
            super().__init__()
            self.scope = scope

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.forest: Forest | None = None
        self.order: Order = "start"
        self.match = ""
        self._lines: list[Line] = []
        self._expanded: set[Identity] | None = None
        self._scoped: Identity | None = None
        self.empty_text = "looking for processes…"

    def show(self, forest: Forest) -> None:
        """Show a forest, or a grown one, with the same folds."""
        if self.forest is None and len(forest.processes) > FIRST_LINES:
            self._expanded = _first_levels(forest)
        self.forest = forest
        self.empty_text = "no processes"
        self._flatten()

    @property
    def process(self) -> Process | None:
        """The process under the cursor."""
        return self._lines[self.cursor].process if self.cursor < len(self._lines) else None

    def _flatten(self) -> None:
        if self.forest is None:
            return
        current, row = self.process, self.cursor - self.top
        self._lines = self.forest.flatten(self._expanded, self.order, self.match)
        self.set_count(len(self._lines))
        if current is not None:
            self._go_to(current, row)
        self.refresh()

    def _go_to(self, process: Process, row: int | None = None) -> None:
        """Select a process; the nearest shown ancestor where it is folded away."""
        places = {line.process.identity: index for index, line in enumerate(self._lines)}
        wanted: Process | None = process
        while wanted is not None and wanted.identity not in places:
            wanted = wanted.parent
        if wanted is not None:
            self.select(places[wanted.identity], row=row)

    # Painting.

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        line = self._lines[index]
        process = line.process
        dim = self.component("dim")
        guides = "".join("│ " if goes_on else "  " for goes_on in line.guides[-8:])
        branch = "" if not line.depth else "└ " if line.last else "├ "
        fold = "▸ " if line.has_children and not self._is_open(process) else ""
        right = self._right(process, width)
        room = max(width - cell_len(guides + branch + fold) - sum(cell_len(s.text) for s in right) - 2, 4)
        yield Segment(" " if process.identity != self._scoped else "◆", self.component("accent"))
        yield Segment(guides + branch, dim)
        yield Segment(fold, self.component("warning"))
        yield Segment(fill(self._label(process, room), room) + " ", self._name_style(line))
        yield from right

    def _label(self, process: Process, room: int) -> str:
        known = process.pid is not None and not process.label.startswith("pid ")
        pid = f" {process.pid}" if known else ""
        command = process.command if room > 40 else process.label
        return fill(command, min(cell_len(command), room - len(pid))).rstrip() + pid

    def _name_style(self, line: Line) -> Style | None:
        if not line.matched or line.process.placeholder:
            return self.component("dim")
        return self.component("name") if line.has_children else None

    def _right(self, process: Process, width: int) -> list[Segment]:
        """How it ended, events and failures."""
        ended = "" if process.exit is None else process.signal or f"exit {process.code}"
        if process.exit is not None and not process.failed:
            ended = "?" if process.code is None else "✓"
        segments: list[Segment] = []
        if ended:
            style = self.component("failure" if process.failed else "good")
            segments.append(Segment(fill(ended, min(cell_len(ended), max(width // 3, 6))) + " ", style))
        open_ = self._is_open(process)
        events = process.events if open_ else process.subtree_events
        failures = process.failures if open_ else process.subtree_failures
        if process.counted or events:
            if failures:
                segments.append(Segment(f"✗{short_count(failures)} ", self.component("failure")))
            segments.append(Segment(f"{short_count(events):>5}", self.component("dim")))
        return segments

    def _is_open(self, process: Process) -> bool:
        return (
            not process.children
            or self._expanded is None
            or process.identity in self._expanded
            or bool(self.match)
        )

    # Keys.

    def action_scope(self, subtree: bool) -> None:
        """Narrow the list to this process, or to its subtree."""
        process = self.process
        if process is None or self.forest is None:
            return
        self._scoped = process.identity
        self.post_message(self.Scoped(self.forest.scope(process, subtree)))
        self.refresh()

    def on_virtual_list_chosen(self, message: VirtualList.Chosen) -> None:
        message.stop()
        self.action_scope(False)

    def action_unscope(self) -> None:
        self.forget_scope()
        self.post_message(self.Scoped(None))

    def forget_scope(self) -> None:
        """The list shows all processes again."""
        self._scoped = None
        self.refresh()

    def action_fold(self) -> None:
        process = self.process
        if process is None:
            return
        if process.children and self._is_open(process):
            self._open().discard(process.identity)
            self._flatten()
        elif process.parent is not None:
            self._go_to(process.parent)

    def action_unfold(self) -> None:
        process = self.process
        if process is None or not process.children:
            return
        if self._is_open(process):
            self.action_move(1)
        else:
            self._open().add(process.identity)
            self._flatten()

    def action_unfold_all(self) -> None:
        self._expanded = None
        self._flatten()

    def _open(self) -> set[Identity]:
        """The unfolded processes, as a set to change."""
        if self._expanded is None:
            assert self.forest is not None
            self._expanded = {
                identity for identity, process in self.forest.processes.items() if process.children
            }
        return self._expanded

    def action_order(self) -> None:
        from tracetui.process import ORDERS

        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self._flatten()
        self.post_message(self.Changed())

    async def action_find(self) -> None:
        from tracetui.tui.widgets.prompt import Prompt

        def found(text: str) -> None:
            self.match = text.strip()
            self._flatten()
            matches = (index for index, line in enumerate(self._lines) if line.matched)
            if self.match:
                self.select(next(matches, 0), by_user=True)
            self.post_message(self.Changed())

        hint = "a text in pid, name or command line; empty for all"
        await Prompt("Processes with", hint).ask(self.screen, found)


class ProcessTree(Vertical):
    """The tree under a line that says where it comes from."""

    DEFAULT_CSS = """
    ProcessTree > #tree-head {
        height: 1; background: $panel; color: $foreground 70%; text-style: bold;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    ProcessTree > #tree-basis {
        height: auto; max-height: 40%; color: $foreground 60%; padding: 0 1; background: $surface;
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("", id="tree-head", markup=False)
        yield TreeLines(id="tree-lines")
        yield Static("", id="tree-basis", markup=False)

    @property
    def lines(self) -> TreeLines:
        return self.query_one("#tree-lines", TreeLines)

    def show(self, forest: Forest) -> None:
        """Show a forest."""
        self.lines.show(forest)
        basis = self.query_one("#tree-basis", Static)
        basis.update(Content(forest.basis_sentence))
        basis.display = forest.basis != "pid" or not forest.events_have_pids or not forest.processes
        self._say()

    def on_tree_lines_changed(self) -> None:
        self._say()

    def _say(self) -> None:
        lines = self.lines
        count = len(lines.forest.processes) if lines.forest is not None else 0
        order = "" if lines.order == "start" else f" · by {lines.order}"
        match = f" · {lines.match}" if lines.match else ""
        self.query_one("#tree-head", Static).update(Content(f" {count:,} processes{order}{match}"))


def _first_levels(forest: Forest) -> set[Identity]:
    """What to unfold so that as many whole levels show as fit."""
    expanded: set[Identity] = set()
    level = list(forest.roots)
    shown = len(level)
    while level:
        below = [child for process in level for child in process.children]
        shown += len(below)
        if shown > FIRST_LINES and expanded:
            break
        expanded.update(process.identity for process in level)
        level = below
    return expanded


def short_count(count: int) -> str:
    """A count in at most five characters: 999, 12.3k, 4.5M."""
    if count < 10_000:
        return str(count)
    for unit, size in (("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)):
        value = count / size
        if value < 99.95:
            return f"{value:.1f}{unit}"
        if value < 999.5:
            return f"{value:.0f}{unit}"
    return "lots"
