"""What MySQL and MariaDB do with foreign keys that are made again, and with the indexes behind them."""

from __future__ import annotations

from dataclasses import replace

import pymysql
import pytest

from namesync.model import Kind, Provider
from namesync.plan import Options, Style, Wanted, merge
from namesync.render.sql import script
from tests.plan.files import GUARDED, file, names, read
from tests.servers import Server

OPTIONS = [
    pytest.param(GUARDED, id="guarded"),
    pytest.param(Options(Style.PLAIN), id="plain"),
    pytest.param(Options(Style.GUARDED, checked=False), id="unchecked"),
]
PARENT = "CREATE TABLE v (id int PRIMARY KEY, n int);"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param("CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id)", ["g", "g"], id="an-index-of-the-servers-making-follows"),
        pytest.param("KEY f (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id)", ["g", "g"], id="as-a-dump-writes-it-too"),
        pytest.param(
            "KEY f (a, b), CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id)", ["g", "g"], id="with-a-further-column-too"
        ),
        pytest.param("KEY i (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id)", ["g", "i"], id="one-of-its-own-stays"),
    ],
)
@pytest.mark.parametrize("options", OPTIONS)
def test_the_index_behind_a_foreign_key(either: Server, own: str, expected: list[str], options: Options) -> None:
    url = either.create(f"{PARENT} CREATE TABLE t (a int, b int, {own});")
    either.execute(url, file(read(url), options, f="g"))
    assert names(url) == sorted(["PRIMARY", *expected])


@pytest.mark.parametrize("own", [pytest.param("KEY f (c(5))", id="a-prefix"), pytest.param("KEY `F` (c)", id="another-case")])
def test_an_index_that_only_looks_like_its_own_stays(either: Server, own: str) -> None:
    """One on a prefix can't serve a foreign key; the server gives its own index exactly the name."""
    url = either.create(
        f"CREATE TABLE v (id varchar(20) PRIMARY KEY); CREATE TABLE t (c varchar(20), KEY i (c), {own},"
        " CONSTRAINT f FOREIGN KEY (c) REFERENCES v (id));"
    )
    before = read(url)
    (key,) = [obj for obj in before.objects if obj.key.kind is Kind.FOREIGN_KEY]
    for options in (GUARDED, Options(Style.PLAIN), Options(checked=False)):
        merged = merge({"only": before}, Wanted({"only": {key: "g"}}, {"only": []}), options)
        either.execute(url, script(merged.changes, merged.dialect, checked=options.checked))
        assert read(url).objects == merged.after["only"].objects
        either.execute(url, script(merged.downs[0].changes, merged.dialect, checked=options.checked))
        assert read(url).objects == before.objects


@pytest.mark.parametrize("options", OPTIONS)
def test_an_index_named_after_the_column_keeps_its_name(either: Server, options: Options) -> None:
    """The server made it for a foreign key without a name, and would replace it by one of the new name."""
    url = either.create(f"{PARENT} CREATE TABLE t (a int, b int, FOREIGN KEY (a) REFERENCES v (id));")
    (unnamed,) = [obj.name for obj in read(url).objects if obj.key.kind is Kind.FOREIGN_KEY]
    either.execute(url, file(read(url), options, **{unnamed: "t_a_fkey"}))
    assert names(url) == ["PRIMARY", "a", "t_a_fkey"]
    either.execute(url, file(read(url), options, a="t_a_idx"))
    assert names(url) == ["PRIMARY", "t_a_fkey", "t_a_idx"]


@pytest.mark.parametrize("style", [Style.GUARDED, Style.PLAIN])
def test_orphans_stop_an_unchecked_foreign_key(either: Server, style: Style) -> None:
    """Rows that point nowhere can't be there, unless somebody switched the checks off."""
    url = either.create(f"{PARENT} CREATE TABLE t (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id));")
    sql = file(read(url), Options(style, checked=False), f="g")
    either.execute(url, "SET SESSION foreign_key_checks = 0; INSERT INTO t VALUES (7), (NULL);")
    with pytest.raises(pymysql.err.MySQLError, match="1846"):
        either.execute(url, sql)
    assert names(url) == ["PRIMARY", "f", "f"]
    either.execute(url, "DELETE FROM t WHERE a = 7;")
    either.execute(url, sql)
    assert names(url) == ["PRIMARY", "g", "g"]


def test_an_orphan_found_by_two_columns(either: Server) -> None:
    """A row that leaves one of them empty points nowhere and is none."""
    url = either.create(
        "CREATE TABLE v (m int, n int, PRIMARY KEY (m, n)); CREATE TABLE t (a int, b int, CONSTRAINT f"
        " FOREIGN KEY (b, a) REFERENCES v (m, n)); INSERT INTO v VALUES (1, 2); INSERT INTO t VALUES (2, 1), (9, NULL);"
    )
    either.execute(url, file(read(url), Options(checked=False), f="g"))
    assert "g" in names(url)


def test_a_foreign_key_into_another_database(either: Server) -> None:
    other = either.create(PARENT)
    url = either.create()
    database = f"`{other.rpartition('/')[2]}`"
    either.execute(url, f"CREATE TABLE t (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES {database}.v (id) ON DELETE CASCADE);")
    before = read(url)
    for options, old, new in ((GUARDED, "f", "g"), (Options(checked=False), "g", "f")):
        either.execute(url, file(read(url), options, **{old: new}))
        assert names(url) == [new, new]
    assert read(url).objects == before.objects
    either.execute(url, "DROP TABLE t")


def test_accents_tell_indexes_apart(either: Server) -> None:
    """Though information_schema takes one for the other."""
    url = either.create("CREATE TABLE t (a int, b int, KEY `é` (a), KEY x (b));")
    either.execute(url, file(read(url), x="e"))
    assert names(url) == ["e", "é"]


def test_before_indexes_could_be_renamed(either: Server) -> None:
    """MariaDB until 10.5.2 makes them again; the SQL is the same on later ones."""
    url = either.create(
        f"{PARENT} CREATE TABLE t (a int, b varchar(50), c text, g point NOT NULL, UNIQUE u (b(7), a), KEY i (b), "
        "KEY j (a, b), FULLTEXT ft (c), SPATIAL sp (g), CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id));"
    )
    wanted = {"u": "i", "i": "u", "j": "J", "ft": "ft2", "sp": "sp2", "f": "fk"}
    for style in (Style.GUARDED, Style.PLAIN):
        old = replace(read(url), provider=Provider.MARIADB, server_version="10.5.1")
        before = {obj.key: (obj.definition, wanted[obj.name]) for obj in old.objects if obj.name in wanted}
        either.execute(url, file(old, Options(style), **wanted))
        after = {obj.key: (obj.definition, obj.name) for obj in read(url).objects}
        assert before.items() <= after.items()
        wanted = {new: old_name for old_name, new in wanted.items()}
