"""Keeps indexes between sessions, in the user's cache folder and never beside a trace.

A kept index is used only for the very state of the file that it was made of. Whatever is wrong with one, it
is as if there were none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.archive import DAMAGE, Archive, Array, write_arrays
from tracetui.analysis.index.block import Block, Ids, narrow
from tracetui.analysis.index.columns import ColumnIndex
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.facets import FACETS
from tracetui.analysis.index.identity import Identity
from tracetui.trace import Trace

LEAST_EVENTS = 100_000
"""An index of fewer events is built in a second or two: it is not kept."""

MOST_FILES = 12
"""Indexes that are kept; the one that was not used for the longest time goes first."""

_VERSION = 2
_SUFFIX = ".npz"


def cache_folder() -> Path:
    """Where indexes are kept."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("tracetui")) / "indexes"


def save(index: ColumnIndex, trace: Trace, least: int = LEAST_EVENTS) -> bool:
    """Keep ``index``, if it knows all of ``trace``; whether it was kept. Raises :class:`TraceError`."""
    contents = index.contents
    try:
        identity = Identity.of(trace)
        if identity is None or contents.ready_to != identity.bounds[1] or index.events < least:
            return False
        path = _place(identity)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, _arrays(contents, identity))
        _forget_oldest(path.parent)
    except OSError:
        return False
    return True


def load(trace: Trace) -> ColumnIndex | None:
    """The index that was kept for ``trace`` as it is now. Raises :class:`TraceError`."""
    try:
        identity = Identity.of(trace)
        if identity is None:
            return None
        path = _place(identity)
        if not path.exists():
            return None
        contents = _read(path, identity, trace)
        if contents is None:
            path.unlink()
            return None
        os.utime(path)
    except OSError:
        return None
    return ColumnIndex.of(contents, trace.schema)


def _place(identity: Identity) -> Path:
    """One file for each file that is a trace, so that a later state replaces an earlier one."""
    signature = identity.signature
    key = hashlib.sha256(f"{signature.device}:{signature.inode}".encode()).hexdigest()[:32]
    return cache_folder() / f"{key}{_SUFFIX}"


def _write(path: Path, arrays: Iterable[tuple[str, Sequence[Array]]]) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            write_arrays(file, arrays)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in kept[MOST_FILES:]:
        path.unlink(missing_ok=True)


def _arrays(contents: Contents, identity: Identity) -> Iterator[tuple[str, Sequence[Array]]]:
    blocks = contents.blocks
    keys = {name: _packed(d.keys_by_code[1:]) for name, d in contents.dictionaries.items()}
    about = json.dumps(
        {"version": _VERSION, "identity": identity.plain(), "keys": keys, "paths_to": contents.paths_to}
    )
    yield "about", [np.frombuffer(about.encode(), np.uint8)]
    yield "first", [np.array([block.first for block in blocks], np.int64)]
    yield "count", [np.array([block.count for block in blocks], np.int64)]
    yield "sparse", [np.array([block.gaps is not None for block in blocks], np.bool_)]
    yield "gaps", [_NO_GAPS, *(block.gaps for block in blocks if block.gaps is not None)]
    for facet in FACETS:
        yield facet.name, [block.codes[facet.name] for block in blocks]


_NO_GAPS: NDArray[np.uint16] = np.zeros(0, np.uint16)


def _read(path: Path, identity: Identity, trace: Trace) -> Contents | None:
    """What ``path`` holds; ``None`` where it is of another state of the file, or damaged."""
    try:
        with zipfile.ZipFile(path) as file:
            kept = Archive(file)
            about = json.loads(kept.whole("about").tobytes())
            if about["version"] != _VERSION or about["identity"] != identity.plain():
                return None
            contents = Contents.empty(trace.era)
            for name, dictionary in contents.dictionaries.items():
                for key in _unpacked(about["keys"][name]):
                    dictionary[key]
            filled = _filled(contents, kept, identity)
            paths_to = about["paths_to"]
            return replace(filled, paths_to=None if paths_to is None else int(paths_to))
    except DAMAGE:
        return None


def _filled(contents: Contents, kept: Archive, identity: Identity) -> Contents:
    """``contents`` with the events in ``kept``. Raises ValueError where these make no sense."""
    counts: list[int] = kept.whole("count").tolist()
    if not counts or min(counts) < 1:
        raise ValueError("no events")
    sparse: list[bool] = kept.whole("sparse").tolist()
    gaps = kept.parts("gaps", [count for count, is_sparse in zip(counts, sparse, strict=True) if is_sparse])
    columns = [_codes(kept.parts(f.name, counts), len(contents.dictionaries[f.name].entries)) for f in FACETS]
    for first, count, is_sparse, *codes in zip(
        kept.whole("first").tolist(), counts, sparse, *columns, strict=True
    ):
        ids: Ids = np.arange(first, first + count, dtype=np.int64)
        if is_sparse:
            ids = np.cumsum(next(gaps), dtype=np.int64) + first
        by_facet = {facet.name: part for facet, part in zip(FACETS, codes, strict=True)}
        contents = contents.appended(Block.of(ids, by_facet))
    if (contents.blocks[0].first, contents.ready_to) != identity.bounds:
        raise ValueError("other ids")
    return contents


def _codes(parts: Iterable[Array], entries: int) -> Iterator[Array]:
    """The codes of each block. Raises ValueError for a code that has no entry."""
    for part in parts:
        if int(part.max()) >= entries:
            raise ValueError("a code without an entry")
        yield narrow(part)


# Keys of dictionaries as JSON: bytes, numbers, text and tuples of them.


def _packed(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    return [_packed(part) for part in value] if isinstance(value, list | tuple) else value


def _unpacked(value: Any) -> Any:
    """The parts of a list, unpacked; lists in it become tuples."""
    if isinstance(value, dict):
        return value["bytes"].encode("latin-1")
    return tuple(_unpacked(part) for part in value) if isinstance(value, list) else value
