"""The filter language of Fibratus over its events: every field of version 1.2, what parses, what matches.

The expected results are those of Fibratus 1.2; where tracetui means something else on purpose, the case stands in a
table of differences.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fibratus_helpers import STATE, event, imported, lines

from tracetui.filter import FilterError, Surroundings, compile_filter, evaluator, parse
from tracetui.filter.lookup import BY_NAME
from tracetui.trace import Trace

FIELDS = """
file.extension file.io.size file.name file.object file.offset file.operation file.share.mask file.type handle.id handle.name
handle.object handle.type image.base.address image.checksum image.default.address image.name image.size kevt.category kevt.cpu
kevt.date kevt.date.d kevt.date.m kevt.date.tz kevt.date.week kevt.date.weekday kevt.date.y kevt.desc kevt.host kevt.name
kevt.nparams kevt.pid kevt.seq kevt.tid kevt.time kevt.time.h kevt.time.m kevt.time.ns kevt.time.s net.dip net.dip.names
net.dport net.dport.name net.l4.proto net.sip net.sip.names net.size net.sport net.sport.name pe.address.base
pe.address.entrypoint pe.imports pe.nsections pe.nsymbols pe.resources pe.sections pe.symbols ps.args ps.comm ps.cwd ps.dtb
ps.envs ps.exe ps.handle.types ps.handles ps.modules ps.name ps.pid ps.ppid ps.sessionid ps.sid registry.key.handle
registry.key.name registry.status registry.value registry.value.type thread.entrypoint thread.io.prio thread.kstack.base
thread.kstack.limit thread.page.prio thread.prio thread.ustack.base thread.ustack.limit
""".split()


def test_every_field_of_version_1_is_known():
    assert len(FIELDS) == 83
    assert [name for name in FIELDS if name not in BY_NAME] == []
    assert [name for name in FIELDS if name.startswith("kevt.") and f"evt{name[4:]}" not in BY_NAME] == []


EVENT = event(
    seq=5,
    kparams={"file_name": "C:\\Windows\\a.dll", "dip": "10.0.0.1", "dport": 443, "io_size": 9},
    category="net",
    ps={"pid": 859, "name": "cmd.exe", "args": ["dir", "/w"]},
    timestamp="1970-01-01T00:00:00.000000007Z",
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory):
    with Trace.open(imported(tmp_path_factory.mktemp("fibratus"), lines(EVENT))) as trace:
        yield trace


def matches(trace: Trace, text: str) -> bool:
    """Whether the one event of a trace matches; both back ends must say the same."""
    surroundings = Surroundings(
        tables={name: tuple(trace.schema.columns(name)) for name in trace.schema.tables}
    )
    parsed = parse(text, surroundings)
    found = trace.count(compile_filter(parsed, trace.schema, surroundings))
    (record,) = trace.records()
    assert evaluator(parsed, surroundings)(record) == bool(found)
    return bool(found)


AS_FIBRATUS = {
    "kevt.seq = 5": True,
    "kevt.seq > 4.5": True,
    "kevt.seq = 1 or kevt.seq = 2 and kevt.pid = 3": False,
    "kevt.pid != ps.ppid": False,
    "kevt.pid = kevt.seq": False,
    "net.dport = 80": False,
    "ps.name = 'cmd.exe'": True,
    "ps.name not in ('x')": True,
    "kevt.pid = 859": True,
    "ps.name = 'CMD.EXE'": False,
    "ps.name != 'x'": True,
    "ps.cwd = 'x'": False,
    "ps.cwd != 'x'": False,
    "ps.cwd not in ('x')": False,
    "ps.cwd not contains 'x'": False,
    "ps.cwd = 'x' or ps.name = 'cmd.exe'": True,
    "ps.name = 'cmd.exe' or ps.cwd = 'x'": True,
    "ps.cwd = 'x' and ps.name = 'cmd.exe'": False,
    "ps.args in ('dir')": True,
    "ps.args contains 'dir'": True,
    "ps.args matches ('d*')": True,
    "net.dport = 443": True,
    "net.dip = 10.0.0.1": True,
    "net.dip in ('10.0.0.1')": True,
    "cidr_contains(net.dip,'10.0.0.0/8')": True,
    "cidr_contains(net.dip,'10.0.0.0/8') = true": True,
    "cidr_contains(net.dip,'11.0.0.0/8') = false": True,
    "CIDR_CONTAINS(net.dip, '192.168.0.0/16', '10.0.0.0/8')": True,
    "arg.file_name MATCHES 'c:*'": False,
    "arg.file_name imatches 'c:*'": True,
    "kevt.time.ns = 7": True,
    "kevt.seq < 4 or kevt.seq > 4 and kevt.pid = 1": False,
    "kevt.seq not > 3": False,
    "ps.name not = 'x'": True,
    "md5(ps.name) = 'x'": False,
    "MD5(ps.name) = '13a7bd3b1aa6f97d7a3fd90aa2e26f1c'": False,
    "ps.name startswith ('c','d')": True,
    "ps.name contains ''": True,
    "ps.envs[WORKER] = '1'": False,
    "ps.name <> 'x'": True,
    "ps.name in ('a','cmd.exe') or ps.envs[X] = '1' and ps.cwd contains 'U'": True,
    "ps.modules[kernel32.dll].size = 12354": False,
    "ps.name NOT CONTAINS 'x'": False,
    "(kevt.seq = 1 or kevt.seq = 2) and kevt.pid = 3": False,
    "kevt.seq = 1.5": False,
    "ps.name contains ('a','b')": False,
    # Of later versions.
    "not ps.name = 'x'": True,
    "net.dport in (80, 443, 8080)": True,
    "ps.name ~= 'CMD.exe'": True,
    "ps.name iin ('x', 'CMD.EXE')": True,
    "ps.name istartswith 'CMD'": True,
    "ps.name iendswith 'EXE'": True,
    "ps.name fuzzy 'cde'": True,
    "ps.name fuzzy 'edc'": False,
    "ps.name ifuzzy 'CDE'": True,
    "ps.args intersects ('x', '/w')": True,
    "ps.args iintersects ('DIR')": True,
    "ps.envs['WORKER'] = '1'": False,
    "evt.arg[file_name] endswith '.dll'": True,
    "kevt.seq > -1": True,
    "net.dip = 2001:db8::1": False,
    "kevt.name in ('A', )": False,
    "ps.name = \"cmd.exe\"": True,
}  # fmt: skip


@pytest.mark.parametrize("text", AS_FIBRATUS)
def test_what_matches_as_in_fibratus(opened, text):
    assert matches(opened, text) is AS_FIBRATUS[text]


DIFFERENT = {
    "a number in quotes is a number": ("kevt.pid = '859'", True),
    "and another one is not equal": ("kevt.pid != '859'", False),
    "an address in quotes is the same": ("net.dip = '10.0.0.1'", True),
    "a port in quotes too": ("net.dport in ('443')", True),
    "an address is a text": ("net.dip contains '10.'", True),
    "equal to any item of a list": ("ps.args = 'dir'", True),
    "contained in any item of a list": ("ps.args contains 'di'", True),
    "a pattern for any item of a list": ("ps.args matches 'd*'", True),
    "a field alone asks whether it is there": ("ps.name", True),
    "whatever it is called": ("kevt.name", True),
    "a word alone is looked for in all texts": ("true", False),
    "a tag may be asked for": ("kevt.meta = 'x'", False),
    "matches is a regular expression": ("arg.file_name matches 'C:\\\\*\\?.dll'", False),
    "glob takes wildcards": ("arg.file_name glob 'C:\\\\*\\\\?.dll'", True),
    "an unknown escape is kept": ("arg.file_name = 'C:\\Windows\\\\a.dll'", True),
}


@pytest.mark.parametrize("why", DIFFERENT)
def test_what_is_different_on_purpose(opened, why):
    text, expected = DIFFERENT[why]
    assert matches(opened, text) is expected


REFUSED = {
    "ps.name =": "no value after procname",
    "kevt.nosuch = 1": "unknown field 'kevt.nosuch'",
    "kevt.seq > 10h": "kevt.seq is a number",
    "foo(net.dip) = 1": "unknown function 'foo'",
    "cidr_contains(net.dip)": "CIDR_CONTAINS function requires 2 argument(s) but 1 argument(s) given",
    "cidr_contains(net.dip, 'x')": "'x' is no network",
    "net.dip = 172.17.0.300": "expected a valid IP address",
    f"net.dip = 1.2.3.{'9' * 5000}": "expected a valid IP address",
    "net.ip in ('10.0.0.1', '10.0.0.256')": "no event has net.ip 10.0.0.256",
    "": "an empty filter",
    # Comparisons begin with a field.
    "'x' = ps.name": "does not belong here",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text):
    with pytest.raises(FilterError) as error:
        parse(text)
    assert REFUSED[text] in str(error.value)


FULL = event(
    "CreateFile",
    kparams={
        "file_name": "C:\\Windows\\System32\\Calc.EXE", "operation": "open", "share_mask": "rw-", "type": "file",
        "io_size": 4096, "offset": (1 << 64) - 2, "file_object": 18446738026482168384, "attributes": ["HIDDEN"], "new": True,
    },
    meta={"env": "prod"},
    ps={
        **STATE,
        "envs": {"OS": "Windows_NT"},
        "modules": [{"name": "C:\\Windows\\kernel32.dll", "size": 12354}],
        "handles": [{"name": "C:\\Users\\bunny", "type": "File", "id": 16}],
        "parent": {"name": "explorer.exe", "exe": r"C:\\e.exe", "comm": "e.exe /x", "cwd": "D:", "sid": "me"},
        "pe": {
            "nsections": 2, "nsymbols": 10, "image_base": "140000000", "entrypoint": "20110",
            "sections": [{"name": ".text", "size": 132608, "entropy": 6.368381, "md5": "db23"}],
            "symbols": ["SelectObject"], "imports": ["GDI32.dll"], "resources": {"FileDescription": "Notepad"},
        },
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory):
    with Trace.open(imported(tmp_path_factory.mktemp("fibratus"), json.dumps(FULL))) as trace:
        yield trace


@pytest.mark.parametrize(
    "text",
    [
        "kevt.time = '19:24:21' and kevt.time.h = 19 and kevt.time.m = 24 and kevt.time.s = 21",
        "kevt.date = '2021-01-03' and kevt.date.d = 3 and kevt.date.m = 1 and kevt.date.y = 2021",
        "kevt.date.week = 53 and kevt.date.weekday = 'Sunday' and kevt.date.tz = '+01:00'",
        "kevt.time > '2021-01-03T18:24:21Z' and kevt.time < '2021-01-03T18:24:22Z'",
        "kevt.category = 'file' and kevt.desc contains 'I/O' and kevt.nparams = 9 and kevt.host = archrabbit",
        "kevt.pid = 859 and ps.pid = 2436 and ps.ppid = 6304 and kevt.tid = 2484 and kevt.cpu = 1",
        "ps.comm contains 'b c' and ps.args in ('b c') and ps.exe endswith firefox.exe and ps.name = firefox.exe",
        "ps.cwd = 'C:\\\\ff\\\\' and ps.sid = 'archrabbit\\\\SYSTEM' and ps.sessionid = 4",
        "ps.envs in ('OS') and ps.envs[OS] = Windows_NT and ps.envs['OS'] startswith 'Win'",
        "ps.modules contains kernel32 and ps.modules[kernel32.dll].size = 12354",
        "ps.handles contains bunny and ps.handle.types in ('Key', 'File')",
        "ps.parent.name = explorer.exe",
        "ps.parent.exe endswith e.exe",
        "ps.parent.cmdline = 'e.exe /x' and ps.parent.comm contains /x",
        "ps.parent.cwd = D: and ps.parent.sid = me",
        "pe.nsections < 5 and pe.nsymbols = 10 and pe.address.base = '140000000' and pe.address.entrypoint = '20110'",
        "pe.symbols in ('SelectObject') and pe.imports in ('GDI32.dll') and pe.sections = .text",
        "pe.sections[.text].entropy > 6.2 and pe.sections[.text].md5 = db23 and pe.resources[FileDescription] = 'Notepad'",
        "file.name endswith Calc.EXE and file.extension = '.exe' and file.operation = 'open' and file.share.mask = 'rw-'",
        "file.type = 'file' and file.io.size > 512 and file.attributes = HIDDEN",
        "file.object = 18446738026482168384 and file.offset = 18446744073709551614",
        "fd.filename = Calc.EXE and fd.directory = 'C:\\\\Windows\\\\System32'",
        "arg.new = true and meta.env = 'prod' and evt.arg[operation] = open",
        "'System32\\\\Calc'",
    ],
)
def test_every_kind_of_field(full, text):
    assert matches(full, text), text
    assert not matches(full, f"not ({text})")


CATEGORIES = [
    ("registry", {"key_name": "HKEY_LOCAL_MACHINE\\a", "key_handle": "ffffb905d60c2268", "status": "success", "type": "REG_SZ", "value": "x"},
     "registry.key.name contains HKEY and registry.key.handle = 'FFFFB905D60C2268' and registry.status = success and "
     "registry.value.type = 'REG_SZ' and registry.value = x"),
    ("net", {"sip": "127.0.0.1", "dip": "172.17.0.3", "sport": 3306, "dport": 53, "dport_name": "dns", "sport_name": "http",
             "l4_proto": "tcp", "size": 600, "dip_names": ["github.com."], "sip_names": ["localhost."]},
     "net.sip = 127.0.0.1 and net.dip = 172.17.0.3 and net.sport = 3306 and net.dport in (53) and net.dport.name = 'dns' and "
     "net.sport.name = 'http' and net.l4.proto = 'TCP' and net.size > 512 and net.dip.names in ('github.com.') and "
     "net.sip.names contains localhost and net.port = 53 and net.ip = 127.0.0.1"),
    ("image", {"file_name": "C:\\gdi32.dll", "base_address": "7ffddaa60000", "default_address": "7efe0000", "image_size": 2048, "checksum": 746424},
     "image.name contains gdi32 and image.base.address = 7ffddaa60000 and image.default.address = 0x7efe0000 and image.size > 1024 and "
     "image.checksum = 746424 and file.name contains gdi32"),
    ("thread", {"pid": 1, "tid": 2, "base_prio": 6, "io_prio": 1, "page_prio": 2, "entrypoint": "7efe0000", "kstack": "a1", "kstack_limit": "a2",
                "ustack": "a3", "ustack_limit": "a4"},
     "thread.prio = 6 and thread.io.prio = 1 and thread.page.prio = 2 and thread.entrypoint = '7efe0000' and thread.kstack.base = a1 and "
     "thread.kstack.limit = a2 and thread.ustack.base = a3 and thread.ustack.limit = A4"),
    ("handle", {"handle_id": 24, "handle_object": "ffffb905dbf61988", "handle_name": "\\Device\\NamedPipe\\x", "handle_type": "Mutant"},
     "handle.id = 24 and handle.object = 'FFFFB905DBF61988' and handle.name contains Pipe and handle.type = 'Mutant'"),
    ("process", {"pid": 7, "name": "a.exe", "directory_table_base": "7ffe0000"}, "ps.dtb = '7ffe0000' and arg.name = a.exe"),
]  # fmt: skip


LATER = [
    ("process", {"pid": 7, "name": "a.exe", "exe": "C:\\a.exe", "cmdline": "a.exe /x", "sid": "S-1-5-18", "username": "SYSTEM",
                 "domain": "NT AUTHORITY", "session_id": 1, "desired_access": "0x1400", "desired_access_names": ["QUERY_INFORMATION"],
                 "status": "success"},
     "ps.child.pid = 7 and ps.child.name = a.exe and ps.child.exe endswith a.exe and ps.child.cmdline contains /x and "
     "ps.child.sid = S-1-5-18 and ps.child.username = SYSTEM and ps.child.domain = 'NT AUTHORITY' and ps.child.sessionid = 1 and "
     "ps.access.mask = 0x1400 and ps.access.mask.names in (QUERY_INFORMATION) and ps.access.status = success"),
    ("process", {"pid": 7, "comm": "a.exe /y"}, "ps.child.cmdline contains /y"),
    ("thread", {"pid": 7, "start_address": "7efe0000", "desired_access": "0x40", "desired_access_names": ["SET_CONTEXT"], "status": "denied"},
     "thread.pid = 7 and thread.start_address = 0x7EFE0000 and thread.entrypoint = 7efe0000 and thread.access.mask = 0x40 and "
     "thread.access.mask.names = SET_CONTEXT and thread.access.status != success"),
    ("thread", {"entrypoint": "7efe0000"}, "thread.start_address = 7efe0000"),
    ("image", {"file_path": "C:\\x.dll", "pid": 7, "signature_type": "EMBEDDED", "signature_level": "WINDOWS"},
     "image.path endswith x.dll and image.pid = 7 and image.signature.type = EMBEDDED and image.signature.level = WINDOWS"),
    ("registry", {"key_path": "HKLM\\x"}, "registry.path startswith HKLM"),
    ("mem", {"n": (1 << 64) - 1}, "arg.n = 18446744073709551615 and arg.n > 18446744073709551614"),
    ("file", {"view_base": "7ffe0000", "view_size": 8192, "section_type": "IMAGE"},
     "file.view.base = 0x7ffe0000 and file.view.size > 4096 and file.view.type = IMAGE"),
    ("net", {"name": "github.com", "rr": "AAAA", "options": "0x1", "answers": ["140.82.121.4"], "rcode": "NOERROR"},
     "dns.name endswith github.com and dns.rr = AAAA and dns.options exists and dns.answers in ('140.82.121.4') and dns.rcode = NOERROR"),
    ("mem", {"base_address": "7ffe0000", "region_size": 8192, "alloc_type": "COMMIT|RESERVE", "page_type": "PRIVATE",
             "protection": "EXECUTE_READWRITE", "protection_mask": "RWX"},
     "mem.address = 7FFE0000 and mem.size > 4096 and mem.alloc contains COMMIT and mem.type = PRIVATE and mem.protection contains EXECUTE and "
     "mem.protection.mask = RWX"),
]  # fmt: skip
"""Fields that came after version 1.2."""


def test_a_field_is_one_of_its_category(tmp_path: Path):
    driver = event("LoadDriver", "driver", kparams={"name": "x.sys", "base_address": "7ffe0000"})
    with Trace.open(imported(tmp_path, lines(driver))) as trace:
        assert matches(trace, "arg.name = x.sys")
        assert not matches(trace, "dns.name exists or mem.address exists")


STATES = [
    ({"sid": "NT AUTHORITY\\SYSTEM"}, "ps.username = SYSTEM and ps.domain = 'NT AUTHORITY'"),
    ({"sid": "S-1-5-18", "username": "SYSTEM", "domain": "NT AUTHORITY"}, "ps.username = SYSTEM and ps.domain = 'NT AUTHORITY'"),
    ({"sid": "S-1-5-18"}, "not ps.username exists and not ps.domain exists"),
    ({"uuid": (1 << 64) - 1}, "ps.uuid = 18446744073709551615"),
    ({"parent": {"sessionid": 3}}, "ps.parent.sessionid = 3"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "text"), STATES)
def test_fields_of_the_state(tmp_path: Path, state, text):
    with Trace.open(imported(tmp_path, lines(event(ps={"pid": 1, **state})))) as trace:
        for part in text.split(" and "):
            assert matches(trace, part), part


@pytest.mark.parametrize(("category", "parameters", "text"), [*CATEGORIES, *LATER])
def test_fields_of_each_category(tmp_path: Path, category, parameters, text):
    with Trace.open(imported(tmp_path, lines(event("X", category, kparams=parameters)))) as trace:
        for part in text.split(" and "):
            assert matches(trace, part), part
