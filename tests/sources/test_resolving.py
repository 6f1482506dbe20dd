"""What an argument stands for, in the contract's order, and under which name."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.config import Config, Environment
from namesync.errors import ConfigError, NamesyncError, Unsupported, UsageError
from namesync.model import Provider, catalog
from namesync.sources import File, Form, Server, Source, resolve, resolve_all
from namesync.sources.snapshot import dump

SNAPSHOT = dump(catalog(Provider.POSTGRESQL, "16", ("public",)))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Prisma project with one of everything an argument can lead to."""
    for name in ("snapshots", "prisma/migrations/20260101000000_init", "models", "empty"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "prod.json").write_text(SNAPSHOT)
    (tmp_path / "snapshots/prod.json").write_text(SNAPSHOT)
    (tmp_path / "prisma/schema.prisma").touch()
    (tmp_path / "models/user.prisma").touch()
    (tmp_path / "prisma/migrations/20260101000000_init/migration.sql").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".env").write_text("STAGING_DATABASE_URL=postgresql://h/of_dotenv\n")
    return tmp_path


def config(root: Path, *environments: Environment, schema: str = "") -> Config:
    return Config(root=root, path=root / "namesync.toml", schema=schema, environments={one.name: one for one in environments})


def find(argument: str, root: Path, *environments: Environment, environ: dict[str, str] | None = None) -> Source:
    return resolve(argument, config(root, *environments), environ or {}, root)


def server(argument: str, root: Path, *environments: Environment, environ: dict[str, str] | None = None) -> Server:
    found = find(argument, root, *environments, environ=environ)
    assert isinstance(found, Server)
    return found


def database(argument: str, root: Path, *environments: Environment, environ: dict[str, str] | None = None) -> str | None:
    return server(argument, root, *environments, environ=environ).target.url.database


class TestOrder:
    def test_the_configuration_goes_before_all(self, project: Path) -> None:
        own = Environment("prod.json", url="postgresql://h/configured")
        assert database("prod.json", project, own) == "configured"
        staging = Environment("staging", url="postgresql://h/configured")
        assert database("staging", project, staging) == "configured"

    def test_the_process_goes_before_dotenv(self, project: Path) -> None:
        assert database("staging", project) == "of_dotenv"
        assert database("staging", project, environ={"STAGING_DATABASE_URL": "postgresql://h/own"}) == "own"
        assert database("staging", project, environ={"DATABASE_URL_STAGING": "postgresql://h/own"}) == "of_dotenv"
        assert database("qa", project, environ={"DATABASE_URL_QA": "postgresql://h/own"}) == "own"

    def test_a_file_goes_before_a_variable(self, project: Path) -> None:
        found = find("models", project, environ={"MODELS_DATABASE_URL": "postgresql://h/d"})
        assert isinstance(found, File)

    def test_a_folder_without_schema_does_not(self, project: Path) -> None:
        assert database("empty", project, environ={"EMPTY_DATABASE_URL": "postgresql://h/d"}) == "d"


@pytest.mark.parametrize(
    ("argument", "form", "name"),
    [
        pytest.param("prod.json", Form.SNAPSHOT, "prod", id="snapshot"),
        pytest.param("snapshots/prod.json", Form.SNAPSHOT, "prod", id="snapshot in a folder"),
        pytest.param("prisma/schema.prisma", Form.SCHEMA, "schema", id="schema.prisma"),
        pytest.param("models", Form.SCHEMA, "models", id="folder of schemas"),
        pytest.param("./models/", Form.SCHEMA, "models", id="folder, with slashes"),
        pytest.param("prisma/migrations", Form.MIGRATIONS, "migrations", id="migrations folder"),
    ],
)
def test_files(argument: str, form: Form, name: str, project: Path) -> None:
    assert find(argument, project) == File(name, project / argument, form)


def test_configured_file(project: Path) -> None:
    old = Environment("old", file="${DIR}/prod.json", schemas=("public",))
    assert find("old", project, old, environ={"DIR": "snapshots"}) == File(
        "old", project / "snapshots/prod.json", Form.SNAPSHOT, ("public",)
    )
    with pytest.raises(UsageError, match=r"environment old: .*notes\.txt is no snapshot"):
        find("old", project, Environment("old", file="notes.txt"))


