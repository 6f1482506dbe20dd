"""The names kept as data are those the engine gives today, every one."""

from __future__ import annotations

import pytest

from namesync.model import Provider
from tests.conformance.engine import Engine
from tests.conformance.make_names import everything
from tests.conformance.names import DATA, PROVIDERS, rendered


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_data_is_what_the_engine_gives(engine: Engine, provider: Provider) -> None:
    """Where this fails, read what changed, then: python -m tests.conformance.make_names"""
    assert rendered(provider, everything(engine, provider)) == (DATA / f"{provider}.json").read_text(encoding="utf-8")
