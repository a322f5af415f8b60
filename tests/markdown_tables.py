"""Tables of the documents, so that tests hold them to what they say."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "demo_db" / "plugins.db"


def table(text: str, *header: str) -> list[dict[str, str]]:
    """The rows below the header with these cells, each a dictionary. Raises ValueError where there is no such table."""
    lines = iter(text.splitlines())
    for line in lines:
        if _cells(line) == list(header):
            break
    else:
        raise ValueError(f"no table with {header}")
    next(lines)  # the rule below the header
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(header, _cells(line), strict=True)))
    return rows


def code(cell: str) -> list[str]:
    """What a cell gives as code."""
    return re.findall(r"`([^`]+)`", cell)


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
