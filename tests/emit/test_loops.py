"""The runbook of a fleet, and the URLs a shell makes for its members: tried in a real shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from namesync.api.emitting import emit
from namesync.emit.commands import Command
from namesync.emit.emission import Mode
from namesync.emit.loops import Member, database_url, looped, schema_url
from namesync.emit.runbook import Instructions
from tests.servers import Server


def in_shell(expression: str, **variables: str) -> str:
    return subprocess.run(
        ["sh", "-c", f'printf %s "{expression}"'], env=variables, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h:5432/app", "postgresql://u:p@h:5432/app?schema=tenant_a"),
        ("postgresql://u:p@h/app?sslmode=require", "postgresql://u:p@h/app?sslmode=require&schema=tenant_a"),
        ("postgresql://u:p@h/app?schema=x&sslmode=require", "postgresql://u:p@h/app?schema=tenant_a&sslmode=require"),
    ],
)
def test_the_url_of_a_schema(url: str, expected: str) -> None:
    assert in_shell(schema_url("FLEET", url, "$member"), FLEET=url, member="tenant_a") == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://u:p@h:3306/app", "mysql://u:p@h:3306/app_7"),
        ("mysql://u:p@h:3306/app?sslaccept=strict", "mysql://u:p@h:3306/app_7?sslaccept=strict"),
        ("postgresql://h/", "postgresql://h/app_7"),
    ],
)
def test_the_url_of_a_database(url: str, expected: str) -> None:
    assert in_shell(database_url("FLEET", "$member"), FLEET=url, member="app_7") == expected


def test_members_that_type_the_same_share_a_loop() -> None:
    line = 'DATABASE_URL="${FLEET}?schema=$member" npx prisma migrate deploy'
    pages = [Instructions(f"t/{name}", (Command(line, f"renames in t/{name}"),)) for name in ("a", "b c")]
    other = Instructions("prod", (Command("npx prisma migrate deploy", "renames"),))
    members = {"t/a": Member("t", "a"), "t/b c": Member("t", "b c"), "t/d": Member("t", "d")}
    plain, loop = looped([pages[0], other, pages[1]], members)
    assert plain == other
    assert loop.environment == "t: 2 of 3"
    assert loop.commands == (Command(f"for member in a b%20c; do {line} || break; done", "renames in each of them"),)


def test_a_fleet_gets_one_migration_and_a_loop(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tenants = "".join(
        f'CREATE SCHEMA t{n}; CREATE TABLE t{n}."T" (id int PRIMARY KEY, a int);'
        f'CREATE INDEX {"odd" if n > 4 else chr(34) + "T_a_idx" + chr(34)} ON t{n}."T" (a);'
        for n in range(1, 7)
    )
    url = postgresql.create(tenants)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLEET_URL", url)
    (tmp_path / "namesync.toml").write_text(
        'authority = "fleet/t1"\n[environments.fleet]\nurl = "${FLEET_URL}"\neach_schema = "t*"\n'
    )
    emitted = emit(Mode.KEEP_EXISTING, "fleet")
    assert len(emitted.folders) == 1
    assert [one.environment for one in emitted.runbook] == ["fleet: 1 of 6", "fleet: 3 of 6", "fleet: 2 of 6"]
    deploy = emitted.runbook[-1].commands[-1].line
    assert (
        deploy == 'for member in t5 t6; do DATABASE_URL="${FLEET_URL}?schema=$member" npx prisma migrate deploy || break; done'
    )
    # The one file is right for every tenant: run in each, also in those that match, also twice.
    for n in (1, 5, 6, 5):
        postgresql.execute(url, f"SET search_path = t{n}; {emitted.folders[0].sql}")
    query = "SELECT DISTINCT indexname FROM pg_indexes WHERE schemaname LIKE 't_' AND indexname NOT LIKE '%pkey'"
    assert postgresql.query(url, query) == [("T_a_idx",)]
