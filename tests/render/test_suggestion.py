"""What a report offers to copy: right for the server, right for Prisma, and nothing where more has to be known."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from namesync.convention import PROFILES
from namesync.dialects import dialect
from namesync.model import Key, Kind, Provider, Reference, TableRef
from namesync.prisma.schema import load_schema
from namesync.render.suggestion import Suggestion, Way, attribute, rename, suggestions
from namesync.report import EnvironmentSummary, Finding, Report, Rule
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import AMBIGUOUS, COLLISION, DEFINITION, DRIFT, EVERYTHING, GUIDE, MISMATCH, MISSING, OFF, UNMANAGED
from tests.servers import Server

ODD = "we\"ird `na'me; --"
TABLE = TableRef("", "we ird")
INDEX = Key(Kind.INDEX, TABLE, ("a",))


def told(finding: Finding, report: Report = GUIDE) -> dict[Way, list[str]]:
    found: dict[Way, list[str]] = {}
    for suggestion in suggestions(finding, report):
        found.setdefault(suggestion.way, []).append(suggestion.text)
    return found


def on(provider: Provider, version: str = "") -> Report:
    environments = tuple(EnvironmentSummary(name, provider, version, (), 2, 5) for name in ("prod", "dev"))
    return replace(GUIDE, environments=environments)


def test_a_drifted_name() -> None:
    assert suggestions(DRIFT, GUIDE) == (
        Suggestion(
            Way.MAP,
            "declare the name that stays",
            '@relation(fields: [authorName], references: [name], map: "Custom_Production_Name")',
        ),
        Suggestion(
            Way.SQL,
            "rename in dev",
            'ALTER TABLE "Post" RENAME CONSTRAINT "Custom_Foreign_Key_Constraint" TO "Custom_Production_Name";',
        ),
        Suggestion(
            Way.COMMANDS,
            "write the migration, and bring it to each environment",
            "namesync emit --keep-existing prod dev\n"
            "# in dev:\n"
            "npx prisma migrate deploy\n"
            "# in prod, where the names are right already:\n"
            "npx prisma migrate resolve --applied TIMESTAMP_sync_names",
        ),
    )


@pytest.mark.parametrize("change", [{"expected": "Custom_Production_Name"}, {"declared": "Custom_Production_Name"}], ids=str)
def test_a_name_that_prisma_knows_needs_no_map(change: dict[str, str]) -> None:
    assert Way.MAP not in told(replace(DRIFT, **change))


def test_environments_with_one_statement_share_it() -> None:
    names = {"prod": "a", "dev": "b", "qa": "b", "test": "c"}
    environments = tuple(EnvironmentSummary(name, Provider.POSTGRESQL, "16", (), 1, 1) for name in names)
    finding = replace(DRIFT, names=names)
    found = [one for one in suggestions(finding, replace(GUIDE, environments=environments)) if one.way is Way.SQL]
    assert [one.when for one in found] == ["rename in dev, qa", "rename in test"]


def test_the_schema_or_the_database_is_right() -> None:
    finding = replace(MISMATCH, names={"prod": "odd"})
    report = replace(GUIDE, environments=GUIDE.environments[:1])
    assert told(finding, report) == {
        Way.MAP: ['@id(map: "odd")'],
        Way.SQL: ['ALTER INDEX "odd" RENAME TO "User_pkey";'],
        Way.COMMANDS: ["namesync emit --keep-existing prod"],
    }


def test_databases_that_disagree_can_t_both_be_right() -> None:
    assert Way.MAP not in told(MISMATCH)


def test_an_odd_name_is_kept_or_adopted() -> None:
    assert told(OFF) == {Way.MAP: ['@id(map: "odd_pk")'], Way.COMMANDS: ["namesync emit --adopt-defaults prod dev"]}
    assert Way.MAP not in told(replace(OFF, declared="odd_pk"))


def test_what_is_missing_may_be_pending() -> None:
    [found] = suggestions(MISSING, EVERYTHING)
    assert (found.when, found.text) == ("see what is pending in prod", "npx prisma migrate status")


@pytest.mark.parametrize("finding", [AMBIGUOUS, DEFINITION, COLLISION, UNMANAGED], ids=lambda finding: finding.rule)
def test_where_more_has_to_be_known_there_is_none(finding: Finding) -> None:
    assert suggestions(finding, EVERYTHING) == ()


@pytest.mark.parametrize(
    ("provider", "kind", "statement"),
    [
        (Provider.POSTGRESQL, Kind.UNIQUE, 'ALTER INDEX "Custom_Foreign_Key_Constraint" RENAME TO "Custom_Production_Name";'),
        (
            Provider.MYSQL,
            Kind.INDEX,
            "ALTER TABLE `Post` RENAME INDEX `Custom_Foreign_Key_Constraint` TO `Custom_Production_Name`;",
        ),
        (Provider.MYSQL, Kind.FOREIGN_KEY, None),
        (
            Provider.MARIADB,
            Kind.UNIQUE,
            "ALTER TABLE `Post` RENAME INDEX `Custom_Foreign_Key_Constraint` TO `Custom_Production_Name`;",
        ),
        (Provider.SQLITE, Kind.INDEX, None),
    ],
    ids=["postgresql", "mysql", "mysql-fk", "mariadb", "sqlite"],
)
def test_sql_is_the_servers_own(provider: Provider, kind: Kind, statement: str | None) -> None:
    key = DRIFT.key._replace(kind=kind, references=DRIFT.key.references if kind is Kind.FOREIGN_KEY else None)
    assert told(replace(DRIFT, key=key), on(provider)).get(Way.SQL) == ([statement] if statement else None)


def test_an_old_mariadb_can_t_rename_an_index() -> None:
    assert Way.SQL not in told(replace(DRIFT, key=INDEX), on(Provider.MARIADB, "10.5.1-MariaDB"))


def test_a_schema_in_scope_is_part_of_the_statement() -> None:
    key = Key(Kind.INDEX, TableRef("auth", "User"), ("a",))
    assert rename(key, "old", "new", dialect(Provider.POSTGRESQL)) == 'ALTER INDEX "auth"."old" RENAME TO "new";'


@pytest.mark.parametrize(
    "unseen", [name for name, text in NAMES.items() if name in {"terminal", "bidi", "unseen", "surrogate"}]
)
def test_nothing_is_offered_that_is_not_what_is_seen(unseen: str) -> None:
    report = hostile(NAMES[unseen])
    assert [suggestions(finding, report) for finding in report.findings] == [()] * len(report.findings)


def test_environments_are_quoted_for_the_shell() -> None:
    finding = replace(DRIFT, names={"a b; rm -rf .": "x", "dev": "y"})
    command = told(finding, replace(GUIDE, authority="a b; rm -rf ."))[Way.COMMANDS][0].split("\n")[0]
    words = subprocess.run(["bash", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True).stdout
    assert words.split("\n")[-3:] == ["a b; rm -rf .", "dev", ""]


# On real servers.


def test_postgresql_runs_the_statements(postgresql: Server) -> None:
    url = postgresql.create(
        'CREATE TABLE "we ird" (a int CONSTRAINT p PRIMARY KEY, b int CONSTRAINT u UNIQUE CONSTRAINT f REFERENCES "we ird");'
        'CREATE INDEX i ON "we ird" (b);'
    )
    server = dialect(Provider.POSTGRESQL, postgresql.version)
    kinds = {Kind.PRIMARY_KEY: "p", Kind.UNIQUE: "u", Kind.INDEX: "i", Kind.FOREIGN_KEY: "f"}
    for kind, old in kinds.items():
        postgresql.execute(url, rename(Key(kind, TABLE, ("b",)), old, ODD + old, server))
    named = postgresql.query(
        url, "SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND conrelid = '\"we ird\"'::regclass"
    )
    indexed = postgresql.query(url, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert {row[0] for row in named} == {ODD + old for old in "puf"}
    assert {row[0] for row in indexed} == {ODD + old for old in "pui"}


@pytest.mark.parametrize("provider", ["mysql", "mariadb"])
def test_mysql_runs_the_statements(provider: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(provider)
    url = server.create("CREATE TABLE `we ird` (a int, b int, UNIQUE u (a), INDEX i (b))")
    facts = dialect(server.provider, server.version)
    for kind, old in {Kind.UNIQUE: "u", Kind.INDEX: "i"}.items():
        server.execute(url, rename(Key(kind, TABLE, ("b",)), old, ODD + old, facts))
    found = server.query(url, "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()")
    assert {row[0] for row in found} == {ODD + "u", ODD + "i"}


@pytest.mark.parametrize(
    ("key", "field", "block"),
    [
        (Key(Kind.PRIMARY_KEY, TableRef("", "A"), ("id",)), "id Int {}", ""),
        (Key(Kind.PRIMARY_KEY, TableRef("", "A"), ("id", "b")), "id Int", "{}"),
        (Key(Kind.UNIQUE, TableRef("", "A"), ("id",)), "id Int {}", ""),
        (Key(Kind.UNIQUE, TableRef("", "A"), ("id", "b")), "id Int", "{}"),
        (Key(Kind.INDEX, TableRef("", "A"), ("id",)), "id Int", "{}"),
        (
            Key(Kind.FOREIGN_KEY, TableRef("", "A"), ("b",), Reference(TableRef("", "A"), ("id",))),
            "id Int @unique\n  a A {}\n  r A[]",
            "",
        ),
    ],
    ids=["id", "@@id", "unique", "@@unique", "@@index", "relation"],
)
def test_the_attribute_declares_the_name(key: Key, field: str, block: str, tmp_path: Path) -> None:
    name = 'odd "name" \\ é'
    told = attribute(key, name)
    model = f"model A {{\n  {field.format(told)}\n  b Int\n  {block.format(told)}\n}}\n"
    file = tmp_path / "schema.prisma"
    file.write_text(f'datasource db {{\n  provider = "postgresql"\n}}\n\n{model}', encoding="utf-8")
    declared = load_schema(file).catalog(PROFILES["prisma"])
    assert name in [obj.name for obj in declared.objects if obj.key == key]


def test_each_rule_was_thought_of() -> None:
    offered = {finding.rule for finding in EVERYTHING.findings if suggestions(finding, EVERYTHING)}
    assert offered == {Rule.NAME_DRIFT, Rule.SCHEMA_MISMATCH, Rule.OFF_CONVENTION, Rule.MISSING_OBJECT}
