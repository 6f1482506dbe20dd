"""One connection to a server, opened with care: what answers is recognised first, and nothing waits for ever."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Any

from namesync.dialects.server import GREETINGS, recognise
from namesync.errors import Unsupported
from namesync.model import Provider

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from namesync.sources.url import Target

_GRACE_S = 5  # how much longer than the server's own statement timeout the client waits


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for a connection, and for the answer to one statement."""

    connect_s: float = 10
    statement_s: float = 60


def engine_for(target: Target, limits: Limits) -> tuple[Engine, list[tuple[Provider, str]]]:
    """An engine without a pool, and the list to which each new connection adds its provider and server version.

    They are asked before SQLAlchemy asks anything itself, since it fails in words of its own on servers it does not know.
    Connecting raises `Unsupported` for those.
    """
    from sqlalchemy import NullPool, create_engine, event

    engine = create_engine(
        target.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",  # transactions begin with the reader's own statements
        connect_args=_arguments(target, limits),
        **({"use_native_hstore": False} if target.provider_family is Provider.POSTGRESQL else {}),
    )
    greetings: list[tuple[Provider, str]] = []

    def greet(driver_connection: Any, _record: object) -> None:
        try:
            with _hanging_up(driver_connection, limits.connect_s):
                words = _words(driver_connection, GREETINGS[target.provider_family].version)
            greetings.append(recognise(target.provider_family, words))
        except Unsupported as error:
            driver_connection.close()
            raise Unsupported(f"{target.shown}: {error.what}", error.hint) from None
        except BaseException:
            driver_connection.close()
            raise
        if target.provider_family is Provider.MYSQL:
            # While connecting, PyMySQL waits `read_timeout` for each answer; a query may take longer than that.
            driver_connection._read_timeout = limits.statement_s + _GRACE_S

    event.listen(engine, "connect", greet, insert=True)
    return engine, greetings


@contextmanager
def answering(connection: Connection, limits: Limits) -> Iterator[None]:
    """While the block waits for one answer; raises TimeoutError when the server itself does not keep its time limit."""
    with _hanging_up(connection.connection.driver_connection, limits.statement_s + _GRACE_S):
        yield


def _words(driver_connection: Any, query: str) -> str:
    cursor = driver_connection.cursor()
    try:
        cursor.execute(query)
        return " ".join(map(str, cursor.fetchone()))
    finally:
        cursor.close()
        driver_connection.rollback()


@contextmanager
def _hanging_up(driver_connection: Any, seconds: float) -> Iterator[None]:
    """Closes the socket of a PostgreSQL connection that is silent for longer; PyMySQL has a limit of its own."""
    if not hasattr(driver_connection, "pgconn"):
        yield
        return
    silent = False

    def hang_up() -> None:
        nonlocal silent
        silent = True
        with suppress(OSError), socket.socket(fileno=os.dup(driver_connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if silent:
            raise TimeoutError("timed out") from None
        raise
    finally:
        timer.cancel()


def _arguments(target: Target, limits: Limits) -> dict[str, Any]:
    """The driver's arguments, with those that keep a silent server from holding us for ever; the URL's own win."""
    given = target.connect_args
    match target.provider_family:
        case Provider.POSTGRESQL:
            return {
                "connect_timeout": max(2, round(limits.connect_s)),  # to libpq less than 2 is 2
                "tcp_user_timeout": round((limits.statement_s + _GRACE_S) * 1000),
                "application_name": "namesync",
                **given,
                "client_encoding": "UTF8",
                "prepare_threshold": None,  # no prepared statements: PgBouncer may change the server connection
            }
        case Provider.MYSQL | Provider.MARIADB:
            wait = given.get("connect_timeout", limits.connect_s)
            return {"connect_timeout": wait, "read_timeout": wait, "write_timeout": wait, "program_name": "namesync", **given}
        case Provider.SQLITE:
            return {"timeout": limits.connect_s, **given}
