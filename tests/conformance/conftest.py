"""The fixture `engine`: the real Prisma engine, one process for each worker of a run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conformance.engine import VERSIONS, Engine, Unavailable
from tests.engines import Found
from tests.servers import missing


def _record(found: Found) -> None:
    """Puts the engine among the servers that the last lines of the run name."""
    folder = Path(os.environ["NAMESYNC_TEST_RUN"]) / "engine"
    folder.mkdir(exist_ok=True)
    (folder / "server.json").write_text(json.dumps(asdict(found)))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    try:
        running = Engine()
    except Unavailable as reason:
        _record(Found("engine", missing=str(reason)))
        missing("engine", str(reason))
    _record(Found("engine", "of Prisma " + " and ".join(VERSIONS.values())))
    with running:
        yield running
