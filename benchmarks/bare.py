"""The bare catalog queries: those of namesync's own reader, with nothing done with their rows. This is the limit."""

from __future__ import annotations

import json
import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import Command, Contender, Missing
from benchmarks.servers import Pair
from namesync.dialects import parse_version
from namesync.dialects.reading import reader
from namesync.model import Provider

QUERIES = "catalog queries, {}"
AT_ONCE = "catalog queries, {}, both at once"
ROOT = Path(__file__).parents[1]

Scopes = dict[str, tuple[str, ...]]
"""URL -> the schemas to read there."""


def client_of(provider: Provider) -> str:
    """The server's own program for SQL."""
    return "psql" if provider is Provider.POSTGRESQL else "mariadb"


def scopes(pair: Pair) -> Scopes:
    """One schema in each database; on MySQL it is the database."""
    return {url: ("public" if pair.provider is Provider.POSTGRESQL else urlsplit(url).path[1:],) for url in pair.urls.values()}


def statements(pair: Pair, schemas: tuple[str, ...]) -> list[str]:
    """What the reader asks of a server, with the settings of its transaction."""
    plan = reader(pair.provider, parse_version(pair.version))
    names = ", ".join(f"'{schema}'" for schema in schemas)
    texts = (files(plan.package).joinpath(file).read_text(encoding="utf-8") for file in plan.queries.values())
    queries = (re.sub(r"--.*", "", text).strip().replace(":schemas", f"({names})") for text in texts)
    return [*plan.begin(600_000), *queries, "COMMIT"]


def by_client(pair: Pair, where: Scopes, folder: Path, *, together: bool = False) -> Contender:
    """Through `psql` or `mariadb`, one process for each database. Raises `Missing`."""
    client = client_of(pair.provider)
    program = shutil.which(client)
    if program is None:
        raise Missing(f"{client} is not installed")
    commands = []
    for number, (url, schemas) in enumerate(where.items()):
        script = folder / f"{number}.sql"
        script.write_text("".join(f"{each};\n" for each in statements(pair, schemas)))
        arguments = _psql(url, script) if client == "psql" else _mariadb(url, script)
        commands.append(Command((program, *arguments)))
    return Contender((AT_ONCE if together else QUERIES).format(client), tuple(commands), folder, together)


def by_driver(pair: Pair, where: Scopes, folder: Path) -> Contender:
    """Through the driver that namesync uses, in one process, one database after the other."""
    words = []
    for number, (url, schemas) in enumerate(where.items()):
        asked = folder / f"{number}.json"
        asked.write_text(json.dumps(statements(pair, schemas)))
        words += [url, str(asked)]
    driver = "psycopg" if pair.provider is Provider.POSTGRESQL else "PyMySQL"
    return Contender(QUERIES.format(driver), (python("driver.py", *words),), folder)


def python(script: str, *words: str) -> Command:
    """One of the scripts in `children`."""
    path = Path(__file__).with_name("children") / script
    return Command((sys.executable, str(path), *words), {"PYTHONPATH": str(ROOT)})


def _psql(url: str, script: Path) -> tuple[str, ...]:
    return ("-XqAt", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", str(script), url)


def _mariadb(url: str, script: Path) -> tuple[str, ...]:
    parts = urlsplit(url)
    address = (f"--host={parts.hostname}", f"--port={parts.port}", f"--user={parts.username}", "--protocol=tcp", "--skip-ssl")
    return ("--no-defaults", *address, "--batch", f"--execute=source {script}", parts.path[1:])
