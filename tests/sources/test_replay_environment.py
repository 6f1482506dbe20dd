"""`namesync diff prod prisma/migrations`: a history beside other environments, and the scratch server it is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from namesync.config import Config, Environment
from namesync.errors import ConfigError, MigrationError
from namesync.model import Catalog, Provider, catalog
from namesync.sources import File, Form, load, load_all, resolve, resolve_all
from namesync.sources.resolving import shadow_target
from namesync.sources.snapshot import dump
from tests.cli.conftest import Run, namesync
from tests.servers import Server
from tests.sources.test_replay import TABLE, folder, migrations, names

__all__ = ["folder", "namesync"]


class TestAsEnvironment:
    """`namesync diff prod prisma/migrations`."""

    def config(self, root: Path, *environments: Environment, shadow_url: str = "") -> Config:
        return Config(root=root, shadow_url=shadow_url, environments={one.name: one for one in environments})

    def test_beside_a_live_one(self, server: Server, folder: Path, tmp_path: Path) -> None:
        migrations(folder, server.provider.family, one=TABLE)
        prod = server.create(TABLE.replace("INDEX i", "INDEX drifted"))
        common = "" if server.provider is Provider.SQLITE else server.url
        config = self.config(tmp_path, shadow_url=common)
        outcomes = load_all(resolve_all(["prisma/migrations", f"prod={prod}"], config, {}, tmp_path))
        assert {name: names(outcome) for name, outcome in outcomes.items()} == {"migrations": ["i"], "prod": ["drifted"]}
        assert list(outcomes) == ["migrations", "prod"]

    def test_on_a_server_like_that_of_the_others(self, folder: Path, tmp_path: Path) -> None:
        migrations(folder, "postgresql", one=TABLE)
        (tmp_path / "prod.json").write_text(dump(catalog(Provider.POSTGRESQL, "14.1", ("public",))))
        outcomes = load_all(resolve_all(["prod.json", "prisma/migrations"], self.config(tmp_path), {}, tmp_path))
        replayed = outcomes["migrations"]
        assert isinstance(replayed, Catalog)
        assert replayed.server_version.startswith("16.")

    def test_an_unreadable_history_hides_nothing(self, sqlite: Server, folder: Path, tmp_path: Path) -> None:
        migrations(folder, "sqlite", one="THIS IS NOT SQL;")
        outcomes = load_all(
            resolve_all([f"prod={sqlite.create(TABLE)}", "prisma/migrations"], self.config(tmp_path), {}, tmp_path)
        )
        assert names(outcomes["prod"]) == ["i"]
        assert isinstance(outcomes["migrations"], MigrationError)

    def test_its_own_scratch_server_goes_before_the_common_one(self, tmp_path: Path, folder: Path) -> None:
        migrations(folder, "postgresql", one=TABLE)
        own = Environment("history", file="prisma/migrations", schemas=("a", "b"), shadow_url="postgresql://${OWN}/own")
        config = self.config(tmp_path, own, shadow_url="postgresql://h/${NAME:-common}")
        variables = {"OWN": "u:hunter2@h"}
        configured = resolve("history", config, variables, tmp_path)
        assert isinstance(configured, File)
        assert (configured.form, configured.schemas) == (Form.MIGRATIONS, ("a", "b"))
        assert configured.shadow is not None
        assert (configured.shadow.url.database, configured.shadow.url.password) == ("own", "hunter2")
        assert "hunter2" not in repr(configured)
        found = resolve("prisma/migrations", config, variables, tmp_path, declared_schemas=("c",))
        assert isinstance(found, File)
        assert found.shadow is not None
        assert (found.shadow.url.database, found.schemas) == ("common", ("c",))

    def test_two_folders_of_one_name(self, tmp_path: Path) -> None:
        for parent in ("one", "two"):
            (tmp_path / parent / "migrations").mkdir(parents=True)
            migrations(tmp_path / parent / "migrations", "sqlite", one=TABLE)
        sources = resolve_all(["one/migrations", "two/migrations"], self.config(tmp_path), {}, tmp_path)
        assert [source.name for source in sources] == ["one/migrations", "two/migrations"]
        assert [names(load(source)) for source in sources] == [["i"], ["i"]]

    def test_the_scratch_server_of_any_environment(self, tmp_path: Path) -> None:
        own = Environment("prod", shadow_url="mysql://h/own")
        group = Environment("tenants", each_schema="*", shadow_url="mysql://h/tenants")
        config = self.config(tmp_path, own, group, shadow_url="mysql://h/common")
        found = {name: shadow_target(name, config, {}, tmp_path) for name in ("prod", "tenants/a", "else")}
        assert {name: one and one.url.database for name, one in found.items()} == {
            "prod": "own",
            "tenants/a": "tenants",
            "else": "common",
        }
        assert shadow_target("prod", self.config(tmp_path), {}, tmp_path) is None

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            pytest.param(
                "postgresql://u:hun#ter2@h/d", "environment prod: shadow_url: postgresql://…: an unencoded #", id="url"
            ),
            pytest.param("${ABSENT}", "environment prod: the variable ABSENT in `shadow_url` is not set", id="variable"),
        ],
    )
    def test_mistakes(self, url: str, words: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            shadow_target("prod", self.config(tmp_path, shadow_url=url), {}, tmp_path)
        assert str(caught.value).startswith(words)
        assert "ter2" not in str(caught.value)


@pytest.mark.parametrize("server", ["postgresql-16", "sqlite"], indirect=True)
def test_the_program(server: Server, folder: Path, tmp_path: Path, namesync: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    migrations(folder, server.provider, one=TABLE)
    monkeypatch.setenv("PROD_DATABASE_URL", server.create(TABLE.replace("INDEX i", "INDEX drifted")))
    ended = namesync("--format", "json", "diff", "prod", "prisma/migrations")
    assert (ended.code, ended.err) == (1, "")
    report = json.loads(ended.out)
    assert [(one["rule"], one["names"]) for one in report["findings"]][:1] == [
        ("name-drift", {"prod": "drifted", "migrations": "i"})
    ]
