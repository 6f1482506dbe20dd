"""MySQL and MariaDB accounts that see some of a database, or nothing: what is hidden is said to be, and never missing."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from namesync.check import check
from namesync.convention import PROFILES
from namesync.errors import ConnectionFailed, NamesyncError
from namesync.match import match
from namesync.model import Catalog
from namesync.report import Rule
from tests.cli.conftest import Run, namesync
from tests.hostile import apart
from tests.hostile.commands import COMMANDS, Asker, as_role, pair
from tests.hostile.tally import Tally
from tests.hostile.test_rights import new_role
from tests.readers.reading import read_url
from tests.servers import Server, database_of

__all__ = ["namesync"]

SQL = """
CREATE TABLE parent (id int PRIMARY KEY, code int, other int, UNIQUE KEY both_u (code, other));
CREATE TABLE child (id int PRIMARY KEY, parentId int, code int, other int, title varchar(99),
    KEY mixed (other, id), KEY part (title(9)),
    CONSTRAINT one_fk FOREIGN KEY (parentId) REFERENCES parent (id) ON DELETE CASCADE,
    CONSTRAINT two_fk FOREIGN KEY (code, other) REFERENCES parent (code, other));
CREATE TABLE alone (a int, b int, UNIQUE KEY a_u (a), KEY a_b (a, b));
"""
COLUMNS = {"parent": "id code other", "child": "id parentId code other title", "alone": "a b"}
RIGHTS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
TABLE_RIGHTS = (*RIGHTS, "DELETE", "CREATE", "DROP", "INDEX", "ALTER", "SHOW VIEW", "TRIGGER", "CREATE VIEW")
DATABASE_RIGHTS = (*TABLE_RIGHTS, "EXECUTE", "EVENT", "LOCK TABLES", "CREATE ROUTINE", "ALTER ROUTINE")
APART = {Rule.NAME_DRIFT, Rule.MISSING_OBJECT, Rule.DEFINITION_DRIFT, Rule.AMBIGUOUS_MATCH, Rule.NAME_COLLISION}


@pytest.fixture(params=["mysql", "mariadb"])
def mysql_apart(request: pytest.FixtureRequest) -> Iterator[Server]:
    with apart.held(request.param) as server:
        yield server


def granted(chance: random.Random) -> list[str]:
    """One to four grants, on a database, tables, columns."""
    found = []
    for _ in range(chance.randint(1, 4)):
        table = chance.choice(list(COLUMNS))
        match chance.randrange(5):
            case 0:
                found.append(f"{chance.choice(DATABASE_RIGHTS)} ON {{db}}.*")
            case 1 | 2:
                found.append(f"{chance.choice(TABLE_RIGHTS)} ON {{db}}.{table}")
            case _:
                columns = COLUMNS[table].split()
                some = ", ".join(chance.sample(columns, chance.randint(1, len(columns))))
                found.append(f"{chance.choice(RIGHTS)} ({some}) ON {{db}}.{table}")
    return found


def apart_from(whole: Catalog, seen: Catalog) -> set[Rule]:
    """What the same database, read by two accounts, is said to differ in; whichever of them has the authority."""
    catalogs = {"all": whole, "role": seen}
    pairs = match(catalogs)
    found = [one for name in catalogs for one in check(catalogs, pairs, authority=name, profile=PROFILES["prisma"])]
    return {one.rule for one in found} & APART


def test_accounts_that_see_some_of_a_database(mysql_apart: Server, tally: Tally) -> None:
    """The same database, read twice, differs in nothing; what is not seen is said to be hidden."""
    url = mysql_apart.create(SQL)
    whole, chance = read_url(url), random.Random()
    for _ in range(tally.size(25, 300)):
        role, rights = new_role(mysql_apart), granted(chance)
        with tally.trial("rights", f"random grants on {mysql_apart.provider}: databases, tables, columns"):
            for right in rights:
                mysql_apart.execute(mysql_apart.url, f"GRANT {right.format(db=f'`{database_of(url)}`')} TO {role}")
            seen = read_url(as_role(url, role))
            assert not apart_from(whole, seen), rights
            assert set(whole.objects) == set(seen.objects) or seen.hidden, rights
        mysql_apart.execute(mysql_apart.url, f"DROP USER {role}")


def test_accounts_without_any_right(mysql_apart: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    asker, role, urls = Asker(tmp_path, namesync, mysql_apart.url), new_role(mysql_apart), pair(mysql_apart)
    group = f"CREATE ROLE {role}_r; " + "".join(f"GRANT ALL ON `{database_of(url)}`.* TO {role}_r; " for url in urls.values())
    for case, sql in (("without any right", "DO 0"), ("whose role is not active", f"{group}GRANT {role}_r TO {role}")):
        mysql_apart.execute(mysql_apart.url, sql)
        asker.configure({name: as_role(url, role) for name, url in urls.items()})
        with tally.trial("rights", f"a MySQL or MariaDB account {case}", len(COMMANDS)):
            for command, (code, told) in asker.answers().items():
                assert code == 2, command
                assert "no right on the database" in str(told), command


def test_an_account_that_sees_one_table(mysql_apart: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """What it can't see is said by every command, and never missing."""
    asker, role, urls = Asker(tmp_path, namesync, mysql_apart.url), new_role(mysql_apart), pair(mysql_apart)
    mysql_apart.execute(mysql_apart.url, f"GRANT SELECT ON `{database_of(urls['prod'])}`.`Post` TO {role}")
    asker.configure({"prod": urls["prod"], "dev": as_role(urls["prod"], role)})
    hint = f"GRANT REFERENCES ON `{database_of(urls['prod'])}`.*"
    with tally.trial("rights", "a MySQL or MariaDB account that sees one table of two", len(COMMANDS)):
        for command, (_, told) in asker.answers().items():
            assert command == "snapshot" or hint in json.dumps(told), command
            assert not {one["rule"] for one in told.get("findings", ())} & {"name-drift", "missing-object"}, command
        assert hint in namesync("snapshot", "dev").out
        for words in (("emit", "--adopt-defaults", "--dry-run", "dev"), ("emit", "--keep-existing", "--dry-run", "dev")):
            ended = namesync(*words)
            assert hint in ended.err
            assert "is not in the database" not in ended.out


