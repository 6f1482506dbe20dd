"""What a driver's error means, in words that help and never hold a password."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy.exc import DBAPIError

from namesync.errors import ConnectionFailed
from namesync.sources.connection import SILENT

if TYPE_CHECKING:
    from namesync.sources.url import Target

T = TypeVar("T")


class _Meaning(NamedTuple):
    """One way to fail, told by an SQLSTATE or an error number, or by words in lower case.

    `quoted`: the server's own words are added, which say what exactly was refused.
    """

    codes: tuple[str, ...]
    words: tuple[str, ...]
    what: str
    hint: str
    quoted: bool = False


_LOST = "the connection was lost"
_LOST_HINT = "Try again; if it comes back, look at the server's log and at what is on the way to it."

_OF_POOLERS = "08P01"  # the SQLSTATE (protocol violation) that PgBouncer has for all it says itself

# The first that fits. SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html; libpq passes none for a
# failed connection, hence the words. MySQL: https://dev.mysql.com/doc/mysql-errors/8.4/en/; 1969 is MariaDB's.
_MEANINGS = (
    _Meaning(
        ("57014", "3024", "1969"),
        (),
        "a query took longer than the statement timeout",
        "Try again when the server is less busy, or allow more time.",
    ),
    _Meaning(
        ("28P01", "1045", "1698"),
        ("authentication failed", "no password supplied", "fatal:  role "),
        "the server refused the user or the password",
        "Check the user and the password in the URL; percent-encode signs such as @ : / in them.",
    ),
    _Meaning(
        ("3D000", "1049"),
        ("fatal:  database ",),
        "there is no such database",
        "Check the name in the URL; `prisma migrate deploy` or `prisma db push` would create it.",
    ),
    _Meaning(
        ("28000", "1130", "1129"),
        ("pg_hba.conf",),
        "the server does not let this user connect from this host",
        "Ask for the right to connect, or check whether the server wants SSL (sslmode=require).",
    ),
    _Meaning(
        ("1044",),
        (),
        "this user has no right on the database",
        "GRANT REFERENCES ON database.* TO this user: it then reads every name there, and opens no row.",
    ),
    _Meaning(
        ("42501", "3F000", "1142", "1143", "1227"),  # 3F000: none of the schemas in the search path may be used
        ("permission denied",),
        "this user lacks the right to do that",
        "To read names, a role that may connect to the database is enough; the job's history needs the right to create tables.",
        quoted=True,
    ),
    _Meaning(
        ("25006", "1290", "1792", "1836"),
        (),
        "nothing can be written there",
        "It is a replica, or set to read only: the server, the database or the role. Names can be read there; the job's "
        "history and scratch databases need a server that takes writes.",
        quoted=True,
    ),
    _Meaning(
        ("53300", "1040", "1203", "1226"),
        ("too many clients", "connection slots", "query_wait_timeout"),
        "the server has no connection free",
        "Try again later.",
    ),
    _Meaning(
        (),
        ("statement pooling mode",),
        "the pooler gives every statement another connection",
        "Let it lead to a pool in transaction mode, or name the server itself (Prisma's directUrl).",
    ),
    _Meaning(
        (),
        ("unsupported startup parameter",),
        "the pooler refuses a parameter of the URL",
        "Leave it out, or add it to PgBouncer's ignore_startup_parameters.",
        quoted=True,
    ),
    _Meaning(
        ("57P03",),
        ("starting up", "shutting down"),
        "the server is starting up or shutting down",
        "Try again shortly.",
    ),
    _Meaning(
        (),
        (SILENT,),
        "no answer in time: the server stopped answering in the middle",
        "Try again; if it comes back, look at the server and at what is on the way to it (a pooler, a firewall, a VPN).",
    ),
    _Meaning(
        (),
        ("timed out", "timeout expired"),
        "no answer in time",
        "Check host, port and firewall; something may accept connections there and never answer.",
    ),
    _Meaning(
        (),
        ("connection refused", "no such file or directory"),
        "nothing listens there",
        "Check host and port (or the socket's path), and that the server runs.",
    ),
    _Meaning(
        (),
        ("could not translate host name", "failed to resolve", "not known", "getaddrinfo", "name resolution"),
        "the host name can't be resolved",
        "Check the host in the URL.",
    ),
    _Meaning(
        (),
        (
            *("closed the connection", "closed unexpectedly", "connection is lost", "reset by peer", "broken pipe"),
            *("syscall error: eof", "eof occurred", "socket closed", "already in progress"),
        ),
        _LOST,
        _LOST_HINT,
    ),
    _Meaning(
        (),
        ("[ssl", "ssl ", "support ssl", "certificate", "private key"),  # a host's name can begin with ssl, too
        "no encrypted connection could be made",
        "Check sslmode, sslaccept and the certificates in the URL.",
    ),
    _Meaning(
        ("2003", "2002"),
        ("no route to host", "network is unreachable"),
        "the host can't be reached",
        "Check host, port, VPN and firewall.",
    ),
    _Meaning(
        ("22021", "22P05"),
        (),
        "a name in the catalog is not UTF-8",
        "The database was made with the encoding SQL_ASCII and holds names in another one.",
    ),
    _Meaning(
        (),
        ("file is not a database", "unable to open database file"),
        "the file is no SQLite database that can be opened",
        "Check the path in the URL, and the right to read the file.",
    ),
    _Meaning(
        ("53100", "1021"),
        ("disk is full",),
        "the disk is full",
        "Free some space there. What was written before is whole.",
    ),
    _Meaning(
        (),
        ("disk i/o error",),
        "the disk refuses to read or to write",
        "Look after the disk, then try again. What was written before is whole.",
    ),
    _Meaning(
        (),
        ("readonly database",),
        "the SQLite file, or the folder it is in, can't be written to",
        "Give this user the right to write there, or choose another place.",
    ),
    _Meaning(
        (),
        ("database is locked",),
        "another process holds the SQLite file locked",
        "Try again when it has finished.",
    ),
    _Meaning(("2013", "2006", "57P01", "25P03"), (), _LOST, _LOST_HINT),
)


def attempt(target: Target, action: Callable[[], T]) -> T:
    """The action's result; a driver's error leaves as `ConnectionFailed`.

    It is raised outside the handler, so that the driver's own exception, which may hold what should not be shown, hangs
    neither on `__cause__` nor on `__context__`.
    """
    try:
        return action()
    except (DBAPIError, OSError) as error:
        failure = _failure(target, error)
    raise failure


def _failure(target: Target, error: Exception) -> ConnectionFailed:
    """The error in our words; in the server's own, without the password, when we have none."""
    cause = getattr(error, "orig", None) or error
    words = " ".join(map(str, cause.args)) or type(cause).__name__
    code, text = _marks(cause, words)
    for meaning in _MEANINGS:
        if code in meaning.codes or any(word in text for word in meaning.words):
            own = [without_secrets(target, line, cause) for line in words.strip().splitlines()[:1] if meaning.quoted]
            return ConnectionFailed(": ".join((target.shown, meaning.what, *own)), meaning.hint)
    return ConnectionFailed(f"{target.shown}: {without_secrets(target, words.strip(), cause)}")


