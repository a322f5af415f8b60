"""Name and result of system calls, packed: what the codes of their rows stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import case, func, null

from tracetui.analysis.index.block import Codes
from tracetui.analysis.index.facets import Dictionary
from tracetui.analysis.index.packed import NotPacked, Remembered, Texts, codes_of, only_text, read_numbers
from tracetui.events.errnos import MAX_ERRNO
from tracetui.events.record import NO_RESULT
from tracetui.filter.scope import Scope

LOWEST, HIGHEST = -MAX_ERRNO - 1, 1
"""Results beyond are kept as these: of what is no error only the sign counts."""

_NONE = HIGHEST + 1
"""Stands for no result."""

_BITS = 16

CodeOf = Callable[[bytes, "int | None", "bytes | None"], int]


class Calls:
    """What rows tell of calls: name, result (from :data:`LOWEST` to :data:`HIGHEST`), text of an error."""

    def __init__(self, scope: Scope, code: CodeOf) -> None:
        """``code`` gets the three; it is asked once for each that comes again and again."""
        call = scope.schema.tables["syscall"]
        self._code = code
        self._without_result = frozenset(name.encode() for name in NO_RESULT if scope.schema.era.is_penguin)
        self._names, self._errors = Dictionary(), Dictionary()
        is_error = call.c.retno.between(-MAX_ERRNO, -1)
        shown = case((is_error, func.nullif(only_text(call.c.retno_repr), "")), else_=null())
        self._name_texts = Texts(only_text(call.c.name), lambda text: _known(self._names[text]))
        self._error_texts = Texts(shown, lambda text: _known(self._errors[text]))
        self._codes = Remembered(self._code_of)
        self.lists = (
            *self._name_texts.lists,
            func.group_concat(_result(call)),
            *self._error_texts.lists,
        )

    def codes(self, lists: Sequence[Any], count: int) -> Codes:
        names, results, errors = lists
        keys = self._name_texts.codes([names], count).astype(np.int64) << _BITS
        numbers = read_numbers(results, count)
        keys |= numbers - LOWEST
        keys <<= _BITS
        (places,) = np.nonzero((numbers < 0) & (numbers > LOWEST))
        keys[places] |= self._error_texts.codes([errors], len(places))
        return codes_of(keys, self._codes)

    def _code_of(self, key: int) -> int:
        mask = (1 << _BITS) - 1
        name = self._names.keys_by_code[key >> 2 * _BITS]
        result = (key >> _BITS & mask) + LOWEST
        has_none = result == _NONE or name in self._without_result
        return self._code(name, None if has_none else result, self._errors.keys_by_code[key & mask])


def _result(call: Any) -> Any:
    """The rule of the field ``retno``, but for calls that never return: those are known by their names.

    To look for a name among several takes SQLite longer than all the rest.
    """
    stored = call.c.retno
    return case(
        (func.typeof(stored) == "integer", func.min(func.max(stored, LOWEST), HIGHEST)),
        (stored.is_(None) & (call.c.retno_repr == "0x0"), 0),
        else_=_NONE,
    )


def _known(code: int) -> int:
    """``code``, unless a dictionary is full."""
    if not code:
        raise NotPacked
    return code
