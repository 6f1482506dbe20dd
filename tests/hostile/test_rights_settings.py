"""What is set for a role, a database or a server changes no answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import event

from namesync.sources.dependents import dependents
from namesync.sources.deployment import deploying
from namesync.sources.ledger import read_ledger
from namesync.sources.server import Session, list_schemas, read_catalog, session
from tests.hostile import apart
from tests.hostile.commands import as_role, script
from tests.hostile.tally import Tally
from tests.hostile.test_rights import VERSIONS, new_role
from tests.readers.reading import target
from tests.servers import Server, connection, database_of

SETTINGS = (
    "statement_timeout = '9s'", "lock_timeout = '9s'", "idle_in_transaction_session_timeout = 1", "row_security = off",
    "default_transaction_isolation = 'serializable'", "default_transaction_isolation = 'read uncommitted'",
    "default_transaction_read_only = on", "default_transaction_deferrable = on", "search_path = ''",
    "search_path = hostile, pg_catalog", "quote_all_identifiers = on", "standard_conforming_strings = off",
    "backslash_quote = on", "client_min_messages = debug5", "client_encoding = 'LATIN1'", "datestyle = 'German'",
    "bytea_output = escape", "extra_float_digits = -15", "timezone = 'Asia/Kathmandu'", "work_mem = '64kB'",
    "enable_seqscan = off", "enable_nestloop = off", "jit_above_cost = 0", "check_function_bodies = off",
    "transform_null_equals = on", "array_nulls = off", "session_replication_role = replica", "lc_messages = 'C'",
    "debug_print_parse = on", "max_parallel_workers_per_gather = 0", "plan_cache_mode = force_generic_plan",
)  # fmt: skip
"""For a role or a database of PostgreSQL."""

HOSTILE = """
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.version() RETURNS text LANGUAGE sql AS 'SELECT ''CockroachDB 1''';
CREATE FUNCTION hostile.current_schema() RETURNS name LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
CREATE FUNCTION hostile.pg_get_expr(text, oid) RETURNS text LANGUAGE sql AS 'SELECT ''nothing''';
CREATE FUNCTION hostile.never(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR hostile.= (LEFTARG = name, RIGHTARG = text, FUNCTION = hostile.never);
CREATE VIEW hostile.pg_class AS SELECT 1 AS oid;
GRANT USAGE ON SCHEMA hostile TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA hostile TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC; GRANT SELECT ON _prisma_migrations TO PUBLIC;
"""


def everything(url: str, home: str, *only: int) -> list[Any]:
    """All that namesync ever asks a server to read; `only`: some of the questions."""
    questions: tuple[Callable[[Session], Any], ...] = (
        read_catalog,
        list_schemas,
        lambda opened: read_ledger(opened, home),
        lambda opened: dependents(opened, ("prod_email", "dev_email")),
        deploying,
    )
    with session(target(url)) as opened:
        return [ask(opened) for number, ask in enumerate(questions) if not only or number in only]


@pytest.mark.parametrize("version", VERSIONS)
def test_settings_of_a_role_or_a_database(version: str, tally: Tally) -> None:
    primary = apart.server(f"primary-{version}")
    url = primary.create(script(primary.provider, "prod") + HOSTILE)
    role, database, chance = new_role(primary), f'"{database_of(url)}"', random.Random()
    before = everything(as_role(url, role), "public")
    singles = [(setting,) for setting in SETTINGS]
    several = [tuple(chance.sample(SETTINGS, chance.randint(2, 8))) for _ in range(tally.size(3, 100))]
    for chosen in (*singles, *several):
        of = chance.choice((f"ROLE {role}", f"DATABASE {database}", f"ROLE {role} IN DATABASE {database}"))
        with tally.trial("rights", "odd settings of a PostgreSQL role or database"):
            primary.execute(primary.url, "".join(f"ALTER {of} SET {setting};" for setting in chosen))
            assert everything(as_role(url, role), "public") == before, (of, chosen)
        primary.execute(primary.url, f"ALTER {of} RESET ALL")


@pytest.mark.parametrize("version", VERSIONS)
def test_timeouts_of_a_role_are_not_ours(version: str, tally: Tally) -> None:
    """Somebody holds what every question needs for longer than the role's own statements may take."""
    primary = apart.server(f"primary-{version}")
    url = primary.create(script(primary.provider, "prod") + HOSTILE)
    role = new_role(primary)
    before = everything(as_role(url, role), "public")
    for timeout in ("statement_timeout", "lock_timeout"):
        primary.execute(primary.url, f"ALTER ROLE {role} SET {timeout} = '150ms'")
    for question in range(4):
        with tally.trial("rights", "a role's own timeouts, shorter than the answers"), holding(url, 0.4):
            assert everything(as_role(url, role), "public", question) == before[question : question + 1]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_transaction_may_take_its_time(version: str, tally: Tally) -> None:
    primary = apart.server(f"primary-{version}")
    url, role = primary.create(script(primary.provider, "prod")), new_role(primary)
    for timeout in ("idle_in_transaction_session_timeout", "transaction_timeout")[: 2 if version >= "17" else 1]:
        primary.execute(primary.url, f"ALTER ROLE {role} SET {timeout} = '150ms'")
    with (
        tally.trial("rights", "a role's own timeouts, shorter than the answers"),
        session(target(as_role(url, role))) as opened,
    ):
        event.listen(opened.connection, "after_cursor_execute", lambda *_: time.sleep(0.2))  # BEGIN is one
        assert read_catalog(opened).objects


@contextmanager
def holding(url: str, seconds: float) -> Iterator[None]:
    """Tables of the catalog are locked when the block begins, and for some seconds."""
    locked = Event()

    def hold() -> None:
        with connection(url) as connected, connected.transaction():
            connected.execute("LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE")
            locked.set()
            time.sleep(seconds)

    thread = Thread(target=hold)
    thread.start()
    assert locked.wait(30)
    yield
    thread.join()


BOTH = (
    "sql_mode = 'ANSI_QUOTES'", "sql_mode = 'NO_BACKSLASH_ESCAPES'", "sql_mode = 'PIPES_AS_CONCAT'", "sql_mode = 'ANSI'",
    "sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'", "sql_mode = 'HIGH_NOT_PRECEDENCE'", "sql_mode = 'TRADITIONAL,IGNORE_SPACE'",
    "sql_safe_updates = 1", "sql_select_limit = 2", "max_join_size = 1", "sql_big_selects = 0", "autocommit = 0",
    "read_only = 1", "group_concat_max_len = 4", "completion_type = 1", "sql_quote_show_create = 0",
    "init_connect = 'SET NAMES latin1'", "character_set_results = 'latin1'", "collation_connection = 'latin1_bin'",
    "time_zone = '+13:00'", "max_sort_length = 64", "sort_buffer_size = 32768", "sql_auto_is_null = 1", "lc_messages = 'de_DE'",
    "max_error_count = 0", "sql_notes = 0", "net_buffer_length = 1024", "optimizer_switch = 'derived_merge=off'",
)  # fmt: skip
OWN = {
    "mysql": (
        "transaction_read_only = 1", "transaction_isolation = 'SERIALIZABLE'", "transaction_isolation = 'READ-UNCOMMITTED'",
        "super_read_only = 1", "information_schema_stats_expiry = 0", "max_execution_time = 1",
        "show_gipk_in_create_table_and_information_schema = 0", "sql_require_primary_key = 1",
    ),
    "mariadb": (
        "tx_read_only = 1", "tx_isolation = 'SERIALIZABLE'", "tx_isolation = 'READ-UNCOMMITTED'", "max_statement_time = 0.001",
        "sql_mode = 'ORACLE'", "sql_mode = 'EMPTY_STRING_IS_NULL'", "sql_mode = 'MSSQL'",
    ),
}  # fmt: skip
"""For all of a server: neither has settings of an account."""


@contextmanager
def set_globally(server: Server, settings: tuple[str, ...]) -> Iterator[None]:
    """The settings in force for new connections, and afterwards what they were."""
    names = {setting.partition(" ")[0] for setting in settings}
    before = {name: server.query(server.url, f"SELECT @@global.{name}")[0][0] for name in names}
    try:
        for setting in settings:
            server.execute(server.url, f"SET GLOBAL {setting}")
        yield
    finally:
        for name, value in before.items():
            server.execute(server.url, f"SET GLOBAL {name} = {value if str(value).replace('.', '').isdigit() else repr(value)}")


@pytest.mark.parametrize("provider", ["mysql", "mariadb"])
def test_settings_of_a_server(provider: str, tally: Tally) -> None:
    with apart.held(provider, alone=True) as server:
        try_settings(server, tally)


def try_settings(server: Server, tally: Tally) -> None:
    url = server.create(script(server.provider, "prod"))
    role, chance = new_role(server), random.Random()
    server.execute(server.url, f"GRANT ALL ON `{database_of(url)}`.* TO {role}")
    own, home = as_role(url, role), database_of(url)
    before = everything(own, home)
    settings = (*BOTH, *OWN[server.provider])
    several = [tuple(chance.sample(settings, chance.randint(2, 6))) for _ in range(tally.size(3, 80))]
    for chosen in (*((setting,) for setting in settings), *several):
        with tally.trial("rights", f"odd settings of a {server.provider} server"), set_globally(server, chosen):
            assert everything(own, home) == before, chosen
