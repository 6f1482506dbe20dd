"""What MySQL and MariaDB hide from a role, and that it is said: with which right, and how to see it."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from namesync.check import check
from namesync.convention import PROFILES
from namesync.dialects.mysql.rights import Role, grants
from namesync.errors import ConnectionFailed
from namesync.match import match
from namesync.model import Catalog, Kind, Provider, TableRef
from namesync.report import Rule
from tests.readers.reading import read_url
from tests.servers import Server, database_of

SQL = """
CREATE TABLE parent (id int PRIMARY KEY, code int, other int, UNIQUE KEY (code, other));
CREATE TABLE child (id int PRIMARY KEY, parentId int, code int, other int, KEY mixed (other, id),
    CONSTRAINT one_fk FOREIGN KEY (parentId) REFERENCES parent (id) ON DELETE CASCADE,
    CONSTRAINT two_fk FOREIGN KEY (code, other) REFERENCES parent (code, other));
"""
MYSQL, MARIADB = Provider.MYSQL, Provider.MARIADB
ALL, FOREIGN, NONE = tuple(Kind), (Kind.FOREIGN_KEY,), ()
WHOLE, BLIND = {"one_fk": "CASCADE", "two_fk": "RESTRICT"}, {"one_fk": "", "two_fk": ""}
ON_COLUMNS = ("SELECT ON `{db}`.parent", "INSERT (id, parentId, code) ON `{db}`.child")

# What is granted, to whom, -> tables, foreign keys (with ON DELETE), what is called hidden.
CASES = [
    (("REFERENCES ON `{db}`.*",), MYSQL, {"parent", "child"}, WHOLE, []),
    (("REFERENCES ON `{db}`.*",), MARIADB, {"parent", "child"}, WHOLE, []),
    (("REFERENCES ON `ns\\_%`.*",), MYSQL, {"parent", "child"}, WHOLE, []),
    (("REFERENCES ON `ns\\_%`.*",), MARIADB, {"parent", "child"}, WHOLE, []),
    (("SELECT ON `{db}`.*",), MYSQL, {"parent", "child"}, WHOLE, []),
    (("SELECT ON `{db}`.*",), MARIADB, {"parent", "child"}, BLIND, [(NONE, None)]),
    (("INDEX ON `{db}`.*",), MYSQL, {"parent", "child"}, {}, [(FOREIGN, None)]),
    (("INDEX ON `{db}`.*",), MARIADB, {"parent", "child"}, {}, [(ALL, None)]),
    (("EXECUTE ON `{db}`.*",), MYSQL, set(), {}, [(ALL, None)]),
    (("EXECUTE ON `{db}`.*",), MARIADB, set(), {}, [(ALL, None)]),
    (("SELECT ON `{db}`.child",), MYSQL, {"child"}, WHOLE, [(ALL, None)]),
    (("SELECT ON `{db}`.child",), MARIADB, {"child"}, BLIND, [(NONE, None), (ALL, None)]),
    (ON_COLUMNS, MYSQL, {"parent", "child"}, {}, [(ALL, None), (FOREIGN, "child")]),
    (ON_COLUMNS, MARIADB, {"parent", "child"}, {}, [(ALL, None), (ALL, "child")]),
    (("SELECT (code) ON `{db}`.child",), MYSQL, {"child"}, {}, [(ALL, None), (FOREIGN, "child")]),
    (("SELECT (code) ON `{db}`.child",), MARIADB, {"child"}, {}, [(ALL, None), (ALL, "child")]),
]
IDS = [f"{provider}: {', '.join(granted)}" for granted, provider, *_ in CASES]

Account = Callable[..., str]
_numbers = itertools.count(1)


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    """`account(server, url, *granted)` makes a user and gives the URL as that user; users are dropped afterwards."""
    made: list[tuple[Server, str]] = []

    def make(server: Server, url: str, *granted: str) -> str:
        name = f"ns_{os.getpid()}_{next(_numbers)}"
        for host in ("%", "localhost"):  # an anonymous user of localhost would come before "%"
            made.append((server, f"'{name}'@'{host}'"))
            server.execute(server.url, f"CREATE USER '{name}'@'{host}'")
            for what in granted:
                server.execute(server.url, f"GRANT {what.format(db=database_of(url))} TO '{name}'@'{host}'")
        parts = urlsplit(url)
        return parts._replace(netloc=f"{name}@{parts.hostname}:{parts.port or 3306}").geturl()

    yield make
    for server, user in made:
        server.execute(server.url, f"DROP USER {user}")


def server_of(request: pytest.FixtureRequest, provider: Provider) -> Server:
    server: Server = request.getfixturevalue(provider.value)
    return server


def seen(found: Catalog) -> tuple[set[str], dict[str, str], list[tuple[tuple[Kind, ...], str | None]]]:
    return (
        {table.ref.name for table in found.tables},
        {obj.name: obj.definition.on_delete for obj in found.objects if obj.key.kind is Kind.FOREIGN_KEY},
        [(hidden.kinds, hidden.table and hidden.table.name) for hidden in found.hidden],
    )


@pytest.mark.parametrize(("granted", "provider", "tables", "foreign_keys", "hidden"), CASES, ids=IDS)
def test_what_a_role_sees_and_what_is_said_to_be_hidden(
    request: pytest.FixtureRequest,
    account: Account,
    granted: tuple[str, ...],
    provider: Provider,
    tables: set[str],
    foreign_keys: dict[str, str],
    hidden: list[tuple[tuple[Kind, ...], str | None]],
) -> None:
    server = server_of(request, provider)
    url = server.create(SQL)
    everything = read_url(url)
    own = account(server, url, *granted)
    found = read_url(own)
    assert seen(found) == (tables, foreign_keys, hidden)
    # The statement in each reason cures it.
    for reason in [hidden.reason for hidden in found.hidden]:
        cure = re.search(r"GRANT REFERENCES ON \S+ TO \S+", reason)
        assert cure is not None, reason
        server.execute(server.url, cure[0])
    assert read_url(own) == everything


def test_no_foreign_key_is_told_by_some_of_its_columns(mysql: Server, account: Account) -> None:
    """MySQL shows only the columns that the role has a right on: two_fk would look like a foreign key on `code`."""
    url = mysql.create(SQL)
    own = account(mysql, url, "SELECT (code) ON `{db}`.child")
    shown = mysql.query(own, "SELECT COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE CONSTRAINT_NAME = 'two_fk'")
    assert shown == [("code",)]
    found = read_url(own)
    assert not [obj for obj in found.objects if obj.key.kind is Kind.FOREIGN_KEY]
    assert {obj.name for obj in found.objects if obj.implicit} == {"one_fk", "two_fk"}


def test_foreign_keys_whose_actions_are_unseen_have_no_sql_to_make_them_again(mariadb: Server, account: Account) -> None:
    url = mariadb.create(SQL)
    found = read_url(account(mariadb, url, "SELECT ON `{db}`.*"))
    keys = [obj for obj in found.objects if obj.key.kind is Kind.FOREIGN_KEY]
    assert [(obj.name, obj.sql, obj.definition.on_update) for obj in keys] == [("two_fk", "", ""), ("one_fk", "", "")]
    (hidden,) = found.hidden
    assert "can't see what the foreign keys" in hidden.reason
    # What one role can't see differs from nothing.
    catalogs = {"all": read_url(url), "blind": found}
    findings = check(catalogs, match(catalogs), authority="all", profile=PROFILES["prisma"])
    assert Rule.DEFINITION_DRIFT not in {finding.rule for finding in findings}


@pytest.mark.parametrize("provider", [MYSQL, MARIADB])
def test_rights_of_active_roles_count(request: pytest.FixtureRequest, account: Account, provider: Provider) -> None:
    server = server_of(request, provider)
    url = server.create(SQL)
    role = f"ns_role_{os.getpid()}_{next(_numbers)}"
    server.execute(server.url, f"CREATE ROLE {role}")
    try:
        server.execute(server.url, f"GRANT REFERENCES ON `{database_of(url)}`.* TO {role}")
        own = account(server, url)
        user = urlsplit(own).username
        for host in ("%", "localhost"):
            server.execute(server.url, f"GRANT {role} TO '{user}'@'{host}'")
        with pytest.raises(ConnectionFailed, match="no right on the database") as refused:  # granted, not active
            read_url(own)
        assert "GRANT REFERENCES" in refused.value.hint
        for host in ("%", "localhost"):
            word = "FOR" if provider is MARIADB else "TO"
            server.execute(server.url, f"SET DEFAULT ROLE {role} {word} '{user}'@'{host}'")
        assert read_url(own) == read_url(url)
    finally:
        server.execute(server.url, f"DROP ROLE {role}")


@pytest.mark.parametrize("provider", [MYSQL, MARIADB])
def test_a_role_that_sees_no_columns_sees_no_migrations_table(
    request: pytest.FixtureRequest, account: Account, provider: Provider
) -> None:
    server = server_of(request, provider)
    url = server.create("CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY)")
    found = read_url(account(server, url, "TRIGGER ON `{db}`.*"))
    assert [(table.ref.name, table.columns) for table in found.tables] == [("t", ())]


ONE = frozenset({"REFERENCES"})


@pytest.mark.parametrize(
    ("statements", "rights"),
    [
        (["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"], "everything"),
        (["GRANT REFERENCES ON `app`.* TO `u`@`%`"], ONE),
        (['GRANT REFERENCES ON "app".* TO "u"@"%"'], ONE),
        (["GRANT REFERENCES ON `App`.* TO `u`@`%`"], set()),
        (["GRANT REFERENCES ON `a%`.* TO `u`@`%`", "GRANT `r`@`%` TO `u`@`%`"], ONE),
        (["GRANT REFERENCES ON `a_p`.* TO `u`@`%`"], ONE),
        (["GRANT REFERENCES ON `a\\_p`.* TO `u`@`%`"], set()),
        (["GRANT REFERENCES, CREATE VIEW ON `app`.* TO PUBLIC"], {"REFERENCES", "CREATE VIEW"}),
        (["GRANT REFERENCES ON `app`.`t` TO `u`@`%`"], set()),
        (["GRANT EXECUTE ON FUNCTION `app`.`f` TO `u`@`%`", "GRANT PROXY ON ``@`%` TO `root`@`localhost`"], set()),
        # Of two that fit, MySQL and MariaDB take one by rules of their own: certain is what both give.
        (["GRANT REFERENCES ON `app`.* TO `u`@`%`", "GRANT EXECUTE ON `a%`.* TO `u`@`%`"], set()),
        (["GRANT REFERENCES ON `app`.* TO `r`", "GRANT EXECUTE ON `a%`.* TO `u`@`%`"], ONE | {"EXECUTE"}),
        # MySQL's partial revokes.
        (["GRANT SELECT, REFERENCES ON *.* TO `u`@`%`", "REVOKE SELECT ON `app`.* FROM `u`@`%`"], ONE),
        (["GRANT SELECT ON *.* TO `u`@`%`", "REVOKE SELECT ON `other`.* FROM `u`@`%`"], {"SELECT"}),
    ],
)
def test_rights_on_a_database(statements: list[str], rights: object) -> None:
    found = Role("u@%", grants(statements)).on_database("app")
    assert {"REFERENCES", "TRIGGER", "SHOW VIEW"} <= found if rights == "everything" else found == rights


@pytest.mark.parametrize(
    ("statement", "rights"),
    [
        ("GRANT SELECT, REFERENCES (`id`, `a``) ON `x`.`y`), UPDATE`) ON `app`.`t.``x` TO `u`@`%`", {"SELECT"}),
        ("GRANT SELECT (`id`), INSERT ON `app`.`t.``x` TO `u`@`%`", {"INSERT"}),
        ("GRANT SELECT ON `app`.`t` TO `u`@`%`", set()),
        ("GRANT SELECT ON `app`.* TO `u`@`%`", {"SELECT"}),
    ],
)
def test_rights_on_a_table(statement: str, rights: set[str]) -> None:
    table = TableRef("app", "t.`x")
    role = Role("u@%", grants([statement]))
    assert {right for right in ("SELECT", "INSERT", "UPDATE") if not role.without(frozenset({right}), {table})} == rights


def test_where_the_server_folds_names_grants_are_in_lower_case() -> None:
    role = Role("u@%", grants(["GRANT SELECT ON `app`.* TO `u`@`%`", "GRANT SELECT ON `lib`.`t` TO `u`@`%`"]), folds=True)
    tables = {TableRef("App", "X"), TableRef("Lib", "T"), TableRef("Lib", "U")}
    assert role.without(frozenset({"SELECT"}), tables) == {TableRef("Lib", "U")}
