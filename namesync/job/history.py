"""The history store: SQLite beside the configuration, or a PostgreSQL, MySQL or MariaDB shared by many runners.

Writers go one at a time, each in one transaction: what is half done is not done.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Row, delete, insert, select, update

from namesync import __version__
from namesync.config import HISTORY_FILE
from namesync.errors import ConfigError, NamesyncError
from namesync.job.tables import lease, meta, migrate, run
from namesync.model import Provider
from namesync.sources.connection import Limits, arguments, connect, keep
from namesync.sources.failure import attempt
from namesync.sources.logs import POOL
from namesync.sources.url import parse_url

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from namesync.sources.url import Target

T = TypeVar("T")

LEASE_S = 900
"""How long a run may be silent before another may take its place. It renews the lease at every environment."""

_UNDER_WAY: set[str] = set()
"""The holders of this process whose runs have not ended: a lease may outlive its run where the history could not be told."""

_SKEW_S = 60  # how far the clocks of two machines may be apart

_ANSWER_S = 60
"""How long a statement may take, with the waiting for other writers."""

_PAUSE_S = 20
"""How long a writer may be silent before the server undoes what it began: the network may have lost it, and others wait."""


class Busy(NamesyncError):  # noqa: N818 - an adjective says it
    """Another run of the same environments is under way."""


class Overtaken(NamesyncError):  # noqa: N818 - an adjective says it
    """This run was thought dead, and another has taken its place: what it saw is not recorded."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, as a value that a test can replace. It is only shown and used for waiting: order is told by runs."""

    now: Callable[[], float] = time.time

    def text(self) -> str:
        """The time as ISO 8601 in UTC, to the second."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to record a run: `scope` is `all` or a shard."""

    run: int
    scope: str
    holder: str


class History:
    """An open history."""

    def __init__(self, target: Target, engine: Engine, clock: Clock) -> None:
        self.target = target
        self.clock = clock
        self._engine = engine

    def read(self, query: Callable[[Connection], T]) -> T:
        """What the query gives. Raises `ConnectionFailed`."""
        return attempt(self.target, lambda: self._transaction(query))

    def write(self, change: Callable[[Connection], T]) -> T:
        """Make a change, whole or not at all, with no other writer at work. Raises `ConnectionFailed`."""

        def alone(connection: Connection) -> T:
            connection.execute(select(meta.c.value).where(meta.c.name == "version").with_for_update())
            return change(connection)

        return attempt(self.target, lambda: self._transaction(alone))

    def _transaction(self, action: Callable[[Connection], T]) -> T:
        with connect(self._engine, _limits(self.target)) as connection, connection.begin():
            if connection.dialect.name == "postgresql":  # MySQL's is set for the session
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{_PAUSE_S}s'")
            return action(connection)

    def begin(self, scope: str) -> Lease:
        """Start a run; runs of the scope that never ended are `lost` from now on. Raises `Busy`."""
        holder = f"{socket.gethostname()}:{os.getpid()}:{token_hex(8)}"

        def start(connection: Connection) -> Lease:
            held = connection.execute(select(lease).where(lease.c.scope == scope)).one_or_none()
            if held is not None and _alive(held, self.clock.now()):
                raise Busy(
                    f"run {held.run} is under way ({held.holder.rpartition(':')[0]}): this one was not started",
                    "Two runs of the same environments don't overlap. A run that was killed is forgotten after a while.",
                )
            connection.execute(update(run).where(run.c.scope == scope, run.c.state == "running").values(state="lost"))
            number = connection.execute(
                insert(run).values(scope=scope, state="running", started=self.clock.text(), tool=__version__)
            ).inserted_primary_key
            assert number is not None  # noqa: S101 - every server tells it
            connection.execute(delete(lease).where(lease.c.scope == scope))
            expires = int(self.clock.now()) + LEASE_S
            connection.execute(insert(lease).values(scope=scope, run=number[0], holder=holder, expires=expires))
            return Lease(number[0], scope, holder)

        _UNDER_WAY.add(holder)
        try:
            return self.write(start)
        except BaseException:
            _UNDER_WAY.discard(holder)
            raise

    def renew(self, held: Lease) -> None:
        """Say that the run is alive. Raises `Overtaken`."""
        self.write(lambda connection: require(connection, held, expires=int(self.clock.now()) + LEASE_S))

    def stop(self, held: Lease) -> None:
        """End a run without a result: it was told to, or could not go on."""

        def end(connection: Connection) -> None:
            of_ours = (run.c.id == held.run, run.c.state == "running")
            connection.execute(update(run).where(*of_ours).values(state="stopped", finished=self.clock.text()))
            release(connection, held)

        _UNDER_WAY.discard(held.holder)
        self.write(end)

    def stop_own(self) -> None:
        """End what runs in this process, which is about to end."""
        ours = f"{socket.gethostname()}:{os.getpid()}:"
        for held in self.read(lambda connection: connection.execute(select(lease)).all()):
            if held.holder.startswith(ours):
                self.stop(Lease(held.run, held.scope, held.holder))


