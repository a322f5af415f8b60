"""The table of fields: names, aliases, and the fields that are made on demand."""

from __future__ import annotations

import pytest
from filter_helpers import matching

from support import boot, openat, write_trace
from tracetui.events import Event
from tracetui.filter import FIELDS, Kind, Surroundings, compile_filter, parse
from tracetui.filter.fields.event import KINDS
from tracetui.filter.functions import FUNCTIONS
from tracetui.filter.lookup import BY_NAME, find, nearest
from tracetui.filter.operators import EXISTS, SIGNS, WORDS
from tracetui.filter.spans import Spans
from tracetui.trace import Trace

NAMES = {
    "id": "evt.num evt.id frame.number",
    "type": "kind evt.kind",
    "name": "syscall.name syscall kevt.name",
    "evt.type": "",
    "pid": "proc.pid sf.proc.pid",
    "procname": "proc.name proc comm sf.proc.name ps.name",
    "ppid": "proc.ppid sf.pproc.pid ps.ppid",
    "proc.apid": "apid sf.proc.apid",
    "proc.aname": "aname sf.proc.aname ps.ancestor",
    "proc.pname": "sf.pproc.name ps.parent.name",
    "proc.tree": "tree",
    "args": "evt.args",
    **{f"arg{n}": f"evt.arg[{n}]" for n in range(6)},
    **{f"rawarg{n}": f"evt.rawarg[{n}]" for n in range(6)},
    "ret": "evt.rawres retno sf.ret",
    "res": "evt.res",
    "errno": "evt.errno",
    "failed": "evt.failed",
    "fd": "fd.num sf.file.fd",
    "fd.name": "fname",
    "fd.directory": "directory sf.file.directory",
    "fd.filename": "filename sf.file.name",
    "path": "file fs.path.name sf.file.path file.name",
    "buffer": "buf evt.buffer",
    "buflen": "evt.buflen file.io.size",
    "uid": "user.uid sf.proc.uid",
    "euid": "user.euid",
    "gid": "group.gid sf.proc.gid",
    "argv": "proc.cmdline proc.args sf.proc.args ps.comm ps.args",
    "exe": "proc.exe sf.proc.exe ps.exe",
    "env": "proc.env envp sf.proc.env ps.envs",
    "code": "proc.exit.code",
    "reason": "proc.exit.reason",
    "ts": "evt.time sf.ts",
    "end_ts": "sf.endts",
    "tid": "thread.tid sf.proc.tid kevt.tid",
    "cpu": "evt.cpu kevt.cpu",
    "host": "evt.host kevt.host sf.node.id",
    "container": "container.id sf.container.id",
    "sf.type": "",
    "opflags": "sf.opflags",
    "openflags": "sf.file.openflags",
    "file.type": "sf.file.type",
    **{f"flow.{name}": f"sf.flow.{name}" for name in ("rbytes", "rops", "wbytes", "wops")},
    **{f"net.{name}": f"sf.net.{name}" for name in ("sip", "dip", "ip", "sport", "dport", "port", "proto")},
    "mark": "",
    "tag": "",
    "note": "",
}
"""Fields and the names by which users of sysdig, SysFlow and Fibratus know them."""


@pytest.mark.parametrize(("name", "aliases"), NAMES.items())
def test_names_that_users_of_other_tools_know(name, aliases):
    field = BY_NAME[name]
    assert field.name == name
    for alias in aliases.split():
        assert BY_NAME[alias] is field


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_name_means_its_field_in_any_case(field):
    for name in (field.name, *field.aliases):
        assert find(name, {}) is field
        assert find(name.upper(), {}) is field
        assert parse(f"{name} exists").leaves[0].field is field
        assert parse(f"exists {name}").leaves[0].field is field


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_is_explained(field):
    assert field.meaning
    assert field.example
    assert field in {leaf.field for leaf in parse(field.example).leaves}


def test_no_name_is_given_twice():
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert sorted(names) == sorted(set(names))


def test_no_field_hides_a_word_of_the_language():
    words = {"and", "or", "not", EXISTS, *WORDS, *SIGNS}
    assert not words & {name.lower() for name in BY_NAME}


def test_names_are_in_lower_case():
    assert all(name == name.lower() for name in BY_NAME)


def test_a_kind_of_event_that_is_no_field_means_that_kind():
    for kind in set(KINDS) - set(BY_NAME):
        assert parse(kind).leaves[0].field.name == "type"


def test_columns_are_fields_where_the_trace_has_them():
    tables = {"odd": ("what", "Size")}
    assert find("odd.what", tables).kind is Kind.STORED
    assert find("odd.Size", tables).name == "odd.Size"
    assert find("odd.nothing", tables) is None
    assert find("odd.what", {}) is None


