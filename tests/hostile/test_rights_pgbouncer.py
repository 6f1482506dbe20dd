"""PgBouncer between namesync and PostgreSQL: the server connection is another's between two transactions."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from namesync.errors import ConnectionFailed
from tests.cli.conftest import Run, namesync
from tests.hostile import apart
from tests.hostile.commands import COMMANDS, Asker, as_role, at, pair
from tests.hostile.tally import Tally
from tests.hostile.test_rights import VERSIONS, new_role, read_only
from tests.job.fleets import RENAMED, schemas
from tests.readers.reading import read_url
from tests.servers import Server, connection, database_of

__all__ = ["namesync"]

POOLS: tuple[dict[str, str | int], ...] = (
    {"pool_mode": "transaction", "default_pool_size": 1},
    {
        "pool_mode": "transaction",
        "default_pool_size": 2,
        "ignore_startup_parameters": "application_name,extra_float_digits,options",
    },
    {"pool_mode": "session", "default_pool_size": 4},
)
STATE = """
SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding')
UNION ALL SELECT 'prepared', name FROM pg_prepared_statements
UNION ALL SELECT 'open', name FROM pg_cursors WHERE name <> ''
UNION ALL SELECT 'temporary', relname::text FROM pg_class WHERE relpersistence = 't'
UNION ALL SELECT 'locked', objid::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
ORDER BY 1, 2
"""
"""What a session may leave behind for the next."""

OTHERS = ("statement: SET application_name=", f"statement: {STATE}")
"""What PgBouncer says itself, and what is asked here."""


@pytest.fixture(params=VERSIONS)
def primary(request: pytest.FixtureRequest) -> Server:
    return apart.server(f"primary-{request.param}")


def left_behind(url: str) -> list[tuple[str, str]]:
    with connection(url) as opened:
        return [(str(name), str(value)) for name, value in opened.execute(STATE).fetchall()]


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: f"{pool['pool_mode']}-{pool['default_pool_size']}")
def test_every_command_by_way_of_a_pooler(primary: Server, pool: Any, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    asker, role, urls = Asker(tmp_path, namesync, primary.url), new_role(primary), pair(primary)
    for url in urls.values():
        primary.execute(url, f"GRANT SELECT ON _prisma_migrations TO {role}")
    mine = {name: as_role(url, role) for name, url in urls.items()}
    asker.configure(mine)
    expected = asker.answers()
    with apart.pgbouncer(primary, **pool, server_reset_query="") as pooler:
        asker.configure({name: at(pooler, url) for name, url in mine.items()})
        before = {name: left_behind(at(pooler, url)) for name, url in mine.items()}
        with tally.trial("rights", f"every command by way of PgBouncer in {pool['pool_mode']} mode", len(COMMANDS)):
            assert asker.answers() == expected
            assert {name: left_behind(at(pooler, url)) for name, url in mine.items()} == before
            assert read_only([said for said in apart.said(primary, role) if not said.startswith(OTHERS)])
        with tally.trial("rights", "a rehearsal whose scratch server is behind PgBouncer"):
            asker.shadow = pooler
            asker.configure(mine)
            code, told = asker.ask("rehearse")
            assert (code, told) == expected["rehearse"]


@pytest.mark.parametrize("size", [1, 2])
def test_a_fleet_and_its_history_in_one_pool(primary: Server, size: int, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """Two hundred schemas, some of which differ, and the history in the same database."""
    names = [f"tenant_{number:03}" for number in range(tally.size(60, 200))]
    odd = dict.fromkeys(random.sample(names, 25), RENAMED)
    url = primary.create()
    for batch in schemas(names, odd):
        primary.execute(url, batch)
    role, asker = new_role(primary), Asker(tmp_path, namesync, primary.url)
    primary.execute(primary.url, f"ALTER ROLE {role} SUPERUSER")
    with apart.pgbouncer(primary, default_pool_size=size, server_reset_query="") as pooler:
        mine = at(pooler, as_role(url, role))
        group = f'[environments.tenants]\nurl = {json.dumps(mine)}\neach_schema = "tenant_*"\ncompare = "majority"\n'
        asker.configure({}, groups=group, history=mine)
        with tally.trial("rights", "a fleet and its history in one PgBouncer pool", 3):
            for what in ("new", "standing", "standing"):
                told = json.loads(namesync("job", "run", "--format", "json").out)
                assert [(one["members"], one["alike"]) for one in told["groups"]] == [(len(names), len(names) - len(odd))]
                assert [one["what"] for one in told["findings"]] == [what] * len(odd)
            assert left_behind(mine) == []
            assert not [said for said in apart.said(primary, role) if said.startswith("execute _")]


def test_a_pool_in_statement_mode_is_refused(primary: Server, tally: Tally) -> None:
    url = primary.create()
    with (
        tally.trial("rights", "PgBouncer in statement mode"),
        apart.pgbouncer(primary, pool_mode="statement") as pooler,
        pytest.raises(ConnectionFailed, match="gives every statement another connection") as refused,
    ):
        read_url(at(pooler, url))
    assert "directUrl" in refused.value.hint


def test_what_pgbouncer_says_itself(primary: Server, tally: Tally) -> None:
    url = primary.create()
    with apart.pgbouncer(primary, default_pool_size=1, query_wait_timeout=1) as pooler:
        own = at(pooler, url)
        trials = {
            f"{own}?options=-c%20statement_timeout%3D9s": "refuses a parameter of the URL.*startup parameter: options",
            own.replace(database_of(url), "ns_no_such"): "there is no such database",
            as_role(own, "ns_nobody"): "refused the user or the password",
        }
        for asked, answer in trials.items():
            with tally.trial("rights", "what PgBouncer refuses"), pytest.raises(ConnectionFailed, match=answer):
                read_url(asked)
        with tally.trial("rights", "a PgBouncer without a free connection"), connection(own) as holder:
            holder.execute("BEGIN")
            with pytest.raises(ConnectionFailed, match="no connection free"):
                read_url(own)
            holder.execute("ROLLBACK")
            assert read_url(own) == read_url(url)
