"""The schemas to measure on, generated and pinned: each table has ten columns and eight named objects, the same on every run.

`dev` has Prisma's default names. In `prod` those names drifted whose crc32 divides by three: a third of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from zlib import crc32

DIGEST = "7aacd2e4c71ba91da164b887ec231f235a6d3b736ba8e40f0e4ecde8d6518ddc"
"""Of what this module writes for 30 tables and tenants: figures of different schemas don't compare, so none changes unseen."""

TENANT_TABLES = 20
INDEXES = (
    ("key", ("code",)),
    ("key", ("email", "status")),
    ("idx", ("parentId",)),
    ("idx", ("otherId",)),
    ("idx", ("status", "createdAt")),
)
_COLUMNS = (
    ("id", "text NOT NULL", "String   @id @default(cuid())"),
    ("code", "text NOT NULL", "String   @unique"),
    ("email", "text NOT NULL", "String"),
    ("title", "text", "String?"),
    ("status", "text NOT NULL", "String"),
    ("amount", "integer NOT NULL", "Int"),
    ("createdAt", "timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP", "DateTime @default(now())"),
    ("updatedAt", "timestamp(3) NOT NULL", "DateTime @updatedAt"),
    ("parentId", "text", "String?"),
    ("otherId", "text", "String?"),
)  # fmt: skip
_MYSQL = (("timestamp", "datetime"), ("text", "varchar(191)"), ("TIMESTAMP", "TIMESTAMP(3)"))


def drifts(name: str) -> bool:
    """Whether production has another name in place of this default."""
    return crc32(name.encode()) % 3 == 0


def name(table: str, columns: tuple[str, ...], kind: str, *, drifted: bool) -> str:
    """What an object is called: Prisma's default, or in a drifted schema a third of the time something else."""
    default = "_".join((table, *columns, kind))
    return f"old_{default}" if drifted and drifts(default) else default


def postgresql(tables: int, *, drifted: bool) -> Iterator[str]:
    """A script for each table, in an order in which they can be run."""
    columns = ", ".join(f'"{column}" {kind}' for column, kind, _ in _COLUMNS)
    for number in range(tables):
        table = f"Entity{number}"
        primary = f'CONSTRAINT "{name(table, (), "pkey", drifted=drifted)}" PRIMARY KEY ("id")'
        foreign = ", ".join(_foreign_keys(number, drifted=drifted))
        indexes = "".join(f'CREATE {what} ON "{table}" ({over});' for what, over in _indexes(table, drifted=drifted))
        yield f'CREATE TABLE "{table}" ({columns}, {primary}, {foreign});{indexes}'


def mysql(tables: int, *, drifted: bool) -> Iterator[str]:
    """As `postgresql`, for MySQL and MariaDB, where primary keys have no names."""
    columns = ", ".join(f'"{column}" {kind}' for column, kind, _ in _COLUMNS)
    for ours, theirs in _MYSQL:
        columns = columns.replace(ours, theirs)
    for number in range(tables):
        table = f"Entity{number}"
        indexes = ", ".join(f"{what} ({over})" for what, over in _indexes(table, drifted=drifted))
        foreign = ", ".join(_foreign_keys(number, drifted=drifted))
        yield f'CREATE TABLE "{table}" ({columns}, PRIMARY KEY ("id"), {indexes}, {foreign});'.replace('"', "`")


def tenant_name(number: int) -> str:
    """The schema of one tenant."""
    return f"tenant_{number:04}"


def tenant(number: int) -> str:
    """The script of one tenant's PostgreSQL schema: of ten, one has drifted."""
    schema = tenant_name(number)
    drifted = crc32(schema.encode()) % 10 == 0
    tables = "".join(postgresql(TENANT_TABLES, drifted=drifted))
    return f"CREATE SCHEMA {schema}; SET LOCAL search_path = {schema};{tables}"


def prisma(tables: int, provider: str) -> str:
    """The `schema.prisma` of `dev`."""
    models = "".join(_model(number, tables) for number in range(tables))
    return f'datasource db {{\n  provider = "{provider}"\n  url      = env("DATABASE_URL")\n}}\n{models}'


def digest() -> str:
    """What DIGEST pins."""
    scripts = [line for write in (postgresql, mysql) for drifted in (False, True) for line in write(30, drifted=drifted)]
    scripts += [tenant(number) for number in range(30)]
    return sha256("\n".join((*scripts, prisma(30, "postgresql"))).encode()).hexdigest()


def _indexes(table: str, *, drifted: bool) -> Iterator[tuple[str, str]]:
    """What to create, and on which columns."""
    for kind, columns in INDEXES:
        called = name(table, columns, kind, drifted=drifted)
        yield f'{"UNIQUE " if kind == "key" else ""}INDEX "{called}"', _list(columns)


def _foreign_keys(number: int, *, drifted: bool) -> Iterator[str]:
    for column, target in (("parentId", parent(number)), ("otherId", number // 2)):
        called = name(f"Entity{number}", (column,), "fkey", drifted=drifted)
        yield (
            f'CONSTRAINT "{called}" FOREIGN KEY ("{column}") REFERENCES "Entity{target}" ("id")'
            " ON DELETE SET NULL ON UPDATE CASCADE"
        )


def parent(number: int) -> int:
    return max(number - 1, 0)


def _pointing(number: int) -> list[tuple[str, int]]:
    """The relations that end here: the first table is its own parent."""
    parents = [("parent", 0)] if number == 0 else []
    return [*parents, ("parent", number + 1), ("other", 2 * number), ("other", 2 * number + 1)]


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _model(number: int, tables: int) -> str:
    fields = "".join(f"  {column:10}{kind}\n" for column, _, kind in _COLUMNS)
    relations = (("parent", "parentId", parent(number)), ("other", "otherId", number // 2))
    to = "".join(
        f'  {field:10}Entity{target}? @relation("{field}{number}", fields: [{column}], references: [id])\n'
        for field, column, target in relations
    )
    back = "".join(
        f'  {field}Of{child} Entity{child}[] @relation("{field}{child}")\n'
        for field, child in _pointing(number)
        if child < tables
    )
    blocks = "".join(f"  @@{'unique' if kind == 'key' else 'index'}([{', '.join(over)}])\n" for kind, over in INDEXES[1:])
    return f"\nmodel Entity{number} {{\n{fields}{to}{back}\n{blocks}}}\n"
