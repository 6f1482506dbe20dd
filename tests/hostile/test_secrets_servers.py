"""A marked password, and servers that take it, refuse it, quote it in their errors, or never answer."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.model import Provider
from tests.cli.conftest import namesync, start
from tests.hostile.marked import NOISY, Folder, Marked, marked
from tests.hostile.places import configure, text
from tests.hostile.quoting import Quoting, quoting
from tests.hostile.searching import AREA, Searcher, searcher
from tests.hostile.tally import Tally
from tests.servers import Server

__all__ = ["namesync", "searcher"]

LIVE = ("argument", "named", "variable", "by_name", "dotenv", "file", "command", "listed", "group", "shadow", "history")
"""Places from which a URL that is right is used."""


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def liar(request: pytest.FixtureRequest) -> Iterator[tuple[str, Quoting]]:
    with quoting(request.param) as server:
        yield request.param, server


def as_quoted(secret: Marked, url: str) -> str:
    """As a server may quote it: as it is, encoded, escaped, in the URL."""
    forms = (
        secret.password,
        secret.encoded,
        secret.encoded.lower(),
        secret.lazily,
        json.dumps(secret.password, ensure_ascii=False),
    )
    return " / ".join((*forms, repr(secret.password), url))


@pytest.mark.parametrize("when", ["login", "query", "later"])
@pytest.mark.parametrize("place", LIVE)
def test_a_server_that_quotes_it(place: str, when: str, liar: tuple[str, Quoting], searcher: Searcher, tally: Tally) -> None:
    kind, server = liar
    for round_ in range(tally.size(1, 2)):
        secret = marked(random.Random())
        url = f"{kind}://u:{secret.encoded}@127.0.0.1:{server.port}/d"
        server.says, server.when = as_quoted(secret, url), when
        for command in searcher.turn(round_ + len(place), tally.size(2, 8)):
            with tally.trial(AREA, "servers that quote the password or the URL in their errors"):
                searcher.search(place, url, secret, [command])


@pytest.mark.parametrize("parameter", ["sslpassword", "options", "PGPASSWORD", "PGPASSFILE", "PGSERVICEFILE"])
def test_a_server_that_quotes_what_libpq_found(
    parameter: str, searcher: Searcher, tally: Tally, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with quoting("postgresql") as server:
        for _ in range(tally.size(2, 20)):
            secret = marked(random.Random())
            url = f"postgresql://u@127.0.0.1:{server.port}/d?sslmode=disable"
            if parameter == "sslpassword":
                url += f"&sslpassword={secret.encoded}&sslkey=/dev/null"
            elif parameter == "options":
                secret = Marked(secret.words, "".join(secret.words))  # there are no blanks in a setting
                url += f"&options=-c%20app.secret%3D{secret.encoded}"
            elif parameter == "PGPASSWORD":
                monkeypatch.setenv(parameter, secret.password)
            elif parameter == "PGPASSFILE":
                escaped = secret.password.replace("\\", "\\\\").replace(":", "\\:")
                (tmp_path / "pass").write_text(f"*:*:*:*:{escaped}\n")
                (tmp_path / "pass").chmod(0o600)
                monkeypatch.setenv(parameter, str(tmp_path / "pass"))
            else:
                (tmp_path / "services").write_text(f"[s]\npassword={secret.password}\n")
                monkeypatch.setenv(parameter, str(tmp_path / "services"))
                monkeypatch.setenv("PGSERVICE", "s")
            server.says, server.when = as_quoted(secret, url), "login"
            with tally.trial(AREA, "passwords of libpq's own variables and files, quoted by the server"):
                searcher.search("named", url, secret, [("diff", "prod", "ENV"), ("check", "ENV", "--format", "json")])


def test_a_server_that_never_answers(liar: tuple[str, Quoting], searcher: Searcher, tally: Tally) -> None:
    kind, server = liar
    secret = marked(random.Random())
    server.when = "never"
    url = f"{kind}://u:{secret.encoded}@127.0.0.1:{server.port}/d?connect_timeout=2"
    with tally.trial(AREA, "servers that never answer"):
        searcher.search("named", url, secret, [("diff", "prod", "ENV")])


def test_real_servers(server: Server, searcher: Searcher, tally: Tally) -> None:
    """The right password where the server asks for one, a wrong one, and a database that is not there."""
    if server.provider is Provider.SQLITE:
        pytest.skip("SQLite has no passwords")
    database = server.create("CREATE TABLE t (id int PRIMARY KEY)")
    for round_ in range(tally.size(1, 2)):
        secret, wrong = marked(random.Random()), marked(random.Random())
        user = f"ns_{os.getpid()}_{round_}_{random.randrange(10**9)}"
        with _Account(server, database, user, secret):
            here = urlsplit(database)
            place = f"{user}:PASSWORD@{here.netloc.rpartition('@')[2]}"
            right = here._replace(netloc=place).geturl().replace("PASSWORD", secret.encoded)
            nowhere = right.replace(here.path, "/nowhere")
            refused = here._replace(netloc=place).geturl().replace("PASSWORD", wrong.encoded)
            for number, name in enumerate(random.sample(LIVE, tally.size(4, len(LIVE)))):
                if name == "shadow" and server.provider is not Provider.POSTGRESQL:
                    continue
                turn = searcher.turn(number + round_, tally.size(1, 3))
                with tally.trial(AREA, "real servers: the right password, a wrong one, no such database", times=3):
                    searcher.search(name, right, secret, turn)
                    searcher.search(name, refused, wrong, turn[:1])
                    searcher.search(name, nowhere, secret, turn[:1])


class _Account:
    """A user with that password."""

    def __init__(self, server: Server, database: str, user: str, secret: Marked) -> None:
        self.server, self.database, self.user = server, database, user
        self.password = secret.password.replace("'", "''")

    def __enter__(self) -> None:
        if self.server.provider is Provider.POSTGRESQL:
            self.server.execute(self.server.url, f"CREATE ROLE {self.user} LOGIN SUPERUSER PASSWORD '{self.password}'")
        else:
            escaped = self.password.replace("\\", "\\\\")
            self.server.execute(self.server.url, f"CREATE USER {self.user}@'%' IDENTIFIED BY '{escaped}'")
            self.server.execute(self.server.url, f"GRANT ALL ON *.* TO {self.user}@'%'")

    def __exit__(self, *_: object) -> None:
        if self.server.provider is Provider.POSTGRESQL:
            self.server.execute(self.database, f"DROP OWNED BY {self.user}; DROP ROLE {self.user}")
        else:
            self.server.execute(self.server.url, f"DROP USER {self.user}")


# Processes of their own: what only shows when the interpreter ends, or is stopped.


_LOGGING = f"""\
import logging
logging.basicConfig(level=0)
for name in {NOISY}: logging.getLogger(name).setLevel(10)
logging.debug("as loud as that")
"""


@pytest.mark.parametrize("stopped", [True, False], ids=["interrupted", "to its end"])
def test_a_process(stopped: bool, tmp_path: Path, tally: Tally) -> None:
    """With every warning and check of the interpreter on, all variables set, and every library's log on standard error."""
    secret = marked(random.Random())
    folder = Folder(tmp_path / "project")
    folder.path.mkdir()
    with quoting("postgresql") as server, tally.trial(AREA, "processes: warnings, logs, interrupts"):
        server.says, server.when = as_quoted(secret, ""), "never" if stopped else "query"
        url = f"postgresql://u:{secret.encoded}@127.0.0.1:{server.port}/d"
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(_LOGGING)
        configure(folder, f"[environments.qa]\nurl = {text('${SECRET_URL}')}\n")
        names = ("SECRET_URL", "DATABASE_URL", "DIRECT_URL", "SHADOW_DATABASE_URL", "MYSQL_PWD", "MYSQL_PASSWORD", "MYSQL_URL")
        variables = {**dict.fromkeys(names, url), "PGPASSWORD": secret.password, "PYTHONWARNINGS": "default"}
        path = os.pathsep.join((str(tmp_path / "site"), str(Path(__file__).parents[2])))
        process = start(
            "diff", "-v", "prod", "qa", folder=folder.path, **{**variables, "PYTHONDEVMODE": "1", "PYTHONPATH": path}
        )
        if stopped:
            until = time.monotonic() + 30
            while not server.talks and process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == (130 if stopped else 2)
    for said in (out, err, *(data for _, data in folder.left())):
        assert not secret.found_in(said), said.decode()
    assert b"as loud as that" in err
