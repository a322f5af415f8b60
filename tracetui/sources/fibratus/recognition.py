"""What files of Fibratus begin with."""

from __future__ import annotations

import codecs
import re

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
KCAP_MAGIC = 0x6669627261747573
"""As a 64-bit number, in the byte order of the machine that wrote the capture."""

KCAP_MAGICS = {KCAP_MAGIC.to_bytes(8, order): order for order in ("little", "big")}

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 4_096
_EVENT = re.compile(r'"(?:kparams|params)"\s*:\s*\{|"seq"\s*:\s*\d+.{0,200}?"category"\s*:', re.S)


def detect(head: bytes) -> bool:
    """Does a file of JSON events, or a capture, begin like this?"""
    return is_capture(head) or looks_like_events(head)


def is_capture(head: bytes) -> bool:
    """Whether these are the first bytes of a capture, compressed or not."""
    return head.startswith(ZSTD_MAGIC) or head[:8] in KCAP_MAGICS


def looks_like_events(head: bytes) -> bool:
    """Whether JSON begins here, an object or an array, that has an event's members."""
    encoding, skipped = encoding_of(head)
    text = head[skipped:].decode(encoding, "replace").lstrip()
    return text[:1] in ("{", "[") and bool(_EVENT.search(text[: max(_LOOKED_AT, text.find("\n"))]))


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding of a text by its byte order mark, and the length of that; without one UTF-8."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    return "utf-8", 0
