"""The models are Penguin's tables, and any row of any type loads."""

from __future__ import annotations

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session, with_polymorphic

from support import boot
from tracetui.events import Base, Event, Exec, ProcExit, ProcStart, Read, Syscall, Write

# (name, declared type, NOT NULL) of every column of Penguin v3.1.4, by PRAGMA table_info on one of its files.
PENGUIN_TABLES = {
    "event": [
        ("id", "INTEGER", 1),
        ("type", "VARCHAR", 1),
        ("procname", "VARCHAR", 1),
        ("proc_id", "INTEGER", 1),
    ],
    "read": [("id", "INTEGER", 1), ("fd", "INTEGER", 1), ("fname", "VARCHAR", 1), ("buffer", "BLOB", 0)],
    "write": [("id", "INTEGER", 1), ("fd", "INTEGER", 1), ("fname", "VARCHAR", 0), ("buffer", "BLOB", 0)],
    "syscall": [
        ("id", "INTEGER", 1),
        ("name", "VARCHAR", 1),
        ("retno", "INTEGER", 0),
        ("retno_repr", "VARCHAR", 0),
    ]
    + [(f"arg{n}{end}", kind, 0) for n in range(6) for end, kind in (("", "INTEGER"), ("_repr", "VARCHAR"))],
    "exec": [("id", "INTEGER", 1)]
    + [(name, "VARCHAR", 1) for name in ("calltree", "argc", "argv", "envp")]
    + [("euid", "INTEGER", 1), ("egid", "INTEGER", 1)],
    "proc_start": [
        ("id", "INTEGER", 1),
        ("pid", "INTEGER", 1),
        ("ppid", "INTEGER", 1),
        ("create_time", "INTEGER", 1),
    ]
    + [("comm", "VARCHAR", 1)]
    + [(name, "INTEGER", 1) for name in ("uid", "gid", "euid", "egid")],
    "proc_exit": [("id", "INTEGER", 1), ("pid", "INTEGER", 1), ("create_time", "INTEGER", 1)]
    + [("code", "INTEGER", 1), ("reason", "VARCHAR", 1)],
}


def test_tables_are_penguins():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        names = [
            name for (name,) in connection.execute(text("SELECT name FROM sqlite_master ORDER BY rowid"))
        ]
        assert names == list(PENGUIN_TABLES)
        for table, expected in PENGUIN_TABLES.items():
            rows = connection.execute(
                text(f"SELECT name, type, \"notnull\" FROM pragma_table_info('{table}')")
            )
            assert [tuple(row) for row in rows] == expected
            if table != "event":
                keys = connection.execute(
                    text(f'SELECT "table", "from", "to" FROM pragma_foreign_key_list(\'{table}\')')
                )
                assert [tuple(key) for key in keys] == [("event", "id", "id")]


def _session():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return Session(engine)


def test_every_type_loads_as_its_class():
    session = _session()
    session.add_all(boot())
    session.commit()
    session.expunge_all()
    kinds = {type(event) for event in session.scalars(select(Event))}
    assert kinds == {Read, Write, Syscall, Exec, ProcStart, ProcExit}


def test_a_type_that_nobody_knew_of_loads_as_an_event():
    session = _session()
    session.execute(text("INSERT INTO event VALUES (1, 'netbind', 'httpd', 7)"))
    event = session.scalars(
        select(with_polymorphic(Event, [Read, Write, Syscall, Exec, ProcStart, ProcExit]))
    ).one()
    assert type(event) is Event
    assert str(event) == "(httpd) netbind event 1"


def test_a_buffer_may_be_text():
    session = _session()
    session.execute(text("INSERT INTO event VALUES (1, 'read', 'httpd', 7)"))
    session.execute(text("INSERT INTO read VALUES (1, 3, '/x', 'text')"))
    assert session.scalars(select(Read)).one().buffer == "text"


def test_str_is_one_safe_line():
    for event in boot():
        event.procname = "\x1b]0;evil\x07[/x]\n"
        line = str(event)
        assert line.isprintable()
        assert event.procname not in line


def test_str_says_what_happened():
    call = next(event for event in boot() if isinstance(event, Syscall))
    assert str(call) == (
        '(/sbin/init) sys_openat(dfd=0xffffff9c, filename=0x7ffd0001e598("/dev/nvram"), flags=0x0, mode=0x0)'
        " = ENOENT(No such file or directory)"
    )
