"""Roles that may do next to nothing: what they can't see is said to be hidden, and nothing is written."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, namesync
from tests.hostile import apart
from tests.hostile.commands import COMMANDS, Asker, as_role, pair
from tests.hostile.tally import Tally
from tests.servers import Server, database_of

__all__ = ["namesync"]

VERSIONS = ("16", "18") if os.environ.get("NAMESYNC_TEST_CAMPAIGN") else ("18",)
_numbers = itertools.count(1)
_PIECE = re.compile(r"(SELECT|WITH|SHOW|SET LOCAL)\b", re.IGNORECASE)


@pytest.fixture(params=VERSIONS)
def primary(request: pytest.FixtureRequest) -> Server:
    return apart.server(f"primary-{request.param}")


def new_role(server: Server) -> str:
    """A role that may log in; the server is thrown away with it."""
    role = f"ns_role_{next(_numbers)}_{random.randrange(10**9)}"
    server.execute(server.url, f"CREATE USER {role}")
    return role


def bare(server: Server, role: str, *urls: str) -> None:
    """PUBLIC's rights are taken away; the role may connect."""
    for url in urls:
        name = f'"{database_of(url)}"'
        rights = f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {role}"
        server.execute(url, f"REVOKE ALL ON SCHEMA public FROM PUBLIC; {rights}")


def read_only(statements: list[str]) -> bool:
    """Whether all of them, session by session, are questions asked in read-only transactions, none of them prepared."""
    open_ = False
    for statement in statements:
        how, _, text = statement.partition(": ")
        assert how in ("statement", "execute <unnamed>"), statement
        for piece in re.sub(r"--.*", "", text).split(";"):
            if (words := piece.strip()).startswith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
                open_ = True
            elif words in ("COMMIT", "ROLLBACK"):
                open_ = False
            elif words:
                assert open_, statement
                assert _PIECE.match(words), statement
    return bool(statements)


