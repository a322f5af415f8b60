"""Names and arguments of the system calls as the kernel defines them.

``prototypes.tsv`` has one call a line: strace's name, the kernel's name (that of its ``SYSCALL_DEFINE``,
which a trace of Penguin's shows after ``sys_``), and the arguments as ``name:kind``. They are those that
Linux 6.18 on x86_64 publishes in ``events/syscalls/*/format`` of tracefs; calls of other architectures
follow their manual pages.

Kinds: ``int`` (32 bits), ``long`` (64 bits), ``str`` (``char *``), ``strs`` (``char *const *``), ``*`` (a
pointer), ``*stat`` (a pointer to ``struct stat``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

MAX_ARGUMENTS = 6


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a system call."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Prototype:
    """One system call; ``arguments`` is None where nothing is known about it."""

    name: str
    """``sys_`` and the kernel's name."""
    arguments: tuple[Argument, ...] | None


@lru_cache(maxsize=1)
def _known() -> dict[str, Prototype]:
    table = {}
    for line in files(__package__).joinpath("prototypes.tsv").read_text("ascii").splitlines():
        name, kernel_name, arguments = line.split("\t")
        table[name] = Prototype(
            f"sys_{kernel_name}",
            tuple(Argument(*argument.split(":", 1)) for argument in arguments.split()),
        )
    return table


def prototype(name: str) -> Prototype:
    """The kernel's prototype of the call that strace names ``name``, or that the kernel names so."""
    known = _known().get(name) or kernel_prototypes().get(name)
    return Prototype(f"sys_{name}", None) if known is None else known


@lru_cache(maxsize=1)
def kernel_prototypes() -> dict[str, Prototype]:
    """Every known prototype by the kernel's name, without ``sys_``."""
    return {known.name.removeprefix("sys_"): known for known in _known().values()}
