"""Database URLs as Prisma writes them (and SQLAlchemy's), read into what the drivers want; secrets kept out of messages.

Prisma's rules: https://www.prisma.io/docs/orm/overview/databases/postgresql#connection-url (and `mysql`, `sqlite` beside it);
defaults and parameters as in prisma-engines `quaint/src/connector/{postgres,mysql}/url.rs`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from sqlalchemy import URL

from namesync.errors import ConfigError, NamesyncError, Unsupported
from namesync.model import Provider
from namesync.sources import parameters

_SCHEMES = {
    "postgresql": Provider.POSTGRESQL,
    "postgres": Provider.POSTGRESQL,
    "mysql": Provider.MYSQL,
    "mariadb": Provider.MYSQL,
    "file": Provider.SQLITE,
    "sqlite": Provider.SQLITE,
}
_DRIVERS = {Provider.POSTGRESQL: "postgresql+psycopg", Provider.MYSQL: "mysql+pymysql", Provider.SQLITE: "sqlite"}
_REFUSED = {
    "sqlserver": "SQL Server",
    "mssql": "SQL Server",
    "cockroachdb": "CockroachDB",
    "mongodb": "MongoDB",
    "mongodb+srv": "MongoDB",
    "oracle": "Oracle",
    "libsql": "libSQL (Turso)",
}
_HOST = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<name>[^:\[\]\s]*))(?::(?P<port>\d*))?")
_SOCKET = re.compile(r"(?P<folder>(?:/|%2[Ff]).*?)(?::(?P<port>\d*))?")
_HINT = (
    "Write scheme://user:password@host:port/database, with every character of : / ? # [ ] @ % in the user or the password "
    "percent-encoded (@ is %40, / is %2F, # is %23)."
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and how.

    `url` goes to SQLAlchemy's `create_engine` with `connect_args` (which win over it); a SQLite path in it is absolute and
    is not checked to exist. `schema` is Prisma's `?schema=`, None where it is absent or means nothing (MySQL, SQLite).
    `shown` is for messages: no password, no parameter but the schema.
    """

    provider_family: Provider
    url: URL
    connect_args: dict[str, Any] = field(repr=False)
    schema: str | None
    shown: str


def parse_url(text: str, *, base: Path) -> Target:
    """A database URL -> its target; relative files (SQLite, certificates) are beside `base`, a folder.

    Raises `Unsupported` for a database namesync does not read, `ConfigError` for what is no such URL. Neither message holds
    anything of a URL that could not be taken apart, since any piece of it may be the password.
    """
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        what = "an empty text" if not text else "this text"
        raise ConfigError(f"{what} is no database URL", _HINT)
    family = _family(scheme)
    if "\0" in text or ("%00" in text and family is not Provider.SQLITE):
        raise ConfigError(f"{scheme}://… has a NUL character in it, which no name can have", _HINT)
    if family is Provider.SQLITE:
        return _sqlite(scheme, rest, base)
    try:
        return _server(family, scheme, rest, base)
    except NamesyncError as error:
        raise type(error)(f"{scheme}://…: {error.what}", error.hint or _HINT) from None


def _family(scheme: str) -> Provider:
    if scheme in ("prisma", "prisma+postgres"):
        raise Unsupported(
            f"{scheme}:// leads to Prisma's proxy, not to a database server",
            "Give the database's own URL, the one in `directUrl` (often DIRECT_URL).",
        )
    name = _REFUSED.get(scheme) or _REFUSED.get(scheme.partition("+")[0])
    if name:
        raise Unsupported(f"{name} is not supported ({scheme}://)", "namesync reads PostgreSQL, MySQL, MariaDB and SQLite.")
    family = _SCHEMES.get(scheme.partition("+")[0])
    if family is None:
        hint = "Leave `jdbc:` out of it." if scheme == "jdbc" else f"Known: {', '.join(f'{name}:' for name in _SCHEMES)}"
        raise ConfigError(f"no database URL begins with {scheme}:", hint)
    return family


def _sqlite(scheme: str, rest: str, base: Path) -> Target:
    """Prisma's `file:./dev.db` and SQLAlchemy's `sqlite:///dev.db`: both relative to `base`; parameters mean nothing here."""
    path = rest.partition("?")[0]
    if re.match(r"//[^/]*@", path):
        raise ConfigError(f"{scheme}://… has a user in it, which is a server's", _HINT)
    path = path.removeprefix("//") if scheme == "file" else re.sub(r"^//(?:/|$)", "", path)
    if not path or path == ":memory:":
        raise ConfigError(f"{scheme}:{path} names no file", "Write file:./dev.db, or file:/absolute/path.db.")
    file = (base / path).absolute()
    return Target(Provider.SQLITE, URL.create("sqlite", database=str(file)), {}, None, f"file:{path}")