def test_names_on_the_spot(project: Path) -> None:
    """`NAME=URL`, whatever the URL holds, and `NAME=FILE`; but a file of that whole name goes first."""
    found = server("live=postgresql://u:a=b@h/d?options=-c%20x=y", project)
    assert (found.name, found.target.url.password, found.target.connect_args) == ("live", "a=b", {"options": "-c x=y"})
    assert find("old=prod.json", project) == File("old", project / "prod.json", Form.SNAPSHOT)
    (project / "old=prod.json").write_text(SNAPSHOT)
    assert find("old=prod.json", project) == File("old=prod", project / "old=prod.json", Form.SNAPSHOT)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        pytest.param(["postgresql://u:p@h:5433/d?schema=s"], ["h/d"], id="short"),
        pytest.param(["postgresql://h/a", "postgresql://h/b"], ["h/a", "h/b"], id="databases"),
        pytest.param(["postgresql://h1/d", "postgresql://h2/d"], ["h1/d", "h2/d"], id="hosts"),
        pytest.param(["postgresql://h:1/d", "postgresql://h:2/d"], ["h:1/d", "h:2/d"], id="ports"),
        pytest.param(
            ["postgresql://h/d?schema=a", "postgresql://h/d?schema=b"], ["h/d?schema=a", "h/d?schema=b"], id="schemas"
        ),
        pytest.param(["postgresql://a@h/d", "postgresql://b@h/d"], ["postgresql://a@h/d", "postgresql://b@h/d"], id="users"),
        pytest.param(["postgresql:///d?host=/tmp", "postgresql://h/d"], ["d", "h/d"], id="socket"),
        pytest.param(
            ["postgresql:///d?host=/tmp/a", "postgresql:///d?host=/tmp/b"],
            ["postgresql:///tmp/a/d", "postgresql:///tmp/b/d"],
            id="sockets",
        ),
        pytest.param(["file:./a/dev.db", "file:./dev.sqlite"], ["dev.db", "dev.sqlite"], id="SQLite files"),
        pytest.param(["prod", "prod.json"], ["prod", "prod.json"], id="a configured name stays"),
        pytest.param(["prod.json", "snapshots/prod.json"], ["prod.json", "snapshots/prod.json"], id="files"),
    ],
)
def test_short_unique_names(arguments: list[str], names: list[str], project: Path) -> None:
    prod = Environment("prod", url="postgresql://h/d")
    found = resolve_all(arguments, config(project, prod), {}, project)
    assert [one.name for one in found] == names


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["prod", "prod"], id="a name"),
        pytest.param(["prod", "prod=postgresql://h/d"], id="a name on the spot"),
        pytest.param(["postgresql://u:hunter2@h/d", "postgresql://u:hunter2@h/d"], id="a URL"),
        pytest.param(["prod.json", "prod.json"], id="a file"),
        pytest.param(["prod.json", "./prod.json"], id="a file, written twice"),
    ],
)
def test_named_twice(arguments: list[str], project: Path) -> None:
    prod = Environment("prod", url="postgresql://h/d")
    with pytest.raises(UsageError, match="is named twice") as caught:
        resolve_all(arguments, config(project, prod), {}, project)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "error", "words"),
    [
        pytest.param(
            "prdo", UsageError, "unknown environment prdo\nDid you mean prod?\nLooked in namesync.toml (prod)", id="near"
        ),
        pytest.param("stagin", UsageError, "Did you mean staging?", id="near a variable"),
        pytest.param("zzz", UsageError, "ZZZ_DATABASE_URL and DATABASE_URL_ZZZ in the process and in .env", id="nothing near"),
        pytest.param("absent.json", UsageError, "absent.json: there is no such file", id="no snapshot"),
        pytest.param("db/schema.prisma", UsageError, "db/schema.prisma: there is no such file", id="no schema"),
        pytest.param("./notes.txt", UsageError, "./notes.txt: no snapshot (*.json), no Prisma schema", id="another file"),
        pytest.param("./empty", UsageError, "./empty: no snapshot (*.json)", id="a folder of nothing"),
        pytest.param("", UsageError, "unknown environment", id="empty"),
        pytest.param("u:hunter2@h/d", UsageError, "an argument with an @ in it is no URL", id="URL without its beginning"),
        pytest.param("mongodb://u:hunter2@h/d", Unsupported, "MongoDB is not supported", id="MongoDB"),
        pytest.param("x=mongodb://u:hunter2@h/d", Unsupported, "MongoDB is not supported", id="MongoDB, named"),
        pytest.param("postgresql://u:hunt#er2@h/d", ConfigError, "an unencoded #", id="bad URL"),
        pytest.param("bad", ConfigError, "environment bad: postgresql://…: an unencoded #", id="bad URL in the configuration"),
        pytest.param(
            "unset", ConfigError, "environment unset: the variable UNSET_URL in `url` is not set", id="unset variable"
        ),
    ],
)
def test_mistakes(argument: str, error: type[NamesyncError], words: str, project: Path) -> None:
    environments = [
        Environment("prod", url="postgresql://h/d"),
        Environment("bad", url="postgresql://u:hunt#er2@h/d"),
        Environment("unset", url="${UNSET_URL}"),
    ]
    asked = environments if argument in ("bad", "unset") else environments[:1]
    with pytest.raises(error) as caught:
        find(argument, project, *asked)
    assert words in str(caught.value)
    assert "hunt" not in str(caught.value)


