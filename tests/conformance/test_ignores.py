"""What Prisma does with the comments that ignore findings: the reason why they have three slashes."""

from __future__ import annotations

import pytest

from tests.conformance.engine import VERSIONS, Engine, header
from tests.engines import sources
from tests.servers import Server

POSTGRESQL = [name for name in sources() if name.startswith("postgresql")][:1]
SCHEMA = """\
// namesync-ignore: two slashes above a model
model B {
  id Int @id
}

/// namesync-ignore: above a model
model T {
  // namesync-ignore: two slashes above a field
  a Int @id
  /// namesync-ignore[name-drift]: above a field
  b Int @unique
  c Int @unique /// namesync-ignore: behind a field

  /// namesync-ignore: above a block attribute
  @@index([c])
}
"""
TABLES = """
CREATE TABLE "B" (id int CONSTRAINT "B_pkey" PRIMARY KEY);
CREATE TABLE "T" (a int CONSTRAINT "T_pkey" PRIMARY KEY, b int NOT NULL, c int NOT NULL);
CREATE UNIQUE INDEX "T_b_key" ON "T" (b); CREATE UNIQUE INDEX "odd" ON "T" (c); CREATE INDEX "T_c_idx" ON "T" (c);
"""


@pytest.mark.parametrize("postgresql", POSTGRESQL, indirect=True)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_db_pull_keeps(version: int, engine: Engine, postgresql: Server) -> None:
    url = postgresql.create(TABLES)
    pulled = engine.pull(url, header("postgresql", version) + SCHEMA, version).schema
    kept = [line.strip() for line in pulled.splitlines() if "namesync-ignore" in line]
    assert kept == [
        "/// namesync-ignore: above a model",
        "/// namesync-ignore[name-drift]: above a field",
        "/// namesync-ignore: behind a field",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_prisma_takes_and_formats_them(version: int, engine: Engine) -> None:
    schema = header("postgresql", version) + SCHEMA
    assert engine.validate(schema, version) == ""
    assert engine.format(schema, version).count("namesync-ignore") == SCHEMA.count("namesync-ignore")
