"""What all tests of the terminal interface have in common."""

from __future__ import annotations

import pytest

from tracetui.tui import background


@pytest.fixture(autouse=True)
def _process_trees_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests wait for a tree that grows; its reader does not rest between two of them."""
    monkeypatch.setattr(background, "TREE_SECONDS", 0.0)
