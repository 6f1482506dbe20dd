"""Fixtures every test may use: the servers, golden files, and an environment without the machine's own settings."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from namesync.model import Provider
from tests import engines, starting
from tests.servers import KNOWN, Server, missing, required

_RUN = "NAMESYNC_TEST_RUN"  # the run's folder; pytest-xdist's workers inherit it
_GUARD = pytest.StashKey[subprocess.Popen[bytes]]()

SERVERS = list(engines.sources())
POSTGRESQL = [name for name in SERVERS if name.startswith("postgresql")]
_USED: dict[str, Server] = {}  # by this worker

settings.register_profile("namesync", deadline=None)  # a busy machine is no failure
settings.load_profile("namesync")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="rewrite golden files instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    if unknown := required() - KNOWN:
        raise pytest.UsageError(
            f"NAMESYNC_REQUIRE_SERVERS lists {', '.join(sorted(unknown))}: known are {', '.join(sorted(KNOWN))}"
        )
    if hasattr(config, "workerinput"):
        return
    run = tempfile.mkdtemp(prefix="namesync-")
    Path(run).chmod(0o755)  # PostgreSQL may run as another user
    os.environ[_RUN] = run
    config.stash[_GUARD] = starting.guard(Path(run))


def pytest_unconfigure(config: pytest.Config) -> None:
    if guard := config.stash.get(_GUARD, None):
        guard.communicate()  # closes its input, waits until all is stopped


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    yield  # pytest's own summary first: these are to be the last lines
    asked = starting.covered(Path(os.environ[_RUN]))
    here = [f"{found.provider} {found.version}" for found in asked if not found.missing]
    terminalreporter.section("servers")
    terminalreporter.line(f"covered: {', '.join(here) or 'none was asked for'}")
    for found in asked:
        if found.missing:
            terminalreporter.line(f"not covered: {found.provider}: {found.missing}")


def _server(name: str) -> Server:
    if name not in _USED:
        try:
            found = starting.obtain(Path(os.environ[_RUN]), name)
        except engines.Missing as reason:
            missing(name.partition("-")[0], str(reason))
        _USED[name] = Server(Provider(found.provider), found.version, found.url, found.socket)
    return _USED[name]


@pytest.fixture(scope="session", params=POSTGRESQL)
def postgresql(request: pytest.FixtureRequest) -> Server:
    """Each PostgreSQL there is: 16 and 18 from the wheel, the system's, one that was given by URL, the oldest by Docker."""
    return _server(request.param)


@pytest.fixture(scope="session")
def mysql() -> Server:
    return _server("mysql")


@pytest.fixture(scope="session")
def mariadb() -> Server:
    return _server("mariadb")


@pytest.fixture(scope="session")
def sqlite() -> Server:
    return _server("sqlite")


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Server:
    """Every server there is, one after the other."""
    return _server(request.param)


@pytest.fixture(autouse=True)
def _databases_are_dropped() -> Iterator[None]:
    """Those that fixtures of a wider scope made stay until the run ends."""
    before = {url for used in _USED.values() for url in used.made}
    yield
    for used in _USED.values():
        for url in [url for url in used.made if url not in before]:
            used.drop(url)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on the machine that runs the tests tells namesync, rich or libpq what to do."""
    prefixes = ("PG", "GITHUB_", "NAMESYNC_", "PRISMA_")
    names = {
        "DATABASE_URL",
        "DIRECT_URL",
        "SHADOW_DATABASE_URL",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
        "CI",
        "COLUMNS",
        "LINES",
    }
    ours = ("NAMESYNC_TEST_", "NAMESYNC_REQUIRE_SERVERS", "NAMESYNC_ENGINE_HOME")
    for name in list(os.environ):
        if not name.startswith(ours) and (name in names or name.startswith(prefixes) or name.endswith("_DATABASE_URL")):
            monkeypatch.delenv(name)


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> str:
    """How the scratch databases that this worker makes begin: others make some on the same server."""
    numbers = itertools.count()
    monkeypatch.setattr("namesync.sources.scratch.secrets.token_hex", lambda _: f"own{os.getpid()}_{next(numbers)}")
    return f"namesync_scratch_own{os.getpid()}_"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("name.txt", text)`: the text equals the file `golden/name.txt` beside the test; `pytest --renew` rewrites it."""
    folder, renew = request.path.parent / "golden", request.config.getoption("--renew")
    return lambda name, text: compare_golden(folder / name, text, renew=renew)


def compare_golden(file: Path, text: str, *, renew: bool) -> None:
    if renew:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    assert file.exists(), f"there is no {file}: pytest --renew writes it"
    assert text == file.read_bytes().decode(), f"{file} differs: pytest --renew rewrites it, read what changed"
