"""ioctl commands: names, and what the number itself says.

``ioctls.tsv`` has the commands that the kernel's ``uapi`` headers (Linux 6.1) define for devices of small
systems: architecture family (or ``any``), direction, type, number, name. Direction is N(one), R(ead), W(rite)
or RW for commands that encode it, and ``-`` for the older ones that are plain numbers. Sizes are left out:
they differ with the word size, and hardly any two commands differ in nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

_Key = tuple[str, int, int]
"""Direction, type, number."""

_ENCODED_ELSEWHERE = frozenset({"mips", "powerpc", "sparc", "alpha"})
"""Families with three direction bits and 13 size bits."""

_DIRECTIONS = {0: "N", 1: "W", 2: "R", 3: "RW"}
_DIRECTIONS_OF_THREE_BITS = {1: "N", 2: "R", 4: "W", 6: "RW"}
_PARISC_DIRECTIONS = {0: "N", 1: "R", 2: "W", 3: "RW"}
_MACROS = {"N": "_IO", "R": "_IOR", "W": "_IOW", "RW": "_IOWR"}

_PRIVATE = (("SIOCDEVPRIVATE", 0x89F0, 16), ("SIOCPROTOPRIVATE", 0x89E0, 16), ("SIOCIWFIRSTPRIV", 0x8BE0, 32))
"""Ranges that drivers use as they like: name of the first, its number, how many."""


def ioctl_name(number: int, family: str = "") -> str | None:
    """``TCGETS`` for 0x5401; ``None`` for a command without a name.

    ``family`` is an architecture family of :mod:`tracetui.events.arches`.
    """
    command = number & 0xFFFFFFFF
    table = _table(family)
    if command <= 0xFFFF:
        name = table.get(("-", command >> 8, command & 0xFF))
        if name is not None:
            return name
    direction, kind, nr, _ = ioctl_parts(command, family)
    return table.get((direction, kind, nr)) or _private(command)


def ioctl_text(number: int, family: str = "") -> str:
    """Its name, else its parts: ``_IOR('W', 5, 4)``; a plain number stays hexadecimal."""
    name = ioctl_name(number, family)
    if name is not None:
        return name
    command = number & 0xFFFFFFFF
    direction, kind, nr, size = ioctl_parts(command, family)
    if direction not in _MACROS or (direction == "N" and command <= 0xFFFF) or not kind:
        return hex(command)
    shown = f"'{chr(kind)}'" if 0x20 < kind < 0x7F and chr(kind) not in "'\\" else hex(kind)
    return f"{_MACROS[direction]}({shown}, {nr}{'' if direction == 'N' else f', {size}'})"


def ioctl_parts(command: int, family: str = "") -> tuple[str, int, int, int]:
    """Direction (N, R, W, RW, or ``?``), type, number and size of the argument in bytes."""
    if family in _ENCODED_ELSEWHERE:
        directions, shift = _DIRECTIONS_OF_THREE_BITS, 29
    else:
        directions, shift = (_PARISC_DIRECTIONS if family == "parisc" else _DIRECTIONS), 30
    direction = directions.get(command >> shift, "?")
    size = command >> 16 & (1 << shift - 16) - 1
    return direction, command >> 8 & 0xFF, command & 0xFF, size


def _private(command: int) -> str | None:
    for name, first, count in _PRIVATE:
        if first <= command < first + count:
            return name if command == first else f"{name}+{command - first}"
    return None


@lru_cache(maxsize=8)
def _table(family: str) -> dict[_Key, str]:
    """Names by key: those of every architecture that the family does not define otherwise, and its own."""
    rows = _rows()
    own = {name for arch, _, name in rows if arch == family}
    general = {key: name for arch, key, name in rows if arch == "any" and name not in own}
    return general | {key: name for arch, key, name in rows if arch == family}


@lru_cache(maxsize=1)
def _rows() -> list[tuple[str, _Key, str]]:
    rows = []
    for line in files("tracetui.events").joinpath("ioctls.tsv").read_text("ascii").splitlines():
        arch, direction, kind, nr, name = line.split("\t")
        rows.append((arch, (direction, int(kind, 16), int(nr)), name))
    return rows
