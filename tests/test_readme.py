"""The README says what is so: its keys, filters, commands, links and pictures."""

from __future__ import annotations

import re
import shlex

import pytest
from markdown_tables import DEMO, ROOT, code, table

from tracetui.cli import main
from tracetui.cli.verbs import VERBS
from tracetui.tui.screens.help import binding_sections

README = (ROOT / "README.md").read_text()
KEYS = table(README, "where", "keys", "what")
FILTERS = table(README, "filter", "events", "meaning")
COMMANDS = [
    line
    for script in re.findall(r"^```sh.*?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for line in script.splitlines()
]
PROGRAMS = re.findall(r'^```python prints "(.*?)"\n(.*?)^```$', README, re.MULTILINE | re.DOTALL)
LINKS = re.findall(r"\]\((?!https?:)([^)]+)\)", README)


def one_word(keys):
    """Names of keys without spaces inside."""
    return keys.replace("page ", "page")


def bound_keys():
    """The keys of the application by where they work."""
    return {
        where: {key for keys, _ in section for key in one_word(keys).split()}
        for where, section in binding_sections()
    }


@pytest.mark.parametrize("row", KEYS, ids=lambda row: f"{row['where']} {row['keys']}")
def test_keys_do_something_where_the_table_says(row):
    named = {one_word(key) for key in code(row["keys"])}
    assert named
    assert named <= bound_keys()[row["where"]]


def test_every_key_that_works_everywhere_is_in_the_table():
    named = {one_word(key) for row in KEYS if row["where"] == "Everywhere" for key in code(row["keys"])}
    assert bound_keys()["Everywhere"] <= named


@pytest.mark.parametrize("row", FILTERS, ids=lambda row: row["filter"])
def test_filters_match_as_many_events_as_the_table_says(row, capsys):
    (expression,) = code(row["filter"])
    assert main(["query", str(DEMO), expression, "--count"]) == 0
    assert f"{int(capsys.readouterr().out):,}" == row["events"]


def test_the_first_command_opens_the_demo_and_the_second_runs_the_tests():
    first, second = COMMANDS[:2]
    assert first.endswith(f"tracetui {DEMO.relative_to(ROOT)}")
    assert second.endswith("pytest")


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("tracetui ")])
def test_commands_are_understood(command, capsys):
    _, verb, *options = shlex.split(command.partition(" -- ")[0])
    assert verb in VERBS
    assert main([verb, "--help"]) == 0
    described = capsys.readouterr().out
    assert all(option in described for option in options if option.startswith("-"))


@pytest.mark.parametrize("link", LINKS)
def test_links_lead_to_files(link):
    assert (ROOT / link).is_file()


def test_it_starts_with_a_picture():
    assert README.split("\n\n")[1].startswith("![")


@pytest.mark.parametrize("picture", [link for link in LINKS if link.endswith(".png")])
def test_pictures_are_small(picture):
    assert (ROOT / picture).stat().st_size < 250_000


def test_programs_print_what_they_say(tmp_path, monkeypatch, capsys):
    (tmp_path / "demo_db").symlink_to(DEMO.parent)
    monkeypatch.chdir(tmp_path)
    assert len(PROGRAMS) == README.count("```python")
    names: dict[str, object] = {}
    for printed, program in PROGRAMS:
        exec(compile(program, "README.md", "exec"), names)
        assert printed.replace('\\"', '"') in capsys.readouterr().out
