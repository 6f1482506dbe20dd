"""What in a database mentions a name, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.config import Config
from namesync.sources import resolve_all
from namesync.sources.dependents import Dependent, dependents, read_dependents
from namesync.sources.server import session
from namesync.sources.url import parse_url
from tests.servers import Server

NAMES = ("User_email_key", "user_name_key", "posts by author", "absent_key")

POSTGRESQL = """
CREATE SCHEMA app;
CREATE TABLE "User" (email text, name text, a int);
CREATE UNIQUE INDEX "posts by author" ON "User" (a);
ALTER TABLE "User" ADD CONSTRAINT "User_email_key" UNIQUE (email), ADD CONSTRAINT user_name_key UNIQUE (name);
CREATE FUNCTION app.upsert() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO "User" VALUES ('a', 'b') ON CONFLICT ON CONSTRAINT "User_email_key" DO NOTHING;
END $$;
CREATE PROCEDURE folded() LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO "User" VALUES ('a', 'b') ON CONFLICT ON CONSTRAINT USER_NAME_KEY DO NOTHING;
END $$;
CREATE FUNCTION other() RETURNS text LANGUAGE sql AS 'SELECT ''user_email_key xUser_email_key''';
CREATE FUNCTION atomic() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER changed AFTER INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION on_change('User_email_key');
CREATE VIEW constraints AS SELECT 1 AS a FROM pg_constraint WHERE conname IN ('posts by author', 'User_email_key');
CREATE RULE twice AS ON UPDATE TO "User" DO INSTEAD
  INSERT INTO "User" VALUES ('a', 'b') ON CONFLICT ON CONSTRAINT "User_email_key" DO NOTHING;
"""

MYSQL = """
CREATE TABLE t (a int, b int, INDEX `User_email_key` (a), INDEX `posts by author` (b));
CREATE FUNCTION f() RETURNS int READS SQL DATA RETURN (SELECT COUNT(*) FROM t FORCE INDEX (user_EMAIL_key));
CREATE PROCEDURE p() SELECT a FROM t USE INDEX (`posts by author`);
CREATE PROCEDURE none() SELECT a FROM t;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = (SELECT COUNT(*) FROM t FORCE INDEX (User_email_key));
CREATE VIEW v AS SELECT a FROM t IGNORE INDEX (`User_email_key`);
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM t WHERE a IN (SELECT 1 FROM t AS u FORCE INDEX (User_email_key));
"""

SQLITE = """
CREATE TABLE t (a int, b int);
CREATE INDEX "User_email_key" ON t (a);
CREATE VIEW v AS SELECT a FROM t INDEXED BY "user_email_key" WHERE a = 1;
CREATE VIEW other AS SELECT a FROM t;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT a FROM t INDEXED BY [User_email_key] WHERE a = 1; END;
"""


def read(url: str, *names: str) -> list[tuple[str, str, tuple[str, ...]]]:
    with session(parse_url(url, base=Path("/"))) as opened:
        return [(one.kind, one.name, one.mentions) for one in dependents(opened, names)]


def test_postgresql(postgresql: Server) -> None:
    url = postgresql.create(POSTGRESQL)
    assert read(url, *NAMES) == [
        ("function", "upsert", ("User_email_key",)),
        ("procedure", "folded", ("user_name_key",)),
        ("trigger", "changed", ("User_email_key",)),
        ("view", "constraints", ("User_email_key", "posts by author")),
    ]
    with session(parse_url(url, base=Path("/"))) as opened:
        assert dependents(opened, NAMES)[0].schema == "app"


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_mysql(server: Server) -> None:
    url = server.create(MYSQL)
    assert read(url, *NAMES) == [
        ("event", "e", ("User_email_key",)),
        ("function", "f", ("User_email_key",)),
        ("procedure", "p", ("posts by author",)),
        ("trigger", "tr", ("User_email_key",)),
        ("view", "v", ("User_email_key",)),
    ]


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_mysql_hides_sources(server: Server) -> None:
    """What this role can't look into is told, not passed over."""
    url = server.create(MYSQL)
    role, database = f"blind_{url.rpartition('/')[2]}"[:32], url.rpartition("/")[2].partition("?")[0]
    server.execute(url, f"CREATE USER `{role}`; GRANT EXECUTE ON `{database}`.* TO `{role}`")
    try:
        assert read(url.replace("root@", f"{role}@"), *NAMES) == [
            ("triggers, views, events", "", ()),
            ("function", "f", ()),
            ("procedure", "none", ()),
            ("procedure", "p", ()),
        ]
    finally:
        server.execute(url, f"DROP USER `{role}`")


def test_sqlite(sqlite: Server) -> None:
    assert read(sqlite.create(SQLITE), *NAMES) == [("trigger", "tr", ("User_email_key",)), ("view", "v", ("User_email_key",))]


def test_no_names_no_dependents(server: Server) -> None:
    assert read(server.create()) == []


def test_each_environment_has_names_of_its_own(sqlite: Server, tmp_path: Path) -> None:
    prod, dev = sqlite.create(SQLITE), sqlite.create(SQLITE)
    sources = resolve_all([f"prod={prod}", f"dev={dev}", "off=file:absent.db"], Config(root=tmp_path), {}, tmp_path)
    found = read_dependents(sources, {"prod": {"User_email_key"}})
    assert found == {
        "prod": (
            Dependent("trigger", "main", "tr", ("User_email_key",)),
            Dependent("view", "main", "v", ("User_email_key",)),
        ),
        "dev": (),
        "off": None,
    }
