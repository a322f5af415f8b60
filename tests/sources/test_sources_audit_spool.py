"""The spool: what the hook's side and the recorder's side make of each other, before and after deaths."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from audit_helpers import Told

from tracetui.events import Syscall
from tracetui.sources.audit import spool as spool_module
from tracetui.sources.audit.prepare import as_without, injected, make_spool
from tracetui.sources.audit.reader import Reader
from tracetui.sources.audit.spool import (
    HEAD,
    OWNER,
    OWNER_AT,
    PAGE,
    RECORD,
    RECORD_MARK,
    SLOTS_AT,
    Spool,
    SpoolFile,
)
from tracetui.sources.audit.story import Story

INJECT_FOLDER = Path(spool_module.__file__).with_name("inject")


def spool_file(tmp_path, data: bytes, state: bytes = b"A", name: str = "7.1.0"):
    head = state.ljust(8, b"\0") + (3).to_bytes(8, "little")
    path = tmp_path / name
    path.write_bytes(head.ljust(HEAD, b"\0") + data)
    return SpoolFile(path)


def test_only_whole_lines_are_read_and_each_once(tmp_path):
    file = spool_file(tmp_path, b"one\ntwo\nthr\0\0\0")
    assert list(file.lines()) == [b"one", b"two"]
    assert file.lost == 3
    assert file.has_torn_line()
    file.path.write_bytes(file.path.read_bytes().replace(b"thr\0\0\0", b"three\n"))
    assert list(file.lines()) == [b"three"]
    assert not file.has_torn_line()
    assert list(file.lines()) == []


def test_records_say_again_what_a_line_has_said(tmp_path):
    told = Told()
    again = RECORD.pack(258 << 8 | RECORD_MARK, 10, 10 << 8)  # of bytes that look like the ends of lines
    torn = RECORD.pack(258 << 8 | RECORD_MARK, 10, 0)
    spool_file(tmp_path, b'=258,5,7,"open","/x",null,0]\n', name="7.1.0")
    spool_file(tmp_path, again + b'[6,7,"a.b",1]\n' + again + torn, name="7.1.1")
    spool_file(tmp_path, RECORD.pack(259 << 8 | RECORD_MARK, 11, 20 << 8), name="8.1.0")
    spool_file(tmp_path, b'=259,1,7,"open","/y",null,0]\n', name="8.1.1")  # 8.1.0 was used again
    spool_file(tmp_path, again, name="7.2.0")
    reader = Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0))
    reader.drain()
    assert [row["name"] for row in told.of(Syscall)] == ["open", "open", "a.b", "open", "open", "open"]
    assert [context["tid"] for kind, _, context in told.events if kind is Syscall] == [7, 7, 7, 10, 10, 11]
    assert reader.bad == 1  # the number of another spool


def test_a_full_file_is_given_back_cleared(tmp_path, monkeypatch):
    monkeypatch.setattr("tracetui.sources.audit.spool._REST", -1.0)
    file = spool_file(tmp_path, b"one\n" + bytes(10), state=b"F")
    assert list(file.lines()) == [b"one"]
    assert list(file.lines()) == []
    assert file.path.read_bytes()[:1] == b"E"
    assert not file.path.read_bytes()[HEAD:].strip(b"\0")
    assert file.offset == HEAD


class ArenaFile:
    """A file of three regions of 256 bytes, as process 7 makes it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "arena.7.1"
        self.path.write_bytes(b"256 256 256\n".ljust(PAGE, b"\0") + bytes(3 * 256))

    def set(self, region: int, state: bytes, pid: int, data: bytes = b"") -> None:
        whole = bytearray(self.path.read_bytes())
        begin = PAGE + 256 * region
        whole[begin : begin + 256] = state.ljust(HEAD, b"\0") + data.ljust(256 - HEAD, b"\0")
        OWNER.pack_into(whole, begin + OWNER_AT, pid, 1)
        self.path.write_bytes(whole)

    def get(self, region: int) -> tuple[bytes, int, bytes]:
        begin = PAGE + 256 * region
        whole = self.path.read_bytes()[begin : begin + 256]
        return whole[:1], OWNER.unpack_from(whole, OWNER_AT)[0], whole[HEAD:].strip(b"\0")


def test_regions_belong_to_whoever_uses_them_and_come_back(tmp_path):
    arena = ArenaFile(tmp_path)
    arena.set(0, b"A", 7, b"one\n")
    arena.set(1, b"K", 7)
    arena.set(2, b"G", 7)
    spool = Spool(tmp_path)
    spool.look()
    assert [list(file.lines()) for file in spool.files[7]] == [[b"one"]]
    arena.set(1, b"A", 8, b"two\n" + b"x" * (256 - HEAD - 4))
    arena.set(2, b"K", 8)
    spool.look()
    (region,) = spool.files[8]
    assert list(region.lines()) == [b"two"]
    assert region.has_torn_line()
    spool.forget(8)
    assert [arena.get(number) for number in (1, 2)] == [(b"K", 7, b""), (b"K", 7, b"")]
    arena.set(1, b"A", 9, b"three\n")
    spool.look()
    assert [list(file.lines()) for file in spool.files[9]] == [[b"three"]]
    spool.forget(7)
    assert arena.path.exists()  # for 9
    spool.forget(9)
    assert list(tmp_path.iterdir()) == []


