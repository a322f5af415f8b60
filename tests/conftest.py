"""Options of the test run."""

from __future__ import annotations

import gc
from itertools import count

import pytest
from hypothesis import HealthCheck, settings

_NUMBERS = count()

_FEW_COLLECTIONS = (20_000, 20, 20)
"""Python's own thresholds cost a test run a twentieth of its time, and collecting tests a quarter."""


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown does not depend on the terminal from which the tests are started."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _beside_the_sources(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that tests start use the package that is installed, and write nothing among the sources."""
    monkeypatch.chdir(tmp_path_factory.getbasetemp())


@pytest.fixture(autouse=True)
def _own_user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes what belongs to the user: settings, saved filters, history, caches.

    The folders are other ones for each test, and not there until they are made.
    """
    home = tmp_path_factory.getbasetemp() / f"xdg-{next(_NUMBERS)}"
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


def pytest_configure(config: pytest.Config) -> None:
    """Property tests try the same examples in each usual run, and other ones in each long run.

    A busy machine is no failure: nothing is timed.
    """
    settings.register_profile(
        "tracetui",
        deadline=None,
        derandomize=not config.getoption("--long"),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("tracetui")
    gc.set_threshold(*_FEW_COLLECTIONS)


def pytest_collection_finish() -> None:
    """What has been imported and collected by now stays: it need not be looked through for garbage."""
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long variants of property and soak tests")
    parser.addoption("--update-snapshots", action="store_true", help="store the screens as they look now")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long variants out unless they are asked for: no test of the usual run is skipped."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
