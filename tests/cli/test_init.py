"""`namesync init`: what it finds, and what it never does."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from namesync.config import load_config
from namesync.prisma.project import Project, environments, read_project
from tests.cli.conftest import Run

SCHEMA = """\
generator client {
  provider = "prisma-client-js"
}

datasource db {
  provider  = "postgresql"
  // url    = env("OLD_URL")
  url       = env("DATABASE_URL")
  directUrl = env("DIRECT_URL")
}
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own databases are not part of these projects."""
    monkeypatch.setattr("os.environ", {})


def files(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def written(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "namesync.toml").read_text())


def test_schema_and_variables(namesync: Run, tmp_path: Path) -> None:
    files(
        tmp_path,
        prisma__schema_dot_prisma=SCHEMA,
        _dot_env="DATABASE_URL=postgresql://u:hunter2@h/a\nSTAGING_DATABASE_URL=x\nDATABASE_URL_QA=x\nSHADOW_DATABASE_URL=x\n",
    )
    ended = namesync("init")
    assert (ended.code, ended.out) == (0, "")
    assert written(tmp_path) == {
        "authority": "prod",
        "schema": "prisma/schema.prisma",
        "environments": {
            "prod": {"url": "${PROD_DATABASE_URL}"},
            "qa": {"url": "${DATABASE_URL_QA}"},
            "staging": {"url": "${STAGING_DATABASE_URL}"},
            "dev": {"url": "${DATABASE_URL}"},
        },
    }
    assert "schema: prisma/schema.prisma (postgresql)" in ended.err
    assert "prod: PROD_DATABASE_URL, which is not set" in ended.err
    assert "next: namesync diff prod qa staging dev" in ended.err


def test_no_secret_is_written_or_shown(namesync: Run, tmp_path: Path) -> None:
    url = "postgresql://u:hunter2@h/a"
    files(tmp_path, prisma__schema_dot_prisma=SCHEMA.replace('env("DATABASE_URL")', f'"{url}"'), _dot_env=f"DATABASE_URL={url}")
    ended = namesync("init", "-v")
    assert "hunter2" not in (tmp_path / "namesync.toml").read_text() + ended.out + ended.err


def test_what_it_writes_is_a_configuration(namesync: Run, tmp_path: Path) -> None:
    namesync("init")
    config = load_config(tmp_path)
    assert list(config.environments) == ["prod", "dev"]
    assert namesync("diff", "prod", "dev").err.startswith("error: environment prod: the variable PROD_DATABASE_URL")


def test_it_never_overwrites(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text("# mine\n")
    ended = namesync("init")
    assert ended.code == 2
    assert "exists already" in ended.err
    assert (tmp_path / "namesync.toml").read_text() == "# mine\n"


def test_it_can_print_instead(namesync: Run, tmp_path: Path) -> None:
    ended = namesync("init", "-o", "-", "-q")
    assert tomllib.loads(ended.out)["authority"] == "prod"
    assert ended.err == ""
    assert not (tmp_path / "namesync.toml").exists()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({}, Project()),
        ({"schema_dot_prisma": SCHEMA}, Project("schema.prisma", "postgresql", ("DIRECT_URL", "DATABASE_URL"))),
        (
            {"prisma__schema__user_dot_prisma": "model User {\n  id Int @id\n}\n", "prisma__schema__db_dot_prisma": SCHEMA},
            Project("prisma/schema", "postgresql", ("DIRECT_URL", "DATABASE_URL")),
        ),
        (
            {"package_dot_json": '{"prisma": {"schema": "./db/main.prisma"}}', "db__main_dot_prisma": SCHEMA},
            Project("db/main.prisma", "postgresql", ("DIRECT_URL", "DATABASE_URL")),
        ),
        (
            {"package_dot_json": "[]", "prisma__schema_dot_prisma": SCHEMA},
            Project("prisma/schema.prisma", "postgresql", ("DIRECT_URL", "DATABASE_URL")),
        ),
        (
            {
                "prisma_dot_config_dot_ts": 'export default defineConfig({ schema: "db/s.prisma",\n'
                '  datasource: { url: env("MAIN_URL") } })',
                "db__s_dot_prisma": 'datasource db {\n  provider = "mysql"\n}\n',
            },
            Project("db/s.prisma", "mysql", ("MAIN_URL",)),
        ),
        (
            {"prisma_dot_config_dot_mjs": "export default { datasource: { url: process.env.MAIN_URL } }"},
            Project(variables=("MAIN_URL",)),
        ),
        (
            {
                "prisma_dot_config_dot_ts": 'export default defineConfig({ datasource: { url: process.env["MAIN_URL"]! } })',
                "prisma__schema_dot_prisma": SCHEMA,
            },
            Project("prisma/schema.prisma", "postgresql", ("MAIN_URL",)),
        ),
        (
            {
                "_dot_config__prisma_dot_ts": 'export default { schema: "../db", datasource: { url: env<Env>("MAIN_URL") } }',
                "db__main_dot_prisma": 'datasource db {\n  provider = "sqlite"\n}\n',
            },
            Project("db", "sqlite", ("MAIN_URL",)),
        ),
        (
            {"prisma_dot_config_dot_ts": 'export default { datasource: { url: "file:./dev.db" } }'},
            Project(file_url="file:./dev.db"),
        ),
        (
            {"schema_dot_prisma": 'datasource db {\n  provider = "sqlite"\n  url = "file:./dev.db"\n}\n'},
            Project("schema.prisma", "sqlite", (), "file:./dev.db"),
        ),
        (
            {"schema_dot_prisma": 'datasource db {\n  provider = "mysql"\n  url = "mysql://u:hunter2@h/a"\n}\n'},
            Project("schema.prisma", "mysql"),
        ),
    ],
    ids=[
        *("nothing", "root", "folder", "package.json", "odd-package.json", "config.ts", "config.mjs", "config-overrides"),
        *(".config", "config-sqlite", "sqlite", "literal"),
    ],
)
def test_what_a_project_says(texts: dict[str, str], expected: Project, tmp_path: Path) -> None:
    files(tmp_path, **texts)
    assert read_project(tmp_path) == expected


PRISMA_6 = {
    "package_dot_json": '{"devDependencies": {"prisma": "^6.19.0"}, "prisma": {"seed": "tsx prisma/seed.ts"}}',
    "prisma__schema_dot_prisma": SCHEMA,
    "prisma__migrations__migration_lock_dot_toml": 'provider = "postgresql"\n',
    "_dot_env": 'DATABASE_URL="postgresql://u:hunter2@localhost:5432/app?schema=public"\n',
}
PRISMA_7 = {
    "package_dot_json": '{"devDependencies": {"prisma": "^7.1.0"}}',
    "prisma_dot_config_dot_ts": """\