def _marks(cause: BaseException, words: str) -> tuple[str, str]:
    """The error's code, and the text in which words may be looked for: "" where the SQLSTATE says it all.

    MySQL's numbers say more than the SQLSTATE beside them. Names in quotes can hold any word.
    """
    number = cause.args[0] if cause.args and not isinstance(cause, OSError) else None
    sqlstate = str(getattr(cause, "sqlstate", None) or "").replace(_OF_POOLERS, "")
    if isinstance(number, int):
        return str(number), words.lower()
    return sqlstate, "" if sqlstate else re.sub(r'"[^"]*"', "", words).lower()


def without_secrets(target: Target, words: str, cause: BaseException | None = None) -> str:
    """A server's words with the target's secrets starred out; `cause` may know what libpq found in its own files."""
    given = target.connect_args
    found = getattr(getattr(cause, "pgconn", None), "password", None) or b""
    options = re.findall(r"=(\S{8,})", given.get("options", ""))  # shorter ones are switches and numbers
    for secret in (target.url.password, given.get("sslpassword"), os.environ.get("PGPASSWORD"), found.decode(), *options):
        words = re.sub(_spelled(str(secret)), "***", words) if secret else words
    return words


def _spelled(secret: str) -> str:
    """A pattern for it as it is, percent-encoded, or escaped as programs do it, in any mixture, in any letter case."""
    return "(?i)" + "".join(rf"\\*(?:{'|'.join(map(re.escape, _spellings(sign)))})" for sign in secret)


def _spellings(sign: str) -> tuple[str, ...]:
    encoded = "".join(f"%{byte:02x}" for byte in sign.encode("utf-8", "surrogateescape"))
    return encoded, escape(sign), ascii(sign)[1:-1], json.dumps(sign)[1:-1], sign
