"""Where "go to" leads: ids, percentages, steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.trace.positions import Positions

_TARGET = re.compile(r"\s*([+#-]?)([\d,_]+)\s*(%?)\s*")


def goto_error(text: str) -> str | None:
    """What is wrong with a target, or nothing."""
    return (
        None
        if _TARGET.fullmatch(text)
        else "an id (12345), a percentage (50%), a step (+100, -100), a line (#12)"
    )


def goto_target(text: str, current: int, positions: Positions) -> int:
    """The id that ``text`` leads to from the event ``current``.

    Percentages, steps and ``#12`` count lines of the view; an id is itself, shown or not. Raises ValueError.
    """
    match = _TARGET.fullmatch(text)
    if match is None:
        raise ValueError(text)
    number = int(match[2].replace(",", "").replace("_", ""))
    last = max(len(positions) - 1, 0)
    if match[3]:
        line = last * min(number, 100) // 100
    elif match[1] == "#":
        line = min(max(number - 1, 0), last)
    elif match[1]:
        step = number if match[1] == "+" else -number
        line = min(max(positions.position(current) + step, 0), last)
    else:
        return number
    found = positions.ids(line, line + 1)
    return found[0] if len(found) else current
