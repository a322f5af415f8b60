"""Text of a trace in Markdown (CommonMark, and as GitHub reads it), where it stays what it is.

Whatever a text holds, it makes no heading, link, image, tag or table, and it does not end what it stands in.
"""

from __future__ import annotations

import re

from tracetui.events import clean

_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]<>#|~&@$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""Signs that mean something wherever they stand; addresses become links by some of them."""

_BEGINS_BLOCK = re.compile(r"\d{0,9}([-+=.)])")
"""Signs that mean something at the beginning of a line: lists, rules and the underlines of headings."""

_BACKTICKS = re.compile(r"`+")


def text(value: str) -> str:
    """One line of plain text."""
    return _escaped(clean(value.strip()))


def quote(value: str) -> str:
    """Text of several lines as a quotation, line breaks kept."""
    lines = [_escaped(clean(line.strip())) for line in value.splitlines()]
    breaks = [
        "\\" if line and following else "" for line, following in zip(lines, [*lines[1:], ""], strict=True)
    ]
    return "\n".join(f"> {line}{end}".rstrip() for line, end in zip(lines, breaks, strict=True))


def code(value: str) -> str:
    """One line as code inside a paragraph."""
    shown = clean(value)
    fence = "`" * (_longest_run(shown) + 1)
    padding = " " if shown[:1] in "` " or shown[-1:] in "` " else ""
    return f"{fence}{padding}{shown}{padding}{fence}" if shown else ""


def code_block(lines: list[str]) -> str:
    """Lines as a block of code."""
    shown = [clean(line) for line in lines]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    return "\n".join([f"{fence}text", *shown, fence])


def _escaped(line: str) -> str:
    line = _MEANS_SOMETHING.sub(lambda found: f"\\{found[0]}", line)
    sign = _BEGINS_BLOCK.match(line)
    return line if sign is None else f"{line[: sign.start(1)]}\\{line[sign.start(1) :]}"


def _longest_run(line: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(line)), default=0)