def test_what_forks_without_a_region_have_lost_is_counted(tmp_path):
    arena = ArenaFile(tmp_path)
    for region in range(3):
        arena.set(region, b"K", 7)
    whole = bytearray(arena.path.read_bytes())
    whole[SLOTS_AT + 8 : SLOTS_AT + 24] = (3).to_bytes(8, "little") + (4).to_bytes(8, "little")
    arena.path.write_bytes(whole)
    spool = Spool(tmp_path)
    spool.look()
    assert spool.all_lost_by_forks() == [3, 4]
    spool.forget(7)
    assert spool.all_lost_by_forks() == [3, 4]
    assert not arena.path.exists()


def test_regions_are_given_back_in_haste_when_few_are_left(tmp_path):
    arena = ArenaFile(tmp_path)
    for region in range(3):
        arena.set(region, b"K", 7)
    reader = Reader(tmp_path, tmp_path / "inject", Story(Told(), epoch_offset=0))
    reader.poll()
    at_leisure = reader.tick
    for region in range(3):
        arena.set(region, b"A", 8 + region)
    reader.poll()
    assert reader.tick < at_leisure


def test_much_is_read_in_haste(tmp_path):
    spool_file(tmp_path, b'[1,7,"a.b"]\n' * 10_000)
    reader = Reader(tmp_path, tmp_path / "inject", Story(Told(), epoch_offset=0))
    reader.poll()
    in_haste = reader.tick
    reader.poll()
    assert in_haste < reader.tick


def test_a_process_never_runs_out_of_regions_that_come_back(tmp_path):
    source = f"""
import sys
sys.path.insert(0, {str(INJECT_FOLDER)!r})
from tracetui_audit_spool import KEPT, Spool
spool = Spool({str(tmp_path)!r})
for fork in range(200):
    spool.share()
    assert spool.thread.given, fork
    for region in spool.thread.given:
        region[0:1] = KEPT  # as the recorder does
"""
    subprocess.run([sys.executable, "-c", source], check=True)


def test_a_thread_that_died_at_work_is_not_waited_for(tmp_path):
    source = f"""
import sys
sys.path.insert(0, {str(INJECT_FOLDER)!r})
import tracetui_audit_spool
tracetui_audit_spool.PATIENCE = 0.01
spool = tracetui_audit_spool.Spool({str(tmp_path)!r})
spool._lock.acquire()
for line in range(20_000):
    spool.put(b'x' * 99)
assert spool.lost > 10_000, spool.lost
"""
    subprocess.run([sys.executable, "-c", source], check=True, timeout=60)


def test_a_line_longer_than_what_is_read_at_once(tmp_path):
    long = b"x" * 300_000
    file = spool_file(tmp_path, b"one\n" + long + b"\ntwo\n" + bytes(100_000))
    assert list(file.lines()) == [b"one", long, b"two"]


def test_lines_that_are_not_understood_are_counted_and_shown(tmp_path):
    told = Told()
    lines = [
        b"[1,2]",
        b"nonsense",
        b"[1,2,3]",
        b'{"is":"start","ns":1}',
        b'[5,7,"a.b",1]',
        b'[6,7,"\xff"]',
        b"[[[[",
    ]
    spool_file(tmp_path, b"\n".join(lines) + b"\n")
    reader = Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0))
    reader.drain()
    assert [row["name"] for row in told.of(Syscall)] == ["a.b"]
    assert reader.bad == 6
    assert reader.examples[0] == "[1,2]"


def test_processes_are_put_in_the_order_of_time(tmp_path):
    told = Told()
    for pid in (7, 8):
        data = b"".join(b'[%d,1,"e.%d"]\n' % (i * 10 + pid, pid) for i in range(5))
        spool_file(tmp_path, data, name=f"{pid}.1.0")
    Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0)).drain()
    assert [row["name"] for row in told.of(Syscall)] == ["e.7", "e.8"] * 5


@pytest.mark.parametrize("bytecode", ["none", "fresh", "stale"])
def test_no_process_has_to_compile_the_hook(tmp_path, monkeypatch, bytecode):
    package = tmp_path / "package"
    shutil.copytree(INJECT_FOLDER, package / "inject", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("tracetui.sources.audit.prepare.__file__", str(package / "prepare.py"))
    if bytecode != "none":
        subprocess.run([sys.executable, "-m", "compileall", "-q", package], check=True)
    if bytecode == "stale":
        for module in package.glob("inject/*.py"):
            os.utime(module, (5, 5))
    spool = tmp_path / "spool"
    spool.mkdir()
    environment = injected({**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, make_spool(spool))
    command = [sys.executable, "-v", "-c", "pass"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
    for module in INJECT_FOLDER.glob("[st]*.py"):
        assert re.search(rf"{module.stem}\.[\w-]+\.pyc matches {spool}", said)


def test_another_python_compiles_the_hook_once(tmp_path):
    environment = injected({**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, make_spool(tmp_path))
    bytecode = tmp_path / "inject" / "__pycache__"
    shutil.rmtree(bytecode)
    program = "import sys; print(sys.dont_write_bytecode)"
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == "True\n"
    assert len(list(bytecode.glob("tracetui_audit_*.pyc"))) == 3


def test_pythonpath_is_put_before_and_taken_away(tmp_path):
    assert injected({}, tmp_path) == {"PYTHONPATH": str(tmp_path)}
    with_it = injected({"PYTHONPATH": "/a:/b"}, tmp_path)["PYTHONPATH"]
    assert with_it == f"{tmp_path}:/a:/b"
    assert as_without(with_it, tmp_path) == "/a:/b"
