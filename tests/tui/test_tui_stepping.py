"""Steps from match to match that are asked for before the matches are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual import events

from support import boot, write_trace
from tracetui.trace.positions import IdList
from tracetui.tui.messages import Found
from tracetui.tui.question import Question
from tracetui.tui.stepping import Reached, Step, Steps, reach
from tracetui.tui.view import Matches


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(30))


def send(driven: Driven, keys: str) -> None:
    """Keys that come in one piece, as those of a paste or a slow line do."""
    for key in keys:
        name = {"/": "slash", "\r": "enter", ":": "colon", "%": "percent_sign"}.get(key, key)
        driven.app.post_message(events.Key(name, key))


@pytest.mark.parametrize(("keys", "event_id"), [("", 4), ("n", 10), ("nn", 16), ("nnnN", 16)])
async def test_a_search_and_its_next_keys_in_one_piece(trace: Path, keys: str, event_id: int) -> None:
    async with explored(trace, follow=False) as driven:
        send(driven, f"/nvram\r{keys}")
        await driven.until(lambda: driven.list.current_id == event_id and driven.settled)


async def test_failures_are_counted_from_the_first_key_on(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        send(driven, "eee")
        await driven.until(lambda: driven.list.current_id == 10 and driven.settled)


async def test_where_to_go_in_one_piece(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        send(driven, ":50%\rj")
        await driven.until(lambda: driven.list.current_id == 93)


async def test_who_goes_elsewhere_is_not_fetched_back(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        pane = driven.pane
        question, _ = driven.explorer._filters.question("errno = ENOTTY")
        pane._session = None
        pane.mark("search", question, step=1)
        pane.list.select_id(20, by_user=True)
        pane.take_found(found(pane.beside["search"], 6, 12))
        assert pane.list.current_id == 20


def matches(*ids: int, done: bool = False) -> Matches:
    """Matches that have been found, and more to come unless ``done``."""
    sought = Matches("search")
    sought.apply(Question.__new__(Question), 1)
    if ids or done:
        sought.take(found(sought, *ids, done=done))
    return sought


def found(sought: Matches, *ids: int, done: bool = False) -> Found:
    return Found(sought.role, sought.generation, IdList(ids), before=False, done=done, last=99, seen=99)


@pytest.mark.parametrize(
    ("step", "sought", "reached"),
    [
        (Step(1), matches(), None),
        (Step(1), matches(5, 9), Reached(9, wrapped=False)),
        (Step(1, start=5), matches(5, 9), Reached(5, wrapped=False)),
        (Step(-1), matches(9), None),
        (Step(-1), matches(3, 9), Reached(3, wrapped=False)),
        (Step(1), matches(2, 3), None),
        (Step(1), matches(2, 3, done=True), Reached(2, wrapped=True)),
        (Step(-1), matches(8, 9, done=True), Reached(9, wrapped=True)),
        (Step(1), matches(done=True), Reached(None, wrapped=False)),
        (Step(1, start=7), matches(done=True), Reached(7, wrapped=False)),
    ],
)
def test_a_step_leads_to_a_match_or_waits(step: Step, sought: Matches, reached: Reached | None) -> None:
    assert reach(step, sought, 5) == reached


def test_matches_of_what_was_sought_before_are_not_gone_to() -> None:
    sought = matches(6, 7, 8)
    sought.apply(Question.__new__(Question), 1)
    assert sought.shown is not None
    assert reach(Step(1), sought, 5) is None


def test_steps_are_gone_in_order_and_given_up_with_what_was_sought() -> None:
    steps = Steps()
    steps.begin("search", Step(1, start=3))
    steps.add("search", Step(1))
    assert steps.next == Step(1, start=3)
    steps.gone()
    assert steps.next == Step(1)
    steps.begin("dim", None)
    assert steps.next == Step(1)
    steps.add("failures", Step(-1))
    assert (steps.role, steps.next) == ("failures", Step(-1))
    steps.begin("failures", None)
    assert steps.next is None
