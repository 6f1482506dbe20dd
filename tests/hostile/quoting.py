"""Servers that quote in their errors what they should keep to themselves: just enough of PostgreSQL's and MySQL's protocol."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102


@dataclass
class Quoting:
    """A listening server. `says` is the text of its errors.

    `when`: at the `login`, at the first `query`, `later` (once it has told its version); `never`: it does not say a word.
    """

    port: int = 0
    says: str = ""
    when: str = "login"
    talks: list[threading.Thread] = field(default_factory=list)


@contextmanager
def quoting(kind: str) -> Iterator[Quoting]:
    """A server of the kind `postgresql` or `mysql` on a port of its own."""
    server = Quoting()
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            with suppress(TimeoutError, OSError):
                line, _ = listener.accept()
                line.settimeout(5)
                talk = threading.Thread(target=_talk, args=(kind, line, server, over), daemon=True)
                talk.start()
                server.talks.append(talk)

    listener.settimeout(0.1)
    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        over.set()
        accepting.join()
        listener.close()
        for talk in server.talks:
            talk.join()


def _talk(kind: str, line: socket.socket, server: Quoting, over: threading.Event) -> None:
    with line, suppress(OSError, struct.error):
        if server.when == "never":
            over.wait(5)
        elif kind == "postgresql":
            _postgresql(line, server)
        else:
            _mysql(line, server)


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise OSError
        data += piece
    return data


# https://www.postgresql.org/docs/current/protocol-message-formats.html


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _postgresql(line: socket.socket, server: Quoting) -> None:
    code = _CANCEL
    while code in (_SSL, _GSS, _CANCEL):
        size, code = struct.unpack("!ii", _exactly(line, 8))
        _exactly(line, size - 8)
        if code in (_SSL, _GSS):
            line.sendall(b"N")
    line.sendall(_message(b"R", struct.pack("!i", 3)))  # it wants the password in clear
    _exactly(line, struct.unpack("!xi", _exactly(line, 5))[0] - 4)
    text = server.says.encode("utf-8", "replace").replace(b"\0", b"")
    error = _message(b"E", b"SERROR\0VERROR\0CXX000\0M%s\0D%s\0H%s\0\0" % (text, text, text))
    if server.when == "login":
        line.sendall(error.replace(b"ERROR", b"FATAL"))
        return
    ready = _message(b"Z", b"I")
    parameters = b"".join(
        _message(b"S", pair)
        for pair in (b"client_encoding\0UTF8\0", b"server_version\x0016.4\0", b"standard_conforming_strings\0on\0")
    )
    line.sendall(_message(b"R", struct.pack("!i", 0)) + parameters + _message(b"N", b"SNOTICE\0C00000\0M%s\0\0" % text) + ready)
    while True:
        kind, size = struct.unpack("!ci", _exactly(line, 5))
        body = _exactly(line, size - 4)
        if kind == b"X":
            return
        if kind == b"Q":
            line.sendall(b"".join(_answers(body, error, server)) + ready)
        elif kind == b"S":
            line.sendall(error + ready)


def _answers(query: bytes, error: bytes, server: Quoting) -> Iterator[bytes]:
    for statement in query.rstrip(b"\0; ").split(b";"):
        if statement.lstrip().startswith((b"BEGIN", b"COMMIT", b"ROLLBACK", b"SET")):
            yield _message(b"C", b"SET\0")
        elif b"version" in statement and server.when == "later":
            value = b"PostgreSQL 16.4"
            yield _message(b"T", struct.pack("!h", 1) + b"version\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0))
            yield _message(b"D", struct.pack("!hi", 1, len(value)) + value)
            yield _message(b"C", b"SELECT 1\0")
        else:
            yield error
            return


# https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html


def _packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def _mysql(line: socket.socket, server: Quoting) -> None:
    capabilities = 0x000FA20F & ~0x800  # no TLS
    greeting = b"\x0a8.4.0\0" + struct.pack("<I", 7) + b"12345678\0" + struct.pack("<H", capabilities & 0xFFFF)
    greeting += b"\xff" + struct.pack("<HHB", 2, capabilities >> 16, 21) + bytes(10) + b"123456789012\0mysql_native_password\0"
    line.sendall(_packet(0, greeting))
    error = b"\xff" + struct.pack("<H", 1105) + b"#HY000" + server.says.encode("utf-8", "replace")
    _read(line)
    line.sendall(_packet(2, error if server.when == "login" else b"\0\0\0\x02\0\0\0"))
    while server.when != "login":
        body = _read(line)
        if body[:1] == b"\x01":
            return
        line.sendall(_packet(1, b"\0\0\0\x02\0\0\0" if body[1:4].upper() == b"SET" else error))


def _read(line: socket.socket) -> bytes:
    head = _exactly(line, 4)
    return _exactly(line, int.from_bytes(head[:3], "little"))