@pytest.mark.parametrize(
    "name", ["proc.aname[0]", "aname[1]", "proc.apid[12]", "ps.ancestor[2]", "apid[999]"]
)
def test_one_ancestor(name):
    assert find(name, {}) is not None


@pytest.mark.parametrize(
    "name",
    ["proc.aname[]", "proc.aname[-1]", "proc.aname[1000]", "pid[1]", "evt.arg[6]", "arg6", "", ".", "arg."],
)
def test_names_that_are_none(name):
    assert find(name, {}) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fd.nmae", "fd.name"),
        ("proc.nam", "proc.name"),
        ("errn", "errno"),
        ("sf.proc.nmae", "sf.proc.name"),
        ("xyzzy", ""),
    ],
)
def test_the_nearest_name(written, meant):
    assert nearest(written) == meant


def test_the_nearest_name_may_be_a_column():
    assert nearest("odd.waht", {"odd": ("what",)}) == "odd.what"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_in_any_case(name):
    more = ", 10.0.0.0/8" if FUNCTIONS[name].takes_networks else ""
    assert parse(f"{name}(path{more}) = 1").leaves[0].field.name == f"{name}(path{more})"
    assert parse(f"{name.upper()}( path {more}) = 1").leaves[0].field.name == f"{name}(path{more})"


class Node:
    """A process as the filter language needs it."""

    def __init__(self, pid, names, parent=None, uid=None):
        self.pid, self.names, self.parent = pid, names, parent
        self.ppid = parent.pid if parent else None
        self.uid = self.gid = self.euid = self.egid = uid


class Family:
    """init (1) starts httpd (12), which starts sh (40); later pid 40 is another process, of init."""

    init = Node(1, ("/sbin/init",), uid=0)
    httpd = Node(12, ("init", "/usr/sbin/httpd"), init, uid=33)
    shell = Node(40, ("/bin/sh",), httpd, uid=33)
    other = Node(40, ("/bin/cat",), init, uid=0)

    def lifetimes(self):
        yield from ((self.init, 0, None), (self.httpd, 0, None), (self.shell, 0, 3), (self.other, 4, None))


@pytest.fixture(scope="module")
def families(tmp_path_factory):
    events = [openat("/x", proc_id=pid) for pid in (1, 12, 40, 40, 0, 77)]
    with Trace.open(write_trace(tmp_path_factory.mktemp("family") / "t.db", events)) as trace:
        yield trace


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ppid = 1", [2, 4]),
        ("ppid = 12", [3]),
        ("ppid != 1", [3]),
        ("ppid exists", [2, 3, 4]),
        ("ppid ?!= 1", [1, 3, 5, 6]),
        ("not ppid = 1", [1, 3, 5, 6]),
        ("uid = 0", [1, 4]),
        ("uid = 33", [2, 3]),
        ("uid != 0", [2, 3]),
        ("euid in (33..40)", [2, 3]),
        ("gid > 0 and egid > 0", [2, 3]),
        ("pproc.uid = 0", [2, 4]),
        ("sf.pproc.gid != 0", [3]),
        ("pproc.uid exists", [2, 3, 4]),
        ("proc.apid = 1", [2, 3, 4]),
        ("proc.apid = 12", [3]),
        ("proc.apid[1] = 1", [2, 4]),
        ("proc.apid[2] = 1", [3]),
        ("proc.apid[0] = 40", [3, 4]),
        ("proc.aname endswith httpd", [3]),
        ("proc.aname = init", [3]),
        ("proc.aname != /sbin/init", []),
        ("proc.aname not endswith httpd", [2, 4]),
        ("proc.aname[1] endswith init", [2, 3, 4]),
        ("proc.aname[2] endswith init", [3]),
        ("proc.pname = /sbin/init", [2, 4]),
        ("proc.pname ~ httpd$", [3]),
        ("tree = 1", [1, 2, 3, 4]),
        ("tree = 12", [2, 3]),
        ("tree = 40", [3, 4]),
        ("tree = 77", [6]),
        ("tree in (12, 77)", [2, 3, 6]),
        ("not tree = 12", [1, 4, 5, 6]),
        ("tree = 12 and not pid = 12", [3]),
    ],
)  # fmt: skip
def test_fields_of_processes(families, text, expected):
    assert parse(text).needs_processes
    assert matching(families, text, Surroundings(genealogy=Family())) == expected


