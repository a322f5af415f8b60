"""What the numbers of SysFlow's flows and events mean: operations, open flags, addresses.

Facts: SysFlow's specification, and what its Python API (sysflow-tools 0.6.1) prints for each value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

RECORDS: Final = "sysflow"
"""The table of the record behind each event, which refers to its entities."""

CLONE: Final = 1 << 0
EXEC: Final = 1 << 1
EXIT: Final = 1 << 2
SETUID: Final = 1 << 3
SETNS: Final = 1 << 4
ACCEPT: Final = 1 << 5
CONNECT: Final = 1 << 6
OPEN: Final = 1 << 7
READ_RECV: Final = 1 << 8
WRITE_SEND: Final = 1 << 9
CLOSE: Final = 1 << 10
TRUNCATE: Final = 1 << 11
"""The flow was cut off by the end of its process or of the recording; nothing to do with truncate(2)."""
SHUTDOWN: Final = 1 << 12
MMAP: Final = 1 << 13
DIGEST: Final = 1 << 14
MKDIR: Final = 1 << 15
RMDIR: Final = 1 << 16
LINK: Final = 1 << 17
UNLINK: Final = 1 << 18
SYMLINK: Final = 1 << 19
RENAME: Final = 1 << 20

OPERATIONS: dict[int, tuple[str, ...]] = {
    CLONE: ("CLONE",),
    EXEC: ("EXEC",),
    EXIT: ("EXIT",),
    SETUID: ("SETUID",),
    SETNS: ("SETNS",),
    ACCEPT: ("ACCEPT",),
    CONNECT: ("CONNECT",),
    OPEN: ("OPEN",),
    READ_RECV: ("READ", "RECV"),
    WRITE_SEND: ("WRITE", "SEND"),
    CLOSE: ("CLOSE",),
    TRUNCATE: ("TRUNCATE",),
    SHUTDOWN: ("SHUTDOWN",),
    MMAP: ("MMAP",),
    DIGEST: ("DIGEST",),
    MKDIR: ("MKDIR",),
    RMDIR: ("RMDIR",),
    LINK: ("LINK",),
    UNLINK: ("UNLINK",),
    SYMLINK: ("SYMLINK",),
    RENAME: ("RENAME",),
}
"""Bit to names: one bit stands for reading a file and for receiving from a socket."""

_FILE_WORDS = (MKDIR, RMDIR, LINK, SYMLINK, UNLINK, RENAME)
_PROCESS_WORDS = (CLONE, EXEC, EXIT, SETUID)
_COLUMNS = (
    (OPEN, "O"),
    (ACCEPT, "A"),
    (CONNECT, "C"),
    (WRITE_SEND, "W"),
    (READ_RECV, "R"),
    (SETNS, "N"),
    (MMAP, "M"),
    (SHUTDOWN, "S"),
    (CLOSE, "C"),
    (TRUNCATE, "T"),
    (DIGEST, "D"),
)

_ACCESS_MASK = 3
_ACCESS_MODES = {1: "RDONLY", 2: "WRONLY", 3: "RDWR"}
OPEN_FLAGS: dict[int, str] = {
    1 << bit: name
    for bit, name in enumerate(
        "CREAT APPEND DSYNC EXCL NONBLOCK SYNC TRUNC DIRECT DIRECTORY LARGEFILE CLOEXEC".split(), start=2
    )
}
"""Bit to name above the access mode. The numbering is the recorder's own and no kernel's."""

PROTOCOLS = {-1: "unknown", 1: "icmp", 6: "tcp", 17: "udp", 254: "raw"}
"""``proto`` of a network flow; a flow of unknown protocol has no addresses either (0.0.0.0:0)."""


def operations(flags: int) -> tuple[str, ...]:
    """Names of the operations in ``flags``, in order of the bits; bits without a name are left out."""
    return tuple(name for bit, names in OPERATIONS.items() if flags & bit for name in names)


@lru_cache(maxsize=1024)
def operation_columns(flags: int) -> str:
    """``flags`` as ``sysprint`` shows them: a word for an event, 11 fixed columns for a flow.

    >>> operation_columns(OPEN | READ_RECV | CLOSE)
    'O   R   C  '

    The columns are ``OACWRNMSCTD``: open, accept, connect, write or send, read or receive, setns, mmap,
    shutdown, close, truncate, digest. Several words (``CLONEEXIT`` of a process flow) have nothing between.
    """
    for words in (_FILE_WORDS, _PROCESS_WORDS):
        if text := "".join(OPERATIONS[bit][0] for bit in words if flags & bit):
            return text
    return "".join(letter if flags & bit else " " for bit, letter in _COLUMNS)


def open_flags(flags: int) -> tuple[str, ...]:
    """Names of open flags in SysFlow's numbering: ``(RDONLY, CLOEXEC)`` for 4097.

    The access mode is one number in the two lowest bits, so that a file open for reading only is never
    RDWR too; 0 there means that it is not known.
    """
    mode = _ACCESS_MODES.get(flags & _ACCESS_MASK)
    rest = tuple(name for bit, name in OPEN_FLAGS.items() if flags & bit)
    return rest if mode is None else (mode, *rest)


def opens_for(flags: int, access: int) -> bool:
    """Whether a file was opened for reading (``access`` 1) or writing (2), in SysFlow's numbering."""
    return bool(flags & _ACCESS_MASK & access)


@lru_cache(maxsize=4096)
def ipv4(number: int) -> str:
    """The address that SysFlow keeps as an integer, first octet lowest; it may be negative.

    >>> ipv4(16777343)
    '127.0.0.1'
    """
    return ".".join(str(number >> shift & 0xFF) for shift in (0, 8, 16, 24))


def connection(sip: object, sport: object, dip: object, dport: object) -> str:
    """Both ends of a network flow in one word: ``172.17.0.6:52852-127.0.0.1:8080``."""
    return f"{sip}:{sport}-{dip}:{dport}"
