"""Whether `prisma migrate deploy` is at work: it holds an advisory lock for as long as it runs.

https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production#advisory-locking
"""

from __future__ import annotations

from collections.abc import Mapping

from namesync.model import Provider
from namesync.sources.server import Session, within_snapshot

LOCK = 72707369
"""The key of `pg_advisory_lock`, by prisma-engines `postgres/connector/native/mod.rs`."""

_QUERIES: Mapping[Provider, str] = {
    # A key of 64 bits is split over classid and objid, and objsubid is 1.
    # https://www.postgresql.org/docs/current/view-pg-locks.html
    Provider.POSTGRESQL: (
        "SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0"  # noqa: S608
        f" AND objid = {LOCK} AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    ),
    # One name for the whole server: a deployment to another database is none to ours, where the role may see which it is.
    Provider.MYSQL: (
        "SELECT count(*) FROM (SELECT IS_USED_LOCK('prisma_migrate') AS holder) AS l"
        " LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = l.holder"
        " WHERE l.holder IS NOT NULL AND (p.DB IS NULL OR DATABASE() IS NULL OR p.DB = DATABASE())"
    ),
}


def deploying(opened: Session) -> bool:
    """Whether a deployment to the session's database is in flight; never on SQLite, which has no such lock.

    Raises `ConnectionFailed`.
    """
    query = _QUERIES.get(opened.target.provider_family)
    if query is None:
        return False

    return int(within_snapshot(opened, lambda connection: connection.exec_driver_sql(query).scalar_one())) > 0
