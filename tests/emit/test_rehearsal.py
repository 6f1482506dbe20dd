"""Plans tried for real: what is right passes, whatever is wrong is told with its environment and its step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from namesync.convention import PROFILES
from namesync.emit.emission import Mode, Request, emission
from namesync.emit.files import migration_files
from namesync.emit.rehearsal import Part, Problem, Script, cast, rehearse
from namesync.errors import Unsupported
from namesync.model import Catalog, Kind, Provider, Reference, TableRef, catalog
from namesync.sources.server import read
from namesync.sources.url import Target, parse_url
from tests import pairs
from tests.engines import sources
from tests.servers import Server

CASES = [
    pytest.param(server, pair, id=f"{server}-{pair}")
    for server in sources()
    for pair in pairs.PAIRS
    if pairs.folder(pair, Provider(server.partition("-")[0]))
]
SCHEMAS = {"schemas": ("public", "auth", "billing")}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("scratch")


def read_url(url: str, *schemas: str) -> Catalog:
    return read(parse_url(url, base=Path("/")), schemas=schemas)


def shadow(server: Server) -> Target | None:
    return None if server.provider is Provider.SQLITE else parse_url(server.url, base=Path("/"))


def scratch_databases(server: Server) -> list[str]:
    """Those that this worker makes."""
    query = "SELECT datname FROM pg_database" if server.provider is Provider.POSTGRESQL else "SHOW DATABASES"
    found = server.query(server.url, query) if server.provider is not Provider.SQLITE else []
    return [name for (name,) in found if name.startswith(f"namesync_scratch_own{os.getpid()}_")]


def play(server: Server, have: Catalog, scripts: list[Script], *after: Mapping[str, str], **rest: object) -> list[Problem]:
    """The problems of one environment; `after`: for each script old name -> new name, all of them so far."""
    states = tuple(renamed(have, names) for names in after)
    skipped = frozenset(rest.pop("skipped", ()))  # type: ignore[call-overload]
    return list(rehearse({"prod": Part(have, states, skipped, shadow(server))}, scripts, **rest))  # type: ignore[arg-type]


def renamed(have: Catalog, names: Mapping[str, str]) -> Catalog:
    return replace(have, objects=tuple(replace(obj, name=names.get(obj.name, obj.name)) for obj in have.objects))


def index_script(server: Server, old: str, new: str) -> str:
    """Renames an index of the table t on (a)."""
    match server.provider.family:
        case Provider.POSTGRESQL:
            return f'ALTER INDEX IF EXISTS "{old}" RENAME TO "{new}";'
        case Provider.SQLITE:
            return f'DROP INDEX IF EXISTS "{old}"; CREATE INDEX IF NOT EXISTS "{new}" ON t (a);'
        case _:
            return f"ALTER TABLE t RENAME INDEX `{old}` TO `{new}`;"


TABLES = """
CREATE TABLE u (id int NOT NULL, CONSTRAINT u_pkey PRIMARY KEY (id));
CREATE TABLE t (a int, b int, CONSTRAINT fk FOREIGN KEY (b) REFERENCES u (id) ON DELETE CASCADE);
CREATE INDEX old ON t (a);
CREATE INDEX other ON t (b);
"""


@pytest.mark.parametrize(("server", "pair"), CASES, indirect=["server"])
def test_the_plans_for_every_pair_of_fixtures(server: Server, pair: str) -> None:
    """Aligned, then renamed to the defaults."""
    urls = dict(zip(("prod", "dev"), pairs.create(server, pair), strict=True))
    catalogs = {name: read_url(url, *SCHEMAS.get(pair, ())) for name, url in urls.items()}
    found = emission(catalogs, Request(Mode.ADOPT_DEFAULTS, "prod", PROFILES["prisma"]), None)
    parts, scripts = cast(catalogs, migration_files(found, (), (), {}, NOW), dict.fromkeys(catalogs, shadow(server)))
    assert rehearse(parts, scripts) == ()
    assert scratch_databases(server) == []


class TestOneScript:
    """On every server: `old` becomes `new`."""

    def script(self, server: Server, up: str = "", down: str = "", *, guarded: bool = False) -> Script:
        up, down = up or index_script(server, "old", "new"), down or index_script(server, "new", "old")
        return Script("1_sync", up, {"prod": down}, guarded)

    def problems(self, server: Server, script: Script, **rest: object) -> list[Problem]:
        return play(server, read_url(server.create(TABLES)), [script], {"old": "new"}, **rest)

    def test_right(self, server: Server) -> None:
        assert self.problems(server, self.script(server)) == []
        assert scratch_databases(server) == []

    def test_another_name(self, server: Server) -> None:
        (problem,) = self.problems(server, self.script(server, index_script(server, "old", "odd")))
        assert str(problem) == "prod: 1_sync: the index of t on (a) is called 'odd' instead of 'new'"

    def test_a_script_that_fails(self, server: Server) -> None:
        (problem,) = self.problems(server, self.script(server, "ALTER TABLE absent RENAME TO present;"))
        assert (problem.environment, problem.step) == ("prod", "1_sync")
        assert "absent" in problem.what
        assert scratch_databases(server) == []

    def test_a_way_back_that_is_none(self, server: Server) -> None:
        (problem,) = self.problems(server, self.script(server, down="SELECT 1;"))
        assert problem.step == "the way back from 1_sync"
        assert problem.what == "the index of t on (a) is called 'new' instead of 'old'"

    def test_no_way_back(self, server: Server) -> None:
        (problem,) = self.problems(server, replace(self.script(server), downs={"dev": ""}))
        assert problem.step == "the way back from 1_sync"

    def test_more_than_names(self, server: Server) -> None:
        up = index_script(server, "old", "new") + " CREATE VIEW v AS SELECT 1 AS one;"
        found = self.problems(server, self.script(server, up))
        expected = [] if server.provider.family is Provider.MYSQL else ["the other names are not what they were"]
        assert [problem.what for problem in found] == expected

    def test_an_object_more_and_one_less(self, server: Server) -> None:
        of = " ON t" if server.provider.family is Provider.MYSQL else ""
        up = index_script(server, "old", "new") + f" CREATE INDEX more ON t (b, a); DROP INDEX other{of};"
        have = read_url(
            server.create(TABLES.replace("CONSTRAINT fk FOREIGN KEY (b) REFERENCES u (id) ON DELETE CASCADE", "c int"))
        )
        (problem,) = play(server, have, [self.script(server, up)], {"old": "new"})
        assert problem.what == (
            "the index of t on (b) is called nothing instead of 'other'; "
            "the index of t on (b, a) is called 'more' instead of nothing"
        )

    def test_a_guarded_one_is_run_twice(self, server: Server) -> None:
        up = index_script(server, "old", "new")
        once = server.provider.family is Provider.MYSQL  # a plain statement fails there the second time
        found = self.problems(server, self.script(server, up, guarded=True))
        assert [problem.step for problem in found] == (["1_sync, run again"] if once else [])

    def test_a_skipped_one_is_not_run(self, server: Server) -> None:
        broken = self.script(server, "THIS IS NOT SQL;", "THIS NEITHER;")
        have = read_url(server.create(TABLES.replace("INDEX old", "INDEX new")))
        assert play(server, have, [broken], {}, skipped={"1_sync"}) == []
        (problem,) = self.problems(server, broken, skipped={"1_sync"})
        assert problem.what == "the index of t on (a) is called 'old' instead of 'new'"


def test_scripts_and_ways_back_in_their_order(server: Server) -> None:
    names = ("old", "second", "third")
    steps = list(pairwise(names))
    scripts = [
        Script(f"{number}_x", index_script(server, old, new), {"prod": index_script(server, new, old)})
        for number, (old, new) in enumerate(steps)
    ]
    have = read_url(server.create(TABLES))
    assert play(server, have, scripts, {"old": "second"}, {"old": "third"}) == []
    (problem,) = play(server, have, scripts[::-1], {"old": "second"}, {"old": "third"})
    assert problem.step == "1_x"


def test_a_definition_that_changes_is_told(postgresql: Server) -> None:
    lost = "ALTER TABLE t DROP CONSTRAINT fk, ADD CONSTRAINT new FOREIGN KEY (b) REFERENCES u (id);"
    (problem,) = play(postgresql, read_url(postgresql.create(TABLES)), [Script("1", lost)], {"fk": "new"})
    assert problem.what == "the definitions are not what they were"


def test_cut_as_driver_adapters_do(postgresql: Server) -> None:
    have = read_url(postgresql.create(TABLES))
    whole = "DO $$ BEGIN ALTER INDEX old RENAME TO new; END $$;"
    back = {"prod": "ALTER INDEX new RENAME TO old; SELECT 1;\n"}
    assert play(postgresql, have, [Script("1", whole, back)], {"old": "new"}) == []
    (problem,) = play(postgresql, have, [Script("1", whole, back)], {"old": "new"}, cut=True)
    assert "unterminated dollar-quoted string" in problem.what
    assert play(postgresql, have, [Script("1", whole[12:42], back)], {"old": "new"}, cut=True) == []


def test_a_schema_that_scripts_do_not_name(postgresql: Server) -> None:
    """Prisma puts the one of the URL first in the search path."""
    script = f'CREATE SCHEMA "my shop"; SET search_path TO "my shop"; {TABLES}'
    have = read_url(postgresql.create(script), "my shop")
    here = "DO $$ BEGIN IF current_schema() = 'my shop' THEN ALTER INDEX old RENAME TO new; END IF; END $$;"
    assert play(postgresql, have, [Script("1", here, {"prod": "ALTER INDEX new RENAME TO old"})], {"old": "new"}) == []


def test_several_environments_on_the_embedded_server() -> None:
    """Each on the version nearest to its own."""
    version = "DO $$ BEGIN RAISE EXCEPTION 'on %', current_setting('server_version_num'); END $$"
    have = {"prod": catalog(Provider.POSTGRESQL, "13.1", ("public",)), "dev": catalog(Provider.POSTGRESQL, "18.0", ("public",))}
    parts = {name: Part(one, (one,)) for name, one in have.items()}
    prod, dev = rehearse(parts, [Script("1", version)])
    assert (prod.environment, prod.what[:27], dev.environment, dev.what[:27]) == (
        *("prod", "the scratch database: on 16"),
        *("dev", "the scratch database: on 18"),
    )


class TestWhatCanNotBeRehearsed:
    def test_mysql_without_a_scratch_server(self) -> None:
        one = catalog(Provider.MYSQL, "9.0", ("app",))
        with pytest.raises(Unsupported, match=r"no scratch server for mysql\nSet `shadow_url`"):
            rehearse({"prod": Part(one, ())}, [])

    def test_several_databases(self, mariadb: Server) -> None:
        one = catalog(Provider.MARIADB, "10.11", ("app", "shop"))
        with pytest.raises(Unsupported, match=r"several databases \(app, shop\) can't be rehearsed in one"):
            rehearse({"prod": Part(one, (), shadow=shadow(mariadb))}, [])

    def test_a_foreign_key_into_another_database(self, mariadb: Server) -> None:
        have = read_url(mariadb.create(TABLES))
        objects = tuple(
            replace(obj, key=obj.key._replace(references=Reference(TableRef("other", "u"), ("id",))))
            if obj.key.kind is Kind.FOREIGN_KEY
            else obj
            for obj in have.objects
        )
        with pytest.raises(Unsupported, match="the foreign key fk points into another database"):
            rehearse({"prod": Part(replace(have, objects=objects), (), shadow=shadow(mariadb))}, [])
        assert scratch_databases(mariadb) == []

    def test_what_only_a_superuser_may_make(self, postgresql: Server) -> None:
        have = read_url(postgresql.create("CREATE TABLE t (a text); CREATE INDEX i ON t (a text_pattern_ops);"))
        role = "namesync_maker"
        postgresql.execute(postgresql.url, f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN CREATEDB")
        try:
            maker = parse_url(postgresql.url.replace("postgres@", f"{role}@"), base=Path("/"))
            with pytest.raises(Unsupported, match=r"prod can't be rebuilt for a rehearsal: .*must be superuser"):
                rehearse({"prod": Part(have, (), shadow=maker)}, [])
            plain = read_url(postgresql.create(TABLES + "CREATE INDEX g ON t USING gin ((ARRAY[a]));"))
            assert rehearse({"prod": Part(plain, (), shadow=maker)}, []) == ()
        finally:
            postgresql.execute(postgresql.url, f"DROP ROLE {role}")
