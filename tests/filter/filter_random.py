"""Random events of every type and random filters over them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from support import NO_ARGUMENTS, write_trace
from tracetui.events import Event, Exec, ProcExit, ProcStart, Read, Syscall, Write
from tracetui.filter import FIELDS, Field, Kind

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
        yield rng.choice((_call, _call, _call, _transfer, _transfer, _exec, _start, _end, _unknown))(rng)


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
    reason = rng.choice(("exit", "exit_group", "signal:SIGSEGV", "signal:SIGTERM"))
    return ProcExit(
        **_common(rng), pid=rng.choice((1, 2, 3)), create_time=1, code=rng.choice((0, 1, 139)), reason=reason
    )


def _unknown(rng: random.Random) -> Event:
    event = Event(**_common(rng))
    event.type = rng.choice(("odd", "strange", ""))
    return event


STATEMENTS = (
    "CREATE TABLE odd (id INTEGER NOT NULL PRIMARY KEY, what VARCHAR, size, raw BLOB, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO odd SELECT id, CASE id % 4 WHEN 0 THEN NULL WHEN 1 THEN 'httpd' WHEN 2 THEN '' ELSE 'É' END, "
    "CASE id % 5 WHEN 0 THEN NULL WHEN 1 THEN 3 WHEN 2 THEN 2.5 WHEN 3 THEN 'three' ELSE x'6100ff' END, "
    "CASE id % 3 WHEN 0 THEN x'7f454c46' WHEN 1 THEN 'text' ELSE NULL END FROM event WHERE type = 'odd'",
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


def trace(path: Path, seed: int, count: int) -> Path:
    """A trace of random events, with an unknown table and, for odd seeds, times."""
    rng = random.Random(seed)
    return write_trace(path, events(rng, count), STATEMENTS if seed % 2 else STATEMENTS[:2])


def expression(rng: random.Random, depth: int = 3) -> str:
    """A random filter that parses, or nearly always does."""
    if depth and rng.random() < 0.45:
        joint = rng.choice((" and ", " or ", " && ", " || "))
        parts = [expression(rng, depth - 1) for _ in range(rng.randrange(2, 4))]
        return rng.choice(("(", "not (", "!(", "(")) + joint.join(parts) + ")"
    return rng.choice(("", "", "", "not ")) + _condition(rng)


def _condition(rng: random.Random) -> str:
    if rng.random() < 0.08:
        return quoted(rng.choice([text for text in TEXTS if text]))
    name, field = _field(rng)
    choice = rng.random()
    if choice < 0.08:
        return rng.choice((f"{name} exists", f"exists {name}"))
    if field.kind is Kind.BYTES and choice < 0.4:
        return f"{name} {rng.choice(('bcontains', 'bstartswith'))} {rng.choice(('61', '7f454c46', '00'))}"
    if field.kind.has_numbers and choice < 0.65:
        return f"{name} {_numeric(rng, field)}"
    if field.name == "errno":
        return f"errno {rng.choice(('=', '!=', '?!='))} {rng.choice(('ENOENT', 'EAGAIN', 'EWOULDBLOCK'))}"
    operator = rng.choice(
        ("=", "!=", "?!=", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "glob", "iglob",
         "~", "imatches", "!~", "regex", "iregex", "ieq", "pmatch", "not contains", "in", "iin", "not in", "<", ">="),
    )  # fmt: skip
    if field.kind is Kind.FLAG or (
        operator in ("=", "!=", "?!=", "in", "not in", "<", ">=") and not field.kind.has_text
    ):
        operator = "=" if field.kind is not Kind.BYTES else "contains"
        return (
            f"{name} {operator} {rng.choice(('true', 'false')) if field.kind is Kind.FLAG else _number(rng)}"
        )
    if operator.endswith("in"):
        return f"{name} {operator} ({', '.join(_text(rng) for _ in range(rng.randrange(1, 4)))})"
    return f"{name} {operator} {_pattern(rng) if operator in PATTERNS else _text(rng)}"


PATTERNS = ("glob", "iglob", "~", "imatches", "!~", "regex", "iregex")


def _field(rng: random.Random) -> tuple[str, Field]:
    from tracetui.filter.lookup import find

    extra = ["odd.what", "odd.size", "odd.raw", "syscall.retno", "event.proc_id", "arg.fd", "arg.filename", "lower(procname)",
             "len(path)", "basename(path)", "upper(arg0)"]  # fmt: skip
    known = [field for field in FIELDS if not field.note]
    if rng.random() < 0.2:
        name = rng.choice(extra)
        inner = (
            find(name, TABLES)
            if "(" not in name
            else Field(name, Kind.NUMBER if "len" in name else Kind.TEXT, "")
        )
        assert inner is not None
        return name, inner
    field = rng.choice(known)
    return rng.choice((field.name, *field.aliases)), field


def _numeric(rng: random.Random, field: Field) -> str:
    if field.kind is Kind.FLAG:
        return f"= {rng.choice(('true', 'false'))}"
    choice = rng.random()
    if choice < 0.3:
        low, high = sorted((rng.choice(NUMBERS), rng.choice(NUMBERS)))
        return rng.choice(
            (
                f"in ({low}..{high}, {_number(rng)})",
                f"in {low}..{high}",
                f"in (..{high})",
                f"not in ({low}..)",
            )
        )
    return f"{rng.choice(('=', '!=', '?!=', '<', '<=', '>', '>='))} {_number(rng)}"


def _number(rng: random.Random) -> str:
    value = rng.choice(NUMBERS)
    if value < 0 and rng.random() < 0.4:
        return hex(value & 0xFFFFFFFFFFFFFFFF)
    return rng.choice((str(value), hex(value)))


def _text(rng: random.Random) -> str:
    text = rng.choice((rng.choice(TEXTS), rng.choice(TEXTS), rng.choice(NAMES), rng.choice(WORDS)))
    if len(text) > 2 and rng.random() < 0.5:
        start = rng.randrange(len(text) - 1)
        text = text[start : rng.randrange(start + 1, len(text) + 1)]
    return quoted(text.swapcase() if rng.random() < 0.2 else text)


def _pattern(rng: random.Random) -> str:
    return quoted(
        rng.choice(("*", "a*", "*sh", "*a*b*", "?", "[a-c]*", "[!a]*", ".", "^/", "sh$", "a.b", "^$", "[0-9]+", "x+", "/etc/.*",
                    "(http|sh)d?", "\\\\.", "é", "\\x00", "etc/pass", "E[A-Z]+")),
    )  # fmt: skip


def quoted(text: str) -> str:
    """``text`` as the language writes it in quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\x00": "\\0", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'
