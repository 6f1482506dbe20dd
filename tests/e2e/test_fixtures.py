"""Every pair of fixtures/ on every server it makes sense on: it loads, and the real program finds what is promised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from namesync.model import Provider
from tests import pairs
from tests.cli.conftest import Run
from tests.engines import sources
from tests.servers import Server

CASES = [
    pytest.param(server, pair, id=f"{server}-{pair}")
    for server in sources()
    for pair in pairs.PAIRS
    if pairs.folder(pair, Provider(server.partition("-")[0]))
]
SCHEMAS = {"schemas": ["--schemas", "public,auth,billing"]}
ONLY_IN_PROD = {"prisma1": {"_RelayId"}}

TABLES = {
    Provider.POSTGRESQL: "SELECT table_schema || '.' || table_name FROM information_schema.tables"
    " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    Provider.MYSQL: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
    Provider.SQLITE: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
}


@pytest.mark.parametrize(("server", "pair"), CASES, indirect=["server"])
def test_both_sides_have_the_same_tables_with_some_rows(server: Server, pair: str) -> None:
    prod, dev = (_row_counts(server, url) for url in pairs.create(server, pair))
    extra = {table for table in prod if table.removeprefix("public.") in ONLY_IN_PROD.get(pair, set())}
    assert prod.keys() == dev.keys() | extra
    assert min([*prod.values(), *dev.values()]) >= 2


def _row_counts(server: Server, url: str) -> dict[str, int]:
    mark = "`" if server.provider.family is Provider.MYSQL else '"'
    names = [str(name) for (name,) in server.query(url, TABLES[server.provider.family])]
    quoted = [mark + name.replace(".", f"{mark}.{mark}") + mark for name in names]
    return {name: server.query(url, f"SELECT count(*) FROM {table}")[0][0] for name, table in zip(names, quoted, strict=True)}


@pytest.mark.parametrize(("server", "pair"), CASES, indirect=["server"])
def test_diff_finds_what_expected_txt_lists(
    server: Server, pair: str, namesync: Run, monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, str], None]
) -> None:
    for name, url in zip(("PROD", "DEV"), pairs.create(server, pair), strict=True):
        monkeypatch.setenv(f"{name}_DATABASE_URL", url)
    ended = namesync("--format", "json", "diff", "prod", "dev", *SCHEMAS.get(pair, []))
    assert ended.err == ""
    assert ended.code == 1
    report = json.loads(ended.out)
    scripts = pairs.folder(pair, server.provider)
    golden(f"{scripts}/expected.txt", "".join(f"{_line(finding)}\n" for finding in report["findings"]))
    assert [(each["provider"], each["server_version"][: len(server.version)]) for each in report["environments"]] == [
        (server.provider, server.version)
    ] * 2


def _line(finding: dict[str, Any]) -> str:
    """`rule kind table(columns): name in prod | name in dev`, the candidates where they can't be told apart."""
    names = finding.get("candidates") or finding["names"]
    table = ".".join(filter(None, (finding["schema"], finding["table"])))
    columns = ", ".join(finding["columns"])
    return f"{finding['rule']} {finding['kind']} {table}({columns}): {_shown(names['prod'])} | {_shown(names['dev'])}"


def _shown(name: list[str] | str | None) -> str:
    return ", ".join(name) if isinstance(name, list) else name or "-"


RENAMED = 'for a table called "Post"'
ORIGINS = [
    pytest.param("prisma1", {"User(email)": "made by Prisma 1", "_PostToUser(B)": "made by Prisma 1"}, id="prisma1"),
    pytest.param(
        "prisma2",
        {
            "User(email)": "made by Prisma 2",
            "User(firstName, lastName)": "made by Prisma 2",
            "posts(title)": f"made by Prisma 2, {RENAMED}",
            "posts(authorId, published)": f"made by Prisma 2, {RENAMED}",
        },
        id="prisma2",
    ),
]


@pytest.mark.parametrize(("pair", "origins"), ORIGINS)
def test_the_origin_of_old_names_is_told(server: Server, pair: str, origins: dict[str, str], namesync: Run) -> None:
    if not pairs.folder(pair, server.provider):
        pytest.skip(f"there is no {pair} for {server.provider}")
    prod, dev = pairs.create(server, pair)
    report = json.loads(namesync("--format", "json", "diff", f"prod={prod}", f"dev={dev}").out)
    told = {
        f"{one['table']}({', '.join(one['columns'])})": one["origins"]["prod"]
        for one in report["findings"]
        if one["rule"] == "name-drift" and one["kind"] in ("unique", "index") and one["origins"]["prod"]
    }
    # On MySQL `email_UNIQUE` is MySQL Workbench's, too.
    assert {key: words.removesuffix(" or MySQL Workbench") for key, words in told.items() if key in origins} == origins
    text = namesync("diff", f"prod={prod}", f"dev={dev}").out
    assert f"origin in prod: {origins['User(email)']}" in text
