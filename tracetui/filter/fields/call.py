"""Fields of system calls: name, arguments, result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.events.errnos import MAX_ERRNO, MEANINGS, NUMBERS
from tracetui.events.families import common_name, kernel_names
from tracetui.filter import derive
from tracetui.filter.field import Derived, Field, Kind, Number, Stored, Values
from tracetui.filter.fields.flow import of_rows
from tracetui.filter.fields.values import PAIRS, one
from tracetui.filter.operands import number

if TYPE_CHECKING:
    from tracetui.events.record import Record


def _arguments(record: Record) -> Values:
    stored = record.event.__dict__
    for argument in record.arguments:
        yield from derive.argument_values(argument, stored.get(f"arg{argument.index}_repr"))


def _argument(index: int) -> Field:
    def values(record: Record) -> Values:
        for argument in record.arguments:
            if argument.index == index:
                stored = record.event.__dict__.get(f"arg{index}_repr")
                yield from derive.argument_values(argument, stored)

    columns = PAIRS[2 * index : 2 * index + 2]
    return Field(
        f"arg{index}",
        Kind.MIXED,
        f"argument {index} of a call: its number, or its text",
        (f"evt.arg[{index}]", f"evt.arg{index}"),
        'arg1 contains "/dev/"' if index == 1 else f"arg{index} = 0x{index + 1}",
        values,
        (
            Number(f"=arg{index}", ("syscall",)),
            Derived(columns, derive.one_argument, columns[1:], whole=True, only_text=True),
        ),
        wraps32=True,
    )


def _raw_argument(index: int) -> Field:
    def values(record: Record) -> Values:
        return (a.value for a in record.arguments if a.index == index and a.value is not None)

    return Field(
        f"rawarg{index}",
        Kind.NUMBER,
        f"argument {index} of a call as a number only",
        (f"evt.rawarg[{index}]", f"evt.rawarg{index}"),
        f"rawarg{index} >= 0x1000",
        values,
        (Number(f"=arg{index}", ("syscall",)),),
        wraps32=True,
    )


def errno_number(word: str) -> int | None:
    """The negative result that an error name stands for."""
    name = word.removeprefix("-").upper()
    return -NUMBERS[name] if name in NUMBERS else None


def _positive_errno(word: str) -> int | None:
    """``ENOENT``, ``2`` and ``-2`` are 2."""
    value = number(word)
    if isinstance(value, int):
        return abs(value) if value > -MAX_ERRNO else value
    result = errno_number(word)
    return None if result is None else -result


def _errno_names(word: str) -> tuple[str, ...]:
    synonyms = {"EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK", "ENOTSUP": "EOPNOTSUPP"}
    name = word.removeprefix("-").upper()
    return (name, synonyms[name]) if name in synonyms else (name,)


def _outcomes(word: str) -> tuple[str, ...]:
    """A written result in the letters of a stored one, and the numbers of nameless errors as they are."""
    return tuple(dict.fromkeys((word, *_errno_names(word))))


_kevent_name = of_rows(str, "kevent.name")

CALL_FIELDS: tuple[Field, ...] = (
    Field(
        "name",
        Kind.TEXT,
        "name of a call, with or without sys_ (stat: all of its family, sys_newstat: only itself)",
        ("syscall.name", "syscall", "kevt.name", "evt.name"),
        "name in (open, stat)",
        lambda r: (*(() if r.name is None else (r.name, common_name(r.name))), *_kevent_name(r)),
        (Stored("syscall.name", also=common_name), Stored("kevent.name")),
        expand=kernel_names,
    ),
    *(_argument(index) for index in range(6)),
    *(_raw_argument(index) for index in range(6)),
    Field(
        "args",
        Kind.MIXED,
        "any argument of a call",
        ("evt.args", "arg"),
        "args contains nvram",
        _arguments,
        tuple(source for index in range(6) for source in _argument(index).sources),
        wraps32=True,
    ),
    Field(
        "ret",
        Kind.NUMBER,
        "result of a call, signed; error names stand for their negative number",
        ("evt.rawres", "retno", "result", "sf.ret", "ret.val"),
        "ret < 0",
        one(lambda r: r.retno),
        (Number("=retno", ("syscall",)),),
        number_of=errno_number,
        in_words="res",
    ),
    Field(
        "errno",
        Kind.MIXED,
        "error of a failed call, by name or by positive number",
        ("evt.errno",),
        "errno in (ENOENT, EACCES)",
        lambda r: [value for value in (r.errno, r.errno_name) if value is not None],
        (
            Number("=errno", ("syscall",)),
            Derived(
                ("=errno", "syscall.retno_repr"),
                derive.errno_text,
                guard="=errno",
                repeats=True,
                only_text=True,
                computed="=errno_name",
            ),
        ),
        number_of=_positive_errno,
        quoted_numbers=True,
        expand=_errno_names,
        words=lambda: {**NUMBERS, **MEANINGS},
        refuse={"success": "a call without an error has no errno: write res = SUCCESS"},
    ),
    Field(
        "res",
        Kind.TEXT,
        "SUCCESS, or the name of the error, or its number where it has none",
        ("evt.res",),
        "res = SUCCESS",
        lambda r: (
            () if r.retno is None else derive.outcome(r.retno, r.errno, r.errno_name and f"{r.errno_name}(")
        ),
        (
            Derived(
                ("=retno", "=errno", "syscall.retno_repr"), derive.outcome, repeats=True, computed="=outcome"
            ),
        ),
        expand=_outcomes,
        refuse=dict.fromkeys(("failed", "failure", "error"), "a call with any error: failed"),
    ),
    Field(
        "failed",
        Kind.FLAG,
        "whether the result of a call is an error (-4095 to -1)",
        ("evt.failed",),
        "failed",
        one(lambda r: None if r.failed is None else int(r.failed)),
        (Number("=failed", ("syscall",)),),
    ),
)
