"""Lines of strace in every dress: columns, arguments, results."""

from __future__ import annotations

import pytest

from tracetui.sources.strace.arguments import UnbalancedArguments, split_arguments, split_items
from tracetui.sources.strace.calls import NotACall, parse_call, parse_tail, unfinished_call
from tracetui.sources.strace.clock import Clock
from tracetui.sources.strace.lines import cut_glued_message, split_line
from tracetui.sources.strace.text import decode, symbolic, unescape

EPOCH = 1_795_243_027_455_073_000


@pytest.mark.parametrize(
    ("columns", "tid", "ts", "comm"),
    [
        ("", None, None, None),
        ("17 ", 17, None, None),
        ("17   ", 17, None, None),
        ("[pid    17] ", 17, None, None),
        ("[pid 17<sleep>] ", 17, None, "sleep"),
        ("17<sleep> ", 17, None, "sleep"),
        ("17 1795243027.455073 ", 17, EPOCH, None),
        ("17 1795243027.455073000 ", 17, EPOCH, None),
        ("1795243027.455073 ", None, EPOCH, None),
        ("[pid 17] 1795243027.455073 ", 17, EPOCH, None),
        ("1795243027.455073 (+     0.000123) ", None, EPOCH, None),
        ("     0.000123 ", None, 123_000, None),
        ("17      0.000123 ", 17, 123_000, None),
        ("[ 257] [00007f5491adfad7] ", None, None, None),
        ("17 [00007f5491adfad7] ", 17, None, None),
    ],
)
def test_columns(columns: str, tid: int | None, ts: int | None, comm: str | None) -> None:
    line = split_line(columns + "brk(NULL) = 0x1000", Clock(0))
    assert (line.tid, line.ts, line.comm, line.body) == (tid, ts, comm, "brk(NULL) = 0x1000")


def test_times_of_day_get_the_date_of_the_log_and_pass_midnight() -> None:
    written = Clock(0).of_day("00:00:01") // 1_000_000_000  # some midnight in local time, and a second
    clock = Clock(written)
    before = clock.of_day("23:59:59.500000")
    after = clock.of_day("00:00:00.250000")
    assert after - before == 750_000_000
    assert before < written * 1_000_000_000, "the log was not written before its lines"


def test_relative_times_add_up() -> None:
    clock = Clock(0)
    assert [clock.relative(text) for text in ("0.000000", "0.000100", "1.5")] == [0, 100_000, 1_500_100_000]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (")", []),
        ("NULL)", ["NULL"]),
        ("1, 2)", ["1", "2"]),
        ('3</etc/passwd>, "a\\"b, c)", 5)', ["3</etc/passwd>", '"a\\"b, c)"', "5"]),
        ('"cut"..., 5)', ['"cut"...', "5"]),
        ("AT_FDCWD</tmp>, 1)", ["AT_FDCWD</tmp>", "1"]),
        ("-100 /* AT_FDCWD */</tmp>, 1)", ["-100 /* AT_FDCWD */</tmp>", "1"]),
        ("3</a) = b, c>(deleted), 1)", ["3</a) = b, c>(deleted)", "1"]),
        ('3</a\\"b>, "x")', ['3</a\\"b>', '"x"']),
        ("3<TCP:[127.0.0.1:80->127.0.0.1:5]>, 1)", ["3<TCP:[127.0.0.1:80->127.0.0.1:5]>", "1"]),
        ("0</dev/null<char 1:3>>, 1)", ["0</dev/null<char 1:3>>", "1"]),
        ("0x1 /* A */|0x800 /* B */, 0)", ["0x1 /* A */|0x800 /* B */", "0"]),
        ("{a=1, b={c=[1, 2]}}, [3], ~[A B])", ["{a=1, b={c=[1, 2]}}", "[3]", "~[A B]"]),
        ('{sin_port=htons(80), x=inet_addr("1.2.3.4")}, 16)', None),
        ("[{fd=3</x>, events=POLLIN}], 1, 10)", ["[{fd=3</x>, events=POLLIN}]", "1", "10"]),
        ("{flags=A} => {parent_tid=[5]}, 88)", ["{flags=A} => {parent_tid=[5]}", "88"]),
        ("_IOC(_IOC_WRITE, 0x64, 0x1, 0x4), 0)", ["_IOC(_IOC_WRITE, 0x64, 0x1, 0x4)", "0"]),
        ("{a=1 /* x, y) */}, 2)", ["{a=1 /* x, y) */}", "2"]),
        ("a, , b)", ["a", "", "b"]),
    ],
)
def test_arguments(text: str, expected: list[str] | None) -> None:
    found, end = split_arguments(text + " = 0", 0)
    assert found == (expected if expected is not None else text[:-1].rsplit(", ", 1))
    assert end == len(text)


@pytest.mark.parametrize("text", ['"open', "{a", "[1, 2", "3 /* x", "", "a, b", '"' * 1001, "/*" * 1000])
def test_unbalanced_arguments(text: str) -> None:
    with pytest.raises(UnbalancedArguments):
        split_arguments(text, 0)


