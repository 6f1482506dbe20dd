"""Makes worlds on a real server, many at once, reads them as namesync does, and runs scripts on them as Prisma would."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from namesync.model import Catalog, Kind, Provider
from namesync.plan import unqualified
from namesync.sources.server import Session, read_catalog, read_each, session
from tests.hostile.giving import DEV, PROD
from tests.hostile.identifier_worlds import Thing, World
from tests.readers.reading import target
from tests.servers import Server, connection

_QUOTES = ('"{}"', "`{}`", "[{}]", "'{}'")  # SQLite takes all four

Place = tuple[World, str]
"""A world and one of its two environments."""


def ddl(world: World, side: str) -> str:
    """What makes one environment of a world."""
    quote_, names = world.rules.quote, dict(zip(world.things, world.names[side], strict=True))
    apart = [thing for thing in world.things if not _inside(world, thing, names[thing])]
    statements = []
    for place, table in enumerate(world.tables):
        own = [thing for thing in world.things if thing.table == place and thing not in apart]
        columns = (f"{quote_(name)} int{' NOT NULL' if name in table.primary else ''}" for name in table.columns)
        parts = ", ".join((*columns, *(_part(world, thing, names[thing]) for thing in own)))
        # No statistics that stay behind when names change: tests/plan/test_guards_on_servers.py has those.
        options = " STATS_PERSISTENT = 0" if world.provider is Provider.MARIADB else ""
        statements.append(f"CREATE TABLE {quote_(table.name)} ({parts}){options}")
    statements += [_statement(world, thing, names[thing]) for thing in apart]
    for name in world.bystanders:
        if not world.rules.mysql:
            statements.append(f"CREATE VIEW {quote_(name)} AS SELECT 1 AS one")
        if world.provider in (Provider.POSTGRESQL, Provider.MARIADB):
            check = f"ADD CONSTRAINT {quote_(name)} CHECK ({quote_(world.tables[0].spare)} > 0)"
            statements.append(f"ALTER TABLE {quote_(world.tables[0].name)} {check}")
    return "".join(f"{statement};\n" for statement in statements)


def _inside(world: World, thing: Thing, name: str) -> bool:
    """Whether it stands in CREATE TABLE: on MySQL, where each ALTER takes its time, everything that can."""
    if world.rules.mysql:
        return world.rules.takes(name)
    return thing.constraint and (thing.kind is not Kind.FOREIGN_KEY or world.provider is Provider.SQLITE)


def _part(world: World, thing: Thing, name: str) -> str:
    constraint = f"CONSTRAINT {world.rules.quote(name)} "
    match thing.kind:
        case Kind.PRIMARY_KEY:
            return f"{'' if world.rules.mysql else constraint}PRIMARY KEY ({_list(world, thing)})"
        case Kind.FOREIGN_KEY:
            return f"{constraint}{_reference(world, thing)}"
        case Kind.UNIQUE if not world.rules.mysql:
            return f"{constraint}UNIQUE ({_list(world, thing)})"
        case kind:
            return f"{'UNIQUE ' if kind is Kind.UNIQUE else ''}INDEX {world.rules.quote(name)} ({_list(world, thing)})"


def _statement(world: World, thing: Thing, name: str) -> str:
    table = world.rules.quote(world.tables[thing.table].name)
    if thing.kind is Kind.FOREIGN_KEY:
        return f"ALTER TABLE {table} ADD CONSTRAINT {world.rules.quote(name)} {_reference(world, thing)}"
    quoted = _quoted(world, name)
    return f"CREATE {'UNIQUE ' if thing.kind is Kind.UNIQUE else ''}INDEX {quoted} ON {table} ({_list(world, thing)})"


def _quoted(world: World, name: str) -> str:
    """SQLite keeps the statement as it was typed, in any of its ways to quote."""
    form = _QUOTES[world.number % 4]
    if world.provider is not Provider.SQLITE or ("]" in name and "]" in form):
        return world.rules.quote(name)
    return form.format(name if form == "[{}]" else name.replace(form[0], form[0] * 2))


def _reference(world: World, thing: Thing) -> str:
    target_, quote_ = world.tables[thing.target], world.rules.quote
    columns = ", ".join(map(quote_, target_.primary))
    actions = (" ON DELETE CASCADE", " ON UPDATE CASCADE", "", " ON DELETE SET NULL")[len(thing.columns[0]) % 4]
    return f"FOREIGN KEY ({_list(world, thing)}) REFERENCES {quote_(target_.name)} ({columns}){actions}"


def _list(world: World, thing: Thing) -> str:
    first, *others = map(world.rules.quote, thing.columns)
    return ", ".join((f"{first} DESC" if thing.descending else first, *others))


class Bench:
    """Worlds on a server: a schema each in one database (PostgreSQL), a database each (MySQL), a file each (SQLite)."""

    def __init__(self, opened: Session | None = None) -> None:
        self.opened = opened

    def make(self, worlds: Iterable[World]) -> None:
        raise NotImplementedError

    def run(self, place: Place, sql: str) -> None:
        """Runs a script as Prisma would."""
        raise NotImplementedError

    def read(self, places: list[Place]) -> dict[Place, Catalog]:
        """The catalogs by their places, without the names of their schemas."""
        assert self.opened is not None
        found = dict(read_each(self.opened, tuple(map(spot, places))))
        return {place: unqualified({"": found[spot(place)]})[""] for place in places}


def spot(place: Place) -> str:
    """The schema, database or file of an environment."""
    world, side = place
    return f"{world.place}_{side}"


class _Schemas(Bench):
    def __init__(self, opened: Session, connected: Any) -> None:
        super().__init__(opened)
        self.connected = connected

    def make(self, worlds: Iterable[World]) -> None:
        for world in worlds:
            for side in (PROD, DEV):
                self.connected.execute(f"CREATE SCHEMA {world.rules.quote(spot((world, side)))}".encode())
                self.run((world, side), ddl(world, side))

    def run(self, place: Place, sql: str) -> None:
        strict = "off" if place[0].number % 5 == 0 else "on"
        path = place[0].rules.quote(spot(place))
        self.connected.execute(f"SET search_path TO {path}; SET standard_conforming_strings TO {strict}".encode())
        self.connected.execute(sql.encode())  # one simple query: one transaction


class _Databases(Bench):
    def __init__(self, opened: Session, server: Server) -> None:
        super().__init__(opened)
        self.server = server
        self.made: list[str] = []

    def make(self, worlds: Iterable[World]) -> None:
        script = ["SET foreign_key_checks = 0;\n"]  # tables in any order
        for world in worlds:
            for side in (PROD, DEV):
                name = world.rules.quote(spot((world, side)))
                self.made.append(name)
                script.append(f"CREATE DATABASE {name} CHARACTER SET utf8mb4;\nUSE {name};\n{ddl(world, side)}")
        self.server.execute(self.server.url, "".join(script))

    def run(self, place: Place, sql: str) -> None:
        url = urlsplit(self.server.url)._replace(path=f"/{quote(spot(place), safe='')}").geturl()
        modes = ("", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT")
        mode = modes[place[0].number % 4]
        self.server.execute(url, f"SET SESSION sql_mode = CONCAT(@@sql_mode, ',{mode}');\n{sql}" if mode else f"DO 0;\n{sql}")

    def drop(self) -> None:
        for name in self.made:
            self.server.execute(self.server.url, f"DROP DATABASE IF EXISTS {name}")


class _Files(Bench):
    def __init__(self, server: Server, stack: ExitStack) -> None:
        super().__init__()
        self.server = server
        self.stack = stack
        self.files: dict[Place, tuple[sqlite3.Connection, Session]] = {}

    def make(self, worlds: Iterable[World]) -> None:
        for world in worlds:
            for side in (PROD, DEV):
                name = f"{world.number}_{side}"
                url = self.server.create(name=name)
                self.stack.callback(self.server.drop, url)
                connected = self.stack.enter_context(connection(url))
                connected.execute("PRAGMA synchronous = OFF")
                connected.executescript(f"BEGIN;\n{ddl(world, side)}COMMIT;")
                self.files[world, side] = (connected, self.stack.enter_context(session(target(url))))

    def run(self, place: Place, sql: str) -> None:
        self.files[place][0].executescript(sql)

    def read(self, places: list[Place]) -> dict[Place, Catalog]:
        return {place: unqualified({"": read_catalog(self.files[place][1])})[""] for place in places}


@contextmanager
def bench(server: Server) -> Iterator[Bench]:
    """A place for worlds on the server; everything is dropped at the end."""
    with ExitStack() as stack:
        if server.provider is Provider.SQLITE:
            yield _Files(server, stack)
        elif server.provider is Provider.POSTGRESQL:
            url = server.create()
            connected = stack.enter_context(connection(url))
            yield _Schemas(stack.enter_context(session(target(url))), connected)
        else:
            made = _Databases(stack.enter_context(session(target(server.url))), server)
            stack.callback(made.drop)
            yield made
