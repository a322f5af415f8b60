"""Output: records as JSON, CSV, a table, strace lines or by a template; parts of a trace as a new one.

Formatters take records and yield text, one record at a time: any number of events needs constant memory.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.output.canonical_source import CanonicalSource
    from tracetui.output.columns import UnknownField, select
    from tracetui.output.excerpt import Excerpt, ExcerptError
    from tracetui.output.formats import FORMATS, Format, find_format
    from tracetui.output.formatter import Formatter, MissingExtra
    from tracetui.output.layout import LOOKAHEAD, Layout, Selected
    from tracetui.output.stored import plain, plain_value, readable, stored_columns
    from tracetui.output.table_format import align, cell
    from tracetui.output.template_format import TemplateError

__all__ = [
    "FORMATS",
    "LOOKAHEAD",
    "CanonicalSource",
    "Excerpt",
    "ExcerptError",
    "Format",
    "Formatter",
    "Layout",
    "MissingExtra",
    "Selected",
    "TemplateError",
    "UnknownField",
    "align",
    "cell",
    "find_format",
    "plain",
    "plain_value",
    "readable",
    "select",
    "stored_columns",
]

__getattr__ = exports(
    __name__,
    {
        "canonical_source": "CanonicalSource",
        "columns": "UnknownField select",
        "excerpt": "Excerpt ExcerptError",
        "formats": "FORMATS Format find_format",
        "formatter": "Formatter MissingExtra",
        "layout": "LOOKAHEAD Layout Selected",
        "stored": "plain plain_value readable stored_columns",
        "table_format": "align cell",
        "template_format": "TemplateError",
    },
)
