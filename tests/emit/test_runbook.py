"""What a person is told to type, for every state an environment can be in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from namesync.emit.commands import Project
from namesync.emit.runbook import Instructions, Situation, instructions
from namesync.prisma.migrations import Ledger, Migration, Record

OLD = Migration("20250101000000_init", 'CREATE TABLE "Post" ();\n')
NEW = Migration("20250202000000_more", 'ALTER TABLE "Post" DROP CONSTRAINT "odd";\n')
SYNC = "20260101000000_sync_names"
ADOPT = "20260101000001_adopt_default_names"
PROJECT = Project(prisma_major=6)


def done(migration: Migration) -> Record:
    return Record(migration.name, min(migration.checksums), True, False, 1)


def book(
    ledger: Ledger | None,
    renames: dict[str, int],
    *,
    environment: str = "prod",
    project: Project = PROJECT,
    leaving: frozenset[str] = frozenset(),
    strange: frozenset[str] = frozenset(),
) -> Instructions:
    situation = Situation(environment, f"{environment.upper()}_DATABASE_URL", ledger, renames, leaving, strange)
    return instructions(situation, project, [OLD, NEW])


def lines(found: Instructions) -> list[str]:
    return [command.line for command in found.commands]


PREFIX = 'DATABASE_URL="$PROD_DATABASE_URL" npx prisma migrate'
UP_TO_DATE = Ledger(True, (done(OLD), done(NEW)))


def test_where_the_names_match_the_migration_is_only_recorded() -> None:
    assert lines(book(UP_TO_DATE, {SYNC: 0})) == [f"{PREFIX} resolve --applied {SYNC}"]


def test_where_they_differ_it_is_deployed_and_never_resolved() -> None:
    found = book(UP_TO_DATE, {SYNC: 3})
    assert lines(found) == [f"{PREFIX} deploy"]
    assert found.never[0].line == f"{PREFIX} resolve --applied {SYNC}"


def test_adopting_after_aligning() -> None:
    assert lines(book(UP_TO_DATE, {SYNC: 0, ADOPT: 4})) == [f"{PREFIX} resolve --applied {SYNC}", f"{PREFIX} deploy"]


def test_what_is_recorded_already_is_not_asked_for_again() -> None:
    ledger = Ledger(True, (done(OLD), done(NEW), Record(SYNC, "", True, False, 0)))
    assert lines(book(ledger, {SYNC: 0})) == []


def test_a_database_never_baselined_is_baselined_first() -> None:
    assert lines(book(Ledger(False), {SYNC: 1})) == [
        f"{PREFIX} resolve --applied {OLD.name}",
        f"{PREFIX} resolve --applied {NEW.name}",
        f"{PREFIX} deploy",
    ]


@pytest.mark.parametrize(("major", "flag"), [(5, "--to-schema-datamodel"), (6, "--to-schema-datamodel"), (7, "--to-schema")])
def test_a_project_without_migrations_gets_its_first_one(major: int, flag: str) -> None:
    situation = Situation("prod", "DATABASE_URL", Ledger(False), {SYNC: 0})
    found = instructions(situation, Project(prisma_major=major), [])
    assert lines(found) == [
        "mkdir -p prisma/migrations/0_init",
        f"npx prisma migrate diff --from-empty {flag} prisma/schema.prisma --script > prisma/migrations/0_init/migration.sql",
        "npx prisma migrate resolve --applied 0_init",
        f"npx prisma migrate resolve --applied {SYNC}",
    ]


def test_a_failed_migration_comes_first() -> None:
    ledger = Ledger(True, (done(OLD), Record(NEW.name, "", False, False, 0, "it broke")))
    found = book(ledger, {SYNC: 1})
    assert lines(found) == [f"{PREFIX} resolve --rolled-back {NEW.name}", f"{PREFIX} deploy"]
    assert "failed here" in found.notes[0]


def test_a_pending_migration_that_mentions_an_old_name_is_pointed_out() -> None:
    found = book(Ledger(True, (done(OLD),)), {SYNC: 1}, leaving=frozenset({"odd", "od"}))
    assert lines(found) == [f"{PREFIX} deploy"]
    assert found.notes == (
        (
            f"{NEW.name} is still pending here and mentions odd: it must run before the rename, and does, "
            "since `migrate deploy` goes by date"
        ),
    )


def test_a_pending_migration_with_a_name_of_elsewhere_will_fail() -> None:
    (note,) = book(Ledger(True, (done(OLD),)), {SYNC: 0}, strange=frozenset({"odd"})).notes
    assert note.startswith(f"{NEW.name} is still pending here and mentions odd, which this database does not have")


def test_nothing_is_resolved_while_a_migration_is_pending_that_may_make_the_old_names() -> None:
    found = book(Ledger(True, (done(OLD),)), {SYNC: 0})
    assert lines(found) == [f"{PREFIX} deploy"]
    assert found.never[0].line == f"{PREFIX} resolve --applied {SYNC}"


def test_an_empty_database_is_deployed_to_and_not_baselined() -> None:
    situation = Situation("prod", "PROD_DATABASE_URL", Ledger(False), {SYNC: 0}, strange=frozenset({"odd"}), empty=True)
    found = instructions(situation, PROJECT, [OLD, NEW])
    assert lines(found) == [f"{PREFIX} deploy"]
    assert found.notes == ("there is no table here yet: the deploy makes them all",)


def test_a_table_of_migrations_without_a_row_is_no_baseline() -> None:
    assert lines(book(Ledger(True), {SYNC: 0}))[0] == f"{PREFIX} resolve --applied {OLD.name}"


def test_an_emitted_migration_that_stopped_half_way_runs_again() -> None:
    ledger = Ledger(True, (done(OLD), done(NEW), Record(SYNC, "", False, False, 0, "lock timeout")))
    found = book(ledger, {SYNC: 2})
    assert lines(found) == [f"{PREFIX} resolve --rolled-back {SYNC}", f"{PREFIX} deploy"]
    assert found.notes == ()
    assert "does what is left" in found.commands[0].why


def test_statistics_of_an_index_that_is_gone_are_put_out_of_the_way() -> None:
    """What MariaDB says, in Prisma's log; that it helps: tests/plan/test_guards_on_servers.py."""
    logs = "Database error code: 1022\n\nDatabase error:\nCan't write; duplicate key in table 'mysql.innodb_index_stats'"
    (note,) = book(Ledger(True, (done(OLD), done(NEW), Record(SYNC, "", False, False, 0, logs))), {SYNC: 2}).notes
    assert "ALTER TABLE .. STATS_PERSISTENT = 0" in note
    assert SYNC in note


