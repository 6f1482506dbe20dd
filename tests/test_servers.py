"""The test servers keep what tests/servers.py promises."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from namesync.model import Provider
from tests import engines, starting
from tests.conftest import compare_golden
from tests.servers import Server, connection, database_of, missing

SCRIPT = (
    "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int); INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (3);"
)


def test_a_server_answers_and_says_its_version(server: Server) -> None:
    question = {Provider.POSTGRESQL: "SHOW server_version", Provider.SQLITE: "SELECT sqlite_version()"}
    answer = server.query(server.create(), question.get(server.provider, "SELECT version()"))[0][0]
    assert str(answer).startswith(server.version)
    assert (server.provider is Provider.MARIADB) == ("MariaDB" in str(answer))


def test_create_runs_the_whole_script_in_an_empty_database(server: Server) -> None:
    url = server.create(SCRIPT)
    assert server.query(url, "SELECT id FROM a ORDER BY id") == [(1,), (2,)]
    assert server.query(url, "SELECT id FROM b") == [(3,)]


def test_an_error_anywhere_in_the_script_is_raised(server: Server) -> None:
    with pytest.raises(Exception, match="nowhere"):
        server.create("CREATE TABLE a (id int); INSERT INTO nowhere VALUES (1);")


def test_databases_have_names_of_their_own_or_the_one_asked_for(server: Server) -> None:
    name = f"odd näme-{os.getpid()}"
    urls = {server.create(), server.create(), server.create("CREATE TABLE a (id int)", name=name)}
    assert len(urls) == 3
    if server.provider is not Provider.SQLITE:
        assert name in {database_of(url) for url in urls}


def test_drop_works_while_someone_is_connected_and_twice(server: Server) -> None:
    url = server.create("CREATE TABLE a (id int)")
    with connection(url):
        server.drop(url)
    server.drop(url)
    assert url not in server.made


def test_a_socket_leads_to_the_same_server(server: Server) -> None:
    if not server.socket:
        pytest.skip("this server has no socket on this machine")
    url = server.create(SCRIPT)
    parameter = "host" if server.provider is Provider.POSTGRESQL else "socket"
    assert server.query(f"{url}?{parameter}={server.socket}", "SELECT id FROM b") == [(3,)]


def test_a_server_that_cannot_be_had_skips_unless_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMESYNC_REQUIRE_SERVERS", "postgresql")
    with pytest.raises(pytest.skip.Exception, match="no mysql: a reason"):
        missing("mysql", "a reason")
    monkeypatch.setenv("NAMESYNC_REQUIRE_SERVERS", "postgresql, mysql")
    with pytest.raises(pytest.fail.Exception, match="lists mysql, which is not here: a reason"):
        missing("mysql", "a reason")


def test_a_missing_server_is_found_missing_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def start(folder: Path) -> engines.Found:
        calls.append(folder)
        raise engines.Missing("none here")

    monkeypatch.setattr(starting, "sources", lambda: {"mysql": start})
    for _ in range(2):
        with pytest.raises(engines.Missing, match="none here"):
            starting.obtain(tmp_path, "mysql")
    assert [tmp_path / "mysql"] == calls
    assert [engines.Found("mysql", missing="none here")] == starting.covered(tmp_path)


def test_a_url_comes_before_any_other_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgresql: Server) -> None:
    monkeypatch.setenv("NAMESYNC_TEST_POSTGRESQL_URL", postgresql.url)
    first, start = next(iter(engines.sources().items()))
    assert first == "postgresql-url"
    assert engines.Found("postgresql", postgresql.version, postgresql.url) == start(tmp_path)


def test_no_docker_socket_means_no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "postgresql-13" not in engines.sources()


def test_the_guard_stops_servers_however_the_run_ends() -> None:
    """A run killed without a chance to tidy up leaves neither a process nor a file."""
    run = Path(tempfile.mkdtemp(prefix="namesync-"))
    run.chmod(0o755)
    name = next(name for name in engines.sources() if name in {"postgresql-18", "postgresql-16"})
    program = f"import sys; from pathlib import Path; from tests import starting; starting.obtain(Path({str(run)!r}), {name!r})"
    guard = starting.guard(run)
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[1])
    process = int((run / name / "data" / "postmaster.pid").read_text().split("\n")[0])
    os.kill(process, 0)
    guard.communicate(timeout=60)
    assert not run.exists()
    assert _gone(lambda: os.kill(process, 0))


def _gone(ask: Callable[[], None]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            ask()
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_golden_compares_and_renews(tmp_path: Path) -> None:
    file = tmp_path / "golden" / "it.txt"
    with pytest.raises(AssertionError, match="pytest --renew writes it"):
        compare_golden(file, "näme\r\n", renew=False)
    compare_golden(file, "näme\r\n", renew=True)
    assert "näme\r\n".encode() == file.read_bytes()
    compare_golden(file, "näme\r\n", renew=False)
    with pytest.raises(AssertionError, match="differs: pytest --renew rewrites it"):
        compare_golden(file, "näme\n", renew=False)
    assert "näme\r\n".encode() == file.read_bytes()
