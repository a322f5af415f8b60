"""Shared by the tests of the audit source: record small Python programs and look at what is told."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from typing import Any

import pytest

from tracetui.events import ProcExit, ProcStart, Syscall
from tracetui.events.recording import RecordingFact
from tracetui.logger import Block
from tracetui.sources.audit import Options, Recording, record


@dataclass
class Told:
    """What was told of one run."""

    events: list[tuple[type[Any], dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    recording: Recording | None = None

    def add(
        self,
        cls: type[Any],
        row: dict[str, Any],
        context: dict[str, Any] | None = None,
        beside: object = None,
    ) -> None:
        self.events.append((cls, row, context or {}))

    add_event = add

    def add_block(self, block: Block) -> None:
        for call in block.calls():
            self.add(*call)

    def of(self, cls: type[Any]) -> list[dict[str, Any]]:
        return [row for kind, row, _ in self.events if kind is cls]

    @property
    def facts(self) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self.of(RecordingFact)}

    def calls(self, name: str) -> list[dict[str, Any]]:
        return [row for row in self.of(Syscall) if row["name"] == name]

    def named(self, prefix: str) -> list[str]:
        """The rest of the names of events that begin so, in order."""
        names = [row["name"] for row in self.of(Syscall)]
        return [name[len(prefix) :] for name in names if name.startswith(prefix)]

    @property
    def pids(self) -> list[int]:
        return [row["pid"] for row in self.of(ProcStart)]

    @property
    def exits(self) -> list[tuple[int, str]]:
        return [(row["code"], row["reason"]) for row in self.of(ProcExit)]

    @property
    def status(self) -> int:
        assert self.recording is not None
        return self.recording.status

    @property
    def notes(self) -> str:
        assert self.recording is not None
        return "\n".join(self.recording.report.notes)


def run(*command: str, **options: Any) -> Told:
    """Record a command."""
    told = Told()
    told.recording = record(command, told, Options(**options))
    return told


def run_python(source: str, *flags: str, **options: Any) -> Told:
    """Record a program given as text."""
    return run(sys.executable, *flags, "-c", textwrap.dedent(source), **options)


def arguments(row: dict[str, Any]) -> list[str]:
    """The texts of the arguments that are used."""
    return [row[f"arg{i}_repr"] for i in range(6) if row[f"arg{i}_repr"]]


def plainly(source: str, *flags: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The same program, unrecorded."""
    command = [sys.executable, *flags, "-c", textwrap.dedent(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False, close_fds=False, **options)  # type: ignore[call-overload]


def assert_same(capfd: pytest.CaptureFixture[str], source: str, *flags: str) -> Told:
    """The program says and returns the same, recorded and not."""
    plain = plainly(source, *flags)
    told = run_python(source, *flags)
    said = capfd.readouterr()
    assert (said.out, said.err, told.status) == (plain.stdout, plain.stderr, plain.returncode % 256)
    return told


def lost(told: Told) -> int:
    """The number of lost events that the notes tell."""
    (count,) = re.findall(r"^([\d,]+) events were lost", told.notes, re.M)
    return int(count.replace(",", ""))
