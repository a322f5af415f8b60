"""A filter that is asked of the trace; it is compiled by the thread that scans, not by the screen's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.filter import Expression, Surroundings
    from tracetui.trace.condition import Condition
    from tracetui.trace.schema import Schema


@dataclass(frozen=True, eq=False)
class Question:
    """An expression with all that its meaning depends on."""

    expression: Expression
    schema: Schema
    surroundings: Surroundings

    def condition(self) -> Condition:
        """What a scan needs."""
        from tracetui.filter import compile_filter

        return compile_filter(self.expression, self.schema, self.surroundings)
