"""Bad input, on the real program and real servers: a message that says what and what to do, exit code 2, and no secret."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.model import Provider
from tests import pairs
from tests.cli.conftest import Ended, Run
from tests.engines import ROLE_WITH_PASSWORD
from tests.servers import Server, connection

SECRET = "s3cr:et/p@ss"
ENCODED = "s3cr%3Aet%2Fp%40ss"


@pytest.fixture
def config(tmp_path: Path, namesync: Run) -> Callable[[str], None]:
    """Writes namesync.toml where the program runs."""

    def write(text: str) -> None:
        (tmp_path / "namesync.toml").write_text(text)

    return write


def refused(ended: Ended, *words: str) -> None:
    """It could not run, says these words on standard error, and shows no secret anywhere."""
    assert ended.code == 2
    for word in words:
        assert word in ended.err
    for text in (ended.out, ended.err):
        assert SECRET not in text
        assert ENCODED not in text
        assert "Traceback" not in text


TWO = f'[environments.prod]\nurl = "postgresql://u:{ENCODED}@127.0.0.1:1/app"\n[environments.dev]\nurl = "${{NOT_SET}}"\n'


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        pytest.param(TWO, ["prdo", "dev"], ["unknown environment prdo", "Did you mean prod?"], id="unknown environment"),
        pytest.param(TWO, ["prod", "dev"], ["environment dev", "NOT_SET", "is not set"], id="variable that is not set"),
        pytest.param("a = 1\n[environments\n", ["prod", "dev"], ["namesync.toml", "line 2"], id="bad TOML"),
        pytest.param("[environments.prod]\nurll = 1\n", ["prod", "dev"], ["namesync.toml", "urll"], id="unknown key"),
        pytest.param(TWO, ["prod", "prod"], ["prod", "named twice"], id="named twice"),
        pytest.param("", [f"sqlserver://u:{ENCODED}@h", "file:x.db"], ["SQL Server is not supported"], id="SQL Server"),
        pytest.param("", [f"cockroachdb://u:{ENCODED}@h/d", "file:x.db"], ["CockroachDB is not supported"], id="CockroachDB"),
        pytest.param("", [f"mongodb://u:{ENCODED}@h/d", "file:x.db"], ["MongoDB is not supported"], id="MongoDB"),
        pytest.param("", [f"oracle://u:{ENCODED}@h/d", "file:x.db"], ["oracle"], id="another scheme"),
        pytest.param(
            "", [f"mysql://u:{ENCODED}@127.0.0.1:1/d", "file:x.db"], ["different providers", "mysql", "sqlite"], id="providers"
        ),
        pytest.param("", ["file:nowhere.db", "file:nowhere2.db"], ["nowhere.db", "nowhere2.db"], id="no such file"),
    ],
)
@pytest.mark.parametrize("verbose", [[], ["-v"]], ids=["", "verbose"])
def test_what_needs_no_server(
    text: str, arguments: list[str], words: list[str], verbose: list[str], config: Callable[[str], None], namesync: Run
) -> None:
    config(text)
    refused(namesync(*verbose, "diff", *arguments), *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            '{"format_version": 99, "tool": {"name": "namesync", "version": "9.0"}}', ["format 99", "9.0"], id="newer"
        ),
        pytest.param('{"format_version": 1,', ["broken.json", "damaged"], id="cut off"),
        pytest.param("not json at all", ["broken.json", "damaged"], id="no JSON"),
        pytest.param("[]", ["broken.json"], id="other JSON"),
    ],
)
def test_snapshots_that_can_not_be_used(text: str, words: list[str], namesync: Run, sqlite: Server, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(text)
    refused(namesync("diff", "broken.json", sqlite.create("CREATE TABLE t (id int)")), *words)


def test_a_missing_database(server: Server, namesync: Run) -> None:
    there = server.create("CREATE TABLE t (id int)")
    gone = server.create()
    server.drop(gone)
    refused(namesync("diff", gone, there), "could not be read", "no such")


def test_a_missing_schema(postgresql: Server, namesync: Run) -> None:
    url = postgresql.create()
    refused(namesync("diff", f"{url}?schema=nowhere", postgresql.create()), "no such schema", "nowhere")


@pytest.mark.parametrize("verbose", [[], ["-v"]], ids=["", "verbose"])
def test_a_wrong_password_is_never_shown(server: Server, verbose: list[str], namesync: Run) -> None:
    if not server.socket:
        pytest.skip("only the servers that were started for the tests are known to ask for passwords")
    there = server.create()
    address = urlsplit(there).netloc.rpartition("@")[2]
    wrong = urlsplit(there)._replace(netloc=f"{ROLE_WITH_PASSWORD}:{ENCODED}@{address}").geturl()
    refused(namesync(*verbose, "diff", wrong, there), "could not be read", "refused the user or the password")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield "{}:{}".format(*listener.getsockname())


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_hangs(scheme: str, silent: str, config: Callable[[str], None], namesync: Run) -> None:
    config(
        f'[environments.prod]\nurl = "{scheme}://u:{ENCODED}@{silent}/app"\nconnect_timeout = 2\n'
        f'[environments.dev]\nurl = "{scheme}://u:{ENCODED}@{silent}/app2"\nconnect_timeout = 2\n'
    )
    began = time.monotonic()
    refused(namesync("diff", "prod", "dev"), "prod could not be read", "dev could not be read", silent)
    assert time.monotonic() - began < 15


def test_a_statement_that_hangs(postgresql: Server, config: Callable[[str], None], namesync: Run) -> None:
    busy, idle = postgresql.create(), postgresql.create()
    config(f'[environments.prod]\nurl = "{busy}"\nstatement_timeout = 1\n[environments.dev]\nurl = "{idle}"\n')
    with connection(busy) as locked:
        locked.execute("BEGIN")
        locked.execute("LOCK TABLE pg_catalog.pg_constraint IN ACCESS EXCLUSIVE MODE")
        refused(namesync("diff", "prod", "dev"), "prod could not be read", "longer than the statement timeout")


def test_one_unreachable_environment_does_not_hide_what_the_others_show(
    server: Server, config: Callable[[str], None], namesync: Run
) -> None:
    prod, dev = pairs.create(server, "guide")
    down = "file:gone.db" if server.provider is Provider.SQLITE else f"{server.provider.family}://u:{ENCODED}@127.0.0.1:1/app"
    config(f'[environments.prod]\nurl = "{prod}"\n[environments.dev]\nurl = "{dev}"\n[environments.staging]\nurl = "{down}"\n')
    ended = namesync("--format", "json", "diff", "prod", "dev", "staging")
    refused(ended, "staging could not be read")
    report = json.loads(ended.out)
    assert [bool(each.get("error")) for each in report["environments"]] == [False, False, True]
    assert {"name-drift"} == {finding["rule"] for finding in report["findings"]}
