"""What the filter line tells the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tracetui.tui.filtering.bar import FilterBar
    from tracetui.tui.filtering.language import Checked

_OF_BAR = "filter_bar"
"""What the names of handlers begin with: ``on_filter_bar_changed``."""


class Told(Message, namespace=_OF_BAR):
    """A filter; ``expression`` is ``None`` where the text is empty."""

    def __init__(self, bar: FilterBar, checked: Checked) -> None:
        super().__init__()
        self.bar = bar
        self.text = checked.text
        self.expression = checked.expression

    @property
    def control(self) -> FilterBar:
        return self.bar


class Changed(Told, namespace=_OF_BAR):
    """Another valid filter is in the line."""

    def __init__(self, bar: FilterBar, checked: Checked, final: bool) -> None:
        super().__init__(bar, checked)
        self.final = final
        """Whether it was confirmed by Enter."""


class Submitted(Told, namespace=_OF_BAR):
    """Enter on a valid filter, after its :class:`Changed` where it was not yet applied."""


class Cancelled(Told, namespace=_OF_BAR):
    """Esc: the line holds the filter again that was applied when it was entered."""


class ValuesWanted(Message, namespace=_OF_BAR):
    """Which values does ``field`` have that start with ``prefix``?

    Answered by :meth:`FilterBar.offer_values`.
    """

    def __init__(self, bar: FilterBar, field: str, prefix: str) -> None:
        super().__init__()
        self.bar = bar
        self.field = field
        self.prefix = prefix

    @property
    def control(self) -> FilterBar:
        return self.bar

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, ValuesWanted) and message.bar is self.bar
