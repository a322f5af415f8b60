"""Statements are compiled once for all traces that a process opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

from support import boot, openat, write_trace
from tracetui.trace import Trace


def test_what_was_asked_of_one_trace_is_not_compiled_again_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write_trace(tmp_path / "one.db", boot())
    other = write_trace(tmp_path / "other.db", [openat("/tmp/other")])
    with Trace.open(one) as opened:
        assert opened.bounds() == (1, 10)
        assert len(opened.fetch([1, 2])) == 2

    def compile_again(*words: Any, **named: Any) -> None:
        raise AssertionError("compiled again")

    with Trace.open(other) as opened:
        monkeypatch.setattr(SQLiteCompiler, "__init__", compile_again)
        assert opened.bounds() == (1, 1)
        assert [record.path for record in opened.fetch([1])] == ["/tmp/other"]
