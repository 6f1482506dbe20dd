"""Damaged text in the smaller files that namesync reads, and long text in all of them: an error or a value, in a time that
grows as the text does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from namesync.api.convention import prisma_major, profile_named
from namesync.baseline import read_baseline
from namesync.check import check
from namesync.config import Environment
from namesync.config.parsing import parse as parse_config
from namesync.config.variables import parse_dotenv, read_variables
from namesync.emit.goals import read_emitted
from namesync.errors import redact
from namesync.match import match
from namesync.model import Provider
from namesync.prisma.config_file import datasource_urls, migrations_entry, schema_entry
from namesync.prisma.discover import find_migrations, find_schema
from namesync.prisma.ignores import ignore_comments
from namesync.prisma.migrations import new_names, read_migrations
from namesync.prisma.project import environments, read_project
from namesync.prisma.schema import read_schema
from namesync.prisma.source import Source
from namesync.prisma.tokens import tokenize
from namesync.sources.mentions import Mentions
from namesync.sources.replay import lock_provider
from namesync.sources.scan import scan_source
from namesync.sources.secret import urls_of
from namesync.sources.snapshot import parse as parse_snapshot
from tests.hostile import text_seeds as seeds
from tests.hostile.document_mutation import as_json, twisted
from tests.hostile.mutation import damaged
from tests.hostile.tally import Tally
from tests.hostile.text_trials import AREA, Trial, limited, refusing, trial

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Reader:
    """A file by its path below a project, texts that are right for it, and what reads it."""

    file: str
    seeds: Sequence[str]
    read: Callable[[Path], object]
    json: bool = False


def _project(folder: Path) -> None:
    """All that looks for a schema, each on its own: one may refuse what another has no interest in."""
    for look in (
        find_schema,
        lambda root: find_migrations(root, root / "schema.prisma"),
        lambda root: environments(read_project(root), ["PROD_DATABASE_URL"]),
        lambda root: profile_named("auto", root),
        prisma_major,
    ):
        with refusing(str(folder)):
            look(folder)


def _history(folder: Path) -> None:
    found = read_migrations(folder / "migrations")
    assert all(len(one.checksums) in (1, 2, 3) for one in found)
    new_names(["a"], [one.name for one in found], NOW)


_FINDINGS = [
    finding
    for catalog in seeds.catalogs()[:12]
    for finding in check({"prod": catalog}, match({"prod": catalog}), authority="prod", profile=seeds.PRISMA)
]
_GOAL = {
    "kind": "foreign_key",
    "schema": "",
    "table": "Post",
    "columns": ["authorId"],
    "references": {"schema": "", "table": "User", "columns": ["id"]},
    "from": "old",
    "to": "Post_authorId_fkey",
}
_BASELINE = {
    "format_version": 1,
    "tool": {"name": "namesync", "version": "0.1.0"},
    "accepted": [
        {
            "rule": "name-drift",
            "table": "User",
            "names": {"prod": "a", "dev": None},
            "subject": "",
            "fingerprint": "0123",
            "digest": "abcd",
        }
    ],
}
_CONFIGS = (
    """\
import path from "node:path";
import { defineConfig, env } from "prisma/config";

export default defineConfig({
  schema: path.join("prisma", "schema.prisma"), // where it is
  migrations: { path: "prisma/migrations", seed: `tsx ${x}` },
  datasource: { url: env<Env>("DATABASE_URL"), directUrl: process.env.DIRECT_URL! },
});
""",
    """// a comment