@pytest.mark.parametrize("count", [10, 1_000])
def test_any_number_of_processes(tmp_path, count):
    class Many:
        def lifetimes(self):
            yield from ((Node(pid, ("x",), uid=pid % 2), 0, None) for pid in range(1, count))

    events = [openat("/x", proc_id=pid) for pid in range(1, count, 7)]
    with Trace.open(write_trace(tmp_path / "t.db", events)) as trace:
        found = matching(trace, "uid = 1", Surroundings(genealogy=Many()))
    assert len(found) == sum(pid % 2 for pid in range(1, count, 7))


def test_without_a_genealogy_the_event_itself_is_asked(families, tmp_path):
    assert matching(families, "ppid exists") == []
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        assert matching(trace, "ppid exists") == [2, 3]


class Notes:
    """Two marks and a tag."""

    by_kind = {"mark": {2: "a", 3: "b"}, "tag": {3: "odd one"}, "note": {}}  # noqa: RUF012

    def ids(self, kind, test):
        return [event_id for event_id, text in self.by_kind[kind].items() if test(text)]

    def of(self, kind, event_id):
        return [self.by_kind[kind][event_id]] if event_id in self.by_kind[kind] else []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mark", [2, 3]),
        ("mark = a", [2]),
        ("mark != a", [3]),
        ("mark ?!= a", [1, 3, 4, 5, 6]),
        ("tag contains odd", [3]),
        ("note", []),
        ("not mark", [1, 4, 5, 6]),
    ],
)
def test_what_the_user_wrote(families, text, expected):
    assert matching(families, text, Surroundings(annotations=Notes())) == expected
    assert matching(families, "mark or tag or note") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fd = ${fd}", [6, 7]),
        ("fd = ${fd} and type = ${type}", [6]),
        ("procname = ${procname}", [6]),
        ("ret = ${ret}", [6]),
        ("errno = ${errno}", [6]),
        ("id in (${id}..)", [6, 7, 8, 9, 10]),
        ("id in ${id}..8", [6, 7, 8]),
        ("id in (1..${id})", [1, 2, 3, 4, 5, 6]),
        ("id in (${id}, 1)", [1, 6]),
        ("path pmatch (${fd.directory})", [4, 6, 8]),
        ("arg1 = ${ arg1 }", [6]),
    ],
)
def test_values_of_the_selected_event(tmp_path, text, expected):
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        selected = next(record for record in trace.records() if record.id == 6)
        assert matching(trace, text, Surroundings(selected=selected)) == expected


def test_bytes_of_the_selected_event(tmp_path):
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        selected = next(record for record in trace.records() if record.id == 7)
        assert matching(trace, "buffer = ${buffer}", Surroundings(selected=selected)) == [7]
        assert matching(trace, "buffer bcontains ${buffer}", Surroundings(selected=selected)) == [7]


def test_saved_filters_stand_for_themselves(tmp_path):
    saved = {"calls": "syscall or id = 1", "failed-calls": "@calls and failed", "deep": "not @failed-calls"}
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        surroundings = Surroundings(saved=saved)
        assert matching(trace, "@calls", surroundings) == [1, 4, 5, 6, 9]
        assert matching(trace, "@failed-calls", surroundings) == [4, 6]
        assert matching(trace, "@calls and @deep", surroundings) == [1, 5, 9]
        assert matching(trace, "not @calls and id < 5", surroundings) == [2, 3]


