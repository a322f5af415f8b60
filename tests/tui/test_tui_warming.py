"""What is imported in the background, so that no key waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from importlib.util import find_spec

import pytest

from tracetui.tui.warming import MODULES, warm_up


@pytest.mark.parametrize("name", MODULES)
def test_what_is_warmed_up_is_there(name: str) -> None:
    assert find_spec(name) is not None


def test_nothing_more_is_imported_once_the_explorer_ends() -> None:
    asked: list[int] = []

    def ends() -> bool:
        asked.append(1)
        return True

    warm_up(ends)
    for thread in threading.enumerate():
        if thread.name == "tracetui-warming":
            thread.join(10)
    assert len(asked) == 1


def test_the_first_letter_of_a_filter_imports_nothing_and_garbage_is_soon_looked_for() -> None:
    program = """
import gc, sys, threading
from tracetui.tui.app import TracetuiApp
from tracetui.tui.filtering import FilterBar, language
from tracetui.tui.filtering.values import Values
from tracetui.tui.warming import warm_up
warm_up(lambda: False)
[thread.join() for thread in threading.enumerate() if thread.name == "tracetui-warming"]
print(len(gc.get_objects()) < 5_000 < gc.get_freeze_count())
before = set(sys.modules)
language.check("e")
language.offer("e", 1, Values(), asked=False)
print(sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "[]"]
