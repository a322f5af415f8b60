"""What is said of a text that is no filter: the place, what was expected, the nearest known name."""

from __future__ import annotations

import pytest

from tracetui.filter import FilterError, FilterTooLarge, parse
from tracetui.filter.parser import MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH

TABLES = {"odd": ("what",)}
SAVED = {"noise": "path pmatch /proc", "loop": "@loop2", "loop2": "not @loop", "wrong": "id ="}


def error_of(text):
    with pytest.raises(FilterError) as caught:
        parse(text, tables=TABLES, saved=SAVED)
    assert caught.value.text == text
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        # names
        ("fd.nmae = 3", "fd.nmae", "did you mean fd.name?"),
        ("id = 1 and proc.nam = x", "proc.nam", "did you mean proc.name?"),
        ("errn = ENOENT", "errn", "did you mean errno?"),
        ("evt.typo", "evt.typo", "did you mean evt.type?"),
        ("odd.waht = 1", "odd.waht", "did you mean odd.what?"),
        ("xyzzyq = 1", "xyzzyq", 'quote it: "xyzzyq"'),
        ("exists(fd.nmae)", "fd.nmae", "did you mean fd.name?"),
        ("len(fd.nmae) > 3", "fd.nmae", "did you mean fd.name?"),
        ("lowr(procname) = a", "lowr", "did you mean lower?"),
        ("frobnicate(procname) = a", "frobnicate", "expected lower"),
        ("@nose", "@nose", "did you mean @noise?"),
        ("@xyzzy", "@xyzzy", "no filter is saved as 'xyzzy'"),
        ("@loop", "@loop", "contains itself"),
        ("@wrong", "@wrong", "in the saved filter 'wrong': no value after id"),
        # kinds
        ("evt.type = syscall", "syscall", "write type = syscall"),
        ("evt.type in (openat, proc_start)", "proc_start", "write type = proc_start"),
        ("evt.type = proc_exit", "proc_exit", "type = proc_exit"),
        # values that do not fit
        ("id = abc", "abc", "id is a number; expected a number"),
        ("id = path", "path", "${path}"),
        ("id in (1, x)", "x", "expected a number"),
        ("id in (1..x)", "1..x", "expected a number"),
        ("id < abc", "abc", "expected a number"),
        ("ret = ENOPE", "ENOPE", "an error name"),
        ("errno = ENOENTT", "ENOENTT", "did you mean ENOENT?"),
        ("errno = 'two words'", "'two words'", "no errno is called"),
        ("failed = maybe", "maybe", "true or false"),
        ("failed contains t", "t", "failed is true or false"),
        ("ts > yesterday", "yesterday", "2026-01-31T12:00:00"),
        ("duration > 3 fortnights", "fortnights", "does not belong here"),
        ("duration > long", "long", "10ms"),
        ("procname = 1..5 and id = x", "x", "expected a number"),
        ("buffer bcontains xyz", "xyz", "47455420"),
        ("buffer bcontains 4", "4", "hexadecimal"),
        ("buffer contains hex:zz", "hex:zz", "hexadecimal digits"),
        ("procname bcontains 61", "61", "procname holds no bytes"),
        ("arg0 contains 1..5", "1..5", "contains does not take a range"),
        ("len(pid) > 3", "pid", "len cannot be asked of pid"),
        # patterns
        ("path ~ a(b", "a(b", "not a regular expression"),
        ("path ~ '(?P<x'", "'(?P<x'", "not a regular expression"),
        ("path ~ *.so", "*", "the operator is glob"),
        ("path regex [z-a]", None, "not a regular expression"),
        ("path glob '[z-a]'", "'[z-a]'", "goes down"),
        ("path in (a, b) and path ~ '('", "'('", "not a regular expression"),
        # something is missing
        ("", "", "an empty filter"),
        ("   ", "", "an empty filter"),
        ("id =", "", "no value after id; expected a number"),
        ("path contains", "", "no value after path"),
        ("id = 1 and", "", "the filter ends too early"),
        ("id = 1 or  ", "", "the filter ends too early"),
        ("and id = 1", "and", "nothing to filter by before 'and'"),
        ("id = 1 and or id = 2", "or", "nothing to filter by before 'or'"),
        ("not", "", "the filter ends too early"),
        ("()", ")", "nothing to filter by before ')'"),
        ("= 3", "=", "nothing to filter by before '='"),
        ("(id = 1", "(", "not closed"),
        ("id = 1)", ")", "closed that was not opened"),
        ("id in (1, 2", "(1, 2", "a list is not closed"),
        ("id in ()", "()", "an empty list"),
        ("id in ..", "..", "a range without its ends"),
        ("path = 'abc", "'abc", "without its end; expected '"),
        ('path = "abc', '"abc', 'without its end; expected "'),
        ('""', '""', "an empty text is everywhere"),
        ("len path", "path", "does not belong here"),
        ("len(path", "", "len takes one field"),
        ("len()", ")", "a function without its field"),
        ("exists(fd", "", "exists takes one field"),
        ("fd = ${fd", "${fd", "not closed"),
        ("fd = ${nope}", "nope", "unknown field 'nope'"),
        ("fd = ${fd}", "${fd}", "none is selected"),
        # something is too much
        ("id 5", "5", "id is followed by no operator"),
        ("path contians x", "contians", "did you mean contains?"),
        ("id = 1 id = 2", "id", "'id' does not belong here"),
        ("id = 1 = 2", "=", "does not belong here"),
        ("id == = 2", "=", "expected a number"),
        ("path = a b", "b", "'b' does not belong here"),
    ],
)
def test_errors_show_the_place_and_help(text, place, said):
    error = error_of(text)
    rendered = error.render()
    assert said in rendered
    if text and place is not None:
        shown = text[error.position : error.position + error.length]
        assert shown.startswith(place[: max(len(shown), 1)]), f"points at {shown!r}"
        lines = rendered.splitlines()
        assert lines[0].rstrip() == text.rstrip()
        assert lines[1].startswith(" " * error.position + "^")


