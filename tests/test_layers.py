"""Which room may import which, and what the command line does not import."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import tracetui

PACKAGE = Path(tracetui.__file__).parent
LAYERS = (
    {"lazy"},
    {"events"},
    {"trace", "logger"},
    {"annotations"},
    {"filter", "process", "canonical"},
    {"reader"},
    {"analysis", "output", "sources"},
    {"tui", "cli", "audit", "__main__"},
)
"""Rooms from the bottom up; a room imports from its own and from lower layers."""

LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Dotted names of what a module imports, at any depth of its code."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.append(node.module or "")
    return tuple(names)


def rooms(path: Path) -> set[str]:
    """The rooms from which a module imports."""
    dotted = [name.split(".") for name in imported(path)]
    return {parts[1] for parts in dotted if parts[0] == "tracetui" and len(parts) > 1}


def identify(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_room_has_a_layer():
    assert {room(path) for path in modules()} <= set(LEVEL)


def may_import(here: str, there: str) -> bool:
    return (
        there == here or LEVEL[there] < LEVEL[here] or (here, there) in {("cli", "tui"), ("__main__", "cli")}
    )


def test_a_room_imports_only_lower_layers_and_itself():
    assert [
        f"{identify(path)} imports {there}"
        for path in modules()
        for there in sorted(rooms(path))
        if not may_import(room(path), there)
    ] == []


def test_textual_stays_in_the_tui_and_sql_out_of_it():
    assert [
        f"{identify(path)} imports {name}"
        for path in modules()
        for name in imported(path)
        if name.split(".")[0] in ({"sqlite3", "sqlalchemy"} if room(path) == "tui" else {"textual"})
    ] == []


@pytest.mark.parametrize("path", [p for p in modules() if p.name == "__init__.py"], ids=identify)
def test_every_room_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def modules_after(*argv: str) -> set[str]:
    """What is imported when the program has run with ``argv``."""
    code = (
        "import sys; from tracetui.cli import main; main(sys.argv[1:]); "
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, timeout=60, check=False
    )
    return set(result.stderr.split())


@pytest.mark.parametrize("argv", [("--help",), ("--version",), ("query", "--help"), ("qurey",)])
def test_help_imports_neither_textual_nor_sqlalchemy(argv):
    found = modules_after(*argv)
    assert "tracetui.cli.dispatch" in found
    assert not {"textual", "sqlalchemy", "rich", "sqlite3"} & found


def test_recording_python_imports_no_sqlalchemy(tmp_path):
    found = modules_after("record", "--python", "-o", str(tmp_path / "t.db"), "--", "true")
    assert "tracetui.sources.audit.facts" in found
    assert "sqlalchemy" not in found


def test_what_a_recorded_program_waits_for_is_little(tmp_path):
    code = (
        "import os, sys; from tracetui.cli import main; "
        "os.posix_spawnp = lambda *_, **__: sys.exit(' '.join(sys.modules)); main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "record", "--python", "-o", str(tmp_path / "t.db"), "--", "true"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = set(done.stderr.split())
    assert "tracetui.sources.audit.prepare" in found, done.stderr
    assert not {"dataclasses", "json", "sqlite3", "tracetui.logger", "tracetui.sources.audit.story"} & found


def test_a_trace_of_penguin_opens_without_the_tables_of_other_systems():
    code = (
        "import sys; from pathlib import Path; from tracetui.trace import Trace; "
        "trace = Trace(Path(sys.argv[1])); print(*trace.fetch([1, 2, 3])); "
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    demo = Path(__file__).parents[1] / "demo_db" / "plugins.db"
    done = subprocess.run(
        [sys.executable, "-c", code, str(demo)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "tracetui.trace.schema" in done.stderr, done.stderr
    assert not {"tracetui.events.sysflow", "tracetui.events.fibratus"} & set(done.stderr.split())
