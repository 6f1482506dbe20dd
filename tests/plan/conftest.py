"""Servers that tests of plans ask for by what they have in common."""

from __future__ import annotations

import pytest

from tests.servers import Server


@pytest.fixture(params=["mysql", "mariadb"])
def either(request: pytest.FixtureRequest) -> Server:
    """MySQL, then MariaDB."""
    server: Server = request.getfixturevalue(request.param)
    return server