def test_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Looked in no namesync\.toml \(no environments\)"):
        resolve("prod", Config(root=tmp_path), {}, tmp_path)


class TestScope:
    """Schemas: the command line's, the environment's, the URL's, the datasource's, the server's own."""

    @pytest.mark.parametrize(
        ("url", "own", "asked", "declared", "want"),
        [
            pytest.param("postgresql://h/d?schema=u", ("e",), ("c",), ("d",), ("c",), id="command line"),
            pytest.param("postgresql://h/d?schema=u", ("e",), (), ("d",), ("e",), id="environment"),
            pytest.param("postgresql://h/d?schema=u", (), (), ("d",), ("u",), id="URL"),
            pytest.param("postgresql://h/d", (), (), ("d", "f"), ("d", "f"), id="datasource"),
            pytest.param("postgresql://h/d", (), (), (), (), id="server's default"),
        ],
    )
    def test_schemas(
        self,
        url: str,
        own: tuple[str, ...],
        asked: tuple[str, ...],
        declared: tuple[str, ...],
        want: tuple[str, ...],
        tmp_path: Path,
    ) -> None:
        settings = config(tmp_path, Environment("prod", url=url, schemas=own))
        assert resolve("prod", settings, {}, tmp_path, schemas=asked, declared_schemas=declared).schemas == want

    @pytest.mark.parametrize(
        ("url", "own", "want"),
        [
            pytest.param("postgresql://h/d?connect_timeout=3", 5.0, 5.0, id="environment"),
            pytest.param("postgresql://h/d?connect_timeout=3", None, 3, id="URL"),
            pytest.param("postgresql://h/d?connect_timeout=0", None, 10.0, id="default"),
        ],
    )
    def test_connect_timeout(self, url: str, own: float | None, want: float, tmp_path: Path) -> None:
        assert server("prod", tmp_path, Environment("prod", url=url, connect_timeout=own)).connect_timeout == want

    def test_statement_timeout(self, tmp_path: Path) -> None:
        own = Environment("prod", url="postgresql://h/d", statement_timeout=2.5)
        assert server("prod", tmp_path, own).statement_timeout == 2.5
        assert server("postgresql://h/d", tmp_path).statement_timeout == 60.0


class TestRelativeFiles:
    """A SQLite file: an argument's in the working directory, a configured one beside the schema, else the configuration."""

    def test_argument(self, project: Path) -> None:
        found = resolve("file:dev.db", config(project), {}, project / "prisma")
        assert isinstance(found, Server)
        assert found.target.url.database == str(project / "prisma/dev.db")

    @pytest.mark.parametrize(
        ("there", "schema", "want"),
        [
            pytest.param([], "", "prisma/dev.db", id="beside the schema found, though absent"),
            pytest.param(["prisma/dev.db", "dev.db"], "", "prisma/dev.db", id="beside the schema first"),
            pytest.param(["dev.db"], "", "dev.db", id="beside the configuration"),
            pytest.param([], "models", "models/dev.db", id="in the schema folder"),
            pytest.param([], "absent/schema.prisma", "dev.db", id="no schema"),
        ],
    )
    def test_configured(self, there: list[str], schema: str, want: str, project: Path) -> None:
        for name in there:
            (project / name).touch()
        settings = config(project, Environment("dev", url="file:./dev.db"), schema=schema)
        found = resolve("dev", settings, {}, project / "empty")
        assert isinstance(found, Server)
        assert found.target.url.database == str(project / want)


def test_groups_are_represented(tmp_path: Path) -> None:
    group = Environment("tenants", url="postgresql://h/d", each_schema="tenant_*")
    found = server("tenants", tmp_path, group)
    assert found.environment is group
    assert found.environment.group


def test_nothing_printed_holds_a_password(tmp_path: Path) -> None:
    found = resolve_all(
        ["postgresql://u:hunter2@h/d", "prod"],
        config(tmp_path, Environment("prod", url="mysql://u:hunter2@h/d")),
        {},
        tmp_path,
    )
    assert "hunter2" not in repr(found)
