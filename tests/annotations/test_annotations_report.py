"""The report: the events in the order of the trace, whatever hostile texts say."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from support import boot, openat, syscall, write_trace
from tracetui.annotations import Notebook
from tracetui.cli import main
from tracetui.events import Exec, Write, clean
from tracetui.output import annotated, markdown, report
from tracetui.trace import Trace

HOSTILE = (
    "# heading\n===\n---\n- item\n1. one\n> quote\n```\n<script>alert(1)</script>\n[a](http://b) ![c](d)\n"
    "| a | b |\n|---|---|\n<!-- \n&lt; *x* _y_ \\ `code` ~~z~~ http://h www.w.org a@b.c\n\n    indented\n\ttab\x1b[31m"
)


def told(path: Path) -> str:
    with Trace(path) as trace:
        book = Notebook(trace).read()
        return "".join(report(trace, book, annotated(trace, book)))


def kinds(text: str) -> list[str]:
    """What a reader of Markdown finds in a text, paragraphs and plain text left out."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    found = [token.type for token in tokens]
    found += [child.type for token in tokens for child in token.children or ()]
    return sorted(
        {kind for kind in found if kind.split("_")[0] not in ("paragraph", "text", "inline", "hardbreak")}
    )


@pytest.mark.parametrize("line", [*HOSTILE.splitlines(), "+ a", "12) a", "====", "_x_", "$x$", "*"])
def test_a_line_of_text_stays_text(line):
    assert kinds(markdown.text(line)) == []
    (inline,) = [token for token in MarkdownIt().parse(f"x {markdown.text(line)}") if token.type == "inline"]
    assert "".join(child.content for child in inline.children) == f"x {clean(line.strip())}".strip()


def test_a_quotation_keeps_its_lines_and_ends_where_it_ends():
    assert kinds(markdown.quote(HOSTILE)) == ["blockquote_close", "blockquote_open"]
    assert markdown.quote("one\n\ntwo\nthree") == "> one\n>\n> two\\\n> three"


@pytest.mark.parametrize("value", ["a`b", "``", "`a", "a`", "```", " x ", "plain", "\x1b]0;x\x07"])
def test_code_is_one_piece_of_code(value):
    tokens = MarkdownIt().parseInline(markdown.code(value))[0].children
    assert [token.type for token in tokens] == ["code_inline"]
    assert "\x1b" not in tokens[0].content


def test_a_block_of_code_is_not_ended_by_what_is_in_it():
    (token,) = MarkdownIt().parse(markdown.code_block(["``` a", "````", "b\nc"]))
    assert (token.type, token.content) == ("fence", "``` a\n````\nb␊c\n")


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    evil = "/x```\n# evil `<b>` [l](javascript:1)"
    events = [
        *boot(2),
        openat(evil, -2, procname="`| evil\n\n# name"),
        Write(procname="httpd", proc_id=0, fd=1, fname=evil, buffer=b"```\n# out\n" * 5),
        Exec(
            procname="[?]",
            proc_id=0,
            calltree="",
            argc="1",
            euid=0,
            egid=0,
            argv=repr([evil, "```"]),
            envp="{}",
        ),
        syscall("ioctl", (4, "fd=0x4(/dev/mtd0)"), (0x5401, "cmd=0x5401"), (0, "arg=0x0"), retno=-25),
    ]
    path = write_trace(tmp_path / "plu`gins.db", events)
    with Trace(path) as opened:
        notebook = Notebook(opened)
        for event_id in (16, 17, 18):
            notebook.note([event_id], HOSTILE)
        notebook.tag([18, 4], ["odd`|", "env=prod"])
        notebook.mark("b", 4)
        notebook.mark("a", 19)
    return path


def test_hostile_texts_make_nothing_but_text(trace):
    text = told(trace)
    assert kinds(text) == sorted(
        {
            *("heading_open", "heading_close", "fence", "code_inline", "blockquote_open", "blockquote_close"),
            *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        }
    )
    headings = [token for token in MarkdownIt().parse(text) if token.type == "heading_open"]
    assert len(headings) == 1 + 5
    assert "\x1b" not in text


def test_the_story_is_told_in_the_order_of_the_trace(trace):
    text = told(trace)
    assert text.startswith("# plu\\`gins.db\n\n5 annotated events · ")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Event 4 · mark b",
        "## Event 16",
        "## Event 17",
        "## Event 18",
        "## Event 19 · mark a",
    ]
    first = text[text.index("## Event 4") : text.index("## Event 16")]
    assert first == (
        '## Event 4 · mark b\n\n```text\nopenat("/dev/nvram", O_RDONLY) = ENOENT\n```\n\n'
        "- tags: `env=prod` ``odd`|``\n- process: `/sbin/init`\n"
        "- error: ENOENT (No such file or directory)\n- path: `/dev/nvram`\n\n"
    )


def test_the_verb_writes_it(trace, tmp_path, capsys):
    assert main(["export", str(trace), "--format", "md"]) == 0
    assert capsys.readouterr().out == told(trace)
    file = tmp_path / "report.md"
    assert main(["export", str(trace), "mark exists", "-o", str(file)]) == 0
    assert "2 annotated events" in file.read_text()
    assert main(["annotate", str(trace), "--format", "md"]) == 0
    assert capsys.readouterr().out == told(trace)


def test_it_is_never_written_over_the_trace_or_its_annotations(trace, capsys):
    notes = trace.with_name(trace.name + ".notes")
    for taken in (trace, notes):
        before = taken.read_bytes()
        assert main(["export", str(trace), "--format", "md", "-o", str(taken)]) == 2
        assert taken.read_bytes() == before
    assert "is where annotations are kept" in capsys.readouterr().err


def test_nothing_annotated_is_said(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", boot())
    assert main(["export", str(path), "--format", "md"]) == 0
    out, err = capsys.readouterr()
    assert "0 annotated events" in out
    assert "no event is annotated" in err