@pytest.fixture
def flows(tmp_path):
    """1 reads a file, 2 and 3 talk to a server, 4 is a call, 5 is an event of a cluster."""
    events = [Event(procname="sh", proc_id=7) for _ in range(3)]
    events += [openat("/x", proc_id=7), Event(procname="[k8s]", proc_id=0)]
    for event, kind in zip(
        events, ("file_flow", "network_flow", "network_event", "", "k8s_event"), strict=True
    ):
        event.type = kind or event.type
    columns = ", ".join(f"{name} INTEGER" for name in ("fd", "openflags", "rbytes", "rops", "wbytes", "wops"))
    ends = "id INTEGER PRIMARY KEY, sip TEXT, sport INTEGER, dip TEXT, dport INTEGER, proto INTEGER"
    statements = [
        f"CREATE TABLE file_flow (id INTEGER PRIMARY KEY, path TEXT, file_type TEXT, {columns}, FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO file_flow VALUES (1, '/etc/passwd', 'f', 3, 4097, 812, 2, 0, 0)",
        f"CREATE TABLE network_flow ({ends}, {columns}, FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO network_flow VALUES (2, '10.0.0.2', 40000, '127.0.0.1', 80, 6, 4, NULL, 5, 1, 9000, 3)",
        f"CREATE TABLE network_event ({ends}, FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO network_event VALUES (3, '127.0.0.1', 80, '10.0.0.3', 53, 17)",
        "CREATE TABLE k8s_event (id INTEGER PRIMARY KEY, kind TEXT, action TEXT, message TEXT, FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO k8s_event VALUES (5, 'K8S_PODS', 'K8S_COMPONENT_ADDED', 'nginx')",
        "CREATE TABLE sysflow (id INTEGER PRIMARY KEY, kind TEXT, opflags INTEGER, FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO sysflow VALUES (1, 'FF', 1408), (2, 'NF', 832), (3, 'NE', 64), (4, 'FE', 0)",
    ]
    with Trace.open(write_trace(tmp_path / "flows.db", events, statements)) as trace:
        yield trace


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path = /etc/passwd", [1]),
        ("sf.file.path startswith /etc", [1]),
        ("sf.file.name = passwd", [1]),
        ("sf.file.directory = /etc", [1]),
        ("fd.name = /etc/passwd", [1]),
        ("sf.file.fd = 3", [1]),
        ("fd in (3, 4)", [1, 2]),
        ("sf.type = FF", [1]),
        ("sf.type != FF", [2, 3, 4]),
        ("sf.opflags = OPEN", [1]),
        ("sf.opflags = connect", [2, 3]),
        ("sf.opflags != CONNECT", [1]),
        ("sf.opflags in (READ, SEND)", [1, 2]),
        ("openflags = RDONLY", [1]),
        ("openflags = RDWR", []),
        ("file.type = f", [1]),
        ("sf.flow.rbytes > 100", [1]),
        ("flow.wbytes > 4k", [2]),
        ("flow.rops exists", [1, 2]),
        ("net.dport = 80", [2]),
        ("net.port = 80", [2, 3]),
        ("net.sport in (1..1023)", [3]),
        ("net.ip = 127.0.0.1", [2, 3]),
        ("net.dip = 127.0.0.1", [2]),
        ("net.sip glob 10.*", [2]),
        ("net.proto = tcp", [2]),
        ("net.proto = UDP", [3]),
        ("net.proto = 17", [3]),
        ("net.proto != tcp", [3]),
        ("k8s.kind = K8S_PODS", [5]),
        ("k8s.msg contains nginx", [5]),
        ("nginx", [5]),
        ("10.0.0.3", [3]),
    ],
)
def test_fields_of_flows(flows, text, expected):
    assert matching(flows, text) == expected


def test_spans_that_touch_are_one():
    spans = Spans()
    for first, last in ((None, 9), (10, 20), (30, 40), (41, None)):
        spans.add(7, first, last)
    spans.add(8, None, 3)
    spans.add(8, 4, None)
    assert spans.by_pid == {7: [(None, 20), (30, None)], 8: [(None, None)]}
    assert list(spans.always()) == [8]
    assert list(spans.sometimes()) == [(7, (None, 20)), (7, (30, None))]
    assert [event_id for event_id in range(0, 50, 5) if spans.contain(7, event_id)] == [
        0,
        5,
        10,
        15,
        20,
        30,
        35,
        40,
        45,
    ]
    assert spans.contain(8, -1)
    assert not spans.contain(9, 1)


class Reused:
    """A pid that was given again and again, in turn to children of 1 and of 2."""

    def __init__(self, lives):
        parents = [Node(1, ("init",)), Node(2, ("httpd",))]
        self.lives = [(Node(40, ("x",), parents[n % 2]), n * 2 + 1, n * 2 + 2) for n in range(lives)]

    def lifetimes(self):
        yield from reversed(self.lives)


@pytest.mark.parametrize("lives", [4, 900])
def test_a_pid_that_was_given_again(tmp_path, lives):
    events = [openat("/x", proc_id=40) for _ in range(2 * lives)]
    with Trace.open(write_trace(tmp_path / "t.db", events)) as trace:
        around = Surroundings(genealogy=Reused(lives))
        assert matching(trace, "ppid = 1", around) == [n for n in range(1, 2 * lives + 1) if n % 4 in (1, 2)]
        assert matching(trace, "ppid in (1, 2)", around) == list(range(1, 2 * lives + 1))


def test_a_column_that_any_event_may_have_is_asked_alike_for_all_kinds(flows, tmp_path):
    """Text and bytes by a function each, not for each kind of event: an import has ninety such columns."""

    def functions(trace):
        return len(compile_filter(parse('any ~ "x+y"'), trace.schema).functions)

    columns = sum(len(flows.schema.columns(table)) for table in flows.schema.reflected)
    with Trace.open(write_trace(tmp_path / "plain.db", boot())) as plain:
        assert 0 < functions(flows) - functions(plain) <= 2 * columns
