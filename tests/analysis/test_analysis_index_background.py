"""The index is built beside everything else: it is imported late, and asked while it grows."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from support import boot, write_trace
from tracetui.analysis.index import ColumnIndex, plan
from tracetui.analysis.index.garbage import few_collections
from tracetui.filter import parse
from tracetui.trace import Trace


def test_numpy_is_not_imported_before_the_index_is() -> None:
    code = "import sys, tracetui.analysis, tracetui.cli, tracetui.tui.app; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trace of many chunks."""
    return write_trace(tmp_path_factory.mktemp("background") / "t.db", boot(3_000))


def test_it_answers_while_it_grows(path: Path) -> None:
    index = ColumnIndex()
    expression = parse("name = openat and errno = ENOENT")

    def build() -> None:
        with Trace.open(path) as opened:
            for _ in index.steps(opened):
                pass

    with Trace.open(path) as opened:
        thread = threading.Thread(target=build)
        thread.start()
        answers = []
        while not answers or thread.is_alive():
            answers.append(plan(expression, index, opened.schema).count(opened))
        thread.join()
        assert set(answers) == {3_000}
        assert plan(expression, index, opened.schema).ready_to == opened.bounds()[1]  # type: ignore[index]


def test_every_statement_is_short(path: Path) -> None:
    """A step never asks for more than the chunks of a scan do, so that a writer can commit between."""
    with Trace.open(path) as opened:
        index = ColumnIndex()
        shares = list(index.steps(opened))
    assert len(shares) > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert 0 < shares[0] < 1


def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold()
    with few_collections(), few_collections():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
    with Trace.open(write_trace(tmp_path / "t.db", boot(5))) as opened:
        for _ in ColumnIndex().steps(opened):
            assert gc.get_threshold() == before
    assert gc.get_threshold() == before
