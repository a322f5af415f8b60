"""The connections that SQLAlchemy sees, of one engine for all traces: it compiles each statement once."""

from __future__ import annotations

from contextvars import ContextVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from tracetui.trace.connection import ReadConnection

_DRIVER: ContextVar[ReadConnection] = ContextVar("_DRIVER")
"""What the connection that is being made asks."""

_REMEMBERED = 60
"""Compiled statements that are kept: the compiled form of a filter over all texts takes 0.1 MB."""

_ENGINE = create_engine("sqlite://", creator=_DRIVER.get, poolclass=NullPool, query_cache_size=_REMEMBERED)


def connection_to(driver: ReadConnection) -> Connection:
    """A connection that asks ``driver``, and closes it when it is closed."""
    token = _DRIVER.set(driver)
    try:
        return _ENGINE.connect().execution_options(isolation_level="AUTOCOMMIT")
    finally:
        _DRIVER.reset(token)
