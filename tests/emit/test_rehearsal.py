"""Plans tried for real: what is right passes, whatever is wrong is told with its environment and its step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from namesync.convention import PROFILES
from namesync.emit.emission import Mode, Request, emission
from namesync.emit.files import migration_files
from namesync.emit.rehearsal import Part, Problem, Script, cast, rehearse
from namesync.errors import Unsupported
from namesync.model import Catalog, Kind, Provider
from namesync.sources.server import read
from namesync.sources.url import Target, parse_url
from tests import pairs
from tests.engines import sources
from tests.servers import Server

CASES = [
    pytest.param(server, pair, id=f"{server}-{pair}")
    for server in sources()
    for pair in pairs.PAIRS
    if pairs.folder(pair, Provider(server.partition("-")[0]))
]
SCHEMAS = {"schemas": ("public", "auth", "billing")}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read_url(url: str, *schemas: str) -> Catalog:
    return read(parse_url(url, base=Path("/")), schemas=schemas)


def shadow(server: Server) -> Target | None:
    return None if server.provider is Provider.SQLITE else parse_url(server.url, base=Path("/"))


def scratch_databases(server: Server) -> list[str]:
    query = "SELECT datname FROM pg_database" if server.provider is Provider.POSTGRESQL else "SHOW DATABASES"
    found = server.query(server.url, query) if server.provider is not Provider.SQLITE else []
    return [name for (name,) in found if name.startswith("namesync_scratch")]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("server", "pair"), CASES, indirect=["server"])
def test_the_plans_for_every_pair_of_fixtures(server: Server, pair: str, mode: Mode) -> None:
    urls = dict(zip(("prod", "dev"), pairs.create(server, pair), strict=True))
    catalogs = {name: read_url(url, *SCHEMAS.get(pair, ())) for name, url in urls.items()}
    found = emission(catalogs, Request(mode, "prod", PROFILES["prisma"]), None)
    folders = migration_files(found, (), (), {}, NOW)
    parts, scripts = cast(catalogs, folders, dict.fromkeys(catalogs, shadow(server)))
    assert rehearse(parts, scripts) == ()
    assert scratch_databases(server) == []