def _server(family: Provider, scheme: str, rest: str, base: Path) -> Target:
    authority, path, query = _split(rest)
    userinfo, _, hosts = authority.rpartition("@")
    user, colon, password = userinfo.partition(":")
    if family is Provider.POSTGRESQL:
        arguments = parameters.postgresql(query, base, native="+" in scheme)
        if query.get("host"):  # goes before the URL's host; its port stays, as for Prisma
            query.setdefault("port", hosts.rpartition(":")[2] if re.search(r":\d+$", hosts) else "")
            hosts = query["host"]
    else:
        arguments = parameters.mysql(query, base)
        if not (secret := _decode(password)).isascii():
            arguments["password"] = secret.encode()  # PyMySQL would encode it as Latin-1
    host, port = _hosts(hosts, query.get("port", ""), family, arguments)
    database = _decode(path.strip("/")) or ("postgres" if family is Provider.POSTGRESQL else None)
    url = URL.create(
        _DRIVERS[family],
        username=_decode(user) or None,
        password=_decode(password) if colon else None,
        host=host,
        port=port,
        database=database,
    )
    schema = (query.get("schema") or None) if family is Provider.POSTGRESQL else None
    return Target(family, url, arguments, schema, _shown(family, url, arguments, schema))


def _split(rest: str) -> tuple[str, str, dict[str, str]]:
    """`//authority/path?query` -> the three; a repeated parameter is joined by commas."""
    if not rest.startswith("//"):
        raise ConfigError("a URL has // after its scheme")
    if "#" in rest:
        raise ConfigError("an unencoded # in it")
    body, _, query = rest[2:].partition("?")
    authority, _, path = body.partition("/")
    if ("@" not in authority and "@" in path + query) or "@" in path or re.search("@.*/", query):
        raise ConfigError("an unencoded / or ? before the @ that ends the password")
    return authority, path, {name: ",".join(values) for name, values in parse_qs(query).items()}


def _hosts(text: str, port: str, family: Provider, arguments: dict[str, Any]) -> tuple[str | None, int | None]:
    """Host and port of the URL. A PostgreSQL socket folder or a list of hosts goes to the driver's arguments instead."""
    if "unix_socket" in arguments:
        return "localhost", None
    if family is Provider.POSTGRESQL and (socket := _SOCKET.fullmatch(text)):
        arguments["host"] = _decode(socket["folder"])
        return None, _port(socket["port"] or port)
    hosts = [_host(one) for one in text.split(",")]
    if len(hosts) == 1:
        return hosts[0][0], hosts[0][1] if hosts[0][1] is not None else _port(port)
    if family is not Provider.POSTGRESQL:
        raise ConfigError("several hosts, which only PostgreSQL's URLs can have")
    arguments["host"] = ",".join(host for host, _ in hosts)
    arguments["port"] = ",".join("" if port is None else str(port) for _, port in hosts)
    return None, None


def _host(text: str) -> tuple[str, int | None]:
    match = _HOST.fullmatch(text)
    if match is None:
        raise ConfigError("host and port can't be read")
    return match["v6"] or _decode(match["name"]) or "localhost", _port(match["port"] or "")


def _port(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ConfigError("the port is no number from 1 to 65535")
    return int(text)


def _decode(text: str) -> str:
    """Percent-decoded; as it stands where that gives no UTF-8 (so does Prisma)."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def in_database(target: Target, name: str) -> Target:
    """The same server, another database."""
    url = target.url.set(database=name)
    shown = _shown(target.provider_family, url, target.connect_args, target.schema)
    return replace(target, url=url, shown=shown)


def _shown(family: Provider, url: URL, arguments: dict[str, Any], schema: str | None) -> str:
    host = arguments.get("unix_socket") or arguments.get("host") or url.host or ""
    place = f"[{host}]" if host.count(":") > 1 and "," not in host else host
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    suffix = f"?schema={schema}" if schema else ""
    return f"{family.value}://{user}{place}{port}/{url.database or ''}{suffix}"