def test_what_an_account_does_not_see_any_more_is_not_resolved(
    mysql_apart: Server, namesync: Run, tmp_path: Path, tally: Tally
) -> None:
    asker, role, urls = Asker(tmp_path, namesync, mysql_apart.url), new_role(mysql_apart), pair(mysql_apart)
    database = f"`{database_of(urls['dev'])}`"
    asker.configure({"prod": urls["prod"], "dev": as_role(urls["dev"], role)})
    (tmp_path / "prisma" / "schema.prisma").unlink()

    def found() -> dict[tuple[str, str], tuple[str, bool]]:
        told = json.loads(namesync("job", "run", "--format", "json").out)
        return {
            (one["table"], one["kind"]): (one["what"], one["verified"])
            for one in told["findings"]
            if one["severity"] == "error"
        }

    unique, foreign = ("User", "unique"), ("Post", "foreign_key")
    with tally.trial("rights", "rights that are taken away between two runs of the job", 3):
        mysql_apart.execute(mysql_apart.url, f"GRANT REFERENCES ON {database}.* TO {role}")
        assert found() == {unique: ("new", True), foreign: ("new", True)}
        mysql_apart.execute(
            mysql_apart.url, f"REVOKE ALL ON {database}.* FROM {role}; GRANT REFERENCES ON {database}.`Post` TO {role}"
        )
        mysql_apart.execute(urls["dev"], "ALTER TABLE `User` RENAME INDEX dev_email TO prod_email")
        assert found()[unique] == ("standing", False)
        mysql_apart.execute(mysql_apart.url, f"GRANT REFERENCES ON {database}.* TO {role}")
        assert found()[unique] == ("resolved", True)


QUESTION = re.compile(
    r"(SELECT|SHOW|DESCRIBE|COMMIT|ROLLBACK|SET (NAMES|AUTOCOMMIT|SESSION)|START TRANSACTION .*, READ ONLY)\b", re.IGNORECASE
)


def test_what_is_said_to_mysql(mysql_apart: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """The server's own log has nothing but questions."""
    asker, role, urls = Asker(tmp_path, namesync, mysql_apart.url), new_role(mysql_apart), pair(mysql_apart)
    for url in urls.values():
        mysql_apart.execute(mysql_apart.url, f"GRANT ALL ON `{database_of(url)}`.* TO {role}")
    asker.configure({name: as_role(url, role) for name, url in urls.items()})
    mysql_apart.execute(mysql_apart.url, "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1")
    try:
        asker.answers()
    finally:
        mysql_apart.execute(mysql_apart.url, "SET GLOBAL general_log = 0")
    log = "SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', 'Prepare', 'Execute')"
    said = mysql_apart.query(mysql_apart.url, f"{log} AND user_host LIKE '{role}[%'")
    with tally.trial("rights", "what MySQL and MariaDB were told, by their own logs", len(said)):
        assert said
        for (words,) in said:
            text = words.decode() if isinstance(words, bytes) else words
            assert QUESTION.match(re.sub(r"--.*\n", "", text).strip()), text


def test_code_that_an_account_may_not_look_into(mysql_apart: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    asker, role, urls = Asker(tmp_path, namesync, mysql_apart.url), new_role(mysql_apart), pair(mysql_apart)
    for url in urls.values():
        mysql_apart.execute(mysql_apart.url, f"GRANT REFERENCES ON `{database_of(url)}`.* TO {role}")
    asker.configure({name: as_role(url, role) for name, url in urls.items()})
    with tally.trial("rights", "functions, triggers, views and events that an account may not look into"):
        mentions = asker.ask("keep")[1]["mentions"]
        own = database_of(urls["dev"])
        assert f"dev: functions and procedures, triggers, events of {own} may: this role can't see them" in mentions
        assert f"dev: the view {own}.listed may: this role can't see its source" in mentions


def test_one_database_of_two(mysql_apart: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """A foreign key leads into a database that the account can't see."""
    closed = mysql_apart.create("CREATE TABLE t (id int PRIMARY KEY)")
    script = "CREATE TABLE {0} (id int PRIMARY KEY, t int, CONSTRAINT {0}_fk FOREIGN KEY (t) REFERENCES `{1}`.t (id))"
    own, role = mysql_apart.create(script.format("u", database_of(closed))), new_role(mysql_apart)
    mysql_apart.execute(mysql_apart.url, f"GRANT REFERENCES ON `{database_of(own)}`.* TO {role}")
    with tally.trial("rights", "one MySQL or MariaDB database of two, foreign keys across", 3):
        assert read_url(as_role(own, role)) == read_url(own)
        with pytest.raises(ConnectionFailed, match="no right on the database"):
            read_url(as_role(closed, role))
        with pytest.raises(NamesyncError, match="no such schema, or none this role can see"):
            read_url(as_role(own, role), database_of(closed))
