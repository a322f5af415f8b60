"""The demo trace holds what its README says of it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from markdown_tables import DEMO, ROOT, code, table

from tracetui.cli import main

README = (ROOT / "demo_db" / "README.md").read_text()
ANSWERS = table(README, "question", "filter", "events", "answer")


@pytest.fixture
def output(capsys):
    """What a verb prints about the demo trace."""

    def run(verb, *argv):
        assert main([verb, str(DEMO), *argv]) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def query(output):
    """The given columns of the events that match."""

    def run(expression, *columns):
        lines = output("query", expression, "--format", "jsonl", "--fields", ",".join(columns)).splitlines()
        return [tuple(json.loads(line).values()) for line in lines]

    return run


def answer(start):
    """The answer to the question that starts so."""
    (row,) = [row for row in ANSWERS if row["question"].startswith(start)]
    return row["answer"]


def test_it_is_small():
    size = DEMO.stat().st_size
    assert size <= 12e6
    assert f"{size / 1e6:.0f} MB." in README


def test_it_has_many_events(output):
    events = int(output("query", "--count"))
    assert events >= 20_000
    assert f" {events:,} events " in README


def test_it_has_many_processes(query):
    pids = {pid for (pid,) in query("type = proc_exit", "pid")}
    assert len(pids) >= 40
    assert f" {len(pids)} processes" in README


def test_every_event_has_a_time_and_a_process(output):
    assert output("query", "ts exists and pid exists", "--count") == output("query", "--count")


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: row["question"])
def test_filters_match_as_many_events_as_the_table_says(output, row):
    (expression,) = code(row["filter"])
    matches = int(output("query", expression, "--count"))
    assert matches > 0
    assert f"{matches:,}" == row["events"]


def test_devices_that_are_missing(query):
    missing = Counter(path for (path,) in query("errno = ENOENT and path startswith /dev", "path"))
    text = answer("Which devices")
    assert set(code(text)) <= set(missing)
    assert f"`/dev/gpio` {missing['/dev/gpio']} times" in text


def test_ioctls_that_are_not_understood(output):
    for command in ("BLKFLSBUF", "BLKGETSIZE64"):
        assert command in answer("Which ioctl")
        assert int(
            output("query", f"errno = ENOTTY and args contains {command} and path = /dev/mtd0", "--count")
        )


def test_programs_that_are_not_installed(query):
    tried = {path.rpartition("/")[2] for (path,) in query("name = execve and failed", "path")}
    assert set(code(answer("Which program"))) == tried


def test_starts_of_ledd(query):
    starts = query("type = exec and exe endswith ledd", "id")
    ends = query("type = proc_exit and procname endswith ledd", "code")
    assert len(starts) == len(ends)
    assert set(ends) == {(1,)}
    assert any(f"`ledd` start {len(starts)} times" in row["question"] for row in ANSWERS)


def test_crashes(query):
    crashes = Counter(query("type = proc_exit and signal in (SIGSEGV, SIGABRT)", "procname", "signal"))
    assert crashes == {("/usr/sbin/upnpd", "SIGSEGV"): 12, ("/usr/sbin/wlmngr", "SIGABRT"): 7}
    assert "`upnpd` of SIGSEGV, 12 times, and `wlmngr` of SIGABRT, 7 times" in answer("What crashes")


@pytest.mark.parametrize("setting", ["wan_ifname", "wan_mac", "wl0_channel"])
def test_settings_that_are_missing(output, setting):
    assert setting in code(answer("Which settings"))
    for folder in ("/tmp/nvram", "/nvram"):
        assert int(
            output("query", f"procname = nvram and errno = ENOENT and path = {folder}/{setting}", "--count")
        )
