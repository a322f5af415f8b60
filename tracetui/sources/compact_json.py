"""Values without a column of their own, as compact JSON."""

from __future__ import annotations

import json


def to_json(value: object) -> str:
    """``value`` as compact JSON; bytes are written in hexadecimal."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
