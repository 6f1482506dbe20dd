"""Both upgrade paths on every pair of fixtures/ and every server, the runbook followed to the letter."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from namesync.model import Key, Provider
from namesync.plan import unqualified
from tests import pairs
from tests.cli.conftest import Run
from tests.conformance.engine import Engine
from tests.conformance.test_keep_existing import own_schema, without_maps
from tests.e2e.prisma import ByHand, Prisma, Real, Shell
from tests.e2e.test_fixtures import SCHEMAS, TABLES
from tests.engines import sources
from tests.readers.reading import read_url
from tests.servers import Server, connection

POSTGRESQL = sorted(
    (name for name in sources() if name.startswith("postgresql")), key=lambda name: int("0" + name.rpartition("-")[2])
)
SERVERS = [*dict.fromkeys([*POSTGRESQL[:1], *POSTGRESQL[-1:]]), "mysql", "mariadb", "sqlite"]
"""Of PostgreSQL the oldest and the newest there is: what is emitted is the same for all."""

CASES = [
    pytest.param(server, pair, mode, id=f"{server}-{pair}-{mode}")
    for server in SERVERS
    for pair in pairs.PAIRS
    if pairs.folder(pair, Provider(server.partition("-")[0]))
    for mode in ("keep-existing", "adopt-defaults")
]
BEYOND_THE_LANGUAGE = {"many-to-many", "prisma1"}
"""Pairs with join tables, whose names `map` can't say. On PostgreSQL Prisma 6 also wants a primary key where Prisma 5 made a
unique index."""

Names = Mapping[Key, Counter[str]]


class Project:
    """A Prisma project whose production and development are a pair of fixtures."""

    def __init__(self, server: Server, pair: str, folder: Path, run: Run, request: pytest.FixtureRequest) -> None:
        self.server = server
        self.folder = folder
        self.run = run
        self.schemas = SCHEMAS.get(pair, [])
        self.urls = dict(zip(("prod", "dev"), pairs.create(server, pair), strict=True))
        self.migrations = folder / "prisma" / "migrations"
        schema = folder / "prisma" / "schema.prisma"
        schema.parent.mkdir()
        (folder / ".env").write_text("".join(f'{name.upper()}_DATABASE_URL="{url}"\n' for name, url in self.urls.items()))
        if server.provider is not Provider.SQLITE:
            (folder / "namesync.toml").write_text(f'shadow_url = "{server.url}"\n')
        text = own_schema(server, pair)
        self.prisma: Prisma
        if server.provider.family is Provider.MYSQL:
            scripts = pairs.folder(pair, server.provider) or Path()
            self.prisma = ByHand(server, folder, (scripts / "prod.sql").read_text(encoding="utf-8"))
        else:
            real: Engine = request.getfixturevalue("engine")
            self.prisma = Real(real, folder)
            text = text or _pulled(real, self.urls["prod"])
        if text is not None:
            schema.write_text(text, encoding="utf-8")

    def json(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        ended = self.run("--format", "json", *arguments, "prod", "dev", *self.schemas)
        assert ended.code in codes, ended
        found: dict[str, Any] = json.loads(ended.out)
        return found

    def names(self) -> dict[str, Names]:
        """Environment -> the names of its objects."""
        return {name: self.names_of(url) for name, url in self.urls.items()}

    def names_of(self, url: str) -> Names:
        found: dict[Key, Counter[str]] = {}
        read = read_url(url, *(self.schemas[1].split(",") if self.schemas else ()))
        for obj in unqualified({"": read})[""].objects:  # MySQL's schemas are the databases
            found.setdefault(obj.key, Counter())[obj.name] += 1
        return found

    def rows(self) -> dict[str, Mapping[str, list[str]]]:
        """Environment -> table -> all of its rows, but for those of Prisma's own table."""
        return {name: _rows(self.server, url) for name, url in self.urls.items()}

    def follow(self, runbook: Mapping[str, Any]) -> None:
        """Type every line of the runbook, environment by environment."""
        shell = Shell(self.folder, self.prisma)
        for instructions in runbook.values():
            for command in instructions["commands"]:
                shell.type(command["line"])

    def sql(self, directory: str, file: str = "migration.sql") -> str:
        return (self.migrations / directory / file).read_text(encoding="utf-8")