def test_an_emitted_migration_that_failed_though_all_is_done_is_recorded() -> None:
    ledger = Ledger(True, (done(OLD), done(NEW), Record(SYNC, "", False, False, 0, "the connection was lost")))
    assert lines(book(ledger, {SYNC: 0})) == [f"{PREFIX} resolve --applied {SYNC}"]


def test_an_earlier_emitted_migration_still_to_run_is_not_baselined() -> None:
    situation = Situation("prod", "PROD_DATABASE_URL", Ledger(False), {SYNC: 0})
    found = instructions(situation, PROJECT, [OLD, NEW], run={NEW.name})
    assert lines(found) == [f"{PREFIX} resolve --applied {OLD.name}", f"{PREFIX} deploy"]


def test_edited_lost_and_rolled_back_migrations_are_told() -> None:
    ledger = Ledger(
        True,
        (
            Record(OLD.name, "other", True, False, 1),
            Record("20240101000000_gone", "x", True, False, 1),
            Record(NEW.name, "x", False, True, 0),
        ),
    )
    edited, gone, back = book(ledger, {}).notes
    assert OLD.name in edited
    assert "edited" in edited
    assert "20240101000000_gone" in gone
    assert "rolled back" in back


def test_an_unknown_ledger_is_said() -> None:
    found = book(None, {SYNC: 0})
    assert lines(found) == [f"{PREFIX} resolve --applied {SYNC}"]
    assert "could not read _prisma_migrations" in found.notes[0]


