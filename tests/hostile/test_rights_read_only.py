"""Replicas and servers set to read only: whatever reads works there, whatever has to write says why it can't."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from namesync.errors import ConnectionFailed
from namesync.model import Provider
from namesync.sources.server import read_catalog, session
from tests.cli.conftest import Run, namesync
from tests.hostile import apart
from tests.hostile.commands import COMMANDS, Asker, as_role, at, pair, script
from tests.hostile.tally import Tally
from tests.hostile.test_rights import VERSIONS, bare, new_role, read_only
from tests.hostile.test_rights_settings import set_globally
from tests.readers.reading import read_url, target
from tests.servers import Server, database_of

__all__ = ["namesync"]

REFUSED = "nothing can be written there"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_standby(version: str, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """Every command says of a standby what it says of its primary, to an owner and to a role with nothing but CONNECT."""
    with apart.held(f"standby-{version}") as standby:
        compare(apart.server(f"primary-{version}"), standby, Asker(tmp_path, namesync, ""), tally)


def compare(primary: Server, standby: Server, asker: Asker, tally: Tally) -> None:
    asker.shadow = primary.url
    role, urls = new_role(primary), pair(primary)
    bare(primary, role, *urls.values())
    serial = new_role(primary)
    primary.execute(
        primary.url, f"ALTER ROLE {serial} SUPERUSER; ALTER ROLE {serial} SET default_transaction_isolation = serializable"
    )
    apart.caught_up(standby, primary)
    for account in (role, serial, "postgres")[: tally.size(2, 3)]:
        mine = {name: as_role(url, account) for name, url in urls.items()}
        asker.configure(mine)
        expected = asker.answers()
        asker.configure({name: at(standby.url, url) for name, url in mine.items()})
        with tally.trial("rights", "every command on a streaming standby of PostgreSQL", len(COMMANDS)):
            assert asker.answers() == expected
    assert read_only(apart.said(standby, role))
    with tally.trial("rights", "primary compared with its standby"):
        asker.configure({"prod": urls["prod"], "dev": at(standby.url, urls["prod"])})
        _, report = asker.ask("diff")
        assert {one["rule"] for one in report["findings"]} <= {"off-convention", "unmanaged-object"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_standby_can_not_take(version: str, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    with apart.held(f"standby-{version}") as standby:
        refused(apart.server(f"primary-{version}"), standby, Asker(tmp_path, namesync, ""), tally)


def refused(primary: Server, standby: Server, asker: Asker, tally: Tally) -> None:
    urls = pair(primary)
    apart.caught_up(standby, primary)
    asker.shadow = standby.url
    asker.configure(urls, history=at(standby.url, urls["prod"]))
    with tally.trial("rights", "a history or a scratch database where nothing can be written", 2):
        refuses(asker)
    asker.shadow = primary.url
    asker.configure(urls, history=urls["prod"])
    assert asker.run("job", "run").code == 1
    apart.caught_up(standby, primary)
    asker.configure(urls, history=at(standby.url, urls["prod"]))
    with tally.trial("rights", "a history read from a standby"):
        ended = asker.run("job", "history")
        assert ended.code == 0
        assert "error" not in ended.err
        code, told = asker.ask("job")
        assert code == 2
        assert REFUSED in told


def refuses(asker: Asker) -> None:
    """The job and a rehearsal say that nothing can be written, and why."""
    code, told = asker.ask("job")
    assert code == 2
    assert REFUSED in told
    code, told = asker.ask("rehearse")
    assert code == 2
    assert "shadow_url leads to no scratch server" in told
    assert "read-only" in told.lower() or "read only" in told.lower()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_standby_that_ends_a_question_to_go_on(version: str, tally: Tally) -> None:
    """Without hot_standby_feedback the primary may take away what the standby is reading: an error, and then all is well."""
    with apart.held(f"standby-{version}", alone=True) as standby:
        standby.execute(standby.url, "ALTER SYSTEM SET max_standby_streaming_delay = 0")
        standby.execute(standby.url, "SELECT pg_reload_conf()")
        try:
            taken_away(apart.server(f"primary-{version}"), standby, tally)
        finally:
            standby.execute(standby.url, "ALTER SYSTEM RESET max_standby_streaming_delay")
            standby.execute(standby.url, "SELECT pg_reload_conf()")


def taken_away(primary: Server, standby: Server, tally: Tally) -> None:
    url = primary.create(script(Provider.POSTGRESQL, "prod"))
    apart.caught_up(standby, primary)
    expected, there = read_url(url), at(standby.url, url)
    with tally.trial("rights", "a standby that ends a question to go on replaying"), session(target(there)) as opened:
        done: list[bool] = []

        def clear(*said: object) -> None:
            if "set_config" in str(said[2]) and not done:  # it has its snapshot
                done.append(True)
                primary.execute(
                    url, "DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format('CREATE TABLE gone_%s (a int)', i); END LOOP; END $$"
                )
                primary.execute(
                    url, "DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format('DROP TABLE gone_%s', i); END LOOP; END $$"
                )
                primary.execute(url, "VACUUM pg_catalog.pg_class, pg_catalog.pg_attribute")
                apart.caught_up(standby, primary)

        event.listen(opened.connection, "after_cursor_execute", clear)
        with pytest.raises(ConnectionFailed, match=r"conflict with recovery|connection was lost"):
            read_catalog(opened)
        assert read_url(there) == expected


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("of", ["ROLE {role}", "DATABASE {prod}", "SYSTEM"])
def test_default_transaction_read_only(version: str, of: str, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    primary = apart.server(f"primary-{version}")
    asker, role, urls = Asker(tmp_path, namesync, primary.url), new_role(primary), pair(primary)
    primary.execute(primary.url, f"ALTER ROLE {role} SUPERUSER")
    mine = {name: as_role(url, role) for name, url in urls.items()}
    asker.configure(mine)
    expected = asker.answers()
    where = of.format(role=role, prod=f'"{database_of(urls["prod"])}"')
    if of == "SYSTEM":  # as on the whole server, and nobody else feels it
        urls = mine = {name: f"{url}?options=-c%20default_transaction_read_only%3Don" for name, url in mine.items()}
    else:
        primary.execute(primary.url, f"ALTER {where} SET default_transaction_read_only = on")
    asker.configure(mine)
    with tally.trial("rights", "every command under default_transaction_read_only", len(COMMANDS)):
        assert asker.answers() == expected
    asker.shadow = mine["prod"]
    asker.configure(mine, history=mine["prod"])
    with tally.trial("rights", "a history or a scratch database where nothing can be written", 2):
        refuses(asker)


READ_ONLY = [("mysql", "read_only = 1"), ("mysql", "super_read_only = 1"), ("mysql", "transaction_read_only = 1"),
             ("mariadb", "read_only = 1"), ("mariadb", "tx_read_only = 1")]  # fmt: skip


@pytest.mark.parametrize(("provider", "setting"), READ_ONLY, ids=[" ".join(case) for case in READ_ONLY])
def test_mysql_set_to_read_only(provider: str, setting: str, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    with apart.held(provider, alone=True) as server:
        set_to_read_only(server, setting, Asker(tmp_path, namesync, server.url), tally)


def set_to_read_only(server: Server, setting: str, asker: Asker, tally: Tally) -> None:
    role, urls = new_role(server), pair(server)
    for rights in ("ALL ON `{}`.*", "SELECT ON `{}`._prisma_migrations"):
        for url in urls.values():
            server.execute(server.url, f"GRANT {rights.format(database_of(url))} TO {role}")
    server.execute(server.url, f"GRANT CREATE, DROP ON *.* TO {role}")
    mine = {name: as_role(url, role) for name, url in urls.items()}
    asker.configure(mine)
    asking = [command for command in COMMANDS if command != "rehearse"]
    expected = {command: asker.ask(command) for command in asking}
    asker.shadow = as_role(server.url, role) + "/" + database_of(urls["prod"])
    with set_globally(server, (setting,)):
        with tally.trial("rights", "every command on MySQL and MariaDB set to read only", len(asking)):
            assert {command: asker.ask(command) for command in asking} == expected
        asker.configure(mine, history=mine["prod"])
        with tally.trial("rights", "a history or a scratch database where nothing can be written", 2):
            refuses(asker)
