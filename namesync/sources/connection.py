"""One connection to a server, opened with care: what answers is recognised first, and nothing waits for ever."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Any

from namesync.dialects.server import GREETINGS, recognise
from namesync.errors import Unsupported
from namesync.model import Provider
from namesync.sources.logs import POOL
from namesync.sources.waiting import within

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from namesync.sources.url import Target

CONNECT_S = 10.0
STATEMENT_S = 60.0
SILENT = "stopped answering"
"""In the words of the error raised when a server does not answer a statement in time."""

_EXCHANGES = ("do_execute", "do_executemany", "do_execute_no_params", "do_commit", "do_rollback")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: until a connection can be used, and for the answer to one statement."""

    connect_s: float = CONNECT_S
    statement_s: float = STATEMENT_S

    @classmethod
    def of(cls, target: Target, connect_s: float | None = None, statement_s: float = STATEMENT_S) -> Limits:
        """What is given; for the connection else the URL's `connect_timeout`, else ours."""
        return cls(connect_s or target.connect_args.get("connect_timeout") or CONNECT_S, statement_s)

    @property
    def answer_s(self) -> float:
        """How long the client waits: a little longer than the server, which can say more about it, at most a fifth."""
        return self.statement_s + min(0.1 + self.statement_s / 10, 5)


def engine_for(target: Target, limits: Limits) -> tuple[Engine, list[tuple[Provider, str]]]:
    """An engine without a pool, and the list to which each new connection adds its provider and server version.

    SQLAlchemy asks nothing itself: it fails in words of its own on servers it does not know, and under whatever is set for
    the role or the database. Connecting (with `connect`) raises `Unsupported` for those not known.
    """
    from sqlalchemy import NullPool, create_engine, event

    engine = create_engine(
        target.url,
        poolclass=NullPool,
        pool_logging_name=POOL,
        isolation_level="AUTOCOMMIT",  # transactions begin with the reader's own statements
        connect_args=arguments(target, limits),
        **({"use_native_hstore": False} if target.provider_family is Provider.POSTGRESQL else {}),
    )
    keep(engine, limits)
    engine.dialect.initialize = _nothing_more  # type: ignore[method-assign, assignment]
    greetings: list[tuple[Provider, str]] = []

    def greet(driver_connection: Any, _record: object) -> None:
        try:
            with _hanging_up(driver_connection, limits.connect_s):
                words = _words(driver_connection, target.provider_family)
            greetings.append(recognise(target.provider_family, words))
        except Unsupported as error:
            driver_connection.close()
            raise Unsupported(f"{target.shown}: {error.what}", error.hint) from None
        except BaseException:
            driver_connection.close()
            raise

    event.listen(engine, "connect", greet, insert=True)
    return engine, greetings


def connect(engine: Engine, limits: Limits) -> Connection:
    """A connection, within the limit from the resolving of the host's name to the first answers, whatever stalls on the way.

    Raises the driver's errors in SQLAlchemy's, and TimeoutError.
    """
    if engine.dialect.name == "sqlite":
        return engine.connect()
    return within(limits.connect_s, engine.connect, late=lambda connection: connection.close())


def keep(engine: Engine, limits: Limits) -> None:
    """Hold an engine for a server to the limits: whatever it says to the server has to be answered in time.

    A statement that is not raises the driver's own error, "stopped answering" in its words, and the connection is closed.
    """
    from sqlalchemy import event

    if engine.dialect.name == "sqlite":
        return
    for name in _EXCHANGES:
        setattr(engine.dialect, name, _timed(getattr(engine.dialect, name), limits.answer_s))

    def open_line(_dialect: object, _record: object, words: Any, parameters: dict[str, Any]) -> Any:
        parameters["connect_timeout"] = _first_wait(parameters)
        if engine.dialect.driver != "pymysql":
            return None
        from namesync.sources.mysql_line import MySQLLine

        line = MySQLLine(*words, **parameters, defer_connect=True)
        with _hanging_up(line, limits.connect_s):
            line.connect()
        line._read_timeout = limits.answer_s
        return line

    event.listen(engine, "do_connect", open_line)


