"""The how-tos of both upgrade paths and of the alignment before them, typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.conftest import NEWEST_POSTGRESQL, Play
from tests.docs.test_how_to import databases
from tests.servers import Server


@pytest.mark.parametrize("postgresql", NEWEST_POSTGRESQL, indirect=True)
@pytest.mark.parametrize("page", ["how-to-keep.md", "how-to-adopt.md"])
def test_a_path(page: str, postgresql: Server, play_document: Play) -> None:
    play_document(page, postgresql, databases(postgresql, "guide"))


@pytest.mark.parametrize("postgresql", NEWEST_POSTGRESQL, indirect=True)
def test_without_a_schema(postgresql: Server, play_document: Play) -> None:
    variables = databases(postgresql, "guide")
    Path("prisma/schema.prisma").unlink()
    play_document("how-to-align.md", postgresql, variables)
