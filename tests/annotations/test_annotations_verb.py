"""``tracetui annotate``: writing, taking away, listing; and what an export takes along."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from support import boot, write_trace
from tracetui.annotations import Annotation, Notebook, changes, places
from tracetui.cli import main
from tracetui.cli.opening import conditions_of
from tracetui.trace import Trace


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(3))


def annotations(path: Path) -> dict[int, Annotation]:
    with Trace(path) as opened:
        book = Notebook(opened).read()
    return {event_id: book[event_id] for event_id in book}


def test_what_matches_is_annotated(trace, capsys):
    argv = ["errno = ENOENT", "--tag", "missing", "--tag", "env=prod", "--note", "why?"]
    assert main(["annotate", str(trace), *argv]) == 0
    assert main(["annotate", str(trace), "id = 10", "--mark", "a"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "3 events" in err
    assert "plugins.db.notes" in err
    both = Annotation((), ("env=prod", "missing"), "why?")
    assert annotations(trace) == {4: both, 10: Annotation(("a",), both.tags, both.note), 16: both}


def test_what_is_taken_away(trace):
    main(["annotate", str(trace), "id in 1..4", "--tag", "odd", "--tag", "slow", "--note", "x"])
    main(["annotate", str(trace), "id = 1", "--mark", "a"])
    assert main(["annotate", str(trace), "--unmark", "ab", "--untag", "slow"]) == 0
    assert annotations(trace)[1] == Annotation((), ("odd",), "x")
    assert main(["annotate", str(trace), "tag = odd and id < 4", "--untag", "odd", "--no-note"]) == 0
    assert annotations(trace) == {4: Annotation((), ("odd",), "x")}


def test_an_empty_note_removes_what_is_there_and_a_note_replaces_it(trace):
    main(["annotate", str(trace), "id = 4", "--note", "x"])
    main(["annotate", str(trace), "id = 4", "--note", "y", "--no-note"])
    assert annotations(trace)[4].note == "y"
    assert main(["annotate", str(trace), "id = 4", "--note", ""]) == 0
    assert annotations(trace) == {}


def test_all_is_written_or_nothing(trace, monkeypatch, capsys):
    def fails(event_ids, text):
        def change(session, key):
            raise sqlite3.OperationalError("database or disk is full")

        return change

    monkeypatch.setattr(changes, "note", fails)
    assert main(["annotate", str(trace), "id = 4", "--mark", "a", "--tag", "odd", "--note", "x"]) == 2
    assert "Nothing was changed" in capsys.readouterr().err
    assert annotations(trace) == {}


def test_they_are_listed(trace, capsys):
    main(["annotate", str(trace), "id in (4, 5)", "--tag", "odd"])
    main(["annotate", str(trace), "id = 5", "--mark", "a", "--note", "\x1b[31mred"])
    capsys.readouterr()
    assert main(["annotate", str(trace)]) == 0
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["ID", "MARK", "TAGS", "PROCESS", "EVENT", "RESULT", "NOTE"]
    assert 'openat("/dev/nvram", O_RDONLY)' in first
    assert second.endswith("␛[31mred")
    assert main(["annotate", str(trace), "mark = a", "--format", "json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert {name: listed[name] for name in ("id", "marks", "tags", "note")} == {
        "id": 5,
        "marks": ["a"],
        "tags": ["odd"],
        "note": "\x1b[31mred",
    }


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--tag", "odd"], 2, "EXPR is missing"),
        (["failed", "--mark", "a"], 2, "6 events match, and a mark names one"),
        (["id = 4", "--mark", "A"], 2, "a letter from a to z"),
        (["id = 4", "--mark", "ab"], 2, "a letter from a to z"),
        (["id = 4", "--mark", "b", "--tag", "two words"], 2, "a word without blanks"),
        (["id = 400", "--tag", "odd"], 1, "no event matches"),
        (["id = = 4", "--tag", "odd"], 2, "bad filter"),
    ],
)
def test_what_cannot_be_changes_nothing(trace, argv, code, said, capsys):
    assert main(["annotate", str(trace), *argv]) == code
    assert said in capsys.readouterr().err
    assert annotations(trace) == {}
    assert not places.beside(trace).exists()


def test_too_many_at_once_are_refused(trace, monkeypatch, capsys):
    monkeypatch.setattr("tracetui.cli.annotate.MOST", 5)
    assert main(["annotate", str(trace), "id > 0", "--tag", "odd"]) == 2
    assert "more than 5 events match" in capsys.readouterr().err


def test_a_file_that_cannot_be_used_is_told(trace, capsys):
    places.beside(trace).write_text("my own notes\n" * 50)
    assert main(["annotate", str(trace), "id = 4", "--tag", "odd"]) == 3
    err = capsys.readouterr().err
    assert "damaged" in err
    assert "Move it away" in err
    assert main(["annotate", str(trace)]) == 3


def test_an_export_takes_the_annotations_of_its_events_along(trace, tmp_path, capsys):
    main(["annotate", str(trace), "id in (4, 5, 10)", "--tag", "odd", "--note", "why?"])
    main(["annotate", str(trace), "id = 10", "--mark", "a"])
    part = tmp_path / "part.db"
    assert main(["export", str(trace), "errno = ENOENT", "-o", str(part)]) == 0
    assert annotations(part) == {
        4: Annotation((), ("odd",), "why?"),
        10: Annotation(("a",), ("odd",), "why?"),
    }
    bare = tmp_path / "bare.db"
    assert main(["export", str(trace), "id = 6", "-o", str(bare)]) == 0
    assert not places.beside(bare).exists()
    places.beside(trace).write_bytes(b"\0" * 1000)
    assert main(["export", str(trace), "-o", str(tmp_path / "all.db")]) == 0
    assert "damaged" in capsys.readouterr().err


def test_a_trace_needs_a_file_to_be_exported_to(trace, capsys):
    assert main(["export", str(trace)]) == 2
    assert "-o FILE is needed" in capsys.readouterr().err


def test_info_tells_of_them(trace, capsys):
    main(["annotate", str(trace), "id = 4", "--mark", "a", "--tag", "odd"])
    capsys.readouterr()
    assert main(["info", str(trace), "--format", "json"]) == 0
    notes = str(places.beside(trace))
    assert json.loads(capsys.readouterr().out)["annotations"] == {
        "events": 1,
        "marks": {"a": 4},
        "files": [notes],
    }
    assert main(["info", str(trace)]) == 0
    assert f"on 1 events, in {notes}" in capsys.readouterr().out
    places.beside(trace).write_bytes(b"nothing" * 200)
    assert main(["info", str(trace), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["annotations"] is None
    assert "damaged" in err


def test_a_query_that_follows_sees_what_is_annotated_meanwhile(trace):
    with Trace(trace) as opened:
        conditions = conditions_of("tag = odd", opened)
        assert opened.count(conditions()) == 0
        main(["annotate", str(trace), "id in (4, 5)", "--tag", "odd"])
        assert opened.count(conditions()) == 2
