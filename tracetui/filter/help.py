"""The language on one page, as the help screen and ``tracetui fields`` show it."""

from __future__ import annotations

from tracetui.filter.operators import EXISTS, OPERATORS

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("passwd", "the text anywhere in the event"),
    ("failed and name = open", "failed opens, whichever call of the family"),
    ("errno in (ENOENT, EACCES) and not path startswith /proc", "missing or forbidden, but not under /proc"),
    ("path pmatch (/dev, /etc)", "anything that names a file below these folders"),
    ("procname endswith httpd and fd = 3", "one descriptor of a program"),
    ("tree = 412", "a process with all below it"),
    ('buffer contains "GET /" or buffer bcontains 7f454c46', "what was read or written, as text or bytes"),
    ('arg1 ~ "TIOC[GS]"', "a regular expression in an argument"),
    ("fd = ${fd} and pid = ${pid}", "the descriptor and process of the selected event"),
    (
        "path = val(procname)",
        "another field as the value; numbers need no val: end_ts > ts",
    ),
    ("uid != 0", "events that have a uid, and another one; uid ?!= 0 adds those without"),
    ("id in 1000..2000", "a range"),
    ("@noise", "a saved filter"),
)
"""Filters that show what the language can do, with their meaning."""


def _operators() -> str:
    lines = [f"  {'  '.join(op.spellings):<22} {op.meaning}" for op in OPERATORS]
    return "\n".join([*lines, f"  {EXISTS:<22} the event has a value (a field alone says the same)"])


def _examples() -> str:
    width = max(len(text) for text, _ in EXAMPLES)
    if width > 44:
        return "\n".join(f"  {text}\n      {meaning}" for text, meaning in EXAMPLES)
    return "\n".join(f"  {text:<{width}}  {meaning}" for text, meaning in EXAMPLES)


GRAMMAR = f"""\
A filter is a field, an operator and a value; and, or, not (&& || !) and parentheses join them.
not binds tighter than and, and tighter than or. A word alone is looked for in every text.
A comparison with a field that the event does not have is false, also with !=.

{_operators()}

Values are bare or quoted ('a b', "a\\n", r"raw\\d"); numbers decimal, 0x hex, 0o octal, 4k, 10ms;
in takes a list (1, 2, 5..9). functions: lower upper len basename dirname.

{_examples()}

All fields with type, meaning, aliases and an example: tracetui fields
"""
