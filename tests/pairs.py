"""The pairs of environments in fixtures/, as files and as databases."""

from __future__ import annotations

from pathlib import Path

from namesync.model import Provider
from tests.servers import Server

FIXTURES = Path(__file__).parents[1] / "fixtures"
PAIRS = sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir())


def folder(pair: str, provider: Provider) -> Path | None:
    """Where a pair's scripts for a provider are, None for no such; MariaDB takes MySQL's unless it has its own."""
    own, family = FIXTURES / pair / provider, FIXTURES / pair / provider.family
    return next((path for path in (own, family) if path.is_dir()), None)


def create(server: Server, pair: str) -> tuple[str, str]:
    """Both databases of a pair, new and filled: the URLs of prod and dev."""
    scripts = folder(pair, server.provider)
    assert scripts is not None, f"there is no {pair} for {server.provider}"
    prod, dev = (server.create((scripts / f"{name}.sql").read_text(encoding="utf-8")) for name in ("prod", "dev"))
    return prod, dev
