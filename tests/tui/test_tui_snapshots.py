"""How a handful of screens look, as SVG; ``pytest --update-snapshots`` stores them anew."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual.widgets import Input

from support import boot, write_trace
from tracetui.annotations import Notebook
from tracetui.trace import Trace

SNAPSHOTS = Path(__file__).parent / "snapshots"
DIFF_LINES = 40

Check = Callable[[Driven, str], None]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(12))


@pytest.fixture
def looks_as_stored(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """Compares the screen with the stored one of a name."""
    update = request.config.getoption("--update-snapshots")

    def check(driven: Driven, name: str) -> None:
        shown = normalised(driven.app.export_screenshot(title="tracetui"))
        stored = SNAPSHOTS / f"{name}.svg"
        if update:
            SNAPSHOTS.mkdir(exist_ok=True)
            stored.write_text(shown, encoding="utf-8")
            return
        assert stored.is_file(), f"{stored.name} is not there yet: pytest --update-snapshots makes it"
        wanted = stored.read_text(encoding="utf-8")
        if shown != wanted:
            actual = tmp_path / stored.name
            actual.write_text(shown, encoding="utf-8")
            pytest.fail(difference(wanted, shown, stored, actual), pytrace=False)

    return check


def normalised(svg: str) -> str:
    """An SVG without what differs from run to run, one element a line."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return re.sub(r">\s*<", ">\n<", svg).strip() + "\n"


def texts(svg: str) -> list[str]:
    """What an SVG says, line by line of the screen."""
    lines: dict[str, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        lines.setdefault(y, []).append((float(x), text.replace("&#160;", " ")))
    ordered = sorted(lines.items(), key=lambda item: float(item[0]))
    return ["".join(text for _, text in sorted(pieces)) for _, pieces in ordered]


def difference(wanted: str, shown: str, stored: Path, actual: Path) -> str:
    """What the two say differently; where that is nothing, where colours or places differ."""
    for kind, former, latter in (
        ("text", texts(wanted), texts(shown)),
        ("style", wanted.splitlines(), shown.splitlines()),
    ):
        lines = list(difflib.unified_diff(former, latter, "stored", "shown", lineterm="", n=1))
        if lines:
            more = [f"… {len(lines) - DIFF_LINES} lines more"] if len(lines) > DIFF_LINES else []
            head = f"{stored.name} looks different ({kind}); the screen is in {actual}"
            tail = "If it is right now: pytest --update-snapshots"
            return "\n".join([head, *lines[:DIFF_LINES], *more, tail])
    return f"{stored.name} differs in white space"


async def test_the_list(trace: Path, looks_as_stored: Check) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        await driven.go_to(6)
        looks_as_stored(driven, "list_80x24")


async def test_the_list_with_tree_and_details(trace: Path, looks_as_stored: Check) -> None:
    async with explored(trace, (160, 45), follow=False) as driven:
        await driven.until(lambda: driven.explorer.query("#tree-lines") and driven.tree.count == 2)
        await driven.open_details()
        await driven.show_details(10)
        looks_as_stored(driven, "tree_and_details_160x45")


async def test_an_error_in_a_filter(trace: Path, looks_as_stored: Check) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        await driven.press("f")
        driven.bar.query_one("#filter-line", Input).cursor_blink = False
        await driven.type("errno = ENOENTT and path = /dev")
        await driven.press("enter")
        await driven.until(lambda: driven.bar.has_class("-invalid") and driven.shows("^"))
        looks_as_stored(driven, "filter_error_80x24")


async def test_the_filter_stack(trace: Path, looks_as_stored: Check) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        for text in ("failed", "path startswith /dev"):
            driven.explorer._filters.stack = driven.explorer._filters.stack.added(text)
        driven.explorer._apply_filters()
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        await driven.press("s", "m")
        await driven.until(lambda: driven.settled and driven.list.dim_others is not None)
        looks_as_stored(driven, "filter_stack_80x24")


async def test_annotated_events(trace: Path, looks_as_stored: Check) -> None:
    with Trace(trace) as opened:
        notebook = Notebook(opened)
        notebook.mark("a", 6)
        notebook.mark("b", 70)
        notebook.tag([4, 6, 10], ["env=prod", "odd"])
        notebook.note([6, 9], "Why does this fail?\nThe driver is missing.")
    async with explored(trace, (100, 34), follow=False) as driven:
        await driven.open_details()
        await driven.show_details(6)
        await driven.press("apostrophe")
        await driven.until_shown("Go to mark")
        looks_as_stored(driven, "annotations_100x34")


async def test_the_help(trace: Path, looks_as_stored: Check) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        await driven.press("question_mark")
        await driven.until_shown("Everywhere")
        looks_as_stored(driven, "help_80x24")


def test_a_difference_is_told_in_the_words_of_the_screen(tmp_path: Path) -> None:
    former = normalised('<svg><text class="terminal-12-r1" x="0" y="20">one&#160;event</text></svg>')
    latter = normalised('<svg><text class="terminal-77-r1" x="0" y="20">two&#160;event</text></svg>')
    told = difference(former, latter, tmp_path / "list.svg", tmp_path / "actual.svg")
    assert "-one event\n+two event" in told
    assert "--update-snapshots" in told
    assert normalised(former.replace("terminal", "terminal-5")) == former
