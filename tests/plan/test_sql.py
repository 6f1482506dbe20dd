"""The text of the files: what it looks like, and that no name breaks it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from namesync.dialects import dialect
from namesync.errors import PlanError
from namesync.model import Catalog, Object, Provider, Reference, TableRef
from namesync.plan import Change, Guard, Options, Style, Wanted, aligned, merge, unqualified
from namesync.render.sql import script
from namesync.render.sql.mysql_guards import text
from tests.core.worlds import fk, index, pk, unique, world
from tests.plan.blueprints import ODD
from tests.plan.test_renames import MYSQL, SQLITE, made

NASTY = 'a"b`c\'d\\e$$f%s;\n-- DROP TABLE "User"; /* */ $namesync0$'


def file(*catalogs: Catalog, checked: bool = True, style: Style = Style.AUTO, known: bool = True) -> str:
    """What gives the others the names of the first."""
    found = unqualified({f"e{number}": catalog for number, catalog in enumerate(catalogs)})
    merged = merge(found, aligned(found, "e0"), Options(style, history_known=known, checked=checked))
    return script(merged.changes, merged.dialect, checked=checked)


def renamed(catalog: Catalog, *, style: Style = Style.PLAIN, checked: bool = True, **wanted: str) -> str:
    """A file that renames the objects of one environment."""
    found = unqualified({"only": catalog})
    asked = {obj: wanted[obj.name] for obj in found["only"].objects if obj.name in wanted and not obj.implicit}
    merged = merge(found, Wanted({"only": asked}, {"only": []}), Options(style, history_known=True, checked=checked))
    return script(merged.changes, merged.dialect, checked=checked)


def guide(pk_name: str, unique_name: str, index_name: str, fk_name: str, **version: object) -> Catalog:
    """Two tables as in the guide to named constraints."""
    objects = [
        pk("User", "id", pk_name),
        unique("User", "email", unique_name),
        index("Post", "title views", index_name),
        fk("Post", "authorId", "User(id)", fk_name, on_delete="CASCADE"),
    ]
    if version:
        objects = [
            pk("User", "id", "PRIMARY"),
            *objects[1:3],
            made(objects[3]),
            index("Post", "authorId", fk_name, implicit=True),
        ]
    return world(*objects, **version)  # type: ignore[arg-type]


OLD = ("pk_User", "User.email_unique", "User.views_index", "Custom_Foreign_Key_Constraint")
NEW = ("User_pkey", "User_email_key", "Post_title_views_idx", "Post_authorId_fkey")


def postgresql(style: Style, *, known: bool = True) -> str:
    return file(guide(*NEW), guide(*OLD), style=style, known=known)


def sqlite_index(sql: str, name: str) -> Object:
    return replace(index("User", "a", name), sql=sql)


GOLDEN: dict[str, Callable[[], str]] = {
    "postgresql-plain.sql": lambda: renamed(guide(*OLD), **dict(zip(OLD, NEW, strict=True))),
    "postgresql-guarded-history-known.sql": lambda: postgresql(Style.AUTO),
    "postgresql-guarded.sql": lambda: postgresql(Style.AUTO, known=False),
    "postgresql-swap.sql": lambda: renamed(world(index("T", "a", "x"), index("T", "b", "y")), x="y", y="x"),
    "mysql-plain.sql": lambda: renamed(guide(*OLD, **MYSQL), **dict(zip(OLD[1:], NEW[1:], strict=True))),
    "mysql-guarded.sql": lambda: file(guide(*NEW, **MYSQL), guide(*OLD, **MYSQL)),
    "mysql-unchecked.sql": lambda: renamed(
        guide(*OLD, **MYSQL), checked=False, style=Style.AUTO, Custom_Foreign_Key_Constraint="Post_authorId_fkey"
    ),
    "mariadb-before-rename-index.sql": lambda: renamed(
        guide(*OLD, provider=Provider.MARIADB, version="10.5.1"), **dict(zip(OLD[1:], NEW[1:], strict=True))
    ),
    "sqlite-guarded.sql": lambda: renamed(
        world(
            sqlite_index("CREATE INDEX x ON User(a)", "x"),
            sqlite_index('CREATE UNIQUE INDEX "y" ON "User" (b COLLATE NOCASE) -- by hand', "y"),
            sqlite_index("CREATE INDEX [odd name] ON User(c)", "odd"),
            **SQLITE,  # type: ignore[arg-type]
        ),
        style=Style.GUARDED,
        x="y",
        y="x",
        odd="User_c_idx",
    ),
}


@pytest.mark.parametrize("name", list(GOLDEN))
def test_the_files_read_like_prismas_own(name: str, golden: Callable[[str, str], None]) -> None:
    golden(name, GOLDEN[name]())


def test_a_lock_is_waited_for_briefly_and_the_session_left_as_it_was() -> None:
    """Prisma runs the next migration on the same connection."""
    assert re.search(r"^SET lock_timeout = '3s';$", postgresql(Style.AUTO), re.MULTILINE)
    assert postgresql(Style.AUTO).endswith("RESET lock_timeout;\n")
    mysql = GOLDEN["mysql-guarded.sql"]()
    assert "\nSET SESSION lock_wait_timeout = 3;\n" in mysql
    assert mysql.endswith("SET SESSION lock_wait_timeout = DEFAULT;\n")


def test_several_schemas_are_named() -> None:
    """On the source side only, as Prisma does."""
    objects = (index("T", "a", "x", schema="one"), fk("T", "b", "U(id)", "f", schema="two"))
    catalog = world(*objects, schemas=("one", "two"))
    plain = renamed(catalog, x="y", f="g")
    assert 'ALTER INDEX "one"."x" RENAME TO "y";' in plain
    assert 'ALTER TABLE "two"."T" RENAME CONSTRAINT "f" TO "g";' in plain
    asked = dict.fromkeys(catalog.objects, "new")
    merged = merge({"only": catalog}, Wanted({"only": asked}, {"only": []}), Options(Style.GUARDED))
    guarded = script(merged.changes, merged.dialect)
    assert "s.nspname = 'one'" in guarded
    assert "current_schema()" not in guarded


def test_another_database_is_named_in_a_foreign_key() -> None:
    """MySQL lets one point there; the reader names it in the foreign key's SQL."""
    key = made(fk("T", "a", "U(id)", "f"))
    away = replace(key, key=key.key._replace(references=Reference(TableRef("other", "U"), ("id",))))
    away = replace(away, sql=away.sql.replace("`U`", "`other`.`U`"))
    guarded = renamed(world(away, **MYSQL), style=Style.AUTO, f="g")  # type: ignore[arg-type]
    assert "REFERENCES `other`.`U`" in guarded
    assert "referenced_table_schema = 'other'" in guarded
    assert "LEFT JOIN `other`.`U` AS p" in renamed(world(away, **MYSQL), checked=False, f="g")  # type: ignore[arg-type]


