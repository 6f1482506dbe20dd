"""The how-tos, typed: each on databases such as it speaks of, made from the pairs of fixtures/."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import pairs
from tests.docs.conftest import NEWEST_POSTGRESQL, Play
from tests.servers import Server

STAGING = 'ALTER INDEX "User.email_unique" RENAME TO "User_email_key";'


def databases(server: Server, pair: str, **more: str) -> dict[str, str]:
    """The databases of a pair by the variables of the documents, and those that are production's but for a script."""
    folder = pairs.folder(pair, server.provider)
    assert folder is not None
    Path("namesync.toml").write_text('authority = "prod"\n[environments.prod]\nurl = "${PROD_DATABASE_URL}"\n')
    if (folder / "schema.prisma").exists():
        Path("prisma").mkdir()
        shutil.copy(folder / "schema.prisma", "prisma")
    prod, dev = pairs.create(server, pair)
    script = (folder / "prod.sql").read_text(encoding="utf-8")
    others = {name: server.create(script + change) for name, change in more.items()}
    return {"PROD_DATABASE_URL": prod, "DEV_DATABASE_URL": dev, "DATABASE_URL": dev, **others}


@pytest.mark.parametrize("postgresql", NEWEST_POSTGRESQL, indirect=True)
@pytest.mark.parametrize("page", ["how-to-snapshots.md", "ignores.md", "commands.md"])
def test_on_the_guides_databases(page: str, postgresql: Server, play_document: Play) -> None:
    play_document(page, postgresql, databases(postgresql, "guide"))


@pytest.mark.parametrize("postgresql", NEWEST_POSTGRESQL, indirect=True)
@pytest.mark.parametrize("page", ["how-to-environments.md", "how-to-ci.md"])
def test_on_three_databases(page: str, postgresql: Server, play_document: Play) -> None:
    play_document(page, postgresql, databases(postgresql, "guide", STAGING_DATABASE_URL=STAGING))


@pytest.mark.parametrize("postgresql", NEWEST_POSTGRESQL, indirect=True)
@pytest.mark.parametrize("version", [1, 2])
def test_on_databases_of_old_versions(version: int, postgresql: Server, play_document: Play) -> None:
    play_document(f"how-to-prisma-{version}.md", postgresql, databases(postgresql, f"prisma{version}"))


def test_on_mysql(mariadb: Server, play_document: Play) -> None:
    production = (pairs.FIXTURES / "guide" / "mysql" / "prod.sql").read_text(encoding="utf-8")
    play_document("how-to-mysql-foreign-keys.md", mariadb, databases(mariadb, "guide"), production)
