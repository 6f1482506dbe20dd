"""The program's runner, as the tests of the command line have it, and Prisma's engine."""

from __future__ import annotations

from tests.cli.conftest import namesync
from tests.conformance.conftest import engine

__all__ = ["engine", "namesync"]
