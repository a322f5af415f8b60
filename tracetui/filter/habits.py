"""What users of other tools write out of habit, and what that is here. Data only."""

from __future__ import annotations

FIELDS: dict[str, str] = {
    "tcp.port": "net.port",
    "udp.port": "net.port",
    "tcp.srcport": "net.sport",
    "udp.srcport": "net.sport",
    "tcp.dstport": "net.dport",
    "udp.dstport": "net.dport",
    "fd.type": "fd.name",
    "user.name": "uid",
    "user.loginname": "uid",
    "group.name": "gid",
    "proc.vpid": "pid",
    "proc.sname": "proc.aname",
    "thread.vtid": "tid",
    "frame": "buffer",
    "operation": "name",
    "detail": "args",
    "evt.info": "args",
    "evt.asynctype": "evt.type",
    "error": "errno",
    "status": "res",
    "strerror": "res",
    "event": "type",
}
"""Fields of other tools by the name of the one that is meant."""

ADVICE: dict[str, str] = {
    "evt.dir": "a call is one event here, with its arguments and its result: leave the direction out",
    "fd.type": "the name behind a descriptor tells what it is: fd.name startswith socket:",
    "user.name": "users are known by number",
    "user.loginname": "users are known by number",
    "group.name": "groups are known by number",
    "proc.duration": "how long a process lived is not known of its events; duration is that of a call",
    "tcp.port": "net.proto = tcp tells the protocol",
    "udp.port": "net.proto = udp tells the protocol",
}
"""What to know about fields that are meant by another name, or that there cannot be."""

ARGUMENTS = "arguments are arg0 to arg5, or by their name: arg.flags"
SLICES = "there are no slices: a beginning is fd.name startswith /etc, or of bytes buffer bstartswith 7f45"
FIELD_FIRST = "the field stands first, as in fd = 3"

OPERATORS: dict[str, str] = {
    "is": "=",
    "equals": "=",
    "like": "glob",
    "ilike": "iglob",
    "between": "in",
    "has": "contains",
    "includes": "contains",
    "including": "contains",
    "excludes": "not contains",
    "excluding": "not contains",
    "begins": "startswith",
    "beginswith": "startswith",
    "starts": "startswith",
    "ends": "endswith",
    "rlike": "~",
    "regexp": "~",
    "match": "~",
    "under": "pmatch",
    "below": "pmatch",
}
"""Words in the place of an operator by the operator that is meant."""

OPERATOR_ADVICE: dict[str, str] = {
    "like": "glob takes * for any text and ? for one character",
    "ilike": "iglob takes * for any text and ? for one character",
    "between": "a range is written in 1..5",
    "is": "its opposite is written !=; whether there is a value asks exists",
}

NOTHING = frozenset({"null", "none", "nil", "undefined"})
"""Words for the absence of a value."""


def presence(field: str) -> str:
    """How to ask whether an event has a value of a field."""
    return f"whether there is a value asks {field} exists"


MIRRORED: dict[str, str] = {"=>": ">=", "=<": "<=", "=!": "!="}
"""Operators with their signs the wrong way round."""

LOGIC: dict[str, str] = {"&": "and", "|": "or"}
"""Signs between conditions by the word that is meant."""

LOGIC_ADVICE: dict[str, str] = {
    "xor": "write (a and not b) or (b and not a)",
    "#": "a filter has no comments",
    "--": "a filter has no comments",
    "//": "a filter has no comments",
    "/*": "a filter has no comments",
    ";": "one filter has one line; several are kept in a stack",
}
