"""How MySQL and MariaDB are read: few queries, one read-only transaction, a time limit; and servers that fold names."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import Engine, event

from namesync.dialects import parse_version
from namesync.dialects.mysql.rows import reader_for
from namesync.errors import ConnectionFailed
from namesync.model import TableRef
from tests.readers.reading import find, read_url
from tests.servers import Server, connection, database_of

TABLE = """
CREATE TABLE t{0} (id int PRIMARY KEY, a int, b int, UNIQUE KEY u (a), KEY i (b),
    CONSTRAINT fk{0} FOREIGN KEY (b) REFERENCES t{0} (id));
"""


@pytest.fixture(params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


def statements_to_read(url: str) -> list[str]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        read_url(url)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return said


def test_the_number_of_queries_does_not_depend_on_the_number_of_tables(server: Server) -> None:
    one = server.create(TABLE.format(0))
    many = server.create("".join(TABLE.format(number) for number in range(200)))
    few = statements_to_read(one)
    assert len(set(few)) < 20
    # MariaDB is read twice where a table is new.
    assert {said.partition("\n")[0] for said in statements_to_read(many)} == {said.partition("\n")[0] for said in few}
    assert len(read_url(many).objects) == 200 * 4


def test_mariadb_looks_into_the_folder_of_one_database(mariadb: Server) -> None:
    """Else it would open the tables of every database there is."""
    url = mariadb.create(TABLE.format(0))
    asked = {said for said in statements_to_read(url) if "FROM information_schema" in said and "SCHEMATA" not in said}
    assert len(asked) == 6
    for said in asked:
        explained = mariadb.query(url, "EXPLAIN " + said.replace("%(schemas_1)s", f"'{database_of(url)}'"))
        assert "Scanned 1 database" in str(explained), said


def test_nothing_can_be_written_and_queries_have_a_limit(server: Server) -> None:
    url = server.create(TABLE.format(0))
    begin = reader_for(server.provider, parse_version(server.version)).begin(200)
    with connection(url) as opened, closing(opened.cursor()) as cursor:
        for statement in begin:
            cursor.execute(statement)
        with pytest.raises(pymysql.err.MySQLError, match="READ ONLY transaction"):
            cursor.execute("INSERT INTO t0 (id) VALUES (1)")
        started = time.monotonic()
        with pytest.raises(pymysql.err.MySQLError, match=r"maximum statement execution time|max_statement_time exceeded"):
            cursor.execute("SELECT COUNT(*) FROM information_schema.COLLATIONS a, information_schema.COLLATIONS b, "
                           "information_schema.COLLATIONS c, information_schema.COLLATIONS d")  # fmt: skip
        assert time.monotonic() - started < 30


def test_mysql_reads_from_one_snapshot(mysql: Server) -> None:
    url = mysql.create(TABLE.format(0))
    with connection(url) as opened, closing(opened.cursor()) as cursor:
        for statement in reader_for(mysql.provider, parse_version(mysql.version)).begin(60_000):
            cursor.execute(statement)
        mysql.execute(url, "CREATE TABLE later (id int)")
        cursor.execute("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
        assert cursor.fetchall() == (("t0",),)


def test_a_database_that_is_not_there(server: Server) -> None:
    url = server.create()
    server.drop(url)
    with pytest.raises(ConnectionFailed, match="there is no such database"):
        read_url(url)


@pytest.fixture(scope="module")
def folding() -> Iterator[str]:
    """The URL of a database `MyApp` on a MariaDB of its own, started with --lower-case-table-names=1."""
    install, program = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if install is None or program is None:
        pytest.skip("no mariadbd to start with --lower-case-table-names=1")
    with tempfile.TemporaryDirectory(prefix="namesync-folding-") as folder:
        data = [f"--datadir={folder}/data", "--user=root"]
        subprocess.run(
            [install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", *data],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        command = [program, "--no-defaults", *data, "--lower-case-table-names=1", "--skip-networking", "--skip-log-bin"]
        command += [f"--socket={folder}/socket", f"--pid-file={folder}/pid", "--innodb-buffer-pool-size=16M"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                deadline = time.monotonic() + 60
                while not Path(folder, "socket").exists() and time.monotonic() < deadline:
                    time.sleep(0.1)
                with pymysql.connect(unix_socket=f"{folder}/socket", user="root") as opened, opened.cursor() as cursor:
                    cursor.execute("CREATE DATABASE MyApp")
                yield f"mysql://root@localhost/MyApp?socket={folder}/socket"
            finally:
                process.terminate()


def test_a_server_that_folds_names_of_tables(folding: str) -> None:
    with connection(folding) as opened, closing(opened.cursor()) as cursor:
        cursor.execute("CREATE TABLE `User` (`Id` int PRIMARY KEY)")
        cursor.execute(
            "CREATE TABLE `Post` (`userId` int, CONSTRAINT `Post_Fk` FOREIGN KEY (`userId`) REFERENCES `User` (`Id`))"
        )
    found = read_url(folding)
    assert found.folds_tables
    assert found.schemas == ("myapp",)
    assert [table.ref for table in found.tables] == [TableRef("myapp", "post"), TableRef("myapp", "user")]
    assert find(found, "user", "PRIMARY").key.columns == ("Id",)
    keys = [obj for obj in found.objects if obj.key.references is not None]
    assert [(obj.name, obj.key.columns, obj.key.references and obj.key.references.table) for obj in keys] == [
        ("Post_Fk", ("userId",), TableRef("myapp", "user"))
    ]
    assert found.hidden == ()
