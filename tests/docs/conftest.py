"""A person at a terminal, for the sessions in the documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from namesync.api import emitting
from namesync.model import Provider
from tests.cli.conftest import Run, namesync
from tests.conformance.conftest import engine
from tests.docs.pages import DOCS
from tests.docs.session import Session, play
from tests.e2e.prisma import ByHand, Prisma, Real
from tests.engines import sources
from tests.servers import Server

__all__ = ["engine", "namesync"]

_POSTGRESQL = [name for name in sources() if name.startswith("postgresql")]
NEWEST_POSTGRESQL = sorted(_POSTGRESQL, key=lambda name: int("0" + name.rpartition("-")[2]))[-1:]
"""The documents are played on one: what they show is the same on all."""

Play = Callable[..., None]


class NewYear(datetime):
    """The moment at which the documents are written."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> NewYear:
        return cls(2026, 1, 1, tzinfo=tz)


@pytest.fixture
def play_document(namesync: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Play:
    """Plays a document on a server: `databases` are the real URLs of its variables.

    Prisma's commands are run by its own engine. MySQL and MariaDB, which that does not know, have `ByHand`, whose tables begin
    as the script `production` makes them.
    """
    monkeypatch.setattr(emitting, "datetime", NewYear)

    def played(name: str, server: Server, databases: dict[str, str], production: str = "") -> None:
        def prisma() -> Prisma:
            if server.provider.family is Provider.MYSQL:
                return ByHand(server, tmp_path, production)
            return Real(request.getfixturevalue("engine"), tmp_path)

        session = Session(namesync, server, prisma, databases, monkeypatch)
        for variable, url in databases.items():
            session.export(variable, url)
        play(DOCS / name, session, renew=request.config.getoption("--renew"))

    return played