def test_the_caret_is_under_the_place():
    error = error_of("syscall = openat and fd.nmae startswith /etc")
    assert error.render().splitlines() == [
        "syscall = openat and fd.nmae startswith /etc",
        "                     ^^^^^^^",
        "unknown field 'fd.nmae' – did you mean fd.name?",
    ]
    assert error.suggestion == "fd.name"
    assert (error.position, error.length) == (21, 7)


def test_the_caret_counts_cells_not_characters():
    lines = error_of("procname = '日本' and fd.nmae = 3").render().splitlines()
    assert lines[1].index("^") == len("procname = '____' and ")
    lines = error_of("procname = 'e\u0301' and fd.nmae = 3").render().splitlines()
    assert lines[1].index("^") == len("procname = '_' and ")


def test_control_characters_are_shown_not_sent():
    rendered = error_of("procname = '\x1b[31m\n\t' and fd.nmae = 3").render()
    assert "\x1b" not in rendered
    lines = rendered.splitlines()
    assert len(lines) == 3
    assert lines[0][lines[1].index("^") :].startswith("fd.nmae")


def test_of_a_long_filter_the_part_around_the_place_is_shown():
    text = " or ".join(["id = 1"] * 100 + ["fd.nmae = 3"] + ["id = 1"] * 100)
    lines = error_of(text).render().splitlines()
    assert len(lines[0]) <= 102
    assert lines[0].startswith("…")
    assert lines[0].endswith("…")
    assert lines[0][lines[1].index("^") :].startswith("fd.nmae")


@pytest.mark.parametrize("joint", [" and ", " or "])
def test_wide_filters_are_fine_up_to_a_limit(joint):
    assert len(parse(joint.join(["id = 1"] * MAX_CONDITIONS)).leaves) == MAX_CONDITIONS
    with pytest.raises(FilterTooLarge):
        parse(joint.join(["id = 1"] * (MAX_CONDITIONS + 1)))


@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("not ", ""), ("!", ""), ("not (", ")")])
def test_depth_has_a_limit(before, after):
    depth = MAX_DEPTH // (2 if before == "not (" else 1)
    parse(before * depth + "id = 1" + after * depth)
    for levels in (depth + 1, 3_000):
        with pytest.raises(FilterTooLarge):
            parse(before * levels + "id = 1" + after * levels)


def test_functions_are_nested_to_a_limit_only():
    parse("lower(" * 20 + "procname" + ")" * 20 + " = a")
    with pytest.raises(FilterError):
        parse("lower(" * 2_000 + "procname" + ")" * 2_000 + " = a")


def test_length_has_a_limit():
    parse("procname = " + "a" * (MAX_LENGTH - len("procname = ")))
    with pytest.raises(FilterTooLarge, match="16,385 characters"):
        parse("procname = " + "a" * (MAX_LENGTH + 1 - len("procname = ")))


def test_saved_filters_cannot_explode():
    saved = {"f0": "id = 1", **{f"f{n}": f"@f{n - 1} or @f{n - 1}" for n in range(1, 19)}}
    with pytest.raises(FilterTooLarge, match="in the saved filter 'f9': more than 1,000 conditions"):
        parse("@f18", saved=saved)
    deep = {"f0": "id = 1", **{f"f{n}": f"@f{n - 1}" for n in range(1, 50)}}
    with pytest.raises(FilterError, match="nested too deeply"):
        parse("@f49", saved=deep)


@pytest.mark.parametrize("count", [400, 401, 900])
def test_a_list_of_any_length(count):
    parse(f"id in ({', '.join(map(str, range(count)))})")


def test_saved_filters_cannot_nest_beyond_the_stack():
    saved = {f"f{n}": "(" * 90 + f"@f{n + 1}" + ")" * 90 for n in range(19)} | {"f19": "id = 1"}
    with pytest.raises(FilterTooLarge):
        parse("@f0", saved=saved)


def test_two_negations_are_none():
    assert parse("not not id = 1").root == parse("        id = 1").root
    assert parse("not not not id = 1").root == parse("        not id = 1").root
