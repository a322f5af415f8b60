"""The process tree beside the list, and the list narrowed to a part of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored

from support import append, boot, write_trace
from tracetui.events import ProcStart, Read, Syscall, Write
from tracetui.process import Forest, ForestBuilder
from tracetui.trace import Trace


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(2))


def daemon(pid: int, ppid: int, name: str) -> ProcStart:
    return ProcStart(
        procname=name,
        proc_id=pid,
        pid=pid,
        ppid=ppid,
        create_time=9_000 + pid,
        comm="init",
        uid=0,
        gid=0,
        euid=0,
        egid=0,
    )


def tree_lines(driven: Driven) -> list[str]:
    tree = driven.tree
    lines = []
    for index in range(tree.count):
        segments = tree.render_row(index, tree.size.width - 1, False)
        lines.append(" ".join("".join(segment.text for segment in segments).split()))
    return lines


async def open_tree(driven: Driven) -> None:
    await driven.press("t")
    await driven.until(lambda: driven.explorer.query("#tree-lines") and driven.tree.has_focus)
    await driven.until(lambda: driven.tree.count)


def scoped_ids(trace: Path, pid: int, subtree: bool) -> list[int]:
    """What the scope means, asked of the rooms below the screen."""
    from tracetui.filter import Surroundings, compile_filter, parse

    with Trace(trace) as opened:
        forest = ForestBuilder(opened).update()
        process = next(one for one in forest.processes.values() if one.pid == pid)
        around = Surroundings(genealogy=forest)
        expression = parse(forest.scope(process, subtree).expression, around)
        condition = compile_filter(expression, opened.schema, around)
        return [event_id for chunk in opened.scan(condition) for event_id in chunk.ids]


async def test_the_tree_shows_who_started_whom_and_how_it_ended(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await open_tree(driven)
        assert tree_lines(driven) == ["init 1 ✗2 3", "└ httpd 12 SIGSEGV 10"]
        assert driven.shows(" 2 processes")


async def test_a_tree_that_is_not_known_yet_says_so(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known, update = threading.Event(), ForestBuilder.update

    def late(builder: ForestBuilder, cancelled: Callable[[], bool]) -> Forest:
        known.wait(60)
        return update(builder, cancelled)

    monkeypatch.setattr(ForestBuilder, "update", late)
    async with explored(trace, follow=False) as driven:
        await driven.pilot.press("t")
        await driven.meanwhile(lambda: driven.shows("looking for processes…"))
        known.set()
        await driven.until_shown("httpd 12")
        assert "looking for" not in driven.text


@pytest.mark.parametrize(("key", "subtree"), [("enter", False), ("b", True)])
async def test_the_list_is_narrowed_to_a_process_or_to_what_is_below_it(
    trace: Path, key: str, subtree: bool
) -> None:
    async with explored(trace, follow=False) as driven:
        await open_tree(driven)
        await driven.press(key)
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        wanted = scoped_ids(trace, 1, subtree)
        assert 0 < len(wanted) < 16
        await driven.until(lambda: driven.ids == wanted)
        assert f"{len(wanted)} of 16 shown" in driven.title
        assert "process 1 (init)" in driven.title
        assert tree_lines(driven)[0].startswith("◆")


@pytest.mark.parametrize("keys", [("backspace",), ("escape", "escape")])
async def test_the_scope_is_left_by_backspace_or_esc(trace: Path, keys: tuple[str, ...]) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(10)
        await open_tree(driven)
        await driven.press("enter")
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        await driven.press(*keys)
        await driven.until(lambda: driven.ids == list(range(1, 17)))
        assert driven.list.current_id == 10
        assert "◆" not in driven.text
        assert "process 1" not in driven.title


async def test_scope_and_filter_hold_together(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await open_tree(driven)
        await driven.press("b")
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        await driven.filter("failed")
        await driven.until(lambda: driven.ids == [4, 10])


async def test_t_shows_enters_and_hides(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await open_tree(driven)
        await driven.press("escape")
        assert driven.list.has_focus
        assert driven.explorer.query_one("#tree").display
        await driven.press("t")
        assert driven.tree.has_focus
        await driven.press("t")
        assert not driven.explorer.query_one("#tree").display
        assert driven.list.has_focus


async def test_nodes_fold_unfold_and_are_ordered_and_found(tmp_path: Path) -> None:
    events = [*boot(), daemon(20, 12, "cgi-bin"), daemon(21, 1, "syslogd")]
    async with explored(write_trace(tmp_path / "t.db", events), follow=False) as driven:
        await open_tree(driven)
        names = [line.split()[1:-1] for line in tree_lines(driven)[1:]]
        assert [name[0] if name[0] != "└" else name[1] for name in names] == ["httpd", "cgi-bin", "syslogd"]
        await driven.press("left")
        assert len(tree_lines(driven)) == 1
        assert tree_lines(driven)[0].startswith("▸ init")
        await driven.press("right", "o", "o", "o")
        assert driven.shows("by name")
        await driven.press("slash", "c", "g", "i", "enter")
        await driven.until(lambda: len(tree_lines(driven)) == 3)
        assert driven.shows("· cgi")
        assert driven.tree.process is not None
        assert driven.tree.process.name == "cgi-bin"


async def test_a_trace_without_pids_says_where_its_tree_comes_from(tmp_path: Path) -> None:
    events = [event for event in boot(2) if isinstance(event, Syscall | Read | Write)]
    async with explored(write_trace(tmp_path / "v3a.db", events), size=(100, 40), follow=False) as driven:
        await open_tree(driven)
        assert driven.tree.forest is not None
        sentence = " ".join(driven.tree.forest.basis_sentence.split())
        assert "because the trace has no pids" in sentence
        await driven.until(lambda: sentence in " ".join(" ".join(line[:33].split()) for line in driven.lines))
        await driven.press("enter")
        await driven.until(lambda: driven.ids == [1, 7])
        assert "all processes named init" in driven.title


async def test_the_tree_grows_with_the_trace_and_keeps_its_cursor(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await open_tree(driven)
        await driven.press("down")
        append(trace, [daemon(20, 1, "ntpd"), daemon(21, 12, "cgi")])
        await driven.until(lambda: len(tree_lines(driven)) == 4)
        assert driven.tree.process is not None
        assert driven.tree.process.pid == 12
