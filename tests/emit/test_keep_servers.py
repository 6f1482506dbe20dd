"""`emit --keep-existing` on real servers: from a schema without any `map` to one that `check` has nothing against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from namesync.model import Provider
from tests import pairs
from tests.cli.conftest import Ended, Run
from tests.engines import sources
from tests.servers import Server

SCOPE = {"schemas": "public,auth,billing"}
BEYOND = {("many-to-many", "prod"), ("prisma1", "prod")}
"""Where many-to-many tables have names that Prisma's language has no place for."""
TOO_LONG = ("long-names", "prod")
"""MySQL allows names of 64 characters, Prisma of 64 bytes."""


def cases() -> Iterator[ParameterSet]:
    for server in sources():
        for pair in pairs.PAIRS:
            folder = pairs.folder(pair, Provider(server.partition("-")[0]))
            if folder is not None and (folder / "schema.prisma").exists():
                yield from (pytest.param(server, pair, name, id=f"{server}-{pair}-{name}") for name in ("prod", "dev"))


def mismatches(ended: Ended) -> set[tuple[str, str, tuple[str, ...]]]:
    found = json.loads(ended.out)["findings"]
    return {
        (each["kind"], each["table"], tuple(each["columns"]))
        for each in found
        if each["rule"] in ("schema-mismatch", "ambiguous-match")
    }


@pytest.mark.parametrize(("server", "pair", "name"), list(cases()), indirect=["server"])
def test_afterwards_the_schema_says_the_names_there_are(
    server: Server, pair: str, name: str, namesync: Run, tmp_path: Path
) -> None:
    folder = pairs.folder(pair, server.provider) or Path()
    schema = tmp_path / "schema.prisma"
    schema.write_bytes((folder / "schema.prisma").read_bytes())
    url = server.create((folder / f"{name}.sql").read_text(encoding="utf-8"))
    options = ["--schemas", SCOPE[pair]] if pair in SCOPE else []

    ended = namesync("emit", "--keep-existing", f"{name}={url}", "--format", "json", *options)
    told = json.loads(ended.out)
    left = mismatches(namesync("check", f"{name}={url}", "--format", "json", *options))
    assert bool(left) is (ended.code == 1)
    assert left == {(each["kind"], each["table"], tuple(each["columns"])) for each in told["blocked"]}
    assert bool(left) is ((pair, name) in BEYOND or ((pair, name) == TOO_LONG and server.provider.family == "mysql"))

    before = schema.read_bytes()
    again = namesync("emit", "--keep-existing", f"{name}={url}", "--format", "json", *options)
    assert (again.code, json.loads(again.out)["written"]) == (ended.code, [])
    assert schema.read_bytes() == before
