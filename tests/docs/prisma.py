"""`npx prisma` in the sessions of the documents: what it does is done by `tests.e2e.prisma`, what it prints is the line that a
person looks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.e2e.prisma import Prisma


def npx_prisma(words: Sequence[str], url: str, prisma: Prisma) -> str:
    """What a command prints. All that the documents type are here; any other is a mistake in them."""
    match words:
        case ["migrate", "deploy"]:
            prisma.deploy(url)
            return "All migrations have been successfully applied.\n"
        case ["migrate", "resolve", "--applied", name]:
            assert (Path("prisma/migrations") / name / "migration.sql").is_file(), f"P3017: no migration {name}"
            prisma.resolve(url, name, applied=True)
            return f"Migration {name} marked as applied.\n"
        case ["migrate", "diff", "--from-empty", "--to-schema", "prisma/schema.prisma", "--script"]:
            return prisma.baseline()
        case _:
            raise AssertionError(f"npx prisma {' '.join(words)}: the documents' tests don't know it")
