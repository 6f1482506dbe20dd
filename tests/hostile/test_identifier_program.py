"""Hostile names through the whole program: every format, the files of `emit`, its rehearsal, the schema's `map:`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count, islice
from pathlib import Path

from namesync.convention import PROFILES
from namesync.model import Key, Kind, Provider
from namesync.plan import unqualified
from namesync.prisma.schema import load_schema
from tests.cli.conftest import Run, namesync
from tests.hostile.building import ddl
from tests.hostile.giving import DEV, PROD
from tests.hostile.identifier_worlds import World
from tests.hostile.tally import Tally
from tests.readers.reading import read_url
from tests.servers import Server

__all__ = ["namesync"]

AREA = "identifiers"
FORMATS = ("text", "json", "html", "markdown", "sarif", "junit", "github", "gitlab")


def test_through_the_command_line(server: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """Compared in every format, renamed by the file that `emit` wrote, equal, and back by its `down.sql`."""
    worlds = (World(server.provider, number) for number in count(900_000) if number % 4 != 3)
    for number, world in enumerate(islice((world for world in worlds if world.drifts), tally.size(1, 40))):
        with tally.trial(AREA, "worlds through the command line"):
            _through(world, server, namesync, tmp_path / str(number), rehearse=number % 4 == 1)


def _through(world: World, server: Server, namesync: Run, folder: Path, *, rehearse: bool) -> None:
    prod, dev = (_database(world, side, server) for side in (PROD, DEV))
    folder.mkdir()
    urls = {"prod": prod, "dev": dev}
    environments = "".join(f"[environments.{name}]\nurl = {json.dumps(url)}\n" for name, url in urls.items())
    shadow = "" if server.provider is Provider.SQLITE else f"shadow_url = {json.dumps(server.url)}\n"
    Path("namesync.toml").write_text(f"{shadow}{environments}", encoding="utf-8")
    for form in FORMATS:
        ended = namesync("--output", f"{form}:{folder}/report.{form}", "diff", "prod", "dev")
        assert ended.code == 1, ended
        assert (folder / f"report.{form}").stat().st_size
    tried = ["--rehearse"] if rehearse else []
    ended = namesync(
        "emit", "--keep-existing", "--from", "prod", "--output-dir", str(folder / "migrations"), *tried, "prod", "dev"
    )
    assert ended.code == 0, ended
    (migration,) = folder.glob("migrations/*/migration.sql")
    for url in (prod, dev):
        server.execute(url, migration.read_bytes().decode())
    assert namesync("diff", "prod", "dev").code == 0
    assert _names(dev, world) == world.expected(world.names[PROD])
    server.execute(dev, (migration.parent / "down.sql").read_bytes().decode())
    assert _names(dev, world) == world.expected(world.names[DEV])
    for url in (prod, dev):
        server.drop(url)


def _database(world: World, side: str, server: Server) -> str:
    return server.create(("SET foreign_key_checks = 0;\n" if world.rules.mysql else "") + ddl(world, side))


def _names(url: str, world: World) -> dict[Key, str]:
    expected = world.expected(world.names[PROD])
    return {obj.key: obj.name for obj in unqualified({"": read_url(url)})[""].objects if obj.key in expected}


MODEL = """datasource db {{
  provider = "postgresql"
  url      = env("DATABASE_URL")
}}

model User {{
  id Int @id(map: "its key")
{}
}}
"""


def test_in_the_schema(postgresql: Server, namesync: Run, tally: Tally) -> None:
    """What stands in the database stands in the schema, to the letter, whatever the name is made of."""
    for number in range(tally.size(6, 200)):
        world = World(Provider.POSTGRESQL, number)
        names = {world.rules.cut(world.drawer.name()): f"c{place}" for place in range(12)}
        names = {name: column for name, column in names.items() if name not in ("User", "its key")}
        with tally.trial(AREA, "names written into a schema", times=len(names)):
            assert _written(names, postgresql, namesync, world) == names


def _written(names: Mapping[str, str], postgresql: Server, namesync: Run, world: World) -> dict[str, str]:
    """Name -> the column of its index, as the schema says after `emit`."""
    columns = "".join(f", {column} int NOT NULL" for column in names.values())
    indexes = "".join(f'CREATE INDEX {world.rules.quote(name)} ON "User" ({column});' for name, column in names.items())
    url = postgresql.create(f'CREATE TABLE "User" (id int NOT NULL{columns}, CONSTRAINT "its key" PRIMARY KEY (id)); {indexes}')
    lines = [f"  {column} Int" for column in names.values()] + [f"  @@index([{column}])" for column in names.values()]
    Path("schema.prisma").write_text(MODEL.format("\n".join(lines)), encoding="utf-8")
    assert namesync("emit", "--keep-existing", url, "--schema", "schema.prisma").code == 0
    assert namesync("check", url, "--schema", "schema.prisma").code in (0, 1)
    postgresql.drop(url)
    declared = load_schema(Path("schema.prisma")).catalog(PROFILES["prisma"]).objects
    return {obj.name: obj.key.columns[0] for obj in declared if obj.key.kind is Kind.INDEX}
