"""The arguments of calls that name files, packed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, and_, case, cast, func, literal, null, or_

from tracetui.analysis.index.block import Codes
from tracetui.analysis.index.codebook import Dictionaries
from tracetui.analysis.index.facets import CALL, PATH, UNKNOWN, Dictionary
from tracetui.analysis.index.packed import NotPacked, Remembered, Texts, codes_of
from tracetui.analysis.index.paths import Piece, of_call, pieces_of
from tracetui.events.arguments import PATH_ARGUMENTS
from tracetui.filter.scope import Scope

UNIT = "\x1f"
"""Between the later arguments of a call; no more than a hint."""

_ALONE = 2
"""Arguments that come each in a list of its own: later ones seldom name a file."""

_ARGUMENTS = 6

_BITS = 16


class Arguments:
    """What the arguments of calls name: a number each, of which :meth:`paths` makes codes."""

    def __init__(self, scope: Scope, dictionaries: Dictionaries) -> None:
        call = scope.schema.tables["syscall"].c
        texts = [call[f"arg{index}_repr"] for index in range(_ARGUMENTS)]
        named = [case((_may_name(text), _only_text(text)), else_="") for text in texts]
        later: Any = named[_ALONE]
        for text in named[_ALONE + 1 :]:
            later = later.op("||")(literal(UNIT)).op("||")(text)
        later = case((or_(*map(_may_name, texts[_ALONE:])), later), else_="")
        self._dictionaries = dictionaries
        self._pieces = Dictionary()
        self._columns = (
            *(Texts(text, self._piece) for text in named[:_ALONE]),
            Texts(later, self._later_piece),
        )
        self._paths = Remembered(self._path)
        self.lists = tuple(one for column in self._columns for one in column.lists)

    def codes(self, lists: Sequence[Any], count: int) -> Codes:
        found: NDArray[np.uint64] = np.zeros(count, np.uint64)
        for column, listed in zip(self._columns, lists, strict=True):
            found = found << np.uint64(_BITS) | column.codes([listed], count)
        return found

    def number(self, texts: Sequence[object]) -> int:
        """What :meth:`codes` gives for one call, by its arguments as they are stored."""
        found: list[Piece] = []
        for text in texts:
            pieces = pieces_of(b"" if text is None else text)
            if pieces is None:
                return UNKNOWN
            found += pieces
        nothing = self._pieces[()]
        return (self._pieces[tuple(found)] << _BITS | nothing) << _BITS | nothing

    def paths(self, named: Codes, calls: Codes) -> Codes:
        """The codes of what calls name, by their numbers and the codes of the calls."""
        place = np.uint64(_BITS * len(self._columns))
        return codes_of(calls.astype(np.uint64) << place | named, self._paths)

    def _piece(self, text: bytes) -> int:
        return self._code(pieces_of(text)) if text else self._pieces[()]

    def _later_piece(self, text: bytes) -> int:
        if not text:
            return self._pieces[()]
        texts = text.split(UNIT.encode())
        if len(texts) != _ARGUMENTS - _ALONE:
            raise NotPacked
        return self._code(tuple(piece for text in texts for piece in pieces_of(text) or ()))

    def _code(self, pieces: tuple[Piece, ...] | None) -> int:
        code = self._pieces[pieces] if pieces is not None else UNKNOWN
        if code == UNKNOWN:
            raise NotPacked
        return code

    def _path(self, key: int) -> int:
        mask = (1 << _BITS) - 1
        pieces: list[Piece] = []
        for place in reversed(range(len(self._columns))):
            code = key >> _BITS * place & mask
            if code == UNKNOWN:
                return UNKNOWN
            pieces += self._pieces.keys_by_code[code]
        call = self._dictionaries[CALL.name].entries[key >> _BITS * len(self._columns)]
        return self._dictionaries[PATH.name][of_call(call.get("syscall.name"), pieces)]


def _may_name(text: Any) -> Any:
    """Whether an argument may name a file: a descriptor, a bare path, a quoted one; or is no text.

    What is quoted is found by its end, among bytes: characters would be counted up to there.
    """
    is_quoted = func.substr(cast(text, LargeBinary), -2) == literal(b'")', LargeBinary())
    return or_(
        _is_bytes(text),
        and_(text >= "FD:", text < "fd>", or_(text >= "fd=", text < "FD;")),
        and_(text >= "/", text < "0"),
        and_(text > "", is_quoted, ~_is_named_otherwise(text)),
    )


def _is_named_otherwise(text: Any) -> Any:
    """Whether an argument has a name, which is not one of a path: what is quoted is data."""
    name = func.substr(text, 1, func.instr(text, "=") - 1)
    return and_(
        name.not_in(sorted(PATH_ARGUMENTS)),
        name.op("GLOB")("[A-Za-z_]*"),
        name.op("NOT GLOB")("*[^A-Za-z0-9_]*"),
        func.instr(text, func.char(0)) == 0,
    )


def _only_text(text: Any) -> Any:
    return case((_is_bytes(text), null()), else_=text)


def _is_bytes(text: Any) -> Any:
    """Whether something is stored as bytes: these come after all texts."""
    return text >= literal(b"", LargeBinary())