@pytest.mark.parametrize("provider", list(Provider))
@pytest.mark.parametrize("style", [Style.PLAIN, Style.GUARDED])
def test_no_name_gets_into_a_comment(provider: Provider, style: Style) -> None:
    """One with a line break would end it."""
    made_again = "CREATE INDEX x ON t(a)" if provider is Provider.SQLITE else ""
    found = world(replace(index("MARK", "MARK", "MARK"), sql=made_again), provider=provider, version="")
    comments = [line for line in renamed(found, style=style, MARK="MARKED").splitlines() if line.startswith("--")]
    assert comments
    assert not any("MARK" in line for line in comments)
    assert not any(";" in line for line in comments)  # Prisma's driver adapters split a file there


@pytest.mark.parametrize("name", [*ODD, NASTY, "$$ $namesync0$ $namesync1$"])
def test_a_block_ends_where_it_should(name: str) -> None:
    """The tag of a dollar-quoted block stands nowhere in it."""
    block = renamed(world(index("T", "a", name)), style=Style.GUARDED, **{name: "new"})
    if "DO " in block:
        tag = block.split("DO ", 1)[1].partition("\n")[0]
        assert block.count(tag) == 2


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        pytest.param("it's", "'it''s'", id="a-quote-doubled"),
        pytest.param("a\\b", "CONCAT('a', CHAR(92 USING utf8mb4), 'b')", id="no-backslash-in-a-literal"),
        pytest.param("\\\\", "CHAR(92, 92 USING utf8mb4)", id="only-backslashes"),
        pytest.param("", "''", id="empty"),
    ],
)
def test_a_literal_means_the_same_in_every_sql_mode(value: str, expression: str) -> None:
    assert text(value) == expression


def test_names_beyond_ascii_set_the_character_set() -> None:
    """A client may speak latin1 by default."""
    assert "SET NAMES utf8mb4;" in renamed(world(index("T", "a", "é"), **MYSQL), é="x")  # type: ignore[arg-type]
    assert "SET NAMES" not in renamed(world(index("T", "a", "e"), **MYSQL), e="x")  # type: ignore[arg-type]


def test_an_index_that_can_not_be_made_again_is_an_error() -> None:
    broken = world(sqlite_index("something else", "x"), **SQLITE)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="can't be made again"):
        renamed(broken, x="y")


def test_nothing_to_do_is_no_file() -> None:
    assert script((), dialect(Provider.POSTGRESQL)) == ""


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith("postgresql")])
def test_squawk_finds_nothing(name: str, tmp_path: Path) -> None:
    """Beside what the file's own comment tells it to ignore, with the reason."""
    squawk = Path(sys.executable).with_name("squawk")
    if not squawk.exists():
        pytest.skip("squawk-cli is not installed")
    migration = tmp_path / "migration.sql"
    migration.write_text(GOLDEN[name](), encoding="utf-8")
    found = subprocess.run([squawk, migration], capture_output=True, text=True, check=False)
    assert (found.returncode, "Found 0 issues" in found.stdout) == (0, True), found.stdout


def test_guards_can_be_mixed_in_one_file() -> None:
    """Plain where all are equal, guarded where they are not; the file says what a guard does."""
    common = index("T", "b", "old")
    asked = {index("T", "a", "x"): "y", common: "new"}
    catalogs = {"dev": world(*asked), "prod": world(index("T", "a", "y"), common)}
    wanted = Wanted({"dev": asked, "prod": {common: "new"}}, {"dev": [], "prod": []})
    merged = merge(catalogs, wanted, Options(history_known=True))
    assert [change.guard for change in merged.changes] == [Guard.EXISTS, Guard.PLAIN]
    sql = script(merged.changes, merged.dialect)
    assert "-- A guarded statement does nothing" in sql
    assert "-- A guarded" not in script(tuple(Change(one.steps, Guard.PLAIN) for one in merged.changes), merged.dialect)