def test_only_your_own_machine_may_be_reset() -> None:
    assert [command.line for command in book(UP_TO_DATE, {}).never] == [
        'DATABASE_URL="$PROD_DATABASE_URL" npx prisma migrate dev',
        'DATABASE_URL="$PROD_DATABASE_URL" npx prisma db push',
    ]
    assert book(UP_TO_DATE, {}, environment="dev").never == ()


def test_the_schema_is_named_where_prisma_would_not_find_it() -> None:
    project = Project(prisma_major=6, url_variable="PROD_DATABASE_URL", schema_argument="db/my schema.prisma")
    assert lines(book(UP_TO_DATE, {SYNC: 1}, project=project)) == ["npx prisma migrate deploy --schema 'db/my schema.prisma'"]


def test_a_url_that_is_in_no_variable_is_left_to_fill_in() -> None:
    found = instructions(Situation("prod", "", UP_TO_DATE, {SYNC: 1}), PROJECT, [])
    assert lines(found) == ['DATABASE_URL="<the URL of prod>" npx prisma migrate deploy']


def test_a_variable_that_only_dotenv_has_is_given_to_the_shell_first() -> None:
    project = Project(prisma_major=6, dotenv="my app/.env", in_dotenv=frozenset({"PROD_DATABASE_URL", "OTHER"}))
    export, *rest = lines(book(UP_TO_DATE, {SYNC: 1}, project=project))
    assert export.startswith('export PROD_DATABASE_URL="$(sed -n ')
    assert rest == [f"{PREFIX} deploy"]
    assert lines(book(UP_TO_DATE, {}, project=project)) == []


@pytest.mark.parametrize(
    "line",
    [
        "PROD_DATABASE_URL=postgresql://u:p%40ss@h/d?schema=public&sslmode=require",
        'PROD_DATABASE_URL="postgresql://u:p%40ss@h/d?schema=public&sslmode=require"',
        "export PROD_DATABASE_URL = 'postgresql://u:p%40ss@h/d?schema=public&sslmode=require'",
    ],
    ids=["bare", "quoted", "exported"],
)
def test_the_shell_reads_it_as_it_is_meant(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"OTHER=1\n{line}\nNOT_PROD_DATABASE_URL=2\n")
    project = Project(prisma_major=6, in_dotenv=frozenset({"PROD_DATABASE_URL"}))
    export = lines(book(UP_TO_DATE, {SYNC: 1}, project=project))[0]
    command = ["sh", "-euc", f'{export}\nprintf %s "$PROD_DATABASE_URL"']
    shown = subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, check=True)
    assert shown.stdout.decode() == "postgresql://u:p%40ss@h/d?schema=public&sslmode=require"


@pytest.mark.parametrize("name", ["$(touch x)", "`touch x`", '"; touch x; "', "'; touch x; '", "a\nb"])
def test_a_members_name_does_nothing_in_a_shell(tmp_path: Path, name: str) -> None:
    """A schema may be called anything, and somebody pastes the line."""
    found = instructions(Situation(f"tenants/{name}", "", UP_TO_DATE, {SYNC: 1}), PROJECT, [])
    line = found.commands[0].line.replace("npx prisma", "printenv DATABASE_URL; true")
    shown = subprocess.run(["sh", "-euc", line], cwd=tmp_path, capture_output=True, check=True)
    assert shown.stdout.decode().splitlines() == f"<the URL of tenants/{name}>".splitlines()
    assert list(tmp_path.iterdir()) == []
