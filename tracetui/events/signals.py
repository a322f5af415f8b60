"""Signals by number. Facts from the kernel's ``uapi/asm/signal.h`` (Linux 6.1)."""

from __future__ import annotations

from tracetui.events.arches import arch_family
from tracetui.events.flag_words import in_order

_GENERIC = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN "
    "TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
_MIPS = (
    "HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM USR1 USR2 CHLD PWR WINCH URG IO "
    "STOP TSTP CONT TTIN TTOU VTALRM PROF XCPU XFSZ"
)
_SPARC = (
    "HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP CONT CHLD TTIN TTOU "
    "IO XCPU XFSZ VTALRM PROF WINCH LOST USR1 USR2"
)
_ALPHA = _SPARC.replace("LOST", "PWR")
_PARISC = (
    "HUP INT QUIT ILL TRAP ABRT STKFLT FPE KILL BUS SEGV XCPU PIPE ALRM TERM USR1 USR2 CHLD PWR VTALRM PROF "
    "IO WINCH STOP TSTP CONT TTIN TTOU URG XFSZ SYS"
)


def _numbered(text: str) -> dict[int, str]:
    return {number: name for name, number in in_order("SIG", text, start=1).items()}


SIGNALS = {"": _numbered(_GENERIC)} | {
    family: _numbered(text)
    for family, text in {"mips": _MIPS, "sparc": _SPARC, "alpha": _ALPHA, "parisc": _PARISC}.items()
}
"""Architecture family to number to name."""

REAL_TIME = 32
"""First real-time signal."""
_LAST = {"mips": 128}


def signal_name(number: int, arch: str | None = None) -> str | None:
    """``11`` is ``SIGSEGV``, ``34`` is ``SIGRT_2``; ``None`` for what is no signal (0 included)."""
    return family_signal_name(number, arch_family(arch))


def family_signal_name(number: int, family: str) -> str | None:
    """:func:`signal_name` for a family of :mod:`tracetui.events.arches`."""
    known = SIGNALS.get(family, SIGNALS[""]).get(number)
    if known is None and REAL_TIME <= number <= _LAST.get(family, 64):
        return f"SIGRT_{number - REAL_TIME}"
    return known
