"""The tables of the history, and how an older history becomes one of today: by itself, whoever comes first.

Only what changes is stored for each finding and environment, and a few rows for each run, so a history of years stays small.
Order is told by the numbers of runs, never by the clock, which may move back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from namesync.errors import ConfigError

PREFIX = "namesync_"
_LOCK = "namesync_history"

# MySQL compares texts without regard to case unless told otherwise: `tenants/A` and `tenants/a` are two.
_MYSQL: dict[str, Any] = {
    f"{name}_{what}": value
    for name in ("mysql", "mariadb")
    for what, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}
_Long = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")  # whose TEXT ends at 64 KiB
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself

metadata = MetaData()

meta = Table(
    f"{PREFIX}meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
    **_MYSQL,
)
"""`version`: of these tables. Its row is also what a writer locks, so that there is one at a time."""

lease = Table(
    f"{PREFIX}lease",
    metadata,
    Column("scope", String(40), primary_key=True),
    Column("run", BigInteger, nullable=False),
    Column("holder", String(200), nullable=False),
    Column("expires", BigInteger, nullable=False),
    **_MYSQL,
)
"""Who runs a scope (all, or one shard) just now; times in seconds since the epoch."""

run = Table(
    f"{PREFIX}run",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("scope", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("started", String(32), nullable=False),
    Column("finished", String(32)),
    Column("seconds", Integer),
    Column("new", Integer, nullable=False, default=0),
    Column("changed", Integer, nullable=False, default=0),
    Column("resolved", Integer, nullable=False, default=0),
    Column("standing", Integer, nullable=False, default=0),
    Column("unread", Integer, nullable=False, default=0),
    Column("exit_code", Integer),
    Column("tool", String(40), nullable=False),
    sqlite_autoincrement=True,
    **_MYSQL,
)
"""State `running`, `done`, `stopped` (told to) or `lost` (killed, or overtaken by another)."""

finding = Table(
    f"{PREFIX}finding",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("subject", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("closed", BigInteger),
    Column("content", _Long, nullable=False),
    UniqueConstraint("subject", "fingerprint", name=f"{PREFIX}finding_identity"),
    **_MYSQL,
)
"""One row for each finding there ever was. `subject` is "" for the environments compared with each other, else the member of
a group. State `open` or `resolved`; `opened`, `seen` (last judged and found) and `closed` are runs."""
Index(f"{PREFIX}finding_state", finding.c.state)

event = Table(
    f"{PREFIX}event",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("run", BigInteger, nullable=False),
    Column("finding", BigInteger),
    Column("environment", String(255)),
    Column("what", String(12), nullable=False),
    Column("detail", _Long, nullable=False),
    **_MYSQL,
)
"""A change of state, of a finding (`new`, `changed`, `resolved`) or of an environment (its new state)."""
Index(f"{PREFIX}event_run", event.c.run)
Index(f"{PREFIX}event_finding", event.c.finding)

environment = Table(
    f"{PREFIX}environment",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("note", _Long, nullable=False),
    Column("since", BigInteger, nullable=False),
    **_MYSQL,
)
"""Where each environment stands; the member of a group has a row once it could not be read."""

fleet = Table(
    f"{PREFIX}fleet",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("shard", String(40), primary_key=True),
    Column("run", BigInteger, nullable=False),
    Column("members", Integer, nullable=False),
    Column("alike", Integer, nullable=False),
    Column("shapes", _Long, nullable=False),
    **_MYSQL,
)
"""What the last run of each shard counted in a group. `shapes`: shape -> [how many members have it, one of them]."""

count = Table(
    f"{PREFIX}count",
    metadata,
    Column("run", BigInteger, primary_key=True),
    Column("environment", String(200), primary_key=True),
    Column("rule", String(40), primary_key=True),
    Column("findings", Integer, nullable=False),
    **_MYSQL,
)
"""Open findings after a run by environment and rule, a group as one environment."""

outbox = Table(
    f"{PREFIX}outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("message_id", String(64), nullable=False, unique=True),
    Column("run", BigInteger, nullable=False),
    Column("channel", String(100), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claim", String(64)),
    Column("claimed_until", BigInteger),
    Column("error", _Long, nullable=False),
    Column("body", _Long, nullable=False),
    **_MYSQL,
)
"""Messages: state `pending`, `sending` or `sent`."""
Index(f"{PREFIX}outbox_state", outbox.c.state)


def _create(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: Sequence[Callable[[Connection], None]] = (_create,)
"""The n-th makes a history of version n - 1 one of version n. Each may run again after it was cut short: MySQL commits DDL."""


def migrate(connection: Connection, migrations: Sequence[Callable[[Connection], None]] = MIGRATIONS) -> None:
    """Bring the history up to date, within the connection's transaction.

    Raises `ConfigError` where a newer namesync has written it.
    """
    _only_one(connection)  # first of all: what is read before it is locked against changes by the one that is waited for
    version = _version(connection)
    if version > len(migrations):
        raise ConfigError(
            f"the history has version {version}, this namesync knows {len(migrations)}", "Upgrade namesync here as well."
        )
    for number, step in enumerate(migrations[version:], version + 1):
        step(connection)
        if number == 1:
            connection.execute(insert(meta).values(name="version", value=1))
        else:
            connection.execute(update(meta).where(meta.c.name == "version").values(value=number))


def _version(connection: Connection) -> int:
    schema = connection.get_execution_options().get("schema_translate_map", {}).get(None)
    if not inspect(connection).has_table(meta.name, schema=schema):
        return 0
    return connection.execute(select(meta.c.value).where(meta.c.name == "version")).scalar() or 0


def _only_one(connection: Connection) -> None:
    """Waits for another that is at it too; MySQL's lock goes with the connection, after the commit.

    SQLite's transactions are exclusive as they are.
    """
    match connection.dialect.name:
        case "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": _LOCK})
        case "mysql" | "mariadb":
            connection.execute(select(func.get_lock(_LOCK, 60)))
        case _:
            pass
