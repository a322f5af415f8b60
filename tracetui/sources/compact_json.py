"""Values without a column of their own, as compact JSON."""

from __future__ import annotations

import json


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def to_json(value: object) -> str:
    """``value`` as compact JSON; bytes are written in hexadecimal."""
    return _encode(value)
