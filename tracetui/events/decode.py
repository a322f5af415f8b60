"""What the numbers of system call arguments mean: ``O_RDWR|O_CLOEXEC``, ``AT_FDCWD``, ``0644``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from tracetui.events import file_flags as files
from tracetui.events import memory_flags as memory
from tracetui.events import process_flags as processes
from tracetui.events import socket_flags as sockets
from tracetui.events.arches import arch_family
from tracetui.events.arguments import Argument
from tracetui.events.calls import CALLS
from tracetui.events.errnos import errno_name
from tracetui.events.families import common_name
from tracetui.events.flag_words import WORD, Bits, Choice
from tracetui.events.ioctls import ioctl_text
from tracetui.events.signals import family_signal_name

Words = Bits | Choice
Decoder = Callable[[int, str], "str | None"]
"""From a number and an architecture family to text; ``None`` where the number has no meaning."""

NUMBERS = frozenset({"dirfd", "fd", "int", "pid", "signal"})
"""Kinds whose 0 is a value like any other, and not the absence of flags."""

_AT_FDCWD = -100
_PERMISSIONS = 0o7777
_FILE_TYPE = 0o170000


def decode_argument(syscall: str, argument: Argument, arch: str | None = None) -> str | None:
    """The meaning of an argument's number; ``None`` where it has none beyond itself.

    ``syscall`` is the kernel's name with or without ``sys_``; ``arch`` decides where architectures differ
    (``None``: the generic numbers).
    """
    kind = _kind(common_name(syscall), argument)
    if kind is None or argument.value is None:
        return None
    return decode_value(kind, argument.value, arch_family(arch))


def decode_arguments(
    syscall: str, arguments: Sequence[Argument], arch: str | None = None
) -> list[str | None]:
    """:func:`decode_argument` of each, with those that depend on another argument (socket options, fcntl)."""
    name, family = common_name(syscall), arch_family(arch)
    decoded = [
        decode_value(kind, argument.value, family)
        if argument.value is not None and (kind := _kind(name, argument)) is not None
        else None
        for argument in arguments
    ]
    if name in _DEPENDENT:
        _decode_dependent(name, arguments, decoded, family)
    return decoded


def _decode_dependent(
    name: str, arguments: Sequence[Argument], decoded: list[str | None], family: str
) -> None:
    """Fill in the argument whose meaning another argument decides."""
    on, index, decode = _DEPENDENT[name]
    positions = {argument.index: position for position, argument in enumerate(arguments)}
    if on not in positions or index not in positions:
        return
    first, second = arguments[positions[on]].value, arguments[positions[index]].value
    if first is not None and second is not None:
        decoded[positions[index]] = decode(first, second, family)


def argument_kind(syscall: str, index: int) -> str | None:
    """What the argument at ``index`` is: ``open``, ``mode``, ``fd``, ...; ``None`` where nothing is known."""
    kinds = CALLS.get(common_name(syscall), ())
    return kinds[index] if index < len(kinds) else None


def _kind(name: str, argument: Argument) -> str | None:
    """The kind of one argument. A string has none; Python's event ``open`` has mode and flags swapped."""
    if argument.string is not None:
        return None
    if name == "open" and argument.name == "flags":
        return "open"
    kinds = CALLS.get(name, ())
    return kinds[argument.index] if argument.index < len(kinds) else None


@lru_cache(maxsize=8192)
def decode_value(kind: str, value: int, family: str = "") -> str | None:
    """The meaning of ``value`` as a ``kind`` of :data:`CALLS`, in an architecture family."""
    decoder = _DECODERS.get(kind)
    if decoder is not None:
        return decoder(value, family)
    words = _WORDS.get(kind)
    if words is None:
        return None
    table = words if isinstance(words, Bits | Choice) else words.get(family) or words[""]
    return table.decode(value)


def holds_flags(kind: str) -> bool | None:
    """Whether numbers of a kind are sets of bits; ``None`` where they are no codes at all."""
    words = _WORDS.get(kind)
    if words is None:
        return kind in ("mode", "filemode") if kind in _CODES else None
    return isinstance(words if isinstance(words, Bits | Choice) else words[""], Bits)


def decode_option(level: int, option: int, family: str = "") -> str | None:
    """Name of a socket option; what the number means depends on the level."""
    name = sockets.LEVEL.get(family, sockets.LEVEL[""]).decode(level)
    if name == "SOL_SOCKET":
        return sockets.SOCKET_OPTION.get(family, sockets.SOCKET_OPTION[""]).decode(option)
    table = _OPTIONS.get(name or "")
    return table.decode(option) if table else None


def decode_protocol(address_family: int, protocol: int, family: str = "") -> str | None:
    """Name of a socket's protocol; what the number means depends on the address family."""
    name = sockets.FAMILY.decode(address_family)
    if name in ("AF_INET", "AF_INET6"):
        return sockets.INET_PROTOCOL.decode(protocol)
    if name == "AF_NETLINK":
        return sockets.NETLINK_PROTOCOL.decode(protocol)
    if name == "AF_PACKET":
        # The number is in network byte order; 0x0300 is ETH_P_ALL on a little-endian system.
        swapped = (protocol & 0xFF) << 8 | protocol >> 8 & 0xFF
        return sockets.ETHERNET.decode(protocol) or sockets.ETHERNET.decode(swapped)
    return None


def decode_fcntl(command: int, value: int, family: str = "") -> str | None:
    """The third argument of ``fcntl``: flags, a descriptor, a lock."""
    name = files.FCNTL.get(family, files.FCNTL[""]).decode(command)
    if name == "F_SETFL":
        return files.OPEN.get(family, files.OPEN[""]).decode(value)
    if name == "F_SETFD":
        return files.CLOSE_ON_EXEC.decode(value)
    return str(signed(value)) if name in ("F_DUPFD", "F_DUPFD_CLOEXEC", "F_SETOWN") else None


