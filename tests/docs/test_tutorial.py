"""The tutorial, step by step: its files written, its commands typed, and what they print compared.

`npx prisma` is Prisma's own engine; where that can't be had, the test is skipped, and the last lines of the run say so.
"""

from __future__ import annotations

import pytest

from tests.docs.conftest import NEWEST_POSTGRESQL, Play
from tests.servers import Server


@pytest.mark.parametrize("postgresql", NEWEST_POSTGRESQL, indirect=True)
def test_the_tutorial(postgresql: Server, play_document: Play) -> None:
    databases = {name: postgresql.create() for name in ("PROD_DATABASE_URL", "DATABASE_URL")}
    play_document("tutorial.md", postgresql, databases)
