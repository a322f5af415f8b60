"""The user's own keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import explored

from support import boot, write_trace
from tracetui.cli import main
from tracetui.tui.configuration import ConfigurationError
from tracetui.tui.keymap import default_file, load


async def test_a_key_of_the_keymap_does_what_it_says(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "plugins.db", boot(3))
    keymap = tmp_path / "keys.toml"
    keymap.write_text('[keys]\n"filter.open" = "ctrl+g"\nlist.down = "J"\n')
    async with explored(trace, follow=False, keymap=keymap) as driven:
        await driven.press("J")
        await driven.until(lambda: driven.list.cursor == 1)
        await driven.press("ctrl+g")
        await driven.until(lambda: driven.bar.query_one("#filter-line").has_focus)


async def test_the_configuration_is_used_without_an_option(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "plugins.db", boot(3))
    default_file().parent.mkdir(parents=True)
    default_file().write_text('list.down = "J"\n')
    async with explored(trace, follow=False) as driven:
        await driven.press("J")
        await driven.until(lambda: driven.list.cursor == 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no = [", "not TOML"),
        ("filter.open = 3", "filter.open"),
        ('filter.open = ""', "filter.open"),
        (None, "cannot be read"),
    ],
)
def test_a_keymap_that_cannot_be_used_says_why(
    tmp_path: Path, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keymap = tmp_path / "keys.toml"
    if text is not None:
        keymap.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        load(keymap)
    assert main(["trace.db", "--keymap", str(keymap)]) == 2
    assert said in capsys.readouterr().err