_DEPENDENT: Mapping[str, tuple[int, int, Callable[[int, int, str], str | None]]] = {
    "socket": (0, 2, decode_protocol),
    "socketpair": (0, 2, decode_protocol),
    "setsockopt": (1, 2, decode_option),
    "getsockopt": (1, 2, decode_option),
    "fcntl": (1, 2, decode_fcntl),
    "fcntl64": (1, 2, decode_fcntl),
}
"""Call to the argument that decides, the argument that it decides, and how."""


def signed(value: int) -> int:
    """A C ``int`` that was stored as a wider or unsigned number."""
    low = value & WORD
    return low - (1 << 32) if low >= 1 << 31 else low


def _dirfd(value: int, family: str) -> str:
    number = signed(value)
    return "AT_FDCWD" if number == _AT_FDCWD else str(number)


def _int(value: int, family: str) -> str:
    return str(signed(value))


def _mode(value: int, family: str) -> str:
    return f"{value & _PERMISSIONS:04o}"


def _file_mode(value: int, family: str) -> str:
    """Type and permissions, as ``mknod`` takes them: ``S_IFCHR|0600``."""
    for name, bits in files.FILE_TYPES.items():
        if value & _FILE_TYPE == bits:
            return f"{name}|{_mode(value, family)}"
    return _mode(value, family)


def _device(value: int, family: str) -> str:
    """Major and minor number as the kernel encodes them for user space."""
    device = value & WORD
    major = device >> 8 & 0xFFF
    minor = device & 0xFF | device >> 12 & 0xFFF00
    return f"makedev({major}, {minor})"


def _signal(value: int, family: str) -> str | None:
    return family_signal_name(signed(value), family) if value else "0"


def _errno(value: int, family: str) -> str | None:
    return errno_name(abs(signed(value)), family)


_DECODERS: Mapping[str, Decoder] = {
    "dirfd": _dirfd,
    "fd": _int,
    "int": _int,
    "pid": _int,
    "mode": _mode,
    "filemode": _file_mode,
    "dev": _device,
    "signal": _signal,
    "errno": _errno,
    "ioctl": ioctl_text,
}

_CODES = frozenset({"mode", "filemode", "signal", "errno", "ioctl", "option", "protocol"})
"""Kinds without a table of words whose numbers stand for something nevertheless."""

_OPTIONS: Mapping[str, Choice] = {
    "SOL_IP": sockets.IP_OPTION,
    "SOL_TCP": sockets.TCP_OPTION,
    "SOL_IPV6": sockets.IPV6_OPTION,
    "SOL_PACKET": sockets.PACKET_OPTION,
    "SOL_NETLINK": sockets.NETLINK_OPTION,
}

_WORDS: Mapping[str, Words | Mapping[str, Words]] = {
    "open": files.OPEN,
    "fdflags": files.DESCRIPTOR_FLAGS,
    "at": files.AT,
    "atunlink": files.AT_UNLINK,
    "ataccess": files.AT_ACCESS,
    "access": files.ACCESS,
    "whence": files.WHENCE,
    "rename": files.RENAME,
    "statx": files.STATX_MASK,
    "flock": files.FLOCK,
    "fallocate": files.FALLOCATE,
    "fadvise": files.FADVISE,
    "syncrange": files.SYNC_RANGE,
    "splice": files.SPLICE,
    "memfd": files.MEMFD,
    "inotify": files.INOTIFY,
    "mount": files.MOUNT,
    "umount": files.UMOUNT,
    "fcntl": files.FCNTL,
    "closerange": files.CLOSE_RANGE,
    "swap": files.SWAP,
    "prot": memory.PROT,
    "map": memory.MAP,
    "madvise": memory.MADVISE,
    "mremap": memory.MREMAP,
    "msync": memory.MSYNC,
    "mlockall": memory.MLOCKALL,
    "shmget": memory.SHMGET,
    "ipc": memory.IPC_COMMAND,
    "clone": processes.CLONE,
    "namespace": processes.NAMESPACES,
    "wait": processes.WAIT,
    "waitid": processes.WAIT_ID,
    "prctl": processes.PRCTL,
    "archprctl": processes.ARCH_PRCTL,
    "seccomp": processes.SECCOMP,
    "seccompflags": processes.SECCOMP_FLAGS,
    "futex": processes.FUTEX,
    "clock": processes.CLOCK,
    "timer": processes.TIMER_FLAGS,
    "itimer": processes.ITIMER,
    "rlimit": processes.RLIMIT,
    "rusage": processes.RUSAGE,
    "priority": processes.PRIORITY,
    "scheduler": processes.SCHEDULER,
    "sigmask": processes.SIGNAL_MASK,
    "magic1": processes.REBOOT_MAGIC1,
    "magic2": processes.REBOOT_MAGIC2,
    "reboot": processes.REBOOT,
    "syslog": processes.SYSLOG,
    "ptrace": processes.PTRACE,
    "moduleinit": processes.MODULE_INIT,
    "random": processes.RANDOM,
    "membarrier": processes.MEMBARRIER,
    "family": sockets.FAMILY,
    "socktype": sockets.TYPE,
    "accept": sockets.ACCEPT,
    "shutdown": sockets.SHUTDOWN,
    "message": sockets.MESSAGE,
    "level": sockets.LEVEL,
    "epoll": sockets.EPOLL_CONTROL,
}
