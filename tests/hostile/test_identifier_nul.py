"""No server takes a NUL in a name, and drivers cut at one: wherever it is given, it is refused, and nobody is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.model import Catalog
from namesync.sources.snapshot import dump
from tests.cli.conftest import Run, namesync, snapshots, start
from tests.core.worlds import index, pk, world
from tests.hostile.tally import Tally
from tests.servers import Server

__all__ = ["namesync", "snapshots"]

AREA = "identifiers"
TWO = '[environments.prod]\nfile = "prod.json"\n[environments.dev]\nfile = "dev.json"\n'
SCHEMA = """datasource db {{
  provider = "postgresql"
  url      = env("DATABASE_URL")
}}

model User {{
  id Int @id

  @@index([id], map: "{}")
}}
"""


@pytest.fixture(autouse=True)
def _snapshots(snapshots: Callable[..., None]) -> None:
    snapshots()


ARGUMENTS = [
    ["diff", "\0", "dev.json"],
    ["diff", "file:a\0b.db", "dev.json"],
    ["diff", "postgresql://u@127.0.0.1:1/\0", "dev.json"],
    ["--config", "\0", "diff", "prod.json", "dev.json"],
    ["--output", "html:\0", "diff", "prod.json", "dev.json"],
    ["diff", "prod.json", "dev.json", "--schemas", "\0"],
    ["diff", "prod.json", "dev.json", "--baseline", "\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--from", "\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--name", "\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--only", "name:\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--exclude", "\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--output-dir", "\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--schema", "\0"],
    ["emit", "--keep-existing", "prod.json", "dev.json", "--scan", "\0"],
    ["snapshot", "prod.json", "-o", "\0"],
    ["check", "\0"],
    ["explain", "\0"],
    ["\0"],
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_in_an_argument(arguments: list[str], namesync: Run, tmp_path: Path, tally: Tally) -> None:
    with tally.trial(AREA, "NUL in an argument"):
        before = sorted(tmp_path.iterdir())
        ended = namesync(*arguments)
        assert (ended.code, ended.out) == (2, "")
        assert "an argument has a NUL character in it" in ended.err
        assert sorted(tmp_path.iterdir()) == before


def test_no_process_can_be_given_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="null byte"):
        start("diff", "a\0b", folder=tmp_path)


KEYS = {
    "url": '[environments.prod]\nurl = "postgresql://u@127.0.0.1:1/a\\u0000b"\n[environments.dev]\nfile = "dev.json"\n',
    "encoded": '[environments.prod]\nurl = "postgresql://u@127.0.0.1:1/a%00b"\n[environments.dev]\nfile = "dev.json"\n',
    "schemas": '[environments.prod]\nfile = "prod.json"\nschemas = ["\\u0000"]\n[environments.dev]\nfile = "dev.json"\n',
    "file": '[environments.prod]\nfile = "a\\u0000b"\n[environments.dev]\nfile = "dev.json"\n',
    "name": '[environments."a\\u0000b"]\nfile = "prod.json"\n[environments.dev]\nfile = "dev.json"\n',
    "authority": f'authority = "\\u0000"\n{TWO}',
    "schema": f'schema = "\\u0000"\n{TWO}',
    "convention": f'convention = "\\u0000"\n{TWO}',
    "shadow": f'shadow_url = "postgresql://u@127.0.0.1:1/\\u0000"\n{TWO}',
    "ignore": f'[[ignore]]\nname = "\\u0000"\n{TWO}',
    "key": f'"\\u0000" = 1\n{TWO}',
    "byte": f'schema = "\0"\n{TWO}',
}


@pytest.mark.parametrize("text", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("command", [["-v", "diff"], ["emit", "--keep-existing"]], ids=["diff", "emit"])
def test_in_the_configuration(text: str, command: list[str], namesync: Run, tmp_path: Path, tally: Tally) -> None:
    with tally.trial(AREA, "NUL in namesync.toml"):
        (tmp_path / "namesync.toml").write_text(text, encoding="utf-8")
        ended = namesync(*command)
        assert ended.code == 2
        assert "error:" in ended.err
        assert "mistake in namesync" not in ended.err
        assert "Traceback" not in ended.err
        assert not (tmp_path / "prisma").exists()


@pytest.mark.parametrize("text", ["a\0b", "\\0", "\\x00"], ids=repr)
@pytest.mark.parametrize("command", ["check", "emit"])
def test_in_a_schema(text: str, command: str, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    with tally.trial(AREA, "NUL in a map: of schema.prisma"):
        schema = tmp_path / "schema.prisma"
        schema.write_text(SCHEMA.format(text), encoding="utf-8")
        before = schema.read_bytes()
        ended = namesync(command, *(["--keep-existing"] if command == "emit" else []), "prod.json", "--schema", "schema.prisma")
        assert ended.code == 2
        assert "schema.prisma:9:" in ended.err
        assert schema.read_bytes() == before


def _odd(table: str, column: str, name: str) -> Catalog:
    return world(pk("User", "id", "User_pkey"), index(table, column, name))


SNAPSHOTS = {"name": ("User", "id", "a\0b"), "table": ("a\0b", "id", "i"), "column": ("User", "a\0b", "i")}


@pytest.mark.parametrize("place", SNAPSHOTS)
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_in_a_snapshot_nothing_is_ever_called_so(place: str, form: str, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """A snapshot is a text, and anything may stand in it: it is compared, but gives no SQL with a NUL in it."""
    with tally.trial(AREA, "NUL in a snapshot"):
        table, column, _ = SNAPSHOTS[place]
        (tmp_path / "prod.json").write_text(dump(_odd(*SNAPSHOTS[place])), encoding="utf-8")
        (tmp_path / "dev.json").write_text(dump(_odd(table, column, "own")), encoding="utf-8")
        ended = namesync("--format", form, "emit", "--keep-existing", "prod.json", "dev.json", "--output-dir", "out")
        assert ended.code in (0, 1, 2)
        assert "mistake in namesync" not in ended.err
        assert "\0" not in ended.out + ended.err
        assert not any("\0" in path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.sql"))


def test_in_a_url_of_a_server_that_would_answer(server: Server, namesync: Run, tmp_path: Path, tally: Tally) -> None:
    """C reads a name to its first NUL: without a refusal it would be another database's, which is there."""
    there, other = server.create("CREATE TABLE t (id int)"), server.create("CREATE TABLE t (id int)")
    parts = urlsplit(there)
    wrong = [f"{there}%00x"]
    if parts.netloc:
        wrong.append(parts._replace(netloc=f"u%00x@{parts.netloc.rpartition('@')[2]}").geturl())
        wrong.append(parts._replace(query=f"{parts.query}&schema=public%00x".removeprefix("&")).geturl())
    (tmp_path / "url").write_text(f"{there}\0x")
    (tmp_path / "namesync.toml").write_text(
        f'[environments.of_file]\nurl_file = "url"\n'
        f"[environments.of_command]\nurl_command = {json.dumps(f'cat {tmp_path}/url')}\n"
        f"[environments.of_variable]\nurl = {json.dumps('${HOSTILE_URL}')}\n"
    )
    (tmp_path / ".env").write_text(f'HOSTILE_URL="{there}\0x"\n')
    for given in (*wrong, "of_file", "of_command", "of_variable"):
        with tally.trial(AREA, "NUL in a URL"):
            ended = namesync("diff", given, other)
            assert ended.code == 2
            assert "NUL" in ended.err or "no such file" in ended.err
            assert "mistake in namesync" not in ended.err
