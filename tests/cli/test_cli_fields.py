"""The fields and filters verbs: what the language knows, and what the user has saved."""

from __future__ import annotations

import io
import json
import re

import pytest

from support import boot, run_sql, write_trace
from tracetui.cli import main
from tracetui.filter import FIELDS, parse
from tracetui.filter.saved import loads


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def main_and_output(*argv):
        code = main([str(word) for word in argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return main_and_output


def test_every_field_with_all_its_names(run):
    code, out, err = run("fields")
    assert (code, err) == (0, "")
    words = set(re.split(r"[\s,]+", out))
    for field in FIELDS:
        assert f"\n{field.name}  ({field.kind.value})\n" in "\n" + out
        assert {*field.aliases, *re.split(r"[\s,]+", field.example)} <= words


def test_the_text_fits_80_columns(run, tmp_path):
    trace = write_trace(tmp_path / "t.db", boot())
    for argv in (("fields",), ("fields", trace)):
        assert max(map(len, run(*argv)[1].splitlines())) <= 80


def test_every_operator_is_explained(run):
    out = run("fields")[1]
    for spelling in (
        "=",
        "!=",
        "?!=",
        "<=",
        "icontains",
        "iglob",
        "matches",
        "~",
        "regex",
        "pmatch",
        "bcontains",
        "exists",
    ):
        assert any(spelling in line.split("  ")[1:] or f"  {spelling}  " in line for line in out.splitlines())
    for function in ("lower", "upper", "len", "basename", "dirname"):
        assert f"  {function} " in out


def test_fields_as_json(run):
    found = {field["name"]: field for field in json.loads(run("fields", "--format", "json")[1])}
    assert list(found) == [field.name for field in FIELDS]
    assert found["fd.name"]["type"] == "text"
    assert "fdname" in found["fd.name"]["aliases"]
    assert "contains" in found["path"]["operators"]
    assert "contains" not in found["fd"]["operators"]
    assert "<" in found["fd"]["operators"]
    assert "bcontains" in found["buffer"]["operators"]
    assert found["failed"]["operators"] == ["=", "!=", "?!=", "exists"]
    assert "len" in found["path"]["functions"]
    assert found["pid"]["functions"] == []


def test_the_operators_offered_for_a_field_can_be_asked_of_it(run):
    values = {"bcontains": "61", "bstartswith": "61", "bendswith": "61", "in": "({})", "iin": "({})"}
    for field in json.loads(run("fields", "--format", "json")[1]):
        value = {"number or text": "2", "text": "openat", "bytes": "a", "true or false": "true"}.get(
            field["type"], "1"
        )
        for operator in field["operators"]:
            written = values.get(operator, "{}").format(value) if operator != "exists" else ""
            parse(f"{field['name']} {operator} {written}")


def test_columns_of_a_trace_too(run, tmp_path):
    trace = write_trace(tmp_path / "t.db", boot())
    run_sql(
        trace, "CREATE TABLE odd (id INTEGER PRIMARY KEY, what TEXT, FOREIGN KEY(id) REFERENCES event (id))"
    )
    code, out, _ = run("fields", trace)
    assert code == 0
    assert "odd.what  (as stored)" in out
    assert "syscall.retno  (as stored)" in out
    assert "odd.what" not in run("fields")[1]


def test_no_trace_is_code_3(run, tmp_path):
    code, out, err = run("fields", tmp_path / "none.db")
    assert (code, out) == (3, "")
    assert "does not exist" in err


def test_saved_filters_are_listed_as_toml(run, tmp_path):
    assert run("filters") == (0, "[filters]\n", "")
    assert run("filters", "--save", "noise", "path pmatch (/proc, /sys)") == (0, "", "")
    assert run("filters", "--save", "quiet", 'not @noise and buffer contains "\\n"') == (0, "", "")
    code, out, err = run("filters")
    assert (code, err) == (0, "")
    assert loads(out) == {
        "noise": "path pmatch (/proc, /sys)",
        "quiet": 'not @noise and buffer contains "\\n"',
    }
    assert (tmp_path / "config" / "tracetui" / "filters.toml").read_text() == out


def test_a_saved_filter_can_be_replaced_and_removed(run):
    run("filters", "--save", "a", "failed")
    run("filters", "--save", "a", "not failed")
    assert loads(run("filters")[1]) == {"a": "not failed"}
    assert run("filters", "--remove", "a") == (0, "", "")
    assert run("filters") == (0, "[filters]\n", "")
    assert run("filters", "--remove", "a") == (2, "", "tracetui: no filter is saved as 'a'\n")


def test_an_export_can_be_imported(run, tmp_path, monkeypatch):
    run("filters", "--save", "a", "failed")
    run("filters", "--save", "b", "@a and id > 3")
    exported = tmp_path / "my.toml"
    exported.write_text(run("filters")[1])
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "other"))
    assert run("filters", "--import", exported) == (0, "", "tracetui: 2 filters were imported\n")
    assert run("filters")[1] == exported.read_text()


def test_an_import_from_standard_input(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('[filters]\na = "failed"\n'))
    assert run("filters", "--import", "-")[0] == 0
    assert loads(run("filters")[1]) == {"a": "failed"}


def test_an_import_says_what_it_refused(run, tmp_path):
    (tmp_path / "in.toml").write_text('[filters]\ngood = "failed"\nbad = "fd.nmae = 3"\n"b c" = "failed"\n')
    code, _, err = run("filters", "--import", tmp_path / "in.toml")
    assert code == 2
    assert "1 filters were imported" in err
    assert "'bad' was not" in err
    assert "'b c' was not" in err
    assert loads(run("filters")[1]) == {"good": "failed"}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--save", "a b", "failed"), "letters, digits"),
        (("--save", "a", "fd.nmae = 3"), "did you mean fd.name?"),
        (("--save", "a", "@a"), "contains itself"),
        (("--save", "a", "@b"), "no filter is saved as 'b'"),
        (("--save", "a"), "--save"),
        (("--remove", "a", "--save", "b", "c"), "not allowed with"),
        (("--import", "/nonexistent.toml"), "does not exist"),
    ],
)
def test_what_cannot_be_saved_is_code_2(run, argv, said):
    code, out, err = run("filters", *argv)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("content", [b"[filters", b"\xff", b"filters = 3\n"])
def test_a_broken_file_is_a_message_and_stays(run, tmp_path, content):
    file = tmp_path / "config" / "tracetui" / "filters.toml"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    for argv in ((), ("--save", "a", "failed")):
        code, out, err = run("filters", *argv)
        assert (code, out) == (2, "")
        assert "filters.toml" in err
    assert file.read_bytes() == content


def test_the_explorer_checks_its_filter_before_it_opens_anything(run, tmp_path):
    code, _, err = run(tmp_path / "none.db", "--filter", "failed and")
    assert code == 2
    assert "the filter ends too early" in err


def test_the_explorer_accepts_columns_of_unknown_tables(run, tmp_path):
    trace = write_trace(tmp_path / "t.db", boot())
    run_sql(
        trace, "CREATE TABLE odd (id INTEGER PRIMARY KEY, what TEXT, FOREIGN KEY(id) REFERENCES event (id))"
    )
    code, _, err = run(trace, "--filter", "odd.what = yes")
    assert code == 2
    assert "needs a terminal" in err
    code, _, err = run(trace, "--filter", "odd.waht = yes")
    assert code == 2
    assert "odd.what" in err