// This file was generated by Prisma.
import "dotenv/config";
import { defineConfig, env } from "prisma/config";

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: {
    path: "prisma/migrations",
  },
  datasource: {
    url: env("APP_URL"),
    shadowDatabaseUrl: env("SHADOW_DATABASE_URL"),
  },
});
""",
    "prisma__schema_dot_prisma": """\
generator client {
  provider = "prisma-client"
  output   = "../generated/prisma"
}

datasource db {
  provider = "postgresql"
}
""",
    "_dot_env": "APP_URL=postgresql://u:hunter2@localhost/app\nPROD_DATABASE_URL=x\nSHADOW_DATABASE_URL=x\n",
}


@pytest.mark.parametrize(("project", "own"), [(PRISMA_6, "DATABASE_URL"), (PRISMA_7, "APP_URL")], ids=["6", "7"])
def test_a_project_as_prisma_makes_it(project: dict[str, str], own: str, namesync: Run, tmp_path: Path) -> None:
    files(tmp_path, **project)
    ended = namesync("init")
    assert ended.code == 0
    assert written(tmp_path)["schema"] == "prisma/schema.prisma"
    assert written(tmp_path)["environments"] == {"prod": {"url": "${PROD_DATABASE_URL}"}, "dev": {"url": f"${{{own}}}"}}


def test_a_schema_that_can_not_be_found_is_told(namesync: Run, tmp_path: Path) -> None:
    files(tmp_path, prisma_dot_config_dot_ts="export default config", prisma__schema_dot_prisma=SCHEMA)
    ended = namesync("init")
    assert ended.code == 0
    assert "warning: " in ended.err
    assert "can't be read without running it: write `schema = " in ended.err
    assert "schema" not in written(tmp_path)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ('datasource db {\n  provider = "sqlserver"\n}\n', "schema.prisma:2:14: sqlserver is not supported"),
        ("datasource {", "schema.prisma:1:"),
    ],
    ids=["unsupported", "broken"],
)
def test_a_schema_that_can_not_be_read_is_an_error(schema: str, words: str, namesync: Run, tmp_path: Path) -> None:
    files(tmp_path, schema_dot_prisma=schema)
    ended = namesync("init")
    assert ended.code == 2
    assert words in ended.err
    assert not (tmp_path / "namesync.toml").exists()


@pytest.mark.parametrize(
    ("project", "variables", "expected"),
    [
        (Project(), set(), {"prod": "PROD_DATABASE_URL", "dev": "DATABASE_URL"}),
        (Project(), {"PRODUCTION_DATABASE_URL"}, {"prod": "PRODUCTION_DATABASE_URL", "dev": "DATABASE_URL"}),
        (Project(), {"DATABASE_URL_PROD"}, {"prod": "DATABASE_URL_PROD", "dev": "DATABASE_URL"}),
        (
            Project(),
            {"DEV_DATABASE_URL", "DATABASE_URL"},
            {"prod": "PROD_DATABASE_URL", "dev": "DEV_DATABASE_URL", "local": "DATABASE_URL"},
        ),
        (Project(variables=("DIRECT_URL", "URL")), {"URL"}, {"prod": "PROD_DATABASE_URL", "dev": "URL"}),
        (Project(variables=("DIRECT_URL", "URL")), {"DIRECT_URL"}, {"prod": "PROD_DATABASE_URL", "dev": "DIRECT_URL"}),
        (Project(file_url="file:./dev.db"), set(), {"prod": "PROD_DATABASE_URL", "dev": "file:./dev.db"}),
        (Project(), {"MY_DATABASE_URLS", "database_url_x"}, {"prod": "PROD_DATABASE_URL", "dev": "DATABASE_URL"}),
    ],
    ids=lambda value: "+".join(sorted(value)) or "none" if isinstance(value, set) else str(value),  # the same in every worker
)
def test_which_variable_is_which_environment(project: Project, variables: set[str], expected: dict[str, str]) -> None:
    assert environments(project, variables) == expected
