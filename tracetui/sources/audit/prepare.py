"""What is made ready before a program is started: its spool, the hook beside that, and its environment.

The program waits for all that is imported here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

SKIPPED = "skipped"
INJECT = "inject"


def make_spool(folder: Path, skipped: Sequence[str] = ()) -> Path:
    """Prepare an empty folder; returns the folder to be put first on PYTHONPATH of what is to be recorded."""
    folder.joinpath(SKIPPED).write_text("\n".join(skipped), "utf-8")
    inject = folder / INJECT
    inject.mkdir()
    inject.joinpath("__pycache__").mkdir()
    for file in Path(__file__).with_name(INJECT).glob("*.py"):
        if file.name != "__init__.py":
            _place(file, inject)
    return inject


def _place(file: Path, folder: Path) -> None:
    """Copy a module with its bytecode; without, each process of a program may have to compile it anew."""
    copy = Path(shutil.copy2(file, folder))
    ours = Path(cache_from_source(str(file)))
    bytecode = folder / "__pycache__" / ours.name
    if _is_bytecode_of(ours, copy):
        shutil.copyfile(ours, bytecode)
        return
    import py_compile

    py_compile.compile(str(copy), str(bytecode), str(copy))


def _is_bytecode_of(bytecode: Path, source: Path) -> bool:
    """Would Python take it? It notes date and size of the source."""
    try:
        with bytecode.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    about = source.stat()
    date, size = int(about.st_mtime) & 0xFFFF_FFFF, about.st_size & 0xFFFF_FFFF
    return head == MAGIC_NUMBER + bytes(4) + date.to_bytes(4, "little") + size.to_bytes(4, "little")


def injected(environment: dict[str, str], inject: Path) -> dict[str, str]:
    """``environment`` for a program that is to be recorded."""
    before = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": f"{inject}{os.pathsep}{before}" if before else str(inject)}


def as_without(pythonpath: str, inject: Path) -> str:
    """PYTHONPATH as it was before :func:`injected`; empty where there was none."""
    return os.pathsep.join(entry for entry in pythonpath.split(os.pathsep) if entry != str(inject))
