"""Where events of Fibratus keep what: names of tables, and the parameters that have a column."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

KEVENT = "kevent"
"""The table of what every event of Fibratus has, and the type of events of other categories."""

KEVENT_PROCESS = "kevent_process"
KEVENT_HANDLE = "kevent_handle"
LINK = "process"
"""Column of ``kevent`` that refers to a row of ``kevent_process``."""


class Kept(Enum):
    """How the column of a parameter keeps it; a value of another type stays in JSON."""

    TEXT = "text"
    NUMBER = "number"
    LIST = "list, as JSON"
    EITHER = "text or number"
    UNSIGNED = "number of 64 bits, the upper half as negative numbers; or text"


def _columns(
    texts: str, numbers: str = "", lists: str = "", either: str = "", unsigned: str = ""
) -> Mapping[str, Kept]:
    kinds = (
        *((texts, Kept.TEXT), (numbers, Kept.NUMBER), (lists, Kept.LIST)),
        *((either, Kept.EITHER), (unsigned, Kept.UNSIGNED)),
    )
    return {name: kept for names, kept in kinds for name in names.split()}


PARAMETERS: Mapping[str, Mapping[str, Kept]] = {
    "file": _columns(
        "file_name file_path file_key irp operation create_disposition options create_options "
        "share_mask type class status extra_info dir",
        "io_size",
        "attributes",
        unsigned="file_object offset",
    ),
    "registry": _columns("key_name key_path key_handle status type value_name value_type", either="value"),
    "net": _columns(
        "sip dip sport_name dport_name l4_proto", "sport dport size pid mss rcvwin", "sip_names dip_names"
    ),
    "image": _columns(
        "file_name file_path base_address default_address signature_level signature_type",
        "pid image_size checksum",
    ),
    "thread": _columns(
        "name exe kstack kstack_limit ustack ustack_limit entrypoint start_address status desired_access",
        "pid tid base_prio io_prio page_prio",
        "desired_access_names",
    ),
    "handle": _columns("handle_object handle_name handle_type", "handle_id type_id pid"),
    "process": _columns(
        "name exe comm cmdline cwd sid username domain kproc directory_table_base start_time status "
        "desired_access",
        "pid ppid real_ppid tid session_id",
        "desired_access_names",
        "exit_status",
    ),
}
"""Parameters that have a column, by category of events: names are Fibratus' of version 1 and of version 3."""


def table_of(category: str) -> str:
    """Name of the table, and of the type, of events of a category in :data:`PARAMETERS`."""
    return f"{category}_event"