def _timed(exchange: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """One of a dialect's functions that talk to the server, over a cursor or a connection, with a limit."""

    def timed(over: Any, *rest: Any, **named: Any) -> Any:
        driver_connection = getattr(over, "driver_connection", None) or over.connection
        if exchange.__name__ == "do_rollback" and closed(driver_connection):
            return None  # the server has rolled back; an error would hide why the connection was closed
        with _hanging_up(driver_connection, seconds):
            return exchange(over, *rest, **named)

    return timed


@contextmanager
def answering(connection: Connection, limits: Limits) -> Iterator[None]:
    """While the block waits for one answer, of which rows are taken as they come; raises TimeoutError."""
    with _hanging_up(connection.connection.driver_connection, limits.answer_s):
        yield


def _nothing_more(_connection: Connection) -> None:
    """What SQLAlchemy would ask a server when it first connects is of use to its own tables and types only."""


def _words(driver_connection: Any, family: Provider) -> str:
    if family is Provider.POSTGRESQL:
        driver_connection.autocommit = True  # or the driver would begin a transaction as the role's settings have it
    cursor = driver_connection.cursor()
    try:
        cursor.execute(GREETINGS[family].version)
        while cursor.description is None:
            cursor.nextset()
        return " ".join(map(str, cursor.fetchone()))
    finally:
        cursor.close()


@contextmanager
def _hanging_up(driver_connection: Any, seconds: float) -> Iterator[None]:
    """Closes the line of a connection over which the block takes longer, and raises what then goes wrong in other words."""
    if hasattr(driver_connection, "execute") and not hasattr(driver_connection, "pgconn"):
        yield  # SQLite's: there is no line
        return
    silent = False

    def hang_up() -> None:
        nonlocal silent
        silent = True
        with suppress(Exception), socket.socket(fileno=os.dup(_descriptor(driver_connection))) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if not silent:
            raise
        # As the driver's own error, SQLAlchemy sees that the connection is lost.
        number = error.args[:1] if error.args and isinstance(error.args[0], int) else ()
        of_driver = type(error).__module__.startswith(("psycopg", "pymysql"))
        raise (type(error) if of_driver else TimeoutError)(*number, SILENT) from None
    finally:
        timer.cancel()


def _descriptor(driver_connection: Any) -> int:
    """Of the socket; -1 where there is none yet, or no more."""
    if hasattr(driver_connection, "pgconn"):
        return int(driver_connection.fileno())
    return -1 if driver_connection._sock is None else int(driver_connection._sock.fileno())


def closed(driver_connection: Any) -> bool:
    """Whether nothing more can be said over a driver's connection."""
    return bool(getattr(driver_connection, "closed", not getattr(driver_connection, "open", True)))


def arguments(target: Target, limits: Limits) -> dict[str, Any]:
    """The driver's arguments, with those that keep a silent server from holding us for ever."""
    given = target.connect_args
    match target.provider_family:
        case Provider.POSTGRESQL:
            return {
                "tcp_user_timeout": round(limits.answer_s * 1000),
                "application_name": "namesync",
                **given,
                "connect_timeout": math.ceil(limits.connect_s),
                "client_encoding": "UTF8",
                "prepare_threshold": None,  # no prepared statements: PgBouncer may change the server connection
            }
        case Provider.MYSQL | Provider.MARIADB:
            waits = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), limits.connect_s)
            return {"program_name": "namesync", **given, **waits}
        case Provider.SQLITE:
            return {"timeout": limits.connect_s, **given}


def _first_wait(parameters: dict[str, Any]) -> int:
    """How long the driver may try one address: half of the time where there are several, so that another gets its turn."""
    host, wait = str(parameters.get("host") or ""), float(parameters["connect_timeout"])
    if not host or host.startswith("/") or "unix_socket" in parameters:
        return math.ceil(wait)
    several = "," in host
    with suppress(OSError, UnicodeError):  # the driver will tell
        several = several or len(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)) > 1
    return math.ceil(wait / 2) if several else math.ceil(wait)
