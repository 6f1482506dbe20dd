"""The schema is found where Prisma finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from namesync.errors import ConfigError
from namesync.prisma.config_file import schema_entry
from namesync.prisma.discover import find_schema

EMPTY = ""
CONFIG = 'export default defineConfig({{ schema: "{0}" }})'


def laid_out(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(["prisma/schema.prisma"], "prisma/schema.prisma", id="the usual place"),
        pytest.param(["schema.prisma", "prisma/schema.prisma"], "schema.prisma", id="the project's own folder first"),
        pytest.param(["prisma/schema/user.prisma", "prisma/schema/deep/post.prisma"], "prisma/schema", id="a folder"),
        pytest.param(["prisma/schema/notes.md"], None, id="a folder without schemas"),
        pytest.param(["src/schema.prisma"], None, id="nothing"),
    ],
)
def test_default_places(tmp_path: Path, files: list[str], expected: str | None) -> None:
    laid_out(tmp_path, dict.fromkeys(files, EMPTY))
    assert find_schema(tmp_path) == (expected and tmp_path / expected)


PACKAGE = json.dumps({"prisma": {"schema": "db/package.prisma"}})
OTHERS = {"db/package.prisma": EMPTY, "db/config.prisma": EMPTY, ".config/x.prisma": EMPTY, "schema.prisma": EMPTY}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"package.json": PACKAGE}, "db/package.prisma", id="package.json"),
        pytest.param({"package.json": "{}"}, "schema.prisma", id="package.json without it"),
        pytest.param(
            {"package.json": PACKAGE, "prisma.config.ts": CONFIG.format("./db/config.prisma")},
            "db/config.prisma",
            id="config overrides",
        ),
        pytest.param(
            {"package.json": PACKAGE, "prisma.config.ts": "export default {}"}, "db/package.prisma", id="config without it"
        ),
        pytest.param({"prisma.config.mjs": CONFIG.format("db")}, "db", id="a folder"),
        pytest.param(
            {".config/prisma.ts": CONFIG.format("x.prisma")}, ".config/x.prisma", id="relative to the config's folder"
        ),
        pytest.param({".config/prisma.config.cjs": CONFIG.format("../db")}, ".config/../db", id="in .config, by its long name"),
    ],
)
def test_configured_places(tmp_path: Path, files: Mapping[str, str], expected: str) -> None:
    laid_out(tmp_path, {**OTHERS, **files})
    assert find_schema(tmp_path) == tmp_path / expected


def test_a_package_json_above(tmp_path: Path) -> None:
    laid_out(tmp_path, {"package.json": PACKAGE, "db/package.prisma": EMPTY, "apps/web/x": EMPTY})
    assert find_schema(tmp_path / "apps" / "web") == tmp_path / "db" / "package.prisma"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({"package.json": PACKAGE}, "names the schema db/package.prisma, which is not there", id="package.json"),
        pytest.param({"prisma.config.ts": CONFIG.format("x")}, "names the schema x, which is not there", id="config"),
        pytest.param({"package.json": "{"}, "is no JSON", id="broken package.json"),
        pytest.param({"package.json": "[" * 100_000}, "is no JSON: nested too deeply", id="deep package.json"),
        pytest.param({"package.json": '{"prisma": {"schema": "' + "x" * 5_000 + '"}}'}, "which is not there", id="no name"),
        pytest.param({"prisma.config.ts": "export default config"}, "without running it", id="dynamic"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, files: Mapping[str, str], message: str) -> None:
    """Never the next place instead of the one that was meant."""
    laid_out(tmp_path, {"schema.prisma": EMPTY, **files})
    with pytest.raises(ConfigError, match=message):
        find_schema(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", None, id="empty"),
        pytest.param('import x from "y"', None, id="no export"),
        pytest.param('export default defineConfig({ schema: "a/b.prisma" })', "a/b.prisma", id="double quotes"),
        pytest.param("module.exports = { 'schema' : 'a' }", "a", id="single quotes, CommonJS"),
        pytest.param("export default { schema: `a` } satisfies PrismaConfig", "a", id="template, satisfies"),
        pytest.param('export default defineConfig({ schema: path.join("a", "b.prisma") })', "a/b.prisma", id="path.join"),
        pytest.param('export default defineConfig({ schema: join(import.meta.dirname, "a",) })', "a", id="own folder"),
        pytest.param('export default defineConfig({ schema: "a\\\\b" })', "a/b", id="backslashes of Windows"),
        pytest.param(
            'export default defineConfig({ // schema: "no"\n /* schema: "no" */ studio: { schema: "no" },\n schema: "a", })',
            "a",
            id="comments, and other objects",
        ),
        pytest.param('export default defineConfig({ datasource: { url: env("U") } })', None, id="nothing said"),
        pytest.param('export default defineConfig({ earlyAccess: true, studio: { schema: "x" } })', None, id="another schema"),
    ],
)
def test_the_entry_of_a_config(text: str, expected: str | None) -> None:
    assert schema_entry(text, "prisma.config.ts") == expected


@pytest.mark.parametrize(
    "text",
    [
        "export default defineConfig({ schema: process.env.SCHEMA })",
        'export default defineConfig({ schema: production ? "a" : "b" })',
        'export default defineConfig({ schema: "a" + b })',
        "export default defineConfig({ schema: `${base}/a` })",
        'export default defineConfig({ schema: path.join(base, "a") })',
        'export default defineConfig({ schema: path.join(__dirname, "a") + ".prisma" })',
        "export default defineConfig({ schema: path.join() })",
        "export default defineConfig({ schema })",
        "export default defineConfig({ schema() {} })",
        'export default defineConfig({ schema: "a\\u0062" })',
        "export default defineConfig({ ...base })",
        'export default defineConfig({ ["schema"]: "a" })',
        'export default defineConfig({ quote: /"/, schema: "a" })',
        "export default defineConfig({ quote: /`/, schema: 'a' })",
        'export default defineConfig({ schema: "a\0b" })',
        "export default config",
        "export default defineConfig(config)",
        "module.exports = require('./base')",
    ],
)
def test_what_would_have_to_run_asks_for_the_option(text: str) -> None:
    with pytest.raises(ConfigError, match="without running it") as caught:
        schema_entry(text, "prisma.config.ts")
    assert "--schema" in caught.value.hint
