"""The program's runner, as the tests of the command line have it."""

from __future__ import annotations

from tests.cli.conftest import namesync

__all__ = ["namesync"]
