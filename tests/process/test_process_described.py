"""Processes that a trace from SysFlow describes beside its events."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracetui.cli import main
from tracetui.process import build_forest
from tracetui.process.model import Exit
from tracetui.process.population import ExitRow, Population, StartRow, StateRow
from tracetui.trace import Trace

SAMPLES = Path(__file__).parents[1] / "sources" / "data" / "sysflow"


def line(process: object) -> list[str]:
    """Names of a process and of those above it, the eldest last."""
    names = []
    while process is not None:
        names.append(process.names[0])
        process = process.parent
    return names


def test_ancestors_older_than_the_recording_are_there(tmp_path: Path) -> None:
    pytest.importorskip("fastavro")
    trace = tmp_path / "t.db"
    assert main(["import", str(SAMPLES / "shellshock.sf"), "-o", str(trace)]) == 0
    with Trace.open(trace) as opened:
        forest = build_forest(opened)
    (cat,) = forest.instances(35968)
    assert line(cat) == [
        *("cat", "bash", "vulnerable", "apache2", "apache2", "dash", "bash"),
        *("containerd-shim-runc-v2", "systemd"),
    ]
    (shim,) = forest.instances(34672)
    assert (shim.status, shim.events) == ("never seen", 0)


def test_entities_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastavro")
    trace = tmp_path / "t.db"
    assert main(["import", *[str(SAMPLES / "tcp.sf")] * 2, "-o", str(trace)]) == 0
    with Trace.open(trace) as opened:
        whole = list(opened.entities("process", ("pid", "exe")))
        monkeypatch.setattr("tracetui.trace.trace._ENTITIES", 3)
        assert list(opened.entities("process", ("pid", "exe"))) == whole
        assert len(whole) == 20
        assert list(opened.entities("process", ("pid",), lambda: True)) == []
        assert list(opened.entities("nothing", ("pid",))) == []


def start(event_id: int, pid: int, ppid: int, born: int) -> StartRow:
    return StartRow(event_id, pid, ppid, born, "sh", "sh")


def test_what_events_tell_comes_first() -> None:
    population = Population(grouped=False)
    child = population.start(start(5, 7, 1, 100))
    population.know(StateRow(7, 100, 3, 50, "bash"))
    assert (child.parent.identity.pid, child.name, len(population)) == (1, "sh", 3 - 1)


def test_a_description_of_an_earlier_process_of_a_pid_is_not_taken_for_it() -> None:
    population = Population(grouped=False)
    first = population.start(start(1, 7, 1, 100))
    population.end(ExitRow(2, 7, 100, Exit(2, 0, "exit_group")))
    population.start(start(3, 7, 1, 200))
    population.know(StateRow(7, 50, 9, None, "old"))
    assert len(population.instances(7)) == 2
    assert population.owner(7, 2) is first


def test_a_circle_of_parents_ends() -> None:
    population = Population(grouped=False)
    population.know(StateRow(1, None, 2, None, "a"))
    population.know(StateRow(2, None, 1, None, "b"))
    (one,), (two,) = population.instances(1), population.instances(2)
    assert one.parent is two
    assert two.parent is None
