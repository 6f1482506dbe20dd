"""The parameters of a database URL -> the driver's own arguments; whatever is not known here is dropped, as Prisma does.

Prisma's list: prisma-engines `quaint/src/connector/{postgres,mysql}/url.rs`. libpq's:
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from namesync.errors import ConfigError, Unsupported

Query = Mapping[str, str]

_LIBPQ = (
    "application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "passfile",
    "require_auth",
    "requirepeer",
    "sslnegotiation",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
)
_LIBPQ_WORDS = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "channel_binding": ("disable", "prefer", "require"),
}
_LIBPQ_FILES = ("sslrootcert", "sslkey", "sslcrl")
_MYSQL_MODES = {
    "disable": "disabled",
    "prefer": "preferred",
    "require": "required",
    "verify-full": "verify-identity",
}


def postgresql(query: Query, base: Path, *, native: bool) -> dict[str, Any]:
    """psycopg's arguments. `native`: the URL names a driver, so that `sslcert` has libpq's meaning and not Prisma's.

    Raises `ConfigError` for values that make no sense, `Unsupported` for PKCS#12 identities.
    """
    arguments: dict[str, Any] = {name: query[name] for name in _LIBPQ if query.get(name)}
    for name, words in _LIBPQ_WORDS.items():
        if value := query.get(name):
            arguments[name] = _word(name, value, words)
    for name in _LIBPQ_FILES:
        if query.get(name):
            arguments[name] = query[name] if query[name] == "system" else _file(name, query[name], base)
    arguments |= _connect_timeout(query)
    return arguments | _postgresql_tls(query, base, native=native or "sslkey" in query)


def _postgresql_tls(query: Query, base: Path, *, native: bool) -> dict[str, Any]:
    """Prisma's `sslcert` is the certificate to trust, libpq's is the client's own.

    With a certificate and no `sslaccept`, libpq verifies it (under `sslmode=require`), where Prisma would not: the stricter
    of the two. `sslaccept=strict` verifies certificate and host name, against the system's certificates where none is given.
    """
    _refuse_identity(query, "sslcert=client.pem&sslkey=client.pem&sslrootcert=ca.pem")
    accept = query.get("sslaccept")
    tls: dict[str, Any] = {}
    if native:
        tls = {"sslcert": _file("sslcert", query["sslcert"], base)} if query.get("sslcert") else {}
        if query.get("sslpassword"):
            tls["sslpassword"] = query["sslpassword"]
    elif query.get("sslcert") and accept != "accept_invalid_certs":
        tls = {"sslrootcert": _file("sslcert", query["sslcert"], base)}
    if accept not in (None, "accept_invalid_certs") and query.get("sslmode") != "disable":
        tls["sslmode"] = "verify-full"
        if "sslrootcert" not in tls and "sslrootcert" not in query:
            tls["sslrootcert"] = ssl.get_default_verify_paths().cafile or "system"
    return tls


def mysql(query: Query, base: Path) -> dict[str, Any]:
    """PyMySQL's arguments; without a word on TLS it is used where the server offers it. Raises as `postgresql` does."""
    arguments = _connect_timeout(query)
    if socket := query.get("socket") or query.get("unix_socket"):
        arguments["unix_socket"] = socket.strip("()")
    _refuse_identity(query, "ssl_ca=ca.pem&ssl_cert=client.pem&ssl_key=client.pem")
    mode = _mysql_mode(query)
    if mode == "disabled":
        return arguments | {"ssl_disabled": True}
    if mode == "preferred" and not query.get("ssl_cert"):
        return arguments
    return arguments | {"ssl": _tls_context(query, base, mode)}


def _mysql_mode(query: Query) -> str:
    """MySQL's own `ssl-mode` word for what the URL asks: Prisma's `sslaccept` and `sslcert`, PyMySQL's `ssl_*`."""
    accept = query.get("sslaccept")
    if accept:
        return "verify-identity" if accept == "strict" else "required"
    if query.get("ssl_disabled") == "true":
        return "disabled"
    given = (query.get("ssl-mode") or query.get("sslmode") or "").lower().replace("_", "-")
    if given:
        words = (*_MYSQL_MODES, "disabled", "preferred", "required", "verify-ca", "verify-identity")
        return _MYSQL_MODES.get(word := _word("ssl-mode", given, words), word)
    if query.get("ssl_ca"):
        return "verify-ca" if query.get("ssl_check_hostname") == "false" else "verify-identity"
    return "verify-ca" if query.get("sslcert") else "preferred"


def _tls_context(query: Query, base: Path, mode: str) -> ssl.SSLContext:
    authority = next((_file(name, query[name], base) for name in ("ssl_ca", "sslcert") if query.get(name)), None)
    own = _file("ssl_cert", query["ssl_cert"], base) if query.get("ssl_cert") else None
    key = _file("ssl_key", query["ssl_key"], base) if query.get("ssl_key") else None
    try:
        context = ssl.create_default_context(cafile=authority)
        if own:
            context.load_cert_chain(own, key, query.get("ssl_key_password"))
    except OSError as error:
        raise ConfigError(f"a certificate can't be used: {error}", "Certificates and keys are PEM files.") from None
    # Python 3.13 refuses the older authorities that servers still carry; PyMySQL makes the same exception.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode == "verify-identity"
    context.verify_mode = ssl.CERT_REQUIRED if mode.startswith("verify") else ssl.CERT_NONE
    return context


def _refuse_identity(query: Query, instead: str) -> None:
    if query.get("sslidentity"):
        raise Unsupported(
            "`sslidentity` (a PKCS#12 file) is not supported",
            f"Convert it (openssl pkcs12 -in client.p12 -nodes -out client.pem) and write {instead} instead.",
        )


def _connect_timeout(query: Query) -> dict[str, Any]:
    """Prisma's 0 means for ever: then namesync's own default holds, since every connection has a limit here."""
    text = query.get("connect_timeout", "0")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ConfigError("`connect_timeout` is no number of seconds", "Write connect_timeout=10, or leave it out.")
    return {"connect_timeout": int(text)} if int(text) else {}


def _word(name: str, value: str, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ConfigError(f"`{name}` is none of {', '.join(words)}", "Correct the parameter, or leave it out of the URL.")
    return value


def _file(name: str, value: str, base: Path) -> str:
    path = (base / value).absolute()
    if not path.is_file():
        raise ConfigError(f"`{name}`: no file {path}", f"A relative path is taken from {base}.")
    return str(path)
