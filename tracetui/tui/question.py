"""A filter that is asked of the trace; it is compiled by the thread that scans, not by the screen's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.analysis.index import ColumnIndex, Plan
    from tracetui.filter import Expression, Surroundings
    from tracetui.trace.condition import Condition
    from tracetui.trace.schema import Schema


@dataclass(frozen=True, eq=False)
class Question:
    """An expression with all that its meaning depends on."""

    expression: Expression
    schema: Schema
    surroundings: Surroundings

    @cached_property
    def condition(self) -> Condition:
        """What a scan needs."""
        from tracetui.filter import compile_filter

        return compile_filter(self.expression, self.schema, self.surroundings)

    def plan(self, index: ColumnIndex) -> Plan:
        """How to answer with the help of what ``index`` knows now."""
        from tracetui.analysis.index import plan

        return plan(self.expression, index, self.schema, self.surroundings)
