"""The filter language: lexer, parser, fields, compilation to SQL, evaluation in Python, completion, errors.

One table of fields drives all of it. :func:`parse` gives an expression, :func:`compile_filter` what a scan
of a trace needs, :func:`evaluator` a test of single events; both back ends agree on every event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.filter.compile import compile_filter
    from tracetui.filter.completion import Completion, Item, complete
    from tracetui.filter.errors import FilterError, FilterTooLarge
    from tracetui.filter.evaluation import evaluate, evaluator
    from tracetui.filter.field import Field, Kind
    from tracetui.filter.fields import FIELDS
    from tracetui.filter.nodes import Expression
    from tracetui.filter.parser import parse
    from tracetui.filter.patterns import PatternTooSlow
    from tracetui.filter.rewrite import field_equals, including_missing, joined, missing_fields, quoted
    from tracetui.filter.scope import Told
    from tracetui.filter.surroundings import Annotations, Genealogy, ProcessNode, Surroundings

__all__ = [
    "FIELDS",
    "Annotations",
    "Completion",
    "Expression",
    "Field",
    "FilterError",
    "FilterTooLarge",
    "Genealogy",
    "Item",
    "Kind",
    "PatternTooSlow",
    "ProcessNode",
    "Surroundings",
    "Told",
    "compile_filter",
    "complete",
    "evaluate",
    "evaluator",
    "field_equals",
    "including_missing",
    "joined",
    "missing_fields",
    "parse",
    "quoted",
]

__getattr__ = exports(
    __name__,
    {
        "compile": "compile_filter",
        "completion": "Completion Item complete",
        "errors": "FilterError FilterTooLarge",
        "evaluation": "evaluate evaluator",
        "field": "Field Kind",
        "fields": "FIELDS",
        "nodes": "Expression",
        "parser": "parse",
        "patterns": "PatternTooSlow",
        "rewrite": "field_equals including_missing joined missing_fields quoted",
        "scope": "Told",
        "surroundings": "Annotations Genealogy ProcessNode Surroundings",
    },
)
