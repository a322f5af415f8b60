"""The user's configuration: a theme, and what the list's lines say."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import explored

from support import boot, write_trace
from tracetui.trace import Trace
from tracetui.tui import configuration
from tracetui.tui.app import TracetuiApp
from tracetui.tui.configuration import Configuration, ConfigurationError
from tracetui.tui.row_format import row_text


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(3))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told in the corner of the screen, where it vanishes after some seconds."""
    texts: list[str] = []
    monkeypatch.setattr(TracetuiApp, "notify", lambda app, message, **more: texts.append(message))
    return texts


def configure(text: str) -> None:
    path = configuration.file("config.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_a_file_nothing_is_configured() -> None:
    assert configuration.load() == Configuration()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no = [", "not TOML"),
        ("theme = 3", "theme is not a text"),
        ("list = 3", "list is not a table"),
        ("[list]\nformat = 3", "list.format is not a text"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, said: str) -> None:
    configure(text)
    with pytest.raises(ConfigurationError, match=said):
        configuration.load()


async def test_lines_are_written_as_the_template_says(trace: Path) -> None:
    configure('theme = "textual-light"\n[list]\nformat = "{{ .Seq }}+{{ .Type }} {{ .Params }}"\n')
    async with explored(trace, follow=False) as driven:
        assert driven.shows("4+openat dfd➜ AT_FDCWD")
        assert driven.app.theme == "textual-light"
        await driven.press("end")
        await driven.until_shown("14+write data")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("plain", "no fields in braces"),
        ("{nonsense}", "nonsense"),
        ("{{ .Nonsense }}", "Nonsense"),
        ("{{ .Exe }}", "not its process's state"),
    ],
)
async def test_a_template_that_cannot_be_used_says_why_and_the_usual_lines_are_shown(
    trace: Path, told: list[str], template: str, said: str
) -> None:
    configure(f"[list]\nformat = '{template}'\n")
    with Trace.open(trace) as opened, pytest.raises(ConfigurationError, match=said):
        row_text(template, opened.schema)
    async with explored(trace, follow=False, size=(200, 30)) as driven:
        assert driven.shows("openat(")
        await driven.until(lambda: any(said in text for text in told))


async def test_a_theme_that_there_is_not_is_said(trace: Path, told: list[str]) -> None:
    async with explored(trace, follow=False, theme="nonsense"):
        assert any("no theme 'nonsense'" in text for text in told)


def test_text_of_a_trace_is_made_harmless(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "plugins.db", boot(3))
    with Trace.open(path) as opened:
        line = row_text("\u202e{id}\\n{procname}", opened.schema)
        assert [line(record) for record in opened.fetch([1])] == ["\\u202e1␊[?]"]
