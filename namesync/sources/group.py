"""A group of environments: one for each schema or database of its server whose name matches, or for each URL of a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from namesync.errors import ConfigError, ConnectionFailed, NamesyncError
from namesync.model import Catalog, Provider
from namesync.sources.resolving import Server
from namesync.sources.server import Session, list_schemas, read_catalog, read_each, session, within_snapshot
from namesync.sources.url import in_database

BATCH = 10_000
"""How many schemas one run of the queries reads: each run makes the server look through its whole catalog, and takes at most
65,535 parameters."""

_SYSTEM = ("information_schema", "pg_*", "mysql", "performance_schema", "sys")


def members(group: Server) -> tuple[Server, ...]:
    """The group's environments by name, as `tenants/tenant_a`.

    Raises `ConnectionFailed`, `Unsupported`, and `ConfigError` where nothing matches.
    """
    each = group.environment
    if each.each_url:
        return group.members
    limits = {"connect_timeout_s": group.connect_timeout, "statement_timeout_s": group.statement_timeout}
    with session(group.target, **limits) as opened:
        names = _databases(opened) if each.each_database else list_schemas(opened)
    glob = each.each_database or each.each_schema
    own = [name for name in names if fnmatchcase(name, glob) and not any(fnmatchcase(name, one) for one in _SYSTEM)]
    if not own:
        what = "database" if each.each_database else "schema"
        raise ConfigError(f"environment {group.name}: no {what} matches {glob}", "The role may also be unable to see them.")
    return tuple(_member(group, name) for name in own)


def batches(found: Sequence[Server]) -> list[list[list[Server]]]:
    """The members by connection, those of one in batches for `read_batch`: one connection serves all schemas of a database."""
    by_place: dict[str, list[Server]] = {}
    for member in found:
        target = member.target
        place = repr((target.url.render_as_string(hide_password=False), sorted(target.connect_args.items())))
        by_place.setdefault(place, []).append(member)
    return [[alike[at : at + BATCH] for at in range(0, len(alike), BATCH)] for alike in by_place.values()]


def read_batch(opened: Session, batch: Sequence[Server]) -> Iterator[tuple[Server, Catalog | NamesyncError]]:
    """Each member of a batch, on the connection they share: its catalog, or why it could not be read.

    Raises `ConnectionFailed`: then nothing more can be read on the connection.
    """
    left = {member.name: member for member in batch}
    if len(batch) > 1 and all(len(member.schemas) == 1 for member in batch):
        by_schema = {member.schemas[0]: member for member in batch}
        for schema, found in read_each(opened, tuple(by_schema)):
            yield left.pop(by_schema[schema].name), found
    for member in left.values():  # a schema may have been dropped since they were listed
        try:
            yield member, read_catalog(opened, member.schemas)
        except ConnectionFailed:
            raise
        except NamesyncError as error:
            yield member, error


def _member(group: Server, name: str) -> Server:
    server = replace(
        group, name=f"{group.name}/{name}", environment=replace(group.environment, each_schema="", each_database="")
    )
    if group.environment.each_database:
        return replace(server, target=in_database(group.target, name))
    # As if the URL named the schema, which is what Prisma is given for it.
    return replace(server, target=replace(group.target, schema=name), schemas=(name,))


def _databases(opened: Session) -> tuple[str, ...]:
    if opened.target.provider_family is not Provider.POSTGRESQL:
        return list_schemas(opened)  # on MySQL a schema is a database
    query = "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
    return tuple(row[0] for row in within_snapshot(opened, lambda connection: connection.exec_driver_sql(query).all()))