def _pulled(engine: Engine, url: str) -> str:
    """For pairs that have no schema: what `prisma db pull` prints, without its `map:` but for those of twins."""
    return without_maps(engine.pull(url).schema).documents[0].source.text


def _rows(server: Server, url: str) -> dict[str, list[str]]:
    mark = "`" if server.provider.family is Provider.MYSQL else '"'
    found = {}
    with connection(url) as connected, closing(connected.cursor()) as cursor:
        cursor.execute(TABLES[server.provider.family])
        for name in sorted(str(name) for (name,) in cursor.fetchall() if "_prisma_migrations" not in name):
            cursor.execute(f"SELECT * FROM {mark}{name.replace('.', f'{mark}.{mark}')}{mark}")
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found


@pytest.mark.parametrize(("server", "pair", "mode"), CASES, indirect=["server"])
def test_a_path(server: Server, pair: str, mode: str, tmp_path: Path, namesync: Run, request: pytest.FixtureRequest) -> None:
    project = Project(server, pair, tmp_path, namesync, request)
    before, rows = project.names(), project.rows()
    emitted = project.json("emit", f"--{mode}", codes=(0, 1))
    project.follow(emitted["runbook"])
    after = project.names()

    blocked = {(one["kind"], one["table"], *one["columns"]) for one in emitted["blocked"]}
    assert differing(after["prod"], after["dev"]) <= blocked
    assert after != before
    drift = [finding for finding in project.json("diff", codes=(0, 1))["findings"] if finding["rule"] == "name-drift"]
    assert drift == []
    status = project.json("status")
    assert project.rows() == rows
    known = {str(one["name"]) for one in emitted["blocked"]} if pair in BEYOND_THE_LANGUAGE else set()
    for url in project.urls.values():
        assert strange(project.prisma.diff(url), pair, known) == []

    again = project.json("emit", f"--{mode}", codes=(0, 1))
    assert (again["migrations"], again["written"], again["warnings"]) == ([], [], [])
    replays(project, after["prod"], blocked, pair, known)
    runs_again(project, emitted)
    assert project.names() == after
    goes_back(project, emitted, status)
    assert project.names() == before
    assert project.rows() == rows


def differing(one: Names, other: Names) -> set[tuple[str, ...]]:
    """The objects, as the JSON has them, that are in both under other names; of twins one may be missing."""
    shared = one.keys() & other.keys()
    assert shared
    return {
        (key.kind, key.table.name, *key.columns) for key in shared if not (one[key] <= other[key] or other[key] <= one[key])
    }


def strange(script: str, pair: str, known: set[str]) -> list[str]:
    """The statements of `migrate diff` that nobody has explained: it should find nothing at all.

    Only where Prisma's language has no word for a name of a join table does it want to change that, and nothing else; and it
    would drop a table of Prisma 1.
    """
    statements = [line for line in script.splitlines() if line.strip() and not line.startswith("--")]
    if pair not in BEYOND_THE_LANGUAGE:
        return statements
    return [line for line in statements if not any(mark in line for mark in ('"_', *(f'"{name}"' for name in known)))]


def replays(project: Project, wanted: Names, blocked: set[tuple[str, ...]], pair: str, known: set[str]) -> None:
    """The whole history, deployed to an empty database, gives the names that production has."""
    url = project.server.create()
    if project.schemas:
        project.server.execute(url, "".join(f"CREATE SCHEMA IF NOT EXISTS {name};" for name in project.schemas[1].split(",")))
    project.prisma.deploy(url)
    assert differing(wanted, project.names_of(url)) <= blocked
    assert strange(project.prisma.diff(url), pair, known) == []


def runs_again(project: Project, emitted: Mapping[str, Any]) -> None:
    """Every migration once more, in order and everywhere: no error."""
    for url in project.urls.values():
        for migration in emitted["migrations"]:
            project.server.execute(url, project.sql(migration["directory"]))


def goes_back(project: Project, emitted: Mapping[str, Any], status: Mapping[str, Any]) -> None:
    """The ways back, where the migrations were run and not only recorded."""
    for name, url in project.urls.items():
        states = {one["directory"]: one["state"] for one in status["environments"][name]["migrations"]}
        for migration in reversed(emitted["migrations"]):
            files = [file for file, down in migration["downs"].items() if name in down["environments"]]
            for file in files if states[migration["directory"]] == "applied" else ():
                project.server.execute(url, project.sql(migration["directory"], file))
