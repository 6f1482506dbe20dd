"""What goes over the wire: as many queries for many tables, or many tenants, as for a few."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.api import diff
from namesync.job.run import Request, run
from namesync.model import Provider
from tests.servers import Server

TABLE = "CREATE TABLE {name} (id int PRIMARY KEY, own int, CONSTRAINT k_{name} FOREIGN KEY (own) REFERENCES {name} (id));"


class Wire:
    """A proxy before a server of this machine, which counts the statements that clients send."""

    def __init__(self, server: Server) -> None:
        self.port = 0
        self.statements = 0
        self._upstream = urlsplit(server.url).port
        self._cut = _postgresql if server.provider is Provider.POSTGRESQL else _mysql

    @contextmanager
    def listening(self) -> Iterator[None]:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            yield
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), closing(socket.create_connection(("127.0.0.1", self._upstream))) as server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            buffer, begun = b"", False
            with suppress(OSError):
                while data := client.recv(65536):
                    server.sendall(data)
                    counted, buffer, begun = self._cut(buffer + data, begun)
                    self.statements += counted
                server.shutdown(socket.SHUT_WR)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def _postgresql(data: bytes, begun: bool) -> tuple[int, bytes, bool]:
    """How many of these messages are a Query or an Execute, what is left over, and whether the session has begun.

    https://www.postgresql.org/docs/current/protocol-message-formats.html
    """
    counted = 0
    while len(data) >= 4 + begun:
        whole = int.from_bytes(data[begun : begun + 4]) + begun
        if len(data) < whole:
            break
        message, data = data[:whole], data[whole:]
        counted += begun and message[:1] in b"QE"
        # A request for TLS or GSSAPI comes before the startup message, which alone has 3 for its version.
        begun = begun or message[4:6] == b"\0\3"
    return counted, data, begun


def _mysql(data: bytes, begun: bool) -> tuple[int, bytes, bool]:
    """As `_postgresql`, of packets that are COM_QUERY.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
    """
    counted = 0
    while len(data) >= 4:
        whole = 4 + int.from_bytes(data[:3], "little")
        if len(data) < whole:
            break
        counted += data[3:5] == b"\0\3"  # a command is the first packet of its exchange
        data = data[whole:]
    return counted, data, begun


def tables(number: int) -> str:
    """Each refers to itself; on MySQL that takes an index too."""
    return "".join(TABLE.format(name=f"t{each}") for each in range(number))


def counted(server: Server, url: str, work: Callable[[str], object]) -> int:
    """How many statements go over the wire while something is done with the URL of a database."""
    wire = Wire(server)
    with wire.listening():
        parts = urlsplit(url)
        through = parts._replace(netloc=f"{parts.username}@127.0.0.1:{wire.port}", query="sslmode=disable")
        work(through.geturl())
    return wire.statements


@pytest.mark.parametrize("server", ["postgresql-16", "postgresql-18", "mysql", "mariadb"], indirect=True)
def test_as_many_for_sixty_tables_as_for_two(server: Server) -> None:
    pairs = {number: (server.create(tables(number)), server.create(tables(number))) for number in (2, 60)}
    come_of_age(server, pairs[60][1])

    def compare(number: int) -> int:
        one, other = pairs[number]

        def work(url: str) -> None:
            assert diff(f"a={url}", f"b={other}").objects == (2 if server.provider is Provider.POSTGRESQL else 3) * number

        return counted(server, one, work)

    assert compare(2) == compare(60) > 5


def come_of_age(server: Server, url: str) -> None:
    """MariaDB tells the time of a change in whole seconds: what is younger is read until it comes twice the same."""
    young = (
        "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND CREATE_TIME > NOW() - INTERVAL 2 SECOND"
    )
    while server.provider is Provider.MARIADB and server.query(url, young):
        time.sleep(0.1)


@pytest.mark.parametrize("server", ["postgresql-16", "postgresql-18"], indirect=True)
@pytest.mark.parametrize("command", ["job", "diff"])
def test_as_many_for_forty_tenants_as_for_three(
    server: Server, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def look(number: int) -> int:
        schemas = (f"CREATE SCHEMA t_{each:02}; SET LOCAL search_path = t_{each:02}; {tables(2)}" for each in range(number))

        def work(url: str) -> None:
            group = f'[environments.tenants]\nurl = "{url}"\neach_schema = "t_*"\ncompare = "majority"\n'
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "namesync.toml").write_text(group)
            if command == "job":
                (fleet,) = run(Request(config=folder / "namesync.toml")).fleets
                assert fleet.alike == number
            else:
                assert len(diff("tenants", config=folder / "namesync.toml").environments) == number

        return counted(server, server.create("".join(schemas)), work)

    assert look(3) == look(40) > 5
