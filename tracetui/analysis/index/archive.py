"""Arrays in one file, as ``numpy.savez`` writes them; but in parts, so that none is in memory twice."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

Array = NDArray[Any]

DAMAGE = (ValueError, KeyError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading raises where a file is damaged, or was never written by :func:`write_arrays`."""


def write_arrays(file: BinaryIO, arrays: Iterable[tuple[str, Sequence[Array]]]) -> None:
    """Write arrays of one dimension, each given as the parts that it is made of: one at least."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, parts in arrays:
            kind = np.result_type(*parts)
            header = {
                "descr": npy.dtype_to_descr(kind),
                "fortran_order": False,
                "shape": (sum(map(len, parts)),),
            }
            with archive.open(_member(name), "w", force_zip64=True) as member:
                npy.write_array_header_1_0(member, header)
                for part in parts:
                    member.write(part.astype(kind).tobytes())


class Archive:
    """Reads what :func:`write_arrays` has written. All methods raise one of :data:`DAMAGE`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def whole(self, name: str) -> Array:
        """An array in one."""
        with self._archive.open(_member(name)) as member:
            kind, length = _header(member)
            return _read(member, kind, length)

    def parts(self, name: str, lengths: Sequence[int]) -> Iterator[Array]:
        """An array cut into parts of ``lengths``, which must be as long together."""
        with self._archive.open(_member(name)) as member:
            kind, length = _header(member)
            if length != sum(lengths):
                raise ValueError(f"{name} has {length} items")
            for one in lengths:
                yield _read(member, kind, one)


def _member(name: str) -> str:
    return f"{name}.npy"


def _header(member: IO[bytes]) -> tuple[np.dtype[Any], int]:
    if npy.read_magic(member) != (1, 0):
        raise ValueError("another version")
    (length,), _, kind = npy.read_array_header_1_0(member)
    if kind.hasobject:
        raise ValueError("no plain items")
    return kind, length


def _read(member: IO[bytes], kind: np.dtype[Any], length: int) -> Array:
    # A file may promise more than it has: only what is read takes memory.
    array = np.frombuffer(member.read(length * kind.itemsize), kind)
    if len(array) != length:
        raise EOFError
    return array
