"""Colours of component classes as they look on their widget."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget


def shade(widget: Widget, component: str) -> Style:
    """The style of a component class; a translucent colour is mixed with what lies below it.

    Textual's own partial styles drop the translucence: a text of 60% would be as bright as any other.
    The style has a background only where the component has one.
    """
    styles = widget.get_component_styles(component)
    below = widget.background_colors[1]
    ground = below + styles.background
    has_ground = styles.has_rule("background") and styles.background.a > 0
    has_colour = styles.has_rule("color") and styles.color.a > 0
    return (
        Style(
            color=(ground + styles.color).rich_color if has_colour else None,
            bgcolor=ground.rich_color if has_ground else None,
        )
        + styles.text_style
    )
