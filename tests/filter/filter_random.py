"""Random events of every type and random filters over them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from support import NO_ARGUMENTS, write_trace
from tracetui.events import Event, Exec, ProcExit, ProcStart, Read, Record, Syscall, Write
from tracetui.filter import FIELDS, Field, Kind, parse
from tracetui.filter.operators import OPERATORS, PATTERNS, Operator, Relation
from tracetui.filter.pairs import why_not

TEXTS = (
    "", "a", "A", "httpd", "/usr/sbin/httpd", "/bin/sh", "[?]", "é", "É", "日本", "ſ", "K", "%", "_", "a%b",
    "\\", "a\\b", '"', "'", "a'b\"c", "\n", "a\nb", "\t", "\x00", "a\x00b", "\x1b[31m", "[red]", "*", "x" * 50,
    "/etc/passwd", "/dev/mtd0", "/etc", "/etc/", "etc", "/", "//", "socket:[12]", "pipe:[3]", "?", "None", "0", "3", "-1",
)  # fmt: skip
NUMBERS = (
    0, 1, 2, 3, -1, -2, -11, -25, -4095, -4096, 4095, 42, 255, 256, 0x5401, (1 << 22) - 1, 1 << 22, (1 << 31) - 1,
    1 << 31, (1 << 32) - 1, (1 << 32) - 2, -(1 << 31), (1 << 63) - 1, -(1 << 63),
)  # fmt: skip
BUFFERS = (
    None, b"", b"a", b"A", b"GET / HTTP/1.0\r\n", b"\x7fELF\x01", b"\x00", b"a\x00b", b"\xff\xfe", "é".encode(), bytes(range(64)),
)  # fmt: skip
NAMES = (
    "sys_openat",
    "sys_newstat",
    "sys_newfstatat",
    "sys_ioctl",
    "sys_read",
    "sys_execve",
    "sys_exit",
    "openat",
    "sys_",
)
WORDS = (
    "EAGAIN",
    "ENOENT",
    "ENOTTY",
    "2",
    "-2",
    "0x3",
    "0o17",
    "true",
    "false",
    "stat",
    "open",
    "openat",
    "sys_newstat",
)


def events(rng: random.Random, count: int) -> Iterator[Event]:
    """Events of random types with random values."""
    for _ in range(count):
        yield rng.choice(
            (_call, _call, _call, _transfer, _transfer, _exec, _start, _end, _unknown, _unknown)
        )(rng)


def _common(rng: random.Random) -> dict[str, object]:
    return {"procname": rng.choice(TEXTS), "proc_id": rng.choice((0, 0, 1, 2, 3, rng.choice(NUMBERS)))}


def _call(rng: random.Random) -> Event:
    columns: dict[str, object] = dict(NO_ARGUMENTS)
    for index in range(rng.randrange(7)):
        columns[f"arg{index}"] = rng.choice((None, rng.choice(NUMBERS), rng.choice(NUMBERS)))
        columns[f"arg{index}_repr"] = _argument(rng)
    retno = rng.choice((None, 0, 3, -2, -11, rng.choice(NUMBERS)))
    shown = rng.choice((None, "0x0", "ENOENT(No such file or directory)", "EX(", "E", hex(retno or 0)))
    return Syscall(**_common(rng), name=rng.choice(NAMES), retno=retno, retno_repr=shown, **columns)


def _argument(rng: random.Random) -> str | None:
    text = rng.choice(TEXTS)
    return rng.choice(
        (None, "", text, f"fd=0x3({text})", f'filename=0x7f("{text}")', f'pathname=0x7f("{text}")', f"FD:3({text})",
         f"flags=0x0({text})", f'buf=0x7f("{text}")', "fd=0x4", "mode=0x1ff", f'0x7f("{text}")'),
    )  # fmt: skip


def _transfer(rng: random.Random) -> Event:
    model = rng.choice((Read, Write))
    return model(**_common(rng), fd=rng.choice(NUMBERS), fname=rng.choice(TEXTS), buffer=rng.choice(BUFFERS))


def _exec(rng: random.Random) -> Event:
    words = [rng.choice(TEXTS) for _ in range(rng.randrange(4))]
    stored = rng.choice((repr(words), " ".join(words), "['unfinished"))
    env = {rng.choice(("PATH", "A", "é")): rng.choice(TEXTS) for _ in range(rng.randrange(3))}
    return Exec(
        **_common(rng),
        calltree="",
        argc=str(len(words)),
        argv=stored,
        envp=rng.choice((repr(env), ", ".join(f"{k}={v}" for k, v in env.items()))),
        euid=rng.choice((0, 33)),
        egid=rng.choice((0, 33)),
    )


def _start(rng: random.Random) -> Event:
    numbers = {name: rng.choice((0, 1, 2, 33, 1000)) for name in ("ppid", "uid", "gid", "euid", "egid")}
    return ProcStart(
        **_common(rng),
        pid=rng.choice((1, 2, 3)),
        create_time=rng.choice(NUMBERS),
        comm=rng.choice(TEXTS),
        **numbers,
    )


def _end(rng: random.Random) -> Event:
    reason = rng.choice(("exit", "exit_group", "signal:SIGSEGV", "signal:SIGTERM", "atexit", "unknown"))
    return ProcExit(
        **_common(rng), pid=rng.choice((1, 2, 3)), create_time=1, code=rng.choice((0, 1, 139)), reason=reason
    )


def _unknown(rng: random.Random) -> Event:
    event = Event(**_common(rng))
    event.type = rng.choice(
        ("odd", "strange", "", "file_flow", "network_flow", "file_event", "registry_event", "net_event")
    )
    return event


ODD = (
    "CREATE TABLE odd (id INTEGER NOT NULL PRIMARY KEY, what VARCHAR, size, raw BLOB, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO odd SELECT id, CASE id % 4 WHEN 0 THEN NULL WHEN 1 THEN 'httpd' WHEN 2 THEN '' ELSE 'É' END, "
    "CASE id % 5 WHEN 0 THEN NULL WHEN 1 THEN 3 WHEN 2 THEN 2.5 WHEN 3 THEN 'three' ELSE x'6100ff' END, "
    "CASE id % 3 WHEN 0 THEN x'7f454c46' WHEN 1 THEN 'text' ELSE NULL END FROM event WHERE type = 'odd'",
)
FLOWS = (
    "CREATE TABLE file_flow (id INTEGER NOT NULL PRIMARY KEY, path VARCHAR, file_type VARCHAR, fd INTEGER, openflags INTEGER, "
    "rbytes BIGINT, rops BIGINT, wbytes BIGINT, wops BIGINT, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO file_flow SELECT id, CASE id % 4 WHEN 0 THEN NULL WHEN 1 THEN '/etc/passwd' WHEN 2 THEN '' ELSE 'sh' END, "
    "'f', CASE id % 3 WHEN 0 THEN 3 WHEN 1 THEN NULL ELSE 'three' END, 4097 + id % 3, id, 1, NULL, 'none' "
    "FROM event WHERE type = 'file_flow'",
    "CREATE TABLE network_flow (id INTEGER NOT NULL PRIMARY KEY, sip VARCHAR, sport INTEGER, dip VARCHAR, dport INTEGER, "
    "proto INTEGER, fd INTEGER, rbytes BIGINT, rops BIGINT, wbytes BIGINT, wops BIGINT, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO network_flow SELECT id, '127.0.0.1', 40000 + id, '10.0.0.' || id, 80, CASE id % 3 WHEN 0 THEN 6 WHEN 1 THEN "
    "99 END, 3, 0, 0, id, 2 FROM event WHERE type = 'network_flow'",
    "CREATE TABLE sysflow (id INTEGER NOT NULL PRIMARY KEY, kind VARCHAR, opflags INTEGER, ret INTEGER, "
    "FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO sysflow SELECT id, CASE id % 2 WHEN 0 THEN 'FF' ELSE 'NF' END, id << 4, 0 FROM event WHERE id % 3 = 0",
)
FIBRATUS = (
    "CREATE TABLE kevent (id INTEGER NOT NULL PRIMARY KEY, source BIGINT, record INTEGER, seq BIGINT, pid INTEGER, name VARCHAR, "
    "category VARCHAR, description VARCHAR, utc_offset INTEGER, ktype VARCHAR, process BIGINT, nparams INTEGER, params VARCHAR, "
    "meta VARCHAR, extra VARCHAR, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO kevent SELECT id, 1, id, CASE id % 3 WHEN 0 THEN NULL ELSE id / 2 END, CASE id % 4 WHEN 0 THEN NULL ELSE id % 4 END, "
    "CASE id % 2 WHEN 0 THEN 'CreateFile' ELSE 'RegSetValue' END, CASE id % 3 WHEN 0 THEN 'file' WHEN 1 THEN 'registry' END, 'said', "
    "CASE id % 4 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN 3600 ELSE -19800 END, NULL, CASE id % 5 WHEN 0 THEN NULL ELSE id % 5 END, "
    'id % 7, CASE id % 5 WHEN 0 THEN \'{"new":1,"exe":"C:\\\\a.exe","on":true}\' WHEN 1 THEN \'{\' END, '
    'CASE id % 2 WHEN 0 THEN \'{"env":"prod"}\' END, NULL '
    "FROM event WHERE type IN ('file_event', 'registry_event', 'net_event', 'proc_start', 'odd')",
    "CREATE TABLE kevent_process (number INTEGER NOT NULL PRIMARY KEY, pid INTEGER, ppid INTEGER, name VARCHAR, comm VARCHAR, exe VARCHAR, "
    "cwd VARCHAR, sid VARCHAR, args VARCHAR, sessionid INTEGER, parent VARCHAR, envs VARCHAR, threads VARCHAR, modules VARCHAR, "
    "handles VARCHAR, pe VARCHAR, extra VARCHAR)",
    "INSERT INTO kevent_process VALUES (1, 2, 1, 'httpd', 'C:\\httpd.exe -a', 'C:\\httpd.exe', 'C:\\', 'HOST\\me', '[\"-a\",\"b c\"]', 4, "
    '\'{"name":"sh"}\', \'{"OS":"Windows_NT","A":"1"}\', NULL, \'[{"name":"C:\\\\kernel32.dll","size":12354}]\', '
    '\'[{"name":"m","type":"Mutant"}]\', \'{"nsections":2,"sections":[{"name":".text","entropy":6.5}],'
    '"symbols":["a"],"resources":{"FileDescription":"x"}}\', NULL)',
    "INSERT INTO kevent_process VALUES (2, NULL, NULL, NULL, '', 3, NULL, '', '[1', NULL, '[]', '[]', NULL, '{}', '[1,{}]', 'x', NULL)",
    "INSERT INTO kevent_process VALUES (3, 3, 2, 'É', 'é', '/bin/sh', 'd', 's', '{}', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "CREATE TABLE file_event (id INTEGER NOT NULL PRIMARY KEY, file_name VARCHAR, file_path VARCHAR, operation VARCHAR, type VARCHAR, "
    "share_mask VARCHAR, status VARCHAR, io_size BIGINT, attributes VARCHAR, file_object, offset, create_disposition VARCHAR, "
    "FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO file_event SELECT id, CASE id % 4 WHEN 0 THEN NULL WHEN 1 THEN 'C:\\Windows\\a.DLL' WHEN 2 THEN 'na' ELSE '\\Device\\' END, "
    "NULL, 'open', 'file', 'rw-', 'success', id * 100, CASE id % 2 WHEN 0 THEN '[\"HIDDEN\"]' END, CASE id % 3 WHEN 0 THEN -5 WHEN 1 THEN "
    "'ffff938a' END, CASE id % 2 WHEN 0 THEN id ELSE -1 END, NULL FROM event WHERE type = 'file_event'",
    "CREATE TABLE registry_event (id INTEGER NOT NULL PRIMARY KEY, key_name VARCHAR, key_path VARCHAR, key_handle VARCHAR, status VARCHAR, "
    "type VARCHAR, value_type VARCHAR, value, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO registry_event SELECT id, 'HKEY_LOCAL_MACHINE\\a', NULL, '0', 'key not found', 'REG_SZ', NULL, "
    "CASE id % 3 WHEN 0 THEN 7 WHEN 1 THEN '7' END FROM event WHERE type = 'registry_event'",
    "CREATE TABLE net_event (id INTEGER NOT NULL PRIMARY KEY, sip VARCHAR, dip VARCHAR, sport INTEGER, dport INTEGER, dport_name VARCHAR, "
    "sport_name VARCHAR, l4_proto VARCHAR, size BIGINT, sip_names VARCHAR, dip_names VARCHAR, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO net_event SELECT id, '10.0.0.' || id % 4, CASE id % 2 WHEN 0 THEN '2001:db8::1' END, 5, 443, 'https', NULL, 'tcp', id, NULL, "
    "'[\"github.com.\"]' FROM event WHERE type = 'net_event'",
)
CONTEXT = (
    "CREATE TABLE context (id INTEGER NOT NULL PRIMARY KEY, ts BIGINT, end_ts BIGINT, tid INTEGER, cpu INTEGER, "
    "host VARCHAR, container VARCHAR, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO context SELECT id, CASE id % 3 WHEN 0 THEN NULL ELSE id * 1000000000 END, id * 1000000000 + 5000, "
    "CASE id % 4 WHEN 0 THEN NULL ELSE id % 4 END, 0, CASE id % 2 WHEN 0 THEN 'router' END, NULL FROM event WHERE id % 2",
)
TABLES = {
    "odd": ("what", "size", "raw"),
    "context": ("host", "tid"),
    "syscall": ("retno", "name"),
    "event": ("proc_id",),
}


def trace(path: Path, seed: int, count: int, *, fibratus: bool = False) -> Path:
    """A trace of random events, with an unknown table, those of SysFlow, if asked those of Fibratus and, for odd
    seeds, times."""
    rng = random.Random(seed)
    return write_trace(
        path,
        events(rng, count),
        (*ODD, *FLOWS, *(FIBRATUS if fibratus else ()), *(CONTEXT if seed % 2 else ())),
    )


ERAS: dict[str, tuple[str, ...]] = {
    "v1": (
        "DROP TABLE proc_start",
        "DROP TABLE proc_exit",
        "CREATE TABLE r2 (id INTEGER NOT NULL PRIMARY KEY, fd INTEGER NOT NULL, fname VARCHAR NOT NULL, buffer VARCHAR)",
        "INSERT INTO r2 SELECT id, fd, fname, CASE WHEN id % 3 THEN 'Zürich' || id ELSE 'plain' END FROM read",
        "DROP TABLE read",
        "ALTER TABLE r2 RENAME TO read",
        "UPDATE event SET proc_id = 5000000001 WHERE id % 2",
    ),
    "v2a": (
        "DROP TABLE proc_start",
        "DROP TABLE proc_exit",
        "CREATE TABLE r2 (id INTEGER NOT NULL PRIMARY KEY, fd INTEGER NOT NULL, fname VARCHAR NOT NULL, buffer VARCHAR)",
        "INSERT INTO r2 SELECT id, fd, fname, CASE WHEN id % 3 THEN 'Zürich' || id ELSE x'00ff' END FROM read",
        "DROP TABLE read",
        "ALTER TABLE r2 RENAME TO read",
        "UPDATE syscall SET arg0_repr = 'fd=0x3(a)', arg5 = NULL, arg5_repr = NULL",
        "UPDATE event SET proc_id = 0",
    ),
    "v2b": (
        "DROP TABLE proc_start",
        "DROP TABLE proc_exit",
        "UPDATE syscall SET arg5 = NULL, arg5_repr = NULL, retno = NULLIF(retno, 0)",
    ),
    "v3a": ("DROP TABLE proc_start", "DROP TABLE proc_exit", "UPDATE syscall SET arg5 = 0, arg5_repr = ''"),
}
"""Statements that make a trace one of an older logger."""

OTHER_TYPES = (
    "UPDATE event SET procname = CAST(x'2f74ff78' AS TEXT) WHERE id % 5 = 0",
    "UPDATE event SET procname = x'61ff62' WHERE id % 7 = 0",
    "UPDATE event SET type = x'6f6464' WHERE id % 13 = 0 AND type = 'odd'",
    "UPDATE syscall SET name = CAST(x'7379735f6f70ff' AS TEXT) WHERE id % 4 = 0",
    "UPDATE syscall SET name = CAST(name AS BLOB) WHERE id % 5 = 0",
    "UPDATE syscall SET retno = 'text', retno_repr = CAST(retno_repr AS BLOB) WHERE id % 6 = 0",
    "UPDATE syscall SET arg0 = 'text', arg0_repr = CAST('fd=0x3(/a)' AS BLOB) WHERE id % 3 = 0",
    "UPDATE syscall SET arg1 = 1.5, arg1_repr = CAST(x'66696c656e616d653d3078312822ff66652229' AS TEXT) WHERE id % 3 = 1",
    "UPDATE read SET fd = 'three', fname = CAST(x'2f66fe2f65' AS TEXT) WHERE id % 3 = 0",
    "UPDATE write SET fd = 2.5, fname = x'2fe9', buffer = 'text' WHERE id % 3 = 0",
    "UPDATE exec SET euid = 'x', argv = CAST(argv AS BLOB), envp = CAST(envp AS BLOB) WHERE id % 2 = 0",
    "UPDATE proc_start SET uid = 'root', comm = x'ff' WHERE id % 2 = 0",
    "UPDATE proc_exit SET code = 'x', reason = CAST(reason AS BLOB) WHERE id % 2 = 0",
    "UPDATE odd SET what = x'ff7f' WHERE id % 3 = 0",
    "UPDATE context SET ts = 9223372036854775807, end_ts = -9223372036854775807, host = x'61ff' WHERE id % 3 = 0",
)
"""Statements that put into a trace what no logger does: other types of values, and bytes that are no text."""


class Process:
    """A process as the filter language needs it."""

    def __init__(
        self, pid: int, uid: int | None, names: tuple[str, ...], parent: Process | None = None
    ) -> None:
        self.pid, self.names, self.parent = pid, names, parent
        self.ppid = parent.pid if parent is not None else 0
        self.uid = self.euid = uid
        self.gid = self.egid = None if uid is None else uid % 2


class Family:
    """Pids 1, 2 and 3: 1 starts 2, which starts 3; pid 3 is given again at event 30."""

    def __init__(self) -> None:
        first = Process(1, 0, ("/sbin/init", "a"))
        second = Process(2, 33, ("httpd", "/usr/sbin/httpd"), first)
        self._lives = (
            (first, 0, None),
            (second, 0, None),
            (Process(3, 1000, ("/bin/sh",), second), 0, 29),
            (Process(3, None, ("é", ""), first), 30, None),
        )

    def lifetimes(self) -> Iterator[tuple[Process, int, int | None]]:
        yield from self._lives


class Notes:
    """A mark on every third event, a tag on every fourth."""

    def _texts(self, kind: str) -> dict[int, str]:
        step = {"mark": 3, "tag": 4, "note": 5, "meta.env": 7}[kind]
        return {event_id: TEXTS[1 + event_id % 8] for event_id in range(1, 100, step)}

    def ids(self, kind: str, test: Callable[[str], bool]) -> list[int]:
        return [event_id for event_id, text in self._texts(kind).items() if test(text)]

    def of(self, kind: str, event_id: int) -> list[str]:
        return [text for other, text in self._texts(kind).items() if other == event_id]


class Filters:
    """Makes random filters that parse, or nearly always do; half of them about values that occur."""

    def __init__(self, rng: random.Random, records: Sequence[Record] = (), saved: Iterable[str] = ()) -> None:
        self._rng = rng
        self._records = records
        self._saved = list(saved)
        self.names: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        """How often each field's name and each operator's spelling was used."""

    def expression(self, depth: int = 3) -> str:
        """A filter of any shape."""
        rng = self._rng
        if depth and rng.random() < 0.4:
            joint = rng.choice((" and ", " or ", " && ", " || ", " AND ", " Or "))
            parts = [self.expression(depth - 1) for _ in range(rng.randrange(2, 4))]
            return rng.choice(("(", "not (", "!(", "(")) + joint.join(parts) + ")"
        return rng.choice(("", "", "", "not ")) + self._condition()

    def _condition(self) -> str:
        rng = self._rng
        if self._saved and rng.random() < 0.05:
            return f"@{rng.choice(self._saved)}"
        if rng.random() < 0.06:
            return quoted(rng.choice([text for text in TEXTS if text]))
        name, field = self._field()
        if rng.random() < 0.06:
            self.operators["exists"] += 1
            return rng.choice((f"{name} exists", f"exists {name}", f"exists({name})"))
        operator = rng.choice([operator for operator in OPERATORS if field.kind.takes(operator)])
        written = rng.choice(operator.spellings)
        if written.isalpha() and rng.random() < 0.15:
            written = f"not {written}"
        self.operators[written.removeprefix("not ")] += 1
        if rng.random() < 0.15 and (other := self._other_field(field, operator)):
            return f"{name} {written} {other}"
        if operator.hexadecimal:
            return f"{name} {written} {rng.choice(('61', '7f454c46', '00', '0d0a', '4745'))}"
        return f"{name} {written} {self._operand(field, operator)}"

    def _other_field(self, field: Field, operator: Operator) -> str:
        """A field in place of a value; nothing where none was found that can be compared so."""
        for _ in range(5):
            name, other = self._field()
            if not why_not(field, operator, other):
                plain = not (field.kind.has_text or other.kind.has_text) and field.kind is not Kind.FLAG
                forms = (f"val({name})", f"VAL( {name} )", name if plain else f"val({name})")
                return self._rng.choice(forms)
        return ""

    def _field(self) -> tuple[str, Field]:
        rng = self._rng
        if rng.random() < 0.15:
            name = rng.choice(MADE)
            field = parse(f"{name} exists", tables=TABLES).leaves[0].field
        else:
            field = rng.choice(self._told() or FIELDS)
            name = rng.choice((field.name, *field.aliases))
        self.names[name] += 1
        return name, field

    def _told(self) -> list[Field]:
        """For half of the questions: the fields that some event has."""
        if not self._records or self._rng.random() < 0.5:
            return []
        record = self._rng.choice(self._records)
        return [field for field in FIELDS if any(True for _ in field.values(record))]

    def _operand(self, field: Field, operator: Operator) -> str:
        rng = self._rng
        if operator.takes_set:
            written = [self._value(field, operator) for _ in range(rng.randrange(1, 4))]
            if field.kind.has_numbers and not operator.fold and field.kind is not Kind.FLAG:
                written += rng.choice(((), (self._range(),)))
            return f"({', '.join(written)})"
        if (
            operator.relation is Relation.EQUAL
            and not operator.fold
            and self._is_numeric(field)
            and rng.random() < 0.1
        ):
            return self._range()
        return self._value(field, operator)

    def _value(self, field: Field, operator: Operator) -> str:
        rng = self._rng
        if field.kind is Kind.FLAG:
            return rng.choice(("true", "false"))
        if operator.relation in PATTERNS:
            return _pattern(rng)
        if not field.note and field.name != "text" and rng.random() < 0.05:
            return f"${{{field.name}}}"
        found = self._value_that_occurs(field) if rng.random() < 0.6 else None
        if field.name == "errno" and operator.relation is Relation.EQUAL:
            return rng.choice(("ENOENT", "EAGAIN", "EWOULDBLOCK", "2", "-11"))
        if isinstance(found, int):
            return str(found)
        if isinstance(found, str):
            return _text(rng, found)
        if isinstance(found, bytes):
            return "hex:" + found[: rng.randrange(1, 5)].hex() if found else quoted("a")
        return (
            _number(rng)
            if self._is_numeric(field) and (rng.random() < 0.7 or not field.kind.has_text)
            else _text(rng)
        )

    def _value_that_occurs(self, field: Field) -> object:
        """A value of some event, if one of a few has any."""
        for _ in range(3 if self._records else 0):
            values = list(field.values(self._rng.choice(self._records)))
            if values:
                return self._rng.choice(values)
        return None

    def _is_numeric(self, field: Field) -> bool:
        return field.kind.has_numbers and field.kind is not Kind.FLAG

    def _range(self) -> str:
        low, high = sorted((self._rng.choice(NUMBERS), self._rng.choice(NUMBERS)))
        return self._rng.choice((f"{low}..{high}", f"..{high}", f"{low}.."))


def expression(rng: random.Random) -> str:
    """A random filter."""
    return Filters(rng).expression()


MADE = (
    "odd.what", "odd.size", "odd.raw", "syscall.retno", "event.proc_id", "arg.fd", "arg.filename", "arg.flags", "arg.cmd",
    "lower(procname)", "len(path)",
    "md5(procname)", "cidr_contains(net.dip, 10.0.0.0/31)", "ps.envs[A]", "ps.modules[kernel32.dll].size", "pe.sections[.text].entropy",
    "pe.resources[FileDescription]", "arg.offset", "evt.arg[exe]", "meta.env", "arg.new",
    "basename(path)", "upper(arg0)", "dirname(fd.name)", "len(buffer)", "proc.apid[1]", "proc.aname[2]", "lower(basename(path))",
)  # fmt: skip
"""Names of fields that are made on demand."""


def _number(rng: random.Random) -> str:
    value = rng.choice(NUMBERS)
    if value < 0 and rng.random() < 0.4:
        return hex(value & 0xFFFFFFFFFFFFFFFF)
    return rng.choice((str(value), hex(value)))


def _text(rng: random.Random, text: str | None = None) -> str:
    """A text, or a part of it, in quotes."""
    text = rng.choice((rng.choice(TEXTS), rng.choice(NAMES), rng.choice(WORDS))) if text is None else text
    if len(text) > 2 and rng.random() < 0.4:
        start = rng.randrange(len(text) - 1)
        text = text[start : rng.randrange(start + 1, len(text) + 1)]
    return quoted(text.swapcase() if rng.random() < 0.15 else text)


def _pattern(rng: random.Random) -> str:
    return quoted(
        rng.choice(("*", "a*", "*sh", "*a*b*", "?", "[a-c]*", "[!a]*", ".", "^/", "sh$", "a.b", "^$", "[0-9]+", "x+", "/etc/.*",
                    "(http|sh)d?", "\\\\.", "é", "\\x00", "etc/pass", "E[A-Z]+")),
    )  # fmt: skip


def quoted(text: str) -> str:
    """``text`` as the language writes it in quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\x00": "\\0", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'