module.exports = { 'schema': 'a.prisma', /* more */ datasource: { url: "file:./dev.db" } }
""",
)
_PACKAGE = {
    "name": "x",
    "prisma": {"schema": "prisma/schema.prisma", "seed": "tsx"},
    "dependencies": {"prisma": "^6.19.0"},
    "devDependencies": {"@prisma/client": "latest"},
}
_DOTENV = "\ufeff# comment\nexport A=1\nB = 'two # no'  # yes\nC=\"three\\nlines ${A} $B\"\nD: `x`\nPROD_DATABASE_URL=postgresql://u:${C:-p}@127.0.0.1:1/x\nE=\\$5\n"
_SQL = "-- AlterTable\nALTER INDEX \"a\" RENAME TO \"b\";\nINSERT INTO t VALUES ('it''s', $$x$$);\n/* more */\n"

READERS: Mapping[str, Reader] = {
    "baseline": Reader("baseline.json", [json.dumps(_BASELINE)], lambda root: read_baseline(root / "baseline.json"), json=True),
    "namesync.json of an emitted migration": Reader(
        "1_x/namesync.json",
        [json.dumps({"format_version": 1, "goals": [_GOAL, {**_GOAL, "kind": "index", "references": None}]})],
        read_emitted,
        json=True,
    ),
    "package.json": Reader("package.json", [json.dumps(_PACKAGE)], _project, json=True),
    "prisma.config.ts": Reader("prisma.config.ts", _CONFIGS, _project),
    ".env": Reader(".env", [_DOTENV], lambda root: read_variables({}, root)),
    "list of URLs": Reader(
        "urls.txt",
        ["# tenants\na=postgresql://u:p@127.0.0.1:1/a?schema=x\nb-1 = ${NOT_SET:-mysql://h/d}\n"],
        lambda root: urls_of(Environment("tenants", each_url="urls.txt"), {}, root),
    ),
    "migration.sql": Reader("migrations/20260101000000_x/migration.sql", [_SQL], _history),
    "migration_lock.toml": Reader(
        "migration_lock.toml",
        ['# Please do not edit\nprovider = "postgresql"\n'],
        lambda root: lock_provider(root, Provider.MYSQL),
    ),
    "source code": Reader("app/main.ts", [_SQL, *_CONFIGS], lambda root: scan_source(root, seeds.NAMES)),
}


def read(what: str, one: Trial, root: Path) -> None:
    """One trial: the file damaged, then read."""
    reader = READERS[what]
    file = root / reader.file
    file.parent.mkdir(parents=True, exist_ok=True)
    if reader.json and one.random.random() < 0.5:
        one.text = as_json(twisted(one.random, json.loads(one.random.choice(reader.seeds)))).encode()
    else:
        one.text = damaged(one.random, reader.seeds)
    file.write_bytes(one.text)
    with refusing(str(root), ".env", "environment tenants"):
        reader.read(root)


@pytest.mark.parametrize("what", READERS)
def test_smaller_files(what: str, tally: Tally, tmp_path: Path) -> None:
    for number in range(tally.size(60, 4_000)):
        with trial(tally, "smaller file read: .env, package.json, baseline, SQL, ...", number, what) as one:
            read(what, one, tmp_path)


# ---- long texts ----

_MODEL = 'datasource db {{\n  provider = "postgresql"\n}}\nmodel A {{\n  id String @id\n  {0}\n}}\n'


def _schema(text: str) -> None:
    source = Source("s.prisma", _MODEL.format(text))
    assert "".join(token.text for token in tokenize(source.text)) == source.text
    list(ignore_comments(source, {}))
    read_schema([source])


def _config(text: str) -> None:
    parse_config(text, Path("/x/namesync.toml"))


def _prisma_config(text: str) -> None:
    datasource_urls(text)
    migrations_entry(text, "prisma.config.ts")
    schema_entry(text, "prisma.config.ts")


LONG: Mapping[str, tuple[Callable[[int], str], Callable[[str], Any]]] = {
    "schema: open comments": (lambda size: "/* " * size, _schema),
    "schema: open strings": (lambda size: '"\\' * size, _schema),
    "schema: brackets": (lambda size: "[" * size, _schema),
    "schema: a long word": (lambda size: "a" * size, _schema),
    "schema: dots": (lambda size: "a." * size, _schema),
    "schema: digits": (lambda size: f"x Int @default({'1' * size}", _schema),
    "schema: a long length": (lambda size: f"@@index([id(length: {'1' * size})])", _schema),
    "schema: attributes": (lambda size: "x Int " + '@map("a") ' * size, _schema),
    "schema: comments to ignore": (lambda size: "/// namesync-ignore: x\n" * size, _schema),
    "schema: models of one name": (lambda size: "}\nmodel B {\n" * size, _schema),
    "schema: spaces": (lambda size: " \u3000\t" * size, _schema),
    "schema: carriage returns": (lambda size: "\r" * size, _schema),
    "snapshot: brackets": (lambda size: "[" * size, lambda text: parse_snapshot(text, "x")),
    "snapshot: digits": (lambda size: '{"format_version": ' + "1" * size + "}", lambda text: parse_snapshot(text, "x")),
    "snapshot: escapes": (lambda size: '{"format_version": "' + "\\ud800" * size, lambda text: parse_snapshot(text, "x")),
    "config: an array of lines": (lambda size: "job = [\n" + "1,\n" * size + "]", _config),
    "config: a text of lines": (lambda size: 'job = """' + "x\n" * size + '"""', _config),
    "config: brackets": (lambda size: "job = " + "[" * size, _config),
    "config: digits": (lambda size: "job = " + "1" * size, _config),
    "config: tables": (lambda size: "[[ignore]]\n" * size, _config),
    "config: keys": (lambda size: "".join(f"a{number} = 1\n" for number in range(size)), _config),
    "prisma.config: open strings": (lambda size: '"\\' * size, _prisma_config),
    "prisma.config: open templates": (lambda size: "`\\" * size, _prisma_config),
    "prisma.config: open comments": (lambda size: "/* " * size, _prisma_config),
    "prisma.config: braces": (lambda size: "export default " + "{" * size, _prisma_config),
    "prisma.config: entries": (lambda size: f"export default {{{'a: 1,' * size}}}", _prisma_config),
    ".env: spaces and a carriage return": (lambda size: f"A={' ' * size}\rx", lambda text: parse_dotenv(text, {})),
    ".env: open quotes": (lambda size: "A='x\nB=\"y\nC=`z\n" * size, lambda text: parse_dotenv(text, {})),
    ".env: variables in variables": (
        lambda size: "A0=x\n" + "".join(f"A{number}=${{A{number - 1}}}$A{number - 1}\n" for number in range(1, size)),
        lambda text: parse_dotenv(text, {}),
    ),
    "names: each the beginning of the next": (
        lambda size: "a" * (size // 10),
        lambda text: list(Mentions([text[:length] for length in range(1, min(len(text), 400))]).find(text)),
    ),
    "messages: a long word": (lambda size: "a" * size, redact),
    "messages: words that hide": (lambda size: "password=" * size, redact),
}


@pytest.mark.parametrize("what", LONG)
def test_long_texts(what: str, tally: Tally) -> None:
    """Four times the text takes four times as long, or little enough; quadratic would be sixteen times."""
    made, used = LONG[what]

    def seconds(size: int) -> float:
        text = made(size)
        start = time.process_time()
        with limited(), refusing(""):
            used(text)
        return time.process_time() - start

    size = tally.size(2_000, 20_000)
    with tally.trial(AREA, "long text, and four times as long"):
        small, large = seconds(size), seconds(4 * size)
        assert large < 8 * small + 0.5, f"{small:.2f} s, then {large:.2f} s"
