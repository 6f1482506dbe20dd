"""Where a URL with a secret in it can stand: each place is a function that puts it there and says how to name it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from namesync.sources.snapshot import dump
from tests.cli.conftest import PROD
from tests.hostile.marked import Folder

Place = Callable[[Folder, str, pytest.MonkeyPatch], str]

_BASE = 'authority = "prod"\n[environments.prod]\nfile = "prod.json"\n'
_SCHEMA = """\
datasource db {{
  provider = "postgresql"
  url = {url}
}}

model User {{
  id Int @id
}}
"""


def text(value: str) -> str:
    """A TOML string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def configure(folder: Folder, more: str = "", head: str = "") -> str:
    """A project with a good environment, `prod`; its own schema where it has none. Returns `qa`, the other one."""
    folder.have("prod.json", dump(PROD))
    if not (folder.path / "prisma").exists():
        folder.have("prisma/schema.prisma", _SCHEMA.format(url='env("DATABASE_URL")'))
    folder.have("namesync.toml", f"{head}{_BASE}{more}")
    return "qa"


def _table(key: str, value: str) -> str:
    return f"[environments.qa]\n{key} = {value}\n"


def argument(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    configure(folder)
    return url


def named(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    configure(folder)
    return f"qa={url}"


def literal(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return configure(folder, _table("url", text(url)))


def variable(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SECRET_URL", url)
    return configure(folder, _table("url", '"${SECRET_URL}"'))


def piece(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A variable holds the half of it."""
    monkeypatch.setenv("MYSQL_PASSWORD", url[len(url) // 2 :])
    return configure(folder, _table("url", text(url[: len(url) // 2])[:-1] + '${MYSQL_PASSWORD}"'))


def unset(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Another variable in it is not set."""
    return configure(folder, _table("url", text(url)[:-1] + '${NOT_SET}"'))


def by_name(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("QA_DATABASE_URL", url)
    return configure(folder)


def dotenv(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    quote = next((mark for mark in "'\"`" if mark not in url), "")
    folder.have(".env", f"OTHER=1\nDATABASE_URL_QA={quote}{url}{quote}\nPGPASSWORD={quote}{url}{quote}\n")
    return configure(folder)


def file(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    folder.have("secret.txt", f"{url}\n")
    return configure(folder, _table("url_file", '"secret.txt"'))


def command(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    folder.have("secret.txt", f"{url}\n")
    return configure(folder, _table("url_command", '["cat", "secret.txt"]'))


def failing(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A command that tells the secret where everybody looks, and fails."""
    folder.have("secret.txt", f"{url}\n")
    return configure(folder, _table("url_command", """["sh", "-c", "cat secret.txt >&2; cat secret.txt; exit 3"]"""))


def listed(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    folder.have("urls.txt", f"# tenants\none={url}\ntwo={url}\n")
    return configure(folder, _table("each_url", '"urls.txt"'))


def group(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return configure(folder, f'[environments.qa]\nurl = {text(url)}\neach_schema = "*"\n')


def shadow(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The scratch server of a migrations folder."""
    kind = "mysql" if url.startswith("mysql") else "postgresql"
    folder.have("prisma/migrations/migration_lock.toml", f'provider = "{kind}"\n')
    folder.have("prisma/migrations/1_init/migration.sql", "CREATE TABLE t (id int PRIMARY KEY);\n")
    folder.have("prisma/schema.prisma", _SCHEMA.format(url='env("DATABASE_URL")'))
    return configure(folder, _table("file", '"prisma/migrations"') + f"shadow_url = {text(url)}\n")


def schema(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A literal in `schema.prisma`; `qa` is that file."""
    folder.have("prisma/schema.prisma", _SCHEMA.format(url=json.dumps(url, ensure_ascii=False)))
    return configure(folder, _table("file", '"prisma/schema.prisma"'))


def broken_schema(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The quotes around the literal are missing."""
    folder.have("prisma/schema.prisma", _SCHEMA.format(url=url))
    return configure(folder, _table("file", '"prisma/schema.prisma"'))


def prisma_config(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    value = json.dumps(url, ensure_ascii=False)
    folder.have("prisma.config.ts", f"export default defineConfig({{ datasource: {{ url: {value}, directUrl: {value} }} }})\n")
    return configure(folder)


def history(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return configure(folder, f'[environments.qa]\nfile = "prod.json"\n[job]\nhistory = {text(url)}\nattempts = 1\n')


def _mistaken(key: str, *, job: bool = False, head: bool = False) -> Place:
    """A key that wants something else, given the URL."""

    def place(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
        line = f"{key} = {text(url)}\n"
        if head:
            return configure(folder, head=line) if key != "authority" else _replaced(folder, line)
        more = f'[environments.qa]\nfile = "prod.json"\n[job]\n{line}' if job else _table(key, text(url))
        return configure(folder, more)

    place.__name__ = f"{key} by mistake"
    return place


def _replaced(folder: Folder, line: str) -> str:
    configure(folder)
    text_ = (folder.path / "namesync.toml").read_text(encoding="utf-8")
    folder.have("namesync.toml", text_.replace('authority = "prod"\n', line))
    return "prod"


def key(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL is where a name should be."""
    return configure(folder, f'[environments.{text(url)}]\nfile = "prod.json"\n')


PLACES: dict[str, Place] = {
    place.__name__: place
    for place in (
        *(argument, named, literal, variable, piece, unset, by_name, dotenv, file, command, failing, listed, group, shadow),
        *(schema, broken_schema, prisma_config, history, key),
        *map(_mistaken, ("url_file", "url_command", "each_url", "file")),
        *(_mistaken(name, job=True) for name in ("webhook", "apprise", "metrics")),
        *(_mistaken(name, head=True) for name in ("authority", "schema", "shadow_url", "convention")),
    )
}
