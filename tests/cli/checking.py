"""A schema, databases that are as it declares and otherwise, and what tests ask of a report about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ended
from tests.core.worlds import fk, index, pk, unique, world

Snapshots = Callable[..., None]
Write = Callable[..., None]

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
SCHEMA = (
    DATASOURCE
    + """
model User {
  id    Int    @id
  email String @unique
  posts Post[]
}

model Post {
  id       Int    @id
  title    String
  authorId Int
  author   User   @relation(fields: [authorId], references: [id], map: "post_author")

  @@index([title])
}
"""
)
USER = (pk("User", "id", "User_pkey"), unique("User", "email", "User_email_key"))
POST = (pk("Post", "id", "Post_pkey"), index("Post", "title", "Post_title_idx"))
AUTHOR = fk("Post", "authorId", "User(id)", "post_author")
AS_DECLARED = world(*USER, *POST, AUTHOR)
OTHERWISE = world(
    pk("User", "id", "users_pk"), unique("User", "email", "User.email_unique"), *POST, fk("Post", "authorId", "User(id)", "fk")
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files below the folder: `write({"prisma/schema.prisma": text})`."""

    def written(files: dict[str, str]) -> None:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    return written


def reported(ended: Ended) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.out)
    return found


def findings(ended: Ended, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(finding[key] for key in keys) for finding in reported(ended)["findings"]]
