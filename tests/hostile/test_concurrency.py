"""Catalogs read while others change them: each is of one moment, or the reading says that it could not be."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest

from namesync.errors import ConfigError, ConnectionFailed
from namesync.model import Provider
from namesync.sources import server as reading
from namesync.sources.server import Session, read_catalog, read_each, session
from namesync.sources.snapshot import dump
from tests.hostile.tally import Tally
from tests.readers.reading import read_url, target
from tests.servers import Server, connection

AREA = "concurrency"
MARK = re.compile(r"_(\d{6})(?![\d_])")
"""Each name that changes ends with the number of its change. (PostgreSQL 18 adds words to one, in names that stay.)"""


@dataclass(frozen=True)
class World:
    """Tables, and how they change: the n-th change from n = 1, all of it at one moment.

    `series`: how many groups of names change apart from each other.
    """

    made: str
    change: Callable[[int], str]
    series: int = 1


POSTGRESQL = """
CREATE SCHEMA s; CREATE FUNCTION s.f_000000 (int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE TABLE a_000000 (id int CONSTRAINT p_000000 PRIMARY KEY, v_000000 text, w text);
CREATE TABLE s.b_000000 (id int CONSTRAINT q_000000 PRIMARY KEY, r int CONSTRAINT f_000000 REFERENCES a_000000,
    CONSTRAINT k_000000 CHECK (id > 0));
CREATE INDEX x_000000 ON a_000000 (lower(v_000000), w) WHERE v_000000 > 'a';
CREATE INDEX y_000000 ON a_000000 ((v_000000 || w)); CREATE INDEX n_000000 ON s.b_000000 (s.f_000000(r));
CREATE UNIQUE INDEX u_000000 ON s.b_000000 (r, id); CREATE INDEX z_000000 ON s.b_000000 ((id + 1)) WHERE r > 7;
CREATE TABLE c_000000 (id int, EXCLUDE USING btree (id WITH =));
"""


def _postgresql(n: int) -> str:
    """Renames, and in turn: an index is made anew, a table is, the schema is."""
    o, m = f"{n - 1:06}", f"{n:06}"
    renamed = f"""
        ALTER TABLE a_{o} RENAME TO a_{m}; ALTER TABLE a_{m} RENAME COLUMN v_{o} TO v_{m}; ALTER INDEX p_{o} RENAME TO p_{m};
        ALTER INDEX x_{o} RENAME TO x_{m}; ALTER INDEX y_{o} RENAME TO y_{m}; ALTER TABLE c_{o} RENAME TO c_{m};"""
    if n % 3 == 2:
        inside = POSTGRESQL.replace("000000", m)
        tables = re.findall(r"CREATE (?:TABLE|FUNCTION|INDEX|UNIQUE INDEX)[^;]* s\.[^;]*;", inside)
        return f"DROP SCHEMA s CASCADE; CREATE SCHEMA s; {renamed} {' '.join(tables)}"
    return f"""{renamed}
        ALTER TABLE s.b_{o} RENAME TO b_{m}; ALTER TABLE s.b_{m} RENAME CONSTRAINT f_{o} TO f_{m};
        ALTER TABLE s.b_{m} RENAME CONSTRAINT k_{o} TO k_{m}; ALTER INDEX s.q_{o} RENAME TO q_{m};
        ALTER FUNCTION s.f_{o} RENAME TO f_{m}; ALTER INDEX s.u_{o} RENAME TO u_{m};
        DROP INDEX s.z_{o}; CREATE INDEX z_{m} ON s.b_{m} ((id + 1)) WHERE r > 7; ALTER INDEX s.n_{o} RENAME TO n_{m};"""


MYSQL = """
CREATE TABLE a_000000 (id int PRIMARY KEY, v_100000 int, w int, KEY x_100000 (v_100000), UNIQUE KEY y_100000 (w, v_100000));
CREATE TABLE b_000000 (id int PRIMARY KEY, r int, KEY z (r), CONSTRAINT f FOREIGN KEY (r) REFERENCES a_000000 (id));
"""


def _mysql(n: int) -> str:
    """DDL commits at once: one moment is one statement. Two tables are renamed, then a column and its indexes."""
    turn, rest = divmod(n, 2)
    if rest:
        return f"RENAME TABLE a_{turn:06} TO a_{turn + 1:06}, b_{turn:06} TO b_{turn + 1:06}"
    o, m = f"1{turn - 1:05}", f"1{turn:05}"
    return f"ALTER TABLE a_{turn:06} RENAME COLUMN v_{o} TO v_{m}, RENAME INDEX x_{o} TO x_{m}, RENAME INDEX y_{o} TO y_{m}"


SQLITE = """
CREATE TABLE a_000000 (id INTEGER PRIMARY KEY, v_000000 TEXT, w TEXT);
CREATE TABLE b_000000 (id INTEGER PRIMARY KEY, r INTEGER REFERENCES a_000000 (id));
CREATE INDEX x_000000 ON a_000000 (lower(v_000000), w) WHERE v_000000 > 'a'; CREATE UNIQUE INDEX u_000000 ON b_000000 (r, id);
"""


def _sqlite(n: int) -> str:
    o, m = f"{n - 1:06}", f"{n:06}"
    return f"""BEGIN IMMEDIATE;
        DROP INDEX x_{o}; DROP INDEX u_{o}; ALTER TABLE a_{o} RENAME TO a_{m}; ALTER TABLE b_{o} RENAME TO b_{m};
        ALTER TABLE a_{m} RENAME COLUMN v_{o} TO v_{m}; CREATE INDEX x_{m} ON a_{m} (lower(v_{m}), w) WHERE v_{m} > 'a';
        CREATE UNIQUE INDEX u_{m} ON b_{m} (r, id); COMMIT;"""


WORLDS = {
    Provider.POSTGRESQL: World(POSTGRESQL, _postgresql),
    Provider.MYSQL: World(MYSQL, _mysql, series=2),
    Provider.MARIADB: World(MYSQL, _mysql, series=2),
    Provider.SQLITE: World(SQLITE, _sqlite),
}


def shape(text: str) -> str:
    """The catalog without the numbers of its names."""
    return re.sub(r"_\d{6}", "_N", text)


def numbers(text: str) -> list[int]:
    """Of each series the number in its names, which is one where the catalog is of one moment."""
    found = sorted({int(number) for number in MARK.findall(text)})
    return [number % 100_000 for number in found]


def require_one_moment(text: str, quiet: str, series: int) -> int:
    assert shape(text) == shape(quiet)
    found = numbers(text)
    assert len(found) == series
    assert found[0] - found[-1] in (0, 1)
    return sum(found)


def schemas_of(server: Server) -> tuple[str, ...]:
    return ("public", "s") if server.provider is Provider.POSTGRESQL else ()


@contextmanager
def changing(url: str, world: World, pause_s: float) -> Iterator[Callable[[], int]]:
    """Changes the world all the time; gives how often it has."""
    stop, done, failed = Event(), [0], []

    def work() -> None:
        try:
            with connection(url) as connected:
                for n in count(1):
                    if stop.is_set():
                        return
                    execute(connected, world.change(n))
                    done[0] = n
                    time.sleep(random.uniform(0, pause_s))
        except Exception as error:  # noqa: BLE001 - told in the test's own thread
            failed.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        yield lambda: done[0]
    finally:
        stop.set()
        thread.join()
    assert not failed


def execute(connected: Any, sql: str) -> None:
    if hasattr(connected, "executescript"):
        connected.executescript(sql)
        return
    with closing(connected.cursor()) as cursor:
        cursor.execute(sql)


def read_text(opened: Session, schemas: tuple[str, ...]) -> str:
    """The catalog, or of several schemas one after the other what each alone has."""
    return dump(read_catalog(opened, schemas))


def test_names_change_all_the_time(server: Server, tally: Tally) -> None:
    world, schemas = WORLDS[server.provider], schemas_of(server)
    url = server.create(world.made)
    if server.provider is Provider.SQLITE and random.random() < 0.5:
        server.execute(url, "PRAGMA journal_mode = WAL")
    seen = set()
    with session(target(url)) as opened:
        quiet = read_text(opened, schemas)
        with changing(url, world, 0.25) as changes:
            for number in range(1000):
                if number >= tally.size(8, 60) and len(seen) > 1 and changes() > 1:
                    break
                with tally.trial(AREA, f"catalogs read while names change, {server.provider}"):
                    try:
                        seen.add(require_one_moment(read_text(opened, schemas), quiet, world.series))
                    except ConnectionFailed as told:
                        assert "the catalog changed while it was read" in str(told)  # noqa: PT017 - either is right
                time.sleep(random.uniform(0, 0.02))
            assert changes() > 1
    assert len(seen) > 1, "it was read at no two moments"


def test_one_change_at_each_place(server: Server, monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    """Between any two queries, and in the middle of each: one change is no reason to fail."""
    world, schemas = WORLDS[server.provider], schemas_of(server)
    url = server.create(world.made)
    if server.provider is Provider.SQLITE:  # or the reader keeps the writer waiting
        server.execute(url, "PRAGMA journal_mode = WAL")
    real, changes = reading._rows, count(1)
    passed: list[int] = []
    place = 0

    def step() -> None:
        passed.append(1)
        if len(passed) == place:
            server.execute(url, world.change(next(changes)))

    def rows(*arguments: Any) -> Iterator[Any]:
        for row in real(*arguments):
            yield row
            step()
        step()

    monkeypatch.setattr(reading, "_rows", rows)
    with session(target(url)) as opened:
        quiet = read_text(opened, schemas)
        places = range(1, len(passed) + 1)
        for chosen in places if tally.long else random.sample(places, 6):
            with tally.trial(AREA, f"one change at each place of a reading, {server.provider}"):
                passed.clear()
                place = chosen
                require_one_moment(read_text(opened, schemas), quiet, world.series)
    assert next(changes) > 2


def test_groups_are_read_at_one_moment_too(postgresql: Server, tally: Tally) -> None:
    url = postgresql.create(POSTGRESQL)
    with session(target(url)) as opened:
        quiet = [dump(one) for _, one in read_each(opened, ("public", "s"))]
        with changing(url, WORLDS[Provider.POSTGRESQL], 0.25):
            for _ in range(tally.size(3, 30)):
                with tally.trial(AREA, "a group's schemas read while names change, postgresql"):
                    try:
                        found = [dump(one) for _, one in read_each(opened, ("public", "s"))]
                    except ConnectionFailed as told:
                        assert "the catalog changed while it was read" in str(told)  # noqa: PT017 - either is right
                        continue
                    assert list(map(shape, found)) == list(map(shape, quiet))
                    assert len(set(numbers("".join(found)))) == 1


def lines(text: str) -> set[str]:
    return {line.strip().rstrip(",[]") for line in text.splitlines()}


def test_the_database_is_dropped(server: Server, tally: Tally) -> None:
    """At a random moment, whoever is connected: the whole catalog, or an error."""
    if server.provider is Provider.SQLITE:
        pytest.skip("a file that is deleted stays with those who have it open")
    world, schemas = WORLDS[server.provider], schemas_of(server)
    name = f"ns_dropped_{os.getpid()}"
    began = time.monotonic()
    url = server.create(world.made, name=name)
    quiet = dump(read_url(url, *schemas))
    server.drop(url)
    length = time.monotonic() - began
    ends = set()
    for _ in range(tally.size(2, 15)):
        with tally.trial(AREA, f"the database dropped while it is read, {server.provider}"):
            server.create(world.made, name=name)
            dropping = Thread(target=lambda: (time.sleep(random.uniform(0, length)), server.drop(url)))
            dropping.start()
            try:
                while True:
                    found = dump(read_url(url, *schemas))
                    # MariaDB drops table by table.
                    assert found == quiet or (server.provider is Provider.MARIADB and lines(found) < lines(quiet))
                    ends.add("read")
            except (ConnectionFailed, ConfigError) as told:
                assert re.search("connection was lost|no such database|no such schema|changed while", str(told)), told  # noqa: PT017
                ends.add("told")
            finally:
                dropping.join()
    assert "told" in ends


def test_a_server_whose_transactions_read_what_is_committed(mysql: Server, tally: Tally) -> None:
    """`transaction_isolation = READ-COMMITTED`: without a word each query would have a snapshot of its own."""
    url = mysql.create(MYSQL)
    with session(target(url)) as opened:
        opened.connection.exec_driver_sql("SET SESSION transaction_isolation = 'READ-COMMITTED'")
        quiet = read_text(opened, ())
        with changing(url, WORLDS[Provider.MYSQL], 0.02):
            for _ in range(tally.size(5, 30)):
                with tally.trial(AREA, "catalogs read while names change, mysql with READ COMMITTED"):
                    require_one_moment(read_text(opened, ()), quiet, 2)
