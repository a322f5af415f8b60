"""What all tests of the terminal interface have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet

from tracetui.tui import background


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_parsed_once() -> Iterator[None]:
    """Textual parses its style sheets and ours anew in each application: a sixth of the time that opening one takes."""
    parse = Stylesheet._parse_rules
    parsed: dict[tuple[object, ...], Any] = {}

    def parse_once(self: Stylesheet, *words: Any, **named: Any) -> Any:
        asked = (*words, *named.items(), *self._variables.items())
        if asked not in parsed:
            parsed[asked] = parse(self, *words, **named)
        return parsed[asked]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture(autouse=True)
def _process_trees_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests wait for a tree that grows; its reader does not rest between two of them."""
    monkeypatch.setattr(background, "TREE_SECONDS", 0.0)
