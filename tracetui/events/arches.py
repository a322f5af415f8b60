"""Families of processor architectures whose Linux numbers differ from everyone else's.

The kernel's generic headers hold for x86, arm64, riscv, loongarch and most others. A family here has numbers
of its own for some flags, signals, options or ioctls; which, each table says.
"""

from __future__ import annotations

from functools import lru_cache

GENERIC = ""
_FAMILIES = {
    "mips": "mips",
    "powerpc": "powerpc",
    "ppc": "powerpc",
    "sparc": "sparc",
    "alpha": "alpha",
    "parisc": "parisc",
    "hppa": "parisc",
    "arm64": GENERIC,
    "arm": "arm",
}


@lru_cache(maxsize=64)
def arch_family(arch: str | None) -> str:
    """``mipsel`` is ``mips``; ``armel`` is ``arm``; aarch64, unknown and generic ones are the empty string.

    Names may be those of Penguin's configuration, of ``uname -m`` or of Debian.
    """
    lowered = (arch or "").lower()
    for prefix, family in _FAMILIES.items():
        if lowered.startswith(prefix):
            return family
    return GENERIC
