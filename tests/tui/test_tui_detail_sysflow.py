"""Details of events from SysFlow: flows in words, and the program, container and pod behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import explored

from support import boot, run_sql, write_trace
from tracetui.cli import main

SAMPLES = Path(__file__).parents[1] / "sources" / "data" / "sysflow"


def imported(folder: Path, name: str) -> Path:
    pytest.importorskip("fastavro")
    trace = folder / "t.db"
    assert main(["import", str(SAMPLES / name), "-o", str(trace)]) == 0
    return trace


async def test_a_flow_with_its_program_container_and_pod(tmp_path: Path) -> None:
    trace = imported(tmp_path, "k8s_small.sf")
    async with explored(trace, (160, 60), follow=False) as driven:
        await driven.open_details()
        await driven.show_details(90)
        lines = [driven.detail._line(index) for index in range(driven.detail.count)]
        told = {
            line.label: (line.text, line.field, line.value) for line in reversed(lines) if line is not None
        }
        titles = [line.section for line in lines if line is not None and line.section]
    assert titles[:4] == ["context", "program", "container", "pod"]
    assert told["operations"] == ("ACCEPT", "opflags", "ACCEPT")
    assert told["from"] == ("172.17.0.1 port 41484", "net.sip", "172.17.0.1")
    assert told["protocol"] == ("tcp", "net.proto", 6)
    assert told["exe"][0].startswith("/usr/local/openjdk")
    assert told["namespace"][0] == "robot-shop"
    assert told["type"][0] == "CT_DOCKER"


async def test_the_message_of_a_cluster_event_is_indented(tmp_path: Path) -> None:
    async with explored(imported(tmp_path, "k8s_small.sf"), (160, 60), follow=False) as driven:
        await driven.filter("type = k8s_event")
        await driven.open_details()
        await driven.until_shown("message", '"apiVersion": "v1",')


async def test_environment_line_by_line(tmp_path: Path) -> None:
    """Where the attack of this sample is found."""
    async with explored(imported(tmp_path, "shellshock.sf"), (160, 60), follow=False) as driven:
        await driven.open_details()
        await driven.show_details(12)
        assert driven.shows("environment", "HTTP_USER_AGENT=() { :; };")


async def test_a_table_of_that_name_with_other_columns_does_no_harm(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "t.db", boot())
    run_sql(
        trace,
        "CREATE TABLE sysflow (id INTEGER PRIMARY KEY, source INTEGER, process TEXT, "
        "FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO sysflow VALUES (1, 1, 'x'), (2, 1, 1)",
        "CREATE TABLE sysflow_process (odd)",
    )
    async with explored(trace, (160, 40), follow=False) as driven:
        await driven.open_details()
        await driven.show_details(2)
        await driven.show_details(1)
        assert driven.shows("event", "sysflow")
