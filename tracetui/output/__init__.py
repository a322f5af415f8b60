"""Output: records as JSON, CSV, a table, strace lines or by a template; parts of a trace as a new one.

Formatters take records and yield text, one record at a time: any number of events needs constant memory.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.output.annotation_report import annotated, records, report
    from tracetui.output.canonical_source import CanonicalSource
    from tracetui.output.columns import UnknownField, select
    from tracetui.output.excerpt import Excerpt, ExcerptError
    from tracetui.output.formats import FORMATS, Format, find_format
    from tracetui.output.formatter import Formatter, MissingExtra
    from tracetui.output.layout import LOOKAHEAD, Layout, Selected
    from tracetui.output.plain_rows import ROW_PRINTERS
    from tracetui.output.plot import column_chart, short_bytes, short_seconds
    from tracetui.output.stored import plain, plain_value, readable, stored_columns
    from tracetui.output.table_format import align, cell
    from tracetui.output.template_format import TemplateError

__all__ = [
    "FORMATS",
    "LOOKAHEAD",
    "ROW_PRINTERS",
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
    "annotated",
    "cell",
    "column_chart",
    "find_format",
    "plain",
    "plain_value",
    "readable",
    "records",
    "report",
    "select",
    "short_bytes",
    "short_seconds",
    "stored_columns",
]

__getattr__ = exports(
    __name__,
    {
        "annotation_report": "annotated records report",
        "canonical_source": "CanonicalSource",
        "columns": "UnknownField select",
        "excerpt": "Excerpt ExcerptError",
        "formats": "FORMATS Format find_format",
        "formatter": "Formatter MissingExtra",
        "layout": "LOOKAHEAD Layout Selected",
        "plain_rows": "ROW_PRINTERS",
        "plot": "column_chart short_bytes short_seconds",
        "stored": "plain plain_value readable stored_columns",
        "table_format": "align cell",
        "template_format": "TemplateError",
    },
)
