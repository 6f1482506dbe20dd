"""Thousands of renames are planned, proved and tried in seconds, in a time that grows as they do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import pytest

from namesync.model import Catalog, Object, Provider
from namesync.plan import aligned, merge
from namesync.render.sql import script
from tests.core.worlds import fk, index, unique, world
from tests.plan.test_renames import made

VERSIONS = {Provider.POSTGRESQL: "16.4", Provider.MYSQL: "9.1.0"}
EACH = 4


def table(number: int, *names: str) -> list[Object]:
    """Its objects by these names; MySQL would have made an index for the foreign key."""
    first, second, third, key = names
    found = f"T{number}"
    return [
        index(found, "a", first),
        index(found, "b", second),
        unique(found, "c", third),
        made(fk(found, "d", "T0(c)", key)),
        index(found, "d", key, implicit=True),
    ]


def catalog(provider: Provider, names: Iterable[Sequence[str]]) -> Catalog:
    objects = [obj for number, each in enumerate(names) for obj in table(number, *each)]
    of_server = (obj for obj in objects if provider is Provider.MYSQL or not obj.implicit)
    return world(*of_server, provider=provider, version=VERSIONS[provider])


def seconds(provider: Provider, tables: int) -> float:
    """Of the processor. Each tenth table swaps two names, which takes a detour on PostgreSQL."""
    names = [[f"T{number}_{place}" for place in "abcd"] for number in range(tables)]
    odd = [
        [b, a, f"odd_{c}", f"odd_{d}"] if number % 10 == 0 else [f"odd_{name}" for name in (a, b, c, d)]
        for number, (a, b, c, d) in enumerate(names)
    ]
    catalogs = {"prod": catalog(provider, names), "dev": catalog(provider, odd)}
    start = time.process_time()
    file = merge(catalogs, aligned(catalogs, "prod"))
    assert len(script(file.changes, file.dialect, checked=True)) > 400 * tables
    assert len(file.plans["dev"].steps) >= EACH * tables
    return time.process_time() - start


@pytest.mark.parametrize("provider", list(VERSIONS))
def test_the_work_is_linear(provider: Provider) -> None:
    small, large = seconds(provider, 100), seconds(provider, 1_000)
    assert large < 20
    assert large < 10 * small * 4  # quadratic would be 10 times as slow for each
