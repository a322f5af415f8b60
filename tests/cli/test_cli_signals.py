"""A signal ends a command wherever it strikes, also where Python drops what is raised."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from tracetui.cli.guard import guarded
from tracetui.cli.signals import ENDING

ENDED = 128 + signal.SIGHUP


def strike(number: int = signal.SIGHUP) -> None:
    os.kill(os.getpid(), number)
    for _ in range(100):
        pass  # a handler runs between two instructions


class Finalised:
    def __del__(self) -> None:
        strike()


class Referred:
    pass


def in_a_finaliser() -> None:
    Finalised()


def in_a_callback_of_a_weak_reference() -> None:
    referred = Referred()
    reference = weakref.ref(referred, lambda _: strike())
    del referred
    assert reference() is None


def in_a_function_that_sqlite_calls() -> None:
    connection = sqlite3.connect(":memory:")
    connection.create_function("strike", 0, strike)
    with suppress(sqlite3.OperationalError):
        connection.execute("SELECT strike()")
    connection.close()


def ended_code(struck: Callable[[], None]) -> int:
    """The exit code of a command that is struck and would go on for long."""
    went_on = []

    def run(_: Sequence[str]) -> int:
        struck()
        time.sleep(20)
        went_on.append(struck)
        return 0

    code = guarded(run, [])
    assert not went_on
    return code


@pytest.mark.parametrize("number", ENDING)
def test_each_of_the_signals_ends_a_command_quietly(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended_code(lambda: strike(number)) == 128 + number
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "struck",
    [in_a_finaliser, in_a_callback_of_a_weak_reference, in_a_function_that_sqlite_calls],
)
def test_a_command_is_ended_wherever_the_signal_strikes(
    struck: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_code(struck) == ENDED
    assert capsys.readouterr().err == ""


def test_what_fails_for_a_signal_is_not_told_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: Sequence[str]) -> int:
        in_a_function_that_sqlite_calls()
        raise OSError("interrupted")

    assert guarded(run, []) == ENDED
    assert capsys.readouterr().err == ""


def test_an_error_of_a_finaliser_is_reported_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_type))

    class Failing:
        def __del__(self) -> None:
            raise ValueError

    def run(_: Sequence[str]) -> int:
        Failing()
        return 0

    assert guarded(run, []) == 0
    assert told == [ValueError]


def test_the_handlers_of_a_program_are_given_back() -> None:
    hook = sys.unraisablehook
    watched = (*ENDING, signal.SIGALRM)
    handlers = [signal.getsignal(number) for number in watched]
    assert ended_code(strike) == ENDED
    assert [signal.getsignal(number) for number in watched] == handlers
    assert sys.unraisablehook == hook
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