def test_a_role_with_nothing_but_connect(primary: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """Every command says what it says to the owner, and nothing of it is more than a question."""
    asker, role, urls = Asker(tmp_path, namesync, primary.url), new_role(primary), pair(primary)
    bare(primary, role, *urls.values())
    asker.configure(urls)
    owners = asker.answers()
    asker.configure({name: as_role(url, role) for name, url in urls.items()})
    with tally.trial("rights", "every command as a PostgreSQL role with nothing but CONNECT", len(COMMANDS)):
        strangers = asker.answers()
        for command, (code, answer) in strangers.items():
            assert code == owners[command][0]
            assert settled(answer) == settled(owners[command][1]), command
        for command in ("keep", "adopt", "rehearse"):
            for each in strangers[command][1]["runbook"].values():
                assert any("could not read _prisma_migrations" in note for note in each["notes"])
        assert read_only(apart.said(primary, role))
    for url in urls.values():
        primary.execute(url, f"GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON _prisma_migrations TO {role}")
    with tally.trial("rights", "every command as a PostgreSQL role that may read Prisma's table", len(COMMANDS)):
        assert asker.answers() == owners
        assert read_only(apart.said(primary, role))


def settled(answer: Any) -> Any:
    """Without what depends on Prisma's own table, which takes a right to read."""
    return {**answer, "runbook": None, "environments": len(answer["environments"])} if "runbook" in answer else (
        {**answer, "environments": None} if answer.get("command") == "status" else answer
    )  # fmt: skip


def test_rows_that_a_policy_hides_are_not_taken_for_none(primary: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    asker, role, urls = Asker(tmp_path, namesync, primary.url), new_role(primary), pair(primary)
    for url in urls.values():
        primary.execute(
            url, f"GRANT SELECT ON _prisma_migrations TO {role}; ALTER TABLE _prisma_migrations ENABLE ROW LEVEL SECURITY"
        )
    asker.configure({name: as_role(url, role) for name, url in urls.items()})
    with tally.trial("rights", "Prisma's table behind row level security"):
        _, status = asker.ask("status")
        assert all("could not read" in each["notes"][0] for each in status["environments"].values())


def test_one_schema_of_two(primary: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """Foreign keys lead to and fro; the role may use one schema."""
    asker, role = Asker(tmp_path, namesync, primary.url), new_role(primary)
    script = """CREATE SCHEMA own; CREATE SCHEMA closed;
        CREATE TABLE closed.t (id int CONSTRAINT {0}_t_pk PRIMARY KEY, n text);
        CREATE TABLE own.u (id int CONSTRAINT {0}_u_pk PRIMARY KEY, t int CONSTRAINT {0}_out REFERENCES closed.t);
        ALTER TABLE closed.t ADD u int CONSTRAINT {0}_in REFERENCES own.u;
        CREATE INDEX {0}_i ON closed.t (lower(n)) WHERE u > 1; CREATE VIEW closed.{0}_v AS SELECT * FROM own.u"""
    urls = {name: primary.create(script.format(name)) for name in ("prod", "dev")}
    bare(primary, role, *urls.values())
    for url in urls.values():
        primary.execute(url, f"GRANT USAGE ON SCHEMA own TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA own TO {role}")
    for schemas in (("own", "closed"), ("own",), ("closed",)):
        with tally.trial("rights", "one PostgreSQL schema of two, foreign keys across", 3):
            asker.configure(urls, schemas=schemas)
            owners = {command: asker.ask(command) for command in ("diff", "snapshot", "job")}
            asker.configure({name: as_role(url, role) for name, url in urls.items()}, schemas=schemas)
            assert {command: asker.ask(command) for command in owners} == owners
            assert owners["diff"][1]["findings"]


def test_groups_of_a_role_with_nothing_but_connect(primary: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """Schemas are all seen; a database it may not connect to is told with the reason."""
    asker, role = Asker(tmp_path, namesync, primary.url), new_role(primary)
    prefix = f"fleet_{random.randrange(10**9)}_"
    schemas = "".join(f"CREATE SCHEMA t{n}; CREATE TABLE t{n}.a (id int CONSTRAINT a_pk PRIMARY KEY);" for n in range(3))
    urls = [primary.create(schemas, name=f"{prefix}{number}") for number in range(3)]
    bare(primary, role, *urls[:2])
    primary.execute(primary.url, f'REVOKE ALL ON DATABASE "{prefix}2" FROM PUBLIC')
    url = json.dumps(as_role(urls[0], role))
    group = '[environments.{0}]\nurl = {1}\n{2}\ncompare = "majority"\n'
    with tally.trial("rights", "groups of schemas and databases, one of them closed", 2):
        asker.configure(
            {},
            groups=group.format("spaces", url, 'each_schema = "t*"')
            + group.format("bases", url, f'each_database = "{prefix}*"\nschemas = ["t0"]'),
        )
        ended = namesync("job", "run", "--format", "json")
        told = json.loads(ended.out)
        assert [(one["name"], one["members"], one["alike"]) for one in told["groups"]] == [("bases", 3, 2), ("spaces", 3, 3)]
        (closed,) = [one for one in told["environments"] if one["state"] != "read"]
        assert (closed["name"], closed["state"]) == (f"bases/{prefix}2", "unreachable")
        assert "lacks the right" in closed["note"]
        assert read_only(apart.said(primary, role))


def test_a_history_that_the_role_may_not_make(primary: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    asker, role, urls = Asker(tmp_path, namesync, primary.url), new_role(primary), pair(primary)
    bare(primary, role, *urls.values())
    with tally.trial("rights", "a history in a database where the role may not create tables"):
        asker.configure(urls, history=as_role(urls["prod"], role))
        code, told = asker.ask("job")
        assert code == 2
        assert "this user lacks the right to do that" in told
        assert "history needs the right to create tables" in told