def test_items_of_an_array() -> None:
    assert split_items('["a, b", NULL, ...]') == ['"a, b"', "NULL", "..."]
    assert split_items("0x7ffc") == []
    assert split_items("[]") == []


@pytest.mark.parametrize(
    ("result", "number", "text", "nanoseconds"),
    [
        ("0", 0, "0x0", None),
        ("3</etc/passwd>", 3, "0x3", None),
        ("3</a) = b>", 3, "0x3", None),
        ("0x7f364e409000 <0.000041>", 0x7F364E409000, "0x7f364e409000", 41_000),
        ("0xfffffffffffff000", -4096, "-0x1000", None),
        ("022", 0o22, "0x12", None),
        ("0 (Timeout) <1.000001234>", 0, "0x0", 1_000_001_234),
        ("1 ([{fd=3, revents=POLLIN}])", 1, "0x1", None),
        ("0x8000 (flags O_RDONLY|O_LARGEFILE)", 0x8000, "0x8000", None),
        ("?", None, None, None),
        ("? <unavailable>", None, None, None),
        (
            "? ERESTARTSYS (To be restarted if SA_RESTART is set) <0.5>",
            -512,
            "ERESTARTSYS(To be restarted if SA_RESTART is set)",
            500_000_000,
        ),
        ("-1 ENOENT (No such file or directory)", -2, "ENOENT(No such file or directory)", None),
        ("-1 ENOENT (No such file or directory) (INJECTED)", -2, "ENOENT(No such file or directory)", None),
        ("-1 EAGAIN", -11, "EAGAIN()", None),
        ("-1 (errno 524)", -524, "-0x20c", None),
        ("-1", -1, "-0x1", None),
        ("99999999999999999999", 99999999999999999999 - 5 * 2**64, "0x6bc75e2d630fffff", None),
    ],
)
def test_results(result: str, number: int | None, text: str | None, nanoseconds: int | None) -> None:
    call = parse_call(f"x(1)    = {result}")
    assert (call.result, call.result_text, call.duration) == (number, text, nanoseconds)


def test_new_pid_of_another_namespace() -> None:
    assert parse_call("fork() = 2 /* 3456 in strace's PID NS */").new_pid == 3456
    assert parse_call("fork() = 2").new_pid == 2


@pytest.mark.parametrize(
    "text", ["", "hello", "f(", "f(1)", "f(1) = x", "f(1) 3", "(1) = 3", "f(1) = ", ") = 1"]
)
def test_what_is_no_call(text: str) -> None:
    with pytest.raises(NotACall):
        parse_call(text)


def test_tail_of_a_call_that_began_before_the_log() -> None:
    call = parse_tail("read", '"a) = 1", 10) = 3 <0.1>')
    assert (call.name, call.arguments, call.result) == ("read", [], 3)
    with pytest.raises(NotACall):
        parse_tail("read", "nothing")


def test_beginning_of_a_call_that_never_ended() -> None:
    assert unfinished_call("read(0</dev/null>, ").arguments == ["0</dev/null>"]
    assert unfinished_call("futex(0x1, FUTEX_WAIT, 2, NULL").arguments == ["0x1", "FUTEX_WAIT", "2", "NULL"]
    assert unfinished_call("select(1, [0").result is None
    assert unfinished_call("pause(").arguments == []


def test_message_glued_to_a_call() -> None:
    assert cut_glued_message("clone(flags=SIGCHLDstrace: Process 12 attached") == "clone(flags=SIGCHLD"
    assert cut_glued_message("strace: Process 12 attached") is None
    assert cut_glued_message('write(1, "strace: Process 12 attached", 9) = 9') is None


@pytest.mark.parametrize(
    ("quoted", "raw"),
    [
        ("plain", b"plain"),
        (r"\177ELF\2\1\0", b"\x7fELF\x02\x01\x00"),
        (r"\0001", b"\x001"),
        (r"\x7f\xff\"\\", b'\x7f\xff"\\'),
        (r"\n\t\r\v\f", b"\n\t\r\v\f"),
        (r"\303\251", "é".encode()),
        (r"\q\u1234\N{DASH}", b"qu1234N{DASH}"),
        (r"\777", b"\xff"),
        ("tail\\", b"tail\\"),
        ("\xff", b"\xff"),
    ],
)
def test_escapes(quoted: str, raw: bytes) -> None:
    assert unescape(quoted) == raw


def test_text_of_bytes() -> None:
    assert decode("é".encode()) == "é"
    assert decode(b"\xff\xe9") == "ÿé"
    assert decode("aé".encode()[:-1]) == "aÃ", "a character cut off does not spoil the text before it"


def test_comments_take_the_place_of_numbers() -> None:
    text = r'{st_mode=0100755 /* S_IFREG|0755 */, sin_port="\0P" /* htons(80) */, x=[17 /* SIGCHLD */]}'
    assert symbolic(text) == "{st_mode=S_IFREG|0755, sin_port=htons(80), x=[SIGCHLD]}"
