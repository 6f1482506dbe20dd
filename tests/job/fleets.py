"""Tenants that should all be alike, and the handful that are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TENANT = (
    'CREATE TABLE "User" ("id" int CONSTRAINT "User_pkey" PRIMARY KEY, "email" text);'
    ' CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");'
    ' CREATE TABLE "Post" ("id" int CONSTRAINT "Post_pkey" PRIMARY KEY, "author" int'
    ' CONSTRAINT "Post_author_fkey" REFERENCES "User" ("id"));'
)
RENAMED = 'ALTER INDEX "User_email_key" RENAME TO "odd_key";'
DROPPED = 'ALTER TABLE "Post" DROP CONSTRAINT "Post_author_fkey";'


def schemas(names: list[str], changes: Mapping[str, str], batch: int = 200) -> Iterator[str]:
    """Scripts that make a schema for each name, some of them changed; a transaction a `batch`, for the server's locks."""
    for at in range(0, len(names), batch):
        yield "".join(
            f"CREATE SCHEMA {name}; SET LOCAL search_path = {name}; {TENANT}{changes.get(name, '')}"
            for name in names[at : at + batch]
        )