def require(connection: Connection, held: Lease, **values: Any) -> None:
    """Raises `Overtaken` unless the lease is still held; sets `values` of it."""
    mine = (lease.c.scope == held.scope, lease.c.holder == held.holder)
    if connection.execute(select(lease.c.run).where(*mine)).one_or_none() is None:
        raise Overtaken(f"run {held.run} was overtaken by another: what it saw is not recorded")
    if values:
        connection.execute(update(lease).where(*mine).values(**values))


def release(connection: Connection, held: Lease) -> None:
    """Let others run the scope."""
    _UNDER_WAY.discard(held.holder)
    connection.execute(delete(lease).where(lease.c.scope == held.scope, lease.c.holder == held.holder))


def open_history(url: str, root: Path, clock: Clock | None = None) -> History:
    """The history at a URL, "" for the file beside the configuration; made or brought up to date where it has to be.

    Raises `ConnectionFailed`, `ConfigError` (a newer history, a folder that can't be made).
    """
    target = parse_url(url or f"file:{HISTORY_FILE}", base=root)
    if target.provider_family is Provider.SQLITE:
        folder = Path(target.url.database or "").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{folder}: can't be made: {error.strerror}", "Set `history` in [job].") from None
    history = History(target, _engine(target), clock or Clock())
    history.read(migrate)
    return history


def _limits(target: Target) -> Limits:
    return Limits.of(target, statement_s=_ANSWER_S)


def _engine(target: Target) -> Engine:
    from sqlalchemy import NullPool, create_engine, event

    family = target.provider_family
    limits = Limits(connect_s=60) if family is Provider.SQLITE else _limits(target)
    told = arguments(target, limits)
    if family is Provider.MYSQL:
        told["init_command"] = f"SET SESSION wait_timeout = {_PAUSE_S}"
    # Who waited for another writer is to see what that one wrote, whatever the server's default is.
    options: dict[str, Any] = {} if family is Provider.SQLITE else {"isolation_level": "READ COMMITTED"}
    engine = create_engine(target.url, poolclass=NullPool, pool_logging_name=POOL, connect_args=told, **options)
    keep(engine, limits)
    if family is Provider.SQLITE:
        # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#serializable-isolation-savepoints-transactional-ddl
        event.listen(engine, "connect", _no_driver_transactions)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    if target.schema:
        engine = engine.execution_options(schema_translate_map={None: target.schema})
    return engine


def _no_driver_transactions(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _alive(held: Row[Any], now: float) -> bool:
    """Whether the holder of a lease may still be at work.

    A lease that would last longer than any is given was made before the clock moved back. A mistake here doubles nothing:
    a run that was overtaken can't record.
    """
    host, pid, _ = held.holder.rsplit(":", 2)
    if host == socket.gethostname() and os.name == "posix" and not _at_work(int(pid), held.holder):
        return False
    return bool(now < held.expires <= now + LEASE_S + _SKEW_S)


def _at_work(pid: int, holder: str) -> bool:
    if pid == os.getpid():
        return holder in _UNDER_WAY
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
