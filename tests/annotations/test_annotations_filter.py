"""Filters that ask what the user wrote: in the database, in Python, by the index, and in every verb."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from filter_helpers import matching, tables_of

from support import boot, write_trace
from tracetui.analysis.index import ColumnIndex, plan
from tracetui.annotations import EMPTY, Notebook, places
from tracetui.cli import main
from tracetui.filter import FilterError, Surroundings, parse
from tracetui.output import Formatter
from tracetui.trace import Trace

WORDS = ("odd", "Odd", "env=prod", "env=test", "ünïcode", "x")


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trace with marks, tags and notes on some of its 124 events."""
    path = write_trace(tmp_path_factory.mktemp("annotated") / "plugins.db", boot(20))
    with Trace(path) as opened:
        notebook = Notebook(opened)
        notebook.mark("a", 4)
        notebook.mark("b", 9)
        notebook.tag([4, 9, 40], ["odd"])
        notebook.tag([9], ["env=prod"])
        notebook.note([40, 41], "why does it fail? | see `http`\n\x1b[31m")
    return path


@pytest.fixture
def trace(read_only: Path, tmp_path: Path) -> Path:
    """A copy, with its annotations, for tests that write to either."""
    shutil.copytree(read_only.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / read_only.name


@pytest.fixture(scope="module")
def index(read_only: Path) -> ColumnIndex:
    index = ColumnIndex()
    with Trace(read_only) as opened:
        list(index.steps(opened))
    return index


def test_tags_with_a_value_are_asked_for_by_their_key(trace):
    with Trace(trace) as opened:
        book = Notebook(opened).tag([41], ["env=test"])
        for text, ids in (
            ("meta.env = prod", [9]),
            ("meta.env exists", [9, 41]),
            ("meta.env != prod", [41]),
            ("meta.env startswith t", [41]),
            ("meta.odd exists", []),
        ):
            assert matching(opened, text, Surroundings(annotations=book)) == ids, text


def lines(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    """What a verb prints."""
    assert main([str(word) for word in argv]) == 0
    return capsys.readouterr().out.splitlines()


EXPECTED = {
    "mark = a": [4],
    "mark in (a, b)": [4, 9],
    "mark exists": [4, 9],
    "mark != a": [9],
    "tag = odd": [4, 9, 40],
    'tag = "env=prod"': [9],
    "tag in (env=prod, nothing)": [9],
    "tag startswith env=": [9],
    "tag != odd": [],
    "tag ~ ^o and not mark = a": [9, 40],
    "note contains fail": [40, 41],
    "note icontains WHY": [40, 41],
    "note exists and tag": [40],
    "tag ieq ODD": [4, 9, 40],
    "mark or tag or note": [4, 9, 40, 41],
    "id <= 5 and not (mark or tag)": [1, 2, 3, 5],
}


@pytest.mark.parametrize("text", EXPECTED)
def test_both_back_ends_and_the_index_say_the_same(read_only, index, text):
    with Trace(read_only) as opened:
        surroundings = Surroundings(tables=tables_of(opened), annotations=Notebook(opened).read())
        assert matching(opened, text, surroundings) == EXPECTED[text]
        chunks = plan(parse(text, surroundings), index, opened.schema, surroundings).chunks(opened)
        assert [event_id for chunk in chunks for event_id in chunk.ids] == EXPECTED[text]


@pytest.mark.parametrize("text", EXPECTED)
def test_the_query_finds_them(read_only, text, capsys):
    assert lines(capsys, "query", read_only, text, "--format", "{id}") == list(map(str, EXPECTED[text]))


def test_random_annotations_and_filters_agree(tmp_path):
    rng = random.Random(7)
    path = write_trace(tmp_path / "plugins.db", boot(60))
    with Trace(path) as opened:
        notebook = Notebook(opened)
        for word in WORDS:
            notebook.tag(rng.sample(range(1, 370), 90), [word])
            notebook.note(rng.sample(range(1, 370), 20), word)
        book = notebook.read()
        surroundings = Surroundings(tables=tables_of(opened), annotations=book)
        for _ in range(60):
            kind = rng.choice(("tag", "note"))
            operator = rng.choice(("=", "!=", "?!=", "contains", "icontains", "startswith", "~", "glob"))
            text = f"{kind} {operator} {rng.choice(WORDS)!r}"
            more = rng.choice(("", " and failed", " or name = openat", " and not tag = odd"))
            matching(opened, text + more, surroundings)


def test_thousands_of_tagged_events(tmp_path, capsys):
    path = write_trace(tmp_path / "plugins.db", boot(1_500))
    with Trace(path) as opened:
        Notebook(opened).tag(range(1, 8_001), ["many"])
    assert lines(capsys, "query", path, "tag = many", "--count") == ["8000"]
    assert lines(capsys, "query", path, "not tag = many", "--count") == ["1004"]


def test_the_selected_events_tag_as_a_value(trace):
    with Trace(trace) as opened:
        book = Notebook(opened).read()
        (selected,) = opened.fetch([40])
        surroundings = Surroundings(selected=selected, annotations=book)
        assert matching(opened, "tag = ${tag}", surroundings) == [4, 9, 40]
        with pytest.raises(FilterError, match="has no mark"):
            parse("mark = ${mark}", surroundings)


def test_every_verb_that_filters(trace, capsys, tmp_path):
    assert lines(capsys, "query", trace, "tag = odd", "--count") == ["3"]
    assert lines(capsys, "stats", trace, "tag = odd", "--by", "type", "--format", "csv")[1:]
    tree = json.loads("".join(lines(capsys, "tree", trace, "mark exists", "--format", "json")))
    assert isinstance(tree, list)
    assert main(["export", str(trace), "note exists", "-o", str(tmp_path / "part.db")]) == 0
    with Trace(tmp_path / "part.db") as part:
        assert [record.id for record in part.records()] == [40, 41]
    with Formatter(trace) as formatter:
        assert [one["id"] for one in formatter.objects(fields=["id"], expr="tag = odd")] == [4, 9, 40]


def test_columns_show_them(trace, capsys):
    assert lines(
        capsys, "query", trace, "id in (9, 10)", "--format", "csv", "--fields", "id,mark,tag,note"
    ) == [
        "id,mark,tag,note",
        "9,b,env=prod odd,",
        "10,,,",
    ]
    (shown,) = lines(capsys, "query", trace, "id = 40", "--format", "{id} {tag} {note}")
    assert shown == "40 odd why does it fail? | see `http`␊␛[31m"
    rows = [json.loads(line) for line in lines(capsys, "stats", trace, "--by", "tag", "--format", "jsonl")]
    assert {str(row["tag"]): row["count"] for row in rows} == {
        "None": 121,
        "odd": 2,
        "['env=prod', 'odd']": 1,
    }


def test_canonical_events_have_them(trace, capsys):
    (line,) = lines(capsys, "query", trace, "id = 9", "--format", "canonical")
    meta = json.loads(line)["meta"]
    assert {name: meta[name] for name in ("mark", "tags", "env")} == {
        "mark": "b",
        "tags": "odd",
        "env": "prod",
    }
    template = "{{ .Meta.env }}|{{ .Meta.mark }}|{{ .Meta.note }}|{meta.tags}"
    assert lines(capsys, "query", trace, "id in (9, 10, 40)", "--format", template) == [
        "prod|b||odd",
        "|||",
        "||why does it fail? | see `http`␊␛[31m|odd",
    ]
    (everything,) = lines(capsys, "query", trace, "id = 9", "--format", "{{ .Meta }}")
    assert everything.endswith("mark:b, tags:odd, env:prod")


def test_a_file_that_cannot_be_read_is_told_where_it_is_asked_for_and_only_there(trace, capsys):
    places.beside(trace).write_bytes(b"no database" * 100)
    assert main(["query", str(trace), "failed", "--count"]) == 0
    assert capsys.readouterr().err == ""
    for argv, code in ((["tag = odd", "--count"], 3), (["--fields", "id,tag"], 0)):
        assert main(["query", str(trace), *argv]) == code
        assert "plugins.db.notes is damaged" in capsys.readouterr().err


def test_annotations_of_another_trace_are_told(trace, capsys):
    trace.unlink()
    write_trace(trace, boot(30)[1:])
    assert main(["query", str(trace), "mark exists", "--count"]) == 0
    out, err = capsys.readouterr()
    assert out == "0\n"
    assert "8 annotations of another trace" in err


def test_a_filter_without_annotations_matches_nothing(tmp_path, capsys):
    path = write_trace(tmp_path / "plugins.db", boot(1))
    assert lines(capsys, "query", path, "tag or mark or note", "--count") == ["0"]
    assert not places.beside(path).exists()
    assert len(EMPTY) == 0
    assert sqlite3.connect(path).execute("SELECT count(*) FROM event").fetchone() == (10,)


@pytest.mark.parametrize("argv", [("query", "--format", "canonical"), ("stats", "--by", "meta.env")])
def test_damaged_annotations_are_left_out_with_a_warning(trace, capsys, argv):
    places.beside(trace).write_text("no database")
    verb, *options = argv
    assert main([verb, str(trace), "id = 9", *options]) == 0
    said = capsys.readouterr()
    assert said.out.strip()
    assert "annotations are left out" in said.err
    assert "is damaged" in said.err
    assert main([verb, str(trace), "tag = odd", *options]) == 3
