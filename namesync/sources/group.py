"""A group of environments, found on its server: one for each schema or database whose name matches."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from namesync.errors import ConfigError
from namesync.model import Provider
from namesync.sources.failure import attempt
from namesync.sources.resolving import Server
from namesync.sources.server import Session, list_schemas, session
from namesync.sources.url import in_database

_SYSTEM = ("information_schema", "pg_*", "mysql", "performance_schema", "sys")


def members(group: Server) -> tuple[Server, ...]:
    """The group's environments by name, as `tenants/tenant_a`.

    Raises `ConnectionFailed`, `Unsupported`, and `ConfigError` where nothing matches.
    """
    each = group.environment
    limits = {"connect_timeout_s": group.connect_timeout, "statement_timeout_s": group.statement_timeout}
    with session(group.target, **limits) as opened:
        names = _databases(opened) if each.each_database else list_schemas(opened)
    glob = each.each_database or each.each_schema
    own = [name for name in names if fnmatchcase(name, glob) and not any(fnmatchcase(name, one) for one in _SYSTEM)]
    if not own:
        what = "database" if each.each_database else "schema"
        raise ConfigError(f"environment {group.name}: no {what} matches {glob}", "The role may also be unable to see them.")
    return tuple(_member(group, name) for name in own)


def _member(group: Server, name: str) -> Server:
    server = replace(
        group, name=f"{group.name}/{name}", environment=replace(group.environment, each_schema="", each_database="")
    )
    if group.environment.each_database:
        return replace(server, target=in_database(group.target, name))
    return replace(server, schemas=(name,))


def _databases(opened: Session) -> tuple[str, ...]:
    if opened.target.provider_family is not Provider.POSTGRESQL:
        return list_schemas(opened)  # on MySQL a schema is a database
    query = "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
    rows = attempt(opened.target, lambda: opened.connection.exec_driver_sql(query).all())
    return tuple(row[0] for row in rows)
